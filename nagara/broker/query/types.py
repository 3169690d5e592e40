"""The type selection language (4.17): `Building|House`, `(Home;Vehicle),Motorhome`."""

from __future__ import annotations

from dataclasses import dataclass

from nagara.broker.ld.context import Context
from nagara.broker.model.values import shown
from nagara.broker.problems import bad_data


@dataclass(frozen=True, slots=True)
class TypeSelector:
    """A disjunction of conjunctions of full type names; `every` stands for '*'."""

    any_of: tuple[frozenset[str], ...] = ()
    every: bool = False

    def matches(self, types: list[str]) -> bool:
        if self.every:
            return True
        return any(some.issubset(types) for some in self.any_of)


def type_selector(text: str, context: Context) -> TypeSelector:
    """Read a type selection."""
    if text.strip() == "*":
        return TypeSelector(every=True)
    whole = text.strip()
    if whole.startswith("(") and whole.endswith(")") and ("|" in whole or "," in whole) and "(" not in whole[1:] and ")" not in whole[:-1]:
        text = whole[1:-1]  # a disjunction in parentheses
    parts = [_conjunction(part, text, context) for part in _split(text)]
    return TypeSelector(tuple(dict.fromkeys(parts)))


def _split(text: str) -> list[str]:
    """The members of the disjunction: cut at ',' and '|' outside of parentheses."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth < 0:
                raise bad_data(f"The type selection {shown(text)} closes a parenthesis that it did not open (4.17).")
        elif char in ",|" and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    if depth:
        raise bad_data(f"The type selection {shown(text)} leaves a parenthesis open (4.17).")
    parts.append(text[start:])
    return parts


def _conjunction(part: str, text: str, context: Context) -> frozenset[str]:
    part = part.strip()
    grouped = part.startswith("(") and part.endswith(")")
    names = [name.strip() for name in (part[1:-1] if grouped else part).split(";")]
    if len(names) > 1 and not grouped:
        raise bad_data(f"In the type selection {shown(text)} types joined by ';' need parentheses around them (4.17).")
    if any(not name or "(" in name or ")" in name for name in names):
        raise bad_data(f"{shown(text)} is no type selection; write one such as Building|House or (Home;Vehicle) (4.17).")
    return frozenset(context.full(name) for name in names)
