"""One entity out of what several sources hold of it (4.5.5.2, 4.5.5.3)."""

from __future__ import annotations

from typing import Any

from nagara.broker.clock import now_us, parse_us
from nagara.broker.ld.context import Context
from nagara.broker.model import incoming
from nagara.broker.model.incoming import Entity, Instance


def received(raw: dict[str, Any], context: Context, vertices: int) -> Entity | None:
    """An entity as a source sent it; None where its time is over. Refused where it is none."""
    entity = incoming.entity({name: value for name, value in raw.items() if name != "@context"}, context, vertices)
    now = now_us()
    entity["createdAt"] = parse_us(raw.get("createdAt")) or now
    entity["modifiedAt"] = parse_us(raw.get("modifiedAt")) or entity["createdAt"]
    for name, value in raw.items():
        if isinstance(value, dict | list) and name not in ("@context", "type", "scope"):
            given = value if isinstance(value, list) else [value]
            instances = entity["attrs"].get(context.full(name), []) if name not in ("id",) else []
            if len(given) == len(instances):
                for one, was in zip(instances, given, strict=True):
                    if isinstance(was, dict):
                        for member in ("createdAt", "modifiedAt"):
                            at = parse_us(was.get(member))
                            if at is not None:
                                one[member] = at
    end = entity.get("expiresAt")
    if end is not None:
        if (parse_us(end) or 0) <= now:
            return None
        for instances in entity["attrs"].values():
            for one in instances:
                if "expiresAt" not in one or (parse_us(one["expiresAt"]) or 0) > (parse_us(end) or 0):
                    one["expiresAt"] = end
    return entity


def dated(entity: Entity) -> Entity:
    """An entity of our own, its instances with the times that they have by default; a copy, so that what is kept stays as it is."""
    born = entity["createdAt"]
    attrs = {name: [{"createdAt": born, **one} for one in instances] for name, instances in entity["attrs"].items()}
    return {**entity, "type": list(entity["type"]), "attrs": attrs}


def _expired(one: Instance, now: int) -> bool:
    return "expiresAt" in one and (parse_us(one["expiresAt"]) or 0) <= now


def _age(one: Instance) -> tuple[int, int]:
    """Greater where an instance is more recent."""
    modified = one.get("modifiedAt", one.get("createdAt"))
    return parse_us(one.get("observedAt")) or 0, int(modified or 0)


def _newer(one: Instance, other: Instance) -> bool:
    """Whether `one` is to be shown rather than `other`: observed later or, where that is not told, modified later."""
    if "observedAt" in one or "observedAt" in other:
        a, b = _age(one)[0], _age(other)[0]
        if a != b:
            return a > b
    return _age(one)[1] > _age(other)[1]


def merge(whole: Entity, part: Entity) -> None:
    """Lay what one source holds over what is known so far."""
    now = now_us()
    for name in part["type"]:
        if name not in whole["type"]:
            whole["type"].append(name)
    if "scope" in part:
        whole["scope"] = list(dict.fromkeys([*whole.get("scope", []), *part["scope"]]))
    if "expiresAt" in whole and "expiresAt" in part:
        whole["expiresAt"] = max(whole["expiresAt"], part["expiresAt"], key=lambda text: parse_us(text) or 0)
    else:
        whole.pop("expiresAt", None)
    whole["createdAt"] = min(whole["createdAt"], part["createdAt"])
    whole["modifiedAt"] = max(whole["modifiedAt"], part["modifiedAt"])
    for name, instances in part["attrs"].items():
        held = whole["attrs"].setdefault(name, [])
        for one in instances:
            if _expired(one, now):
                continue
            for place, other in enumerate(held):
                if other.get("datasetId") == one.get("datasetId"):
                    if _expired(other, now) or _newer(one, other):
                        held[place] = one
                    break
            else:
                held.append(one)
        if not held:
            del whole["attrs"][name]


def supplement(whole: Entity, part: Entity) -> None:
    """Add what an auxiliary source holds and nobody else does (4.3.6.2)."""
    for name, instances in part["attrs"].items():
        if name not in whole["attrs"]:
            whole["attrs"][name] = instances
