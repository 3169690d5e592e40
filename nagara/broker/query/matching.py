"""Whether an entity fits a query (4.9), told from the entity itself."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from nagara.broker.clock import iso, parse_us
from nagara.broker.model.incoming import Entity, Instance
from nagara.broker.model.names import VALUE_MEMBER
from nagara.broker.query.q import EXISTS, MEMBERS, MISSING, All, Any_, Literal, Node, Path, Term

#: Finds the entity of an id, for queries that follow relationships.
Lookup = Callable[[str], Entity | None]

_STORED_TIMES = frozenset({"createdAt", "modifiedAt"})  # kept in microseconds
_NUMBERS = frozenset({int, float})
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
Check = Callable[[Entity, Lookup], bool]
Target = tuple[str, Any]  # (attribute type or "member", value)


def _nobody(_: str) -> Entity | None:
    return None


def matches(node: Node, entity: Entity, lookup: Lookup = _nobody) -> bool:
    """Whether `entity` fits the query."""
    if isinstance(node, All):
        return all(matches(part, entity, lookup) for part in node.parts)
    if isinstance(node, Any_):
        return any(matches(part, entity, lookup) for part in node.parts)
    return _term(node, entity, lookup)


def _term(term: Term, entity: Entity, lookup: Lookup) -> bool:
    if term.path.plain and term.op not in (EXISTS, MISSING):
        for instance in entity["attrs"].get(term.path.name, ()):
            kind = instance["type"]
            if compare(term, kind, instance[VALUE_MEMBER[kind]]):
                return True
        return False
    found = targets(term.path, entity, lookup)
    if term.op == EXISTS:
        return next(found, None) is not None
    if term.op == MISSING:
        return next(found, None) is None
    return any(compare(term, kind, value) for kind, value in found)


def check_of(node: Node) -> Check:
    """`matches` for this part of a query, as quick as can be for what most ask: a number above or below another."""
    if isinstance(node, Term) and node.path.plain and node.op in _ORDERS and not node.ranged and node.values[0].kind == "number":
        return _by_number(node)
    return partial(matches, node)


def _by_number(term: Term) -> Check:
    name, order, wanted = term.path.name, _ORDERS[term.op], term.values[0].value

    def check(entity: Entity, _: Lookup = _nobody) -> bool:
        for instance in entity["attrs"].get(name, ()):
            value = instance.get("value")
            if type(value) in _NUMBERS:
                if order(value, wanted):
                    return True
            elif compare(term, instance["type"], instance[VALUE_MEMBER[instance["type"]]]):
                return True
        return False

    return check


def targets(path: Path, entity: Entity, lookup: Lookup) -> Iterator[Target]:
    """The values that a path leads to; several where an attribute has several instances."""
    if path.member:
        value = entity.get(path.name)
        if value is not None:
            yield "member", iso(value) if path.name in _STORED_TIMES else value
        return
    for instance in entity["attrs"].get(path.name, ()):
        if path.linked is not None:
            yield from _linked(path, instance, lookup)
        elif len(path.subs) == 1 and path.subs[0][1] in _STORED_TIMES:
            created = instance.get("createdAt", entity["createdAt"])
            yield "member", iso(created if path.subs[0][1] == "createdAt" else instance.get("modifiedAt", created))
        else:
            yield from _within(instance, path.subs, path)


def _linked(path: Path, instance: Instance, lookup: Lookup) -> Iterator[Target]:
    if instance["type"] not in ("Relationship", "ListRelationship") or path.linked is None:
        return
    value = instance[VALUE_MEMBER[instance["type"]]]
    for uri in value if isinstance(value, list) else [value]:
        target = lookup(uri)
        if target is not None and (path.linked_types is None or path.linked_types.matches(target["type"])):
            yield from targets(path.linked, target, lookup)


def _within(instance: Instance, subs: tuple[tuple[str, str], ...], path: Path) -> Iterator[Target]:
    if subs:
        full, written = subs[0]
        if written in MEMBERS:
            if written in instance and len(subs) == 1:
                yield "member", instance[written]
            return
        for sub in instance.get("attrs", {}).get(full, ()):
            yield from _within(sub, subs[1:], path)
        return
    kind = instance["type"]
    value = instance[VALUE_MEMBER[kind]]
    if path.trail is None:
        yield kind, value
    elif kind == "LanguageProperty":
        tag = path.trail[0]
        if tag == "*":
            yield kind, value
        else:
            for known, text in value.items():
                if known.lower() == tag.lower():
                    yield "Property", text
    elif kind not in ("Relationship", "ListRelationship", "VocabProperty"):
        for step in path.trail:
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                return
        if value is not None:
            yield "Property", value


def compare(term: Term, kind: str, value: Any) -> bool:
    """Whether one target value fits one comparison."""
    op = term.op
    if type(value) in _NUMBERS and op in _ORDERS and not term.ranged:
        return _ordered(op, value, term.values[0])
    if kind == "LanguageProperty":
        texts = [part for text in value.values() for part in (text if isinstance(text, list) else [text])]
        if op == "!=":
            return not any(_equal(term, "Property", text) for text in texts)
        if op == "!~=":
            return bool(texts) and not any(_like(term, text) for text in texts)
        return any(compare(term, "Property", text) for text in texts)
    if op == "==":
        return _equal(term, kind, value)
    if op == "!=":
        return not _equal(term, kind, value)
    if kind in ("Relationship", "ListRelationship", "VocabProperty"):
        return False
    if isinstance(value, dict) and "@value" in value:
        value = value["@value"]
    if op == "~=":
        return _like(term, value)
    if op == "!~=":
        return isinstance(value, str) and not _like(term, value)
    return _ordered(op, value, term.values[0])


def _like(term: Term, value: Any) -> bool:
    return isinstance(value, str) and term.pattern is not None and term.pattern.matches(value)


def _equal(term: Term, kind: str, value: Any) -> bool:
    """Whether the target is, or contains, what is asked for."""
    if isinstance(value, list):
        return any(_equal_one(term, kind, part) for part in value if not isinstance(part, list))
    return _equal_one(term, kind, value)


def _equal_one(term: Term, kind: str, value: Any) -> bool:
    if isinstance(value, dict) and "@value" in value:
        value = value["@value"]
    if term.ranged:
        if kind in ("Relationship", "ListRelationship", "VocabProperty"):
            return False
        return _ordered(">=", value, term.values[0]) and _ordered("<=", value, term.values[1])
    return any(_same(literal, kind, value) for literal in term.values)


def _same(literal: Literal, kind: str, value: Any) -> bool:
    if literal.kind == "number":
        return not isinstance(value, bool) and isinstance(value, int | float) and value == literal.value
    if literal.kind == "truth":
        return isinstance(value, bool) and value == literal.value
    if not isinstance(value, str):
        return False
    if literal.kind == "moment":
        return parse_us(value) == literal.value
    if kind == "member" and literal.kind == "text" and value != literal.value:
        moment = parse_us(literal.value)
        return moment is not None and moment == parse_us(value)
    return value == literal.value or (literal.full is not None and value == literal.full)


def _ordered(op: str, value: Any, literal: Literal) -> bool:
    if isinstance(value, bool) or literal.kind in ("truth", "word"):
        return False
    wanted = literal.value
    if literal.kind == "number":
        if type(value) not in _NUMBERS:
            return False
    elif not isinstance(value, str):
        return False
    elif literal.kind == "moment":
        value = parse_us(value)
        if value is None:
            return False
    elif literal.kind == "text" and parse_us(wanted) is not None and parse_us(value) is not None:
        wanted, value = parse_us(wanted), parse_us(value)
    if op == ">":
        return bool(value > wanted)
    if op == ">=":
        return bool(value >= wanted)
    if op == "<":
        return bool(value < wanted)
    return bool(value <= wanted)
