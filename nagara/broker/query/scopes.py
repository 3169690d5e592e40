"""The scope query language (4.19): `/Madrid/Gardens/#`, `/Madrid/+/ParqueNorte`, `(/A;/B)|/C`; parentheses may be left out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nagara.broker.model.values import shown
from nagara.broker.problems import bad_data

_LEVEL = re.compile(r"(?:[^\W\d_]\w*|\+)\Z")


@dataclass(frozen=True, slots=True)
class ScopePattern:
    """One scope with its wildcards."""

    levels: tuple[str, ...]
    below: bool  # ends in '/#': the whole tree under it too

    def matches(self, scope: str) -> bool:
        parts = scope.strip("/").split("/")
        if len(parts) < len(self.levels) or (len(parts) > len(self.levels) and not self.below):
            return False
        return all(level in ("+", part) for level, part in zip(self.levels, parts, strict=False))

    @property
    def exact(self) -> bool:
        """Whether it can be looked up without a wildcard within."""
        return "+" not in self.levels

    @property
    def prefix(self) -> str:
        """The levels before the first '+', as the index writes them."""
        fixed = self.levels[: self.levels.index("+")] if "+" in self.levels else self.levels
        return "".join("/" + level for level in fixed)


@dataclass(frozen=True, slots=True)
class ScopeQuery:
    """A disjunction of conjunctions of scope patterns."""

    any_of: tuple[tuple[ScopePattern, ...], ...]

    def matches(self, scopes: list[str]) -> bool:
        return any(all(any(one.matches(scope) for scope in scopes) for one in some) for some in self.any_of)


def scope_query(text: str) -> ScopeQuery:
    """Read a scope query."""
    alternatives = []
    for part in re.split(r"[|,](?![^(]*\))", text):
        part = part.strip()
        grouped = part.startswith("(") and part.endswith(")")
        inner = part[1:-1] if grouped else part
        pieces = inner.split(";")
        alternatives.append(tuple(_pattern(piece.strip(), text) for piece in pieces))
    return ScopeQuery(tuple(alternatives))


def _pattern(piece: str, text: str) -> ScopePattern:
    if piece == "/#":
        return ScopePattern((), True)
    below = piece.endswith("/#")
    levels = tuple((piece[:-2] if below else piece).removeprefix("/").split("/"))
    if not all(_LEVEL.match(level) for level in levels):
        raise bad_data(f"{shown(text)} is no scope query; write one such as /Madrid/Gardens/# or (/Madrid;/CompanyA) (4.19).")
    return ScopePattern(levels, below)
