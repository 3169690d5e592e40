"""From checked observations to entities in the broker. What is there already is not sent again, so a stopped loading goes on where it was."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from nagara.citydata.broker import INSTANCES, Entity, Tenant, moment, utc
from nagara.citydata.queries import member
from nagara.citydata.sheets.check import Thing
from nagara.citydata.sheets.mapping import Mapping

MOMENT = timedelta(seconds=1)


def fill(tenant: Tenant, things: Iterable[Thing], mapping: Mapping, *, done: Callable[[int], None]) -> int:
    """Send every observation that the broker does not hold yet; answer how many were new. `done` is told after each thing."""
    units = {column.name: column.unit for _place, column in mapping.attributes if column.unit}
    new = 0
    for count, thing in enumerate(things, start=1):
        new += fill_one(tenant, thing, mapping.entity_type, units)
        done(count)
    return new


def fill_one(tenant: Tenant, thing: Thing, entity_type: str, units: dict[str, str]) -> int:
    """The history first, then the newest of each attribute as the state of the entity. What a broker without history drops is not counted."""
    present = tenant.entity(thing.id)
    known = _known(tenant, thing, present) if present else {}
    fresh = {
        name: sorted((at, value) for at, value in series.items() if known.get(name, {}).get(at, _ABSENT) != value)
        for name, series in thing.observations.items()
    }
    state: Entity = {"id": thing.id, "type": entity_type, "name": {"type": "Property", "value": thing.name}}
    if thing.place:
        state["location"] = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": list(thing.place)}}
    history: dict[str, list[tuple[datetime, Any]]] = {}
    new = 0
    for name, rows in fresh.items():
        new += len(rows)
        if not rows:
            continue
        at, value = rows[-1]
        if newer(present, name, at):
            state[name] = instance(value, at, units.get(name, ""))
            rows = rows[:-1]
        if rows:
            history[name] = rows
    if not present and new:
        # The entity comes first: history is of something that is there.
        tenant.upsert([state])
    new -= _send_history(tenant, thing.id, entity_type, history, units)
    if present and (new or _moved(present, state)):
        tenant.upsert([state])
    return new


_ABSENT = object()


def instance(value: Any, at: datetime, unit: str) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "Property", "value": value, "observedAt": utc(at)}
    if unit:
        found["unitCode"] = unit
    return found


def newer(present: Entity | None, name: str, at: datetime) -> bool:
    """Is an observation newer than the state that the broker holds?"""
    held = (present or {}).get(name)
    held = held[0] if isinstance(held, list) else held
    return not isinstance(held, dict) or "observedAt" not in held or moment(held["observedAt"]) <= at


def _moved(present: Entity, state: Entity) -> bool:
    return any(present.get(name, {}).get("value") != state[name]["value"] for name in ("name", "location") if name in state)


def _known(tenant: Tenant, thing: Thing, present: Entity) -> dict[str, dict[datetime, Any]]:
    """What the broker holds of a thing: its history, and its state where there is no history of that."""
    times = [at for series in thing.observations.values() for at in series]
    if not times:
        return {}
    found = tenant.series(thing.id, list(thing.observations), since=min(times) - MOMENT, until=max(times) + MOMENT)
    known = {name: dict(rows) for name, rows in found.items()}
    if not tenant.keeps_history:
        for name in thing.observations:
            held = member(present, name)
            if "observedAt" in held:
                known.setdefault(name, {})[moment(held["observedAt"])] = held.get("value")
    return known


def _send_history(tenant: Tenant, id_: str, entity_type: str, history: dict[str, list[tuple[datetime, Any]]], units: dict[str, str]) -> int:
    """Send what is older than the state; answer how many observations the broker did not keep."""
    dropped = 0
    waiting = {name: [instance(value, at, units.get(name, "")) for at, value in rows] for name, rows in history.items()}
    while waiting:
        part: Entity = {"id": id_, "type": entity_type}
        room = INSTANCES
        for name in list(waiting):
            part[name], waiting[name] = waiting[name][:room], waiting[name][room:]
            room -= len(part[name])
            if not waiting[name]:
                del waiting[name]
            if room <= 0:
                break
        if not tenant.append(part):
            dropped += sum(len(rows) for rows in part.values() if isinstance(rows, list))
    return dropped
