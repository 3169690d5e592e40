"""The attribute projection language of pick and omit (4.21): `name,isIn{name,locatedAt{pop}}`."""

from __future__ import annotations

import re

from nagara.broker.ld.context import Context
from nagara.broker.model.showing import Projection
from nagara.broker.model.values import shown
from nagara.broker.problems import bad_data

_NAME = re.compile(r"[^,|{}]+")
_MEMBERS = frozenset({"id", "type", "scope"})


def projection(text: str, context: Context, what: str) -> Projection:
    """Read pick or omit; `what` is the name of the parameter.

    To pick something of a linked entity is to pick the relationship too; to omit something of it is not.
    """
    found, at = _list(text, 0, context, what, 0)
    if at != len(text):
        raise bad_data(f"{what}: {shown(text)} closes a brace that it did not open (4.21).")
    return found if what == "pick" else _omitted(found)


def _omitted(found: Projection) -> Projection:
    return Projection(found.names - found.linked.keys(), {name: _omitted(below) for name, below in found.linked.items()})


def _list(text: str, at: int, context: Context, what: str, depth: int) -> tuple[Projection, int]:
    if depth > 8:
        raise bad_data(f"{what} follows more than 8 relationships.")
    names: set[str] = set()
    linked: dict[str, Projection] = {}
    while True:
        match = _NAME.match(text, at)
        if match is None or not match[0].strip():
            raise bad_data(f"{what}: a name is missing at character {at + 1} of {shown(text)} (4.21).")
        name = match[0].strip()
        full = name if name in _MEMBERS else context.full(name)
        names.add(full)
        at = match.end()
        if at < len(text) and text[at] == "{":
            linked[full], at = _list(text, at + 1, context, what, depth + 1)
            if at >= len(text) or text[at] != "}":
                raise bad_data(f"{what}: {shown(text)} leaves a brace open (4.21).")
            at += 1
        if at < len(text) and text[at] in ",|":
            at += 1
            continue
        return Projection(frozenset(names), linked), at


def depth(found: Projection | None) -> int:
    """How many relationships a projection follows."""
    if found is None or not found.linked:
        return 0
    return 1 + max(depth(below) for below in found.linked.values())
