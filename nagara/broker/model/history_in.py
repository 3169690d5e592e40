"""From what a producer sends as a Temporal Evolution to the instances that history keeps (5.2.20, 4.5.6 to 4.5.9)."""

from __future__ import annotations

from typing import Any

from nagara.broker.clock import parse_us
from nagara.broker.history.moments import SCOPE, null_of
from nagara.broker.ld.context import Context
from nagara.broker.model import incoming
from nagara.broker.model.evolving import PAIRS
from nagara.broker.model.incoming import Entity, Instance
from nagara.broker.model.names import FULL_NAMES, IMPLIED_TYPE, NULL, VALUE_MEMBER
from nagara.broker.model.values import scopes, shown
from nagara.broker.problems import bad_data

HEAD = frozenset({"id", "type", "@id", "@type", "expiresAt", "@context", "createdAt", "modifiedAt", "deletedAt"})


def evolution(raw: dict[str, Any], context: Context, vertices: int) -> Entity:
    """A Temporal Evolution, or a fragment of one: as an entity, but with any number of instances of each attribute; a scope is one of them."""
    if raw.get("expiresAt") == NULL:
        raise bad_data("expiresAt cannot be deleted by a Temporal Evolution (5.5.4).")
    found = incoming.fragment({name: value for name, value in raw.items() if name in HEAD}, context, incoming.UPDATE, vertices)
    attrs: dict[str, list[Instance]] = {}
    for name, value in raw.items():
        if name in HEAD:
            continue
        if FULL_NAMES.get(name, name) == "scope":
            attrs.setdefault(SCOPE, []).extend(_scopes(value))
            continue
        if name in incoming.NOT_ATTRIBUTES:
            raise bad_data(f"{name!r} has a meaning of its own in NGSI-LD and cannot be the name of an attribute (4.5.1).")
        full = context.full(name)
        attrs.setdefault(full, []).extend(instances(name, full, value, context, vertices))
    found["attrs"] = attrs
    return found


def instances(name: str, full: str, raw: Any, context: Context, vertices: int) -> list[Instance]:
    """The instances of one attribute."""
    parts = raw if isinstance(raw, list) else [raw]
    found: list[Instance] = []
    for part in parts:
        if isinstance(part, dict) and not PAIR_MEMBERS.isdisjoint(part):
            found += _pairs(name, full, part, context, vertices)
        else:
            found += _one(name, full, part, context, vertices)
    return found


PAIR_MEMBERS = frozenset(PAIRS.values())


def _one(name: str, full: str, raw: Any, context: Context, vertices: int) -> list[Instance]:
    found = incoming.attribute(name, full, raw, context, incoming.UPDATE, vertices)
    if any(one.get("deleted") for one in found):
        return [_gone(name, raw)]
    return found


def _gone(name: str, raw: Any) -> Instance:
    """An instance that says that the attribute was deleted (4.5.7): only history may hold one."""
    if not isinstance(raw, dict):
        raise bad_data(f"{name!r}: a deleted instance needs its type.")
    kind = raw.get("type", next((IMPLIED_TYPE[member] for member in raw if member in IMPLIED_TYPE), "Property"))
    found: Instance = {"type": kind, VALUE_MEMBER[kind]: null_of(kind)}
    if isinstance(raw.get("datasetId"), str):
        found["datasetId"] = raw["datasetId"]
    for member in ("observedAt", "deletedAt"):
        if member in raw:
            if parse_us(raw[member]) is None:
                raise bad_data(f"{member} of {name!r} must be a DateTime such as 2026-11-09T07:00:00Z, not {shown(raw[member])} (4.6.3).")
            found[member] = raw[member]
    return found


def _pairs(name: str, full: str, raw: dict[str, Any], context: Context, vertices: int) -> list[Instance]:
    """Instances that came as pairs of value and time (4.5.9)."""
    kind = raw.get("type")
    member = next(one for one in raw if one in PAIR_MEMBERS)
    if kind is None:
        kind = next(one for one, pairs in PAIRS.items() if pairs == member)
    if not isinstance(kind, str) or PAIRS.get(kind) != member:
        raise bad_data(f"{name!r}: a {shown(kind)} has no {member!r} (4.5.9).")
    pairs = raw[member]
    if not isinstance(pairs, list):
        raise bad_data(f"{name!r}: {member} must be a list of pairs of a value and its time (4.5.9).")
    held = VALUE_MEMBER[kind]
    found: list[Instance] = []
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2:
            raise bad_data(f"{name!r}: {member} must be a list of pairs of a value and its time (4.5.9).")
        value, at = pair
        if kind in ("LanguageProperty", "JsonProperty", "VocabProperty") and isinstance(value, dict) and held in value:
            value = value[held]
        one = {"type": kind, held: value, "observedAt": at}
        if "datasetId" in raw:
            one["datasetId"] = raw["datasetId"]
        found += _one(name, full, one, context, vertices)
    return found


def _scopes(raw: Any) -> list[Instance]:
    """The evolution of a scope: Properties with nothing but their times (4.5.6), or the scope as it is."""
    parts = raw if isinstance(raw, list) else [raw]
    if not any(isinstance(part, dict) for part in parts):
        return [{"type": "Property", "value": _scope_value(raw)}]
    found = []
    for part in parts:
        if not isinstance(part, dict) or "value" not in part:
            raise bad_data("The evolution of a scope is a list of Properties with a value and observedAt (4.5.6).")
        one: Instance = {"type": "Property", "value": _scope_value(part["value"])}
        if "observedAt" in part:
            if parse_us(part["observedAt"]) is None:
                raise bad_data(f"observedAt of the scope must be a DateTime, not {shown(part['observedAt'])} (4.6.3).")
            one["observedAt"] = part["observedAt"]
        found.append(one)
    return found


def _scope_value(value: Any) -> Any:
    found = scopes(value)
    return found[0] if len(found) == 1 else found


def newest(entity: Entity) -> Entity:
    """The entity that a Temporal Evolution amounts to now: of each attribute and dataset its newest instance."""
    attrs: dict[str, list[Instance]] = {}
    found: Entity = {"id": entity["id"], "type": entity["type"], "attrs": attrs}
    if "expiresAt" in entity:
        found["expiresAt"] = entity["expiresAt"]
    for name, some in entity["attrs"].items():
        last: dict[str | None, tuple[int, Instance]] = {}
        for one in some:
            at = parse_us(one.get("observedAt")) or -1
            dataset = one.get("datasetId")
            if dataset not in last or at >= last[dataset][0]:
                last[dataset] = (at, one)
        kept = [dict(one) for _, one in last.values() if one[VALUE_MEMBER[one["type"]]] != null_of(one["type"])]
        if name == SCOPE:
            if kept:
                found["scope"] = scopes(kept[0]["value"])
        elif kept:
            attrs[name] = kept
    return found
