"""Reading a connected service page by page. After each page the cursor says where to go on: a reading that was stopped goes on there."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from nagara.citydata.broker import collect, moment, utc
from nagara.citydata.queries import attributes_of, member, place_of
from nagara.citydata.sheets.check import Thing, check, entity_id
from nagara.citydata.sheets.mapping import Mapping, guess, known_attribute
from nagara.citydata.sheets.read import Row, Table
from nagara.citydata.sources.asking import Asker, SourceFault

Cursor = dict[str, Any]

PAGE = 500
MOST_STREAMS = 500
MOST_HISTORY = timedelta(days=366)
"""How far back an entity is read that we hold nothing of."""
MOST_ROUNDS = 200


@dataclass(frozen=True)
class Asked:
    """What a reader needs to know of a source."""

    space: str
    address: str
    entity_type: str
    resource: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Bangkok"))
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    held: Callable[[str], datetime | None] = lambda _id: None
    """The newest observation that our broker holds of an entity."""


@dataclass
class Page:
    """Things with their observations, the units of their attributes, and where to go on. `cursor` without "pass" : the reading is through."""

    things: list[Thing]
    units: dict[str, str]
    cursor: Cursor


Reader = Callable[[Asker, Asked, Cursor], Iterator[Page]]


def ngsi_ld(ask: Asker, asked: Asked, cursor: Cursor) -> Iterator[Page]:
    """Every entity of one type as it is now, with what it observed since it was last read where the other broker keeps history."""
    offset, history = int(cursor.get("offset", 0)), _History(ask, asked)
    while True:
        query = urlencode({"type": asked.entity_type, "limit": 100, "offset": offset})
        rows = ask.json(f"{asked.address}/ngsi-ld/v1/entities?{query}")
        if not isinstance(rows, list):
            raise SourceFault("the answer is no list of entities")
        things, units = things_of(asked.space, asked.entity_type, rows)
        for row, thing in zip(rows, things, strict=True):
            history.fill_in(row["id"], thing)
        offset += len(rows)
        through = len(rows) < 100
        yield Page(things, units, {} if through else {"offset": offset})
        if through:
            return


def things_of(space: str, entity_type: str, rows: list[dict[str, Any]]) -> tuple[list[Thing], dict[str, str]]:
    """Entities as another broker gives them: what was observed when, and the units. What says no time is no observation."""
    units: dict[str, str] = {}
    things = []
    for row in rows:
        thing = Thing(entity_id(entity_type, space, row["id"]), _name(row), place_of(row))
        for name in attributes_of(row):
            attribute = member(row, name)
            value = attribute.get("value")
            if name in ("name", "location") or not isinstance(value, bool | str | int | float) or "observedAt" not in attribute:
                continue
            thing.observations[name][moment(attribute["observedAt"])] = value
            if code := attribute.get("unitCode"):
                units[name] = code
        things.append(thing)
    return things, units


@dataclass
class _History:
    """What happened between two readings, from the temporal API of the other broker; not every broker keeps one (clause 4.3.6)."""

    ask: Asker
    asked: Asked
    refusals: int = 0

    def fill_in(self, id_: str, thing: Thing) -> None:
        """Add to a thing what was observed after what we hold of it and until what it says now."""
        newest = max((max(series) for series in thing.observations.values()), default=None)
        if newest is None or self.refusals >= 3:
            return
        held = self.asked.held(thing.id)
        since = held or newest - MOST_HISTORY
        names = list(thing.observations)
        for _round in range(MOST_ROUNDS):
            if since >= newest:
                return
            query = {"attrs": ",".join(names), "timerel": "between", "timeAt": utc(since), "endTimeAt": utc(newest)}
            query |= {"timeproperty": "observedAt", "options": "temporalValues"}
            try:
                answer = self.ask.json(f"{self.asked.address}/ngsi-ld/v1/temporal/entities/{quote(id_, safe='')}?{urlencode(query)}")
            except SourceFault:
                self.refusals += 1
                return
            found: dict[str, list[tuple[datetime, Any]]] = {}
            last = collect(answer, found)
            for name, series in found.items():
                thing.observations[name].update(series)
            if last is None or last <= since:
                return
            since = last


def _name(row: dict[str, Any]) -> str:
    return str(member(row, "name").get("value") or row["id"].rpartition(":")[2])


_UNITS = {
    "ug/m3": "GQ",
    "µg/m³": "GQ",
    "μg/m³": "GQ",
    "°c": "CEL",
    "degc": "CEL",
    "celsius": "CEL",
    "%": "P1",
    "m": "MTR",
    "km/h": "KMH",
    "kwh": "KWH",
    "mm": "MMT",
}


def sensorthings(ask: Asker, asked: Asked, cursor: Cursor) -> Iterator[Page]:
    """Every datastream from where it was left, oldest first (OGC SensorThings 1.1)."""
    since: dict[str, str] = dict(cursor.get("since", {}))
    address: str | None = f"{asked.address}/Datastreams?" + urlencode(
        {"$top": 100, "$expand": "Thing($expand=Locations),ObservedProperty", "$orderby": "id asc"}, quote_via=quote
    )
    count, names = 0, _Names()
    while address and count < MOST_STREAMS:
        listed = ask.json(address)
        for stream in listed["value"]:
            count += 1
            yield from _stream(ask, asked, stream, since, names)
        address = listed.get("@iot.nextLink")
    yield Page([], {}, {"since": since})


class _Names:
    """Two things of one name, and two streams of one thing and property (raw and corrected), are not mixed. The first keeps the plain name."""

    def __init__(self) -> None:
        self._things: dict[str, str] = {}
        self._streams: dict[tuple[str, str], str] = {}

    def thing(self, name: str, id_: str) -> str:
        return name if self._things.setdefault(name, id_) == id_ else f"{name} ({id_})"

    def attribute(self, thing: str, stream: dict[str, Any]) -> str:
        observed, id_ = stream.get("ObservedProperty") or {}, str(stream["@iot.id"])
        defined = re.split(r"[/#]", str(observed.get("definition") or ""))[-1]
        names = [found for text in (observed.get("name"), stream.get("name")) if (found := _attribute(str(text or ""))) != "value"]
        names = names or [_attribute(defined)]
        for name in (*names, f"{names[0]}_{''.join(filter(str.isalnum, id_))}"[:64]):
            if self._streams.setdefault((thing, name), id_) == id_:
                return name
        raise SourceFault(f"datastream {id_} has the name of another")


def _stream(ask: Asker, asked: Asked, stream: dict[str, Any], since: dict[str, str], names: _Names) -> Iterator[Page]:
    number = str(stream["@iot.id"])
    thing_row = stream.get("Thing") or {}
    name = str(thing_row.get("name") or stream.get("name") or number)
    name = names.thing(name, str(thing_row.get("@iot.id", name)))
    attribute = names.attribute(name, stream)
    measured = str(stream.get("observationType", "")).endswith(("OM_Measurement", "OM_CountObservation"))
    # HydroServer's sign that nothing was measured.
    no_data = (stream.get("properties") or {}).get("noDataValue")
    unit = _UNITS.get(str((stream.get("unitOfMeasurement") or {}).get("symbol", "")).casefold(), "")
    query = {"$top": PAGE, "$orderby": "phenomenonTime asc", "$select": "phenomenonTime,result"}
    if number in since:
        query["$filter"] = f"phenomenonTime gt {since[number]}"
    # An id that is a text stands between quotes in the address.
    ident = number if number.isdecimal() else "'" + number.replace("'", "''") + "'"
    address: str | None = f"{asked.address}/Datastreams({quote(ident)})/Observations?{urlencode(query, quote_via=quote)}"
    while address:
        listed = ask.json(address)
        thing = Thing(entity_id(asked.entity_type, asked.space, name), name, _location(thing_row))
        for row in listed["value"]:
            at = moment(str(row["phenomenonTime"]).partition("/")[0])
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            if _is_value(row["result"], measured) and (no_data is None or row["result"] != no_data):
                thing.observations[attribute][at] = row["result"]
            since[number] = max(since.get(number, ""), utc(at))
        if listed["value"]:
            yield Page([thing], {attribute: unit} if unit else {}, {"since": dict(since), "pass": number})
        address = listed.get("@iot.nextLink")


def _is_value(result: Any, measured: bool) -> bool:
    """Is a result something that an attribute can say? None is not, nor an object; of what is measured only a number."""
    if isinstance(result, bool | str):
        return not measured and result != ""
    return isinstance(result, int | float) and isfinite(result)


def _location(thing: dict[str, Any]) -> tuple[float, float] | None:
    for one in thing.get("Locations") or []:
        geometry = one.get("location") or {}
        geometry = geometry.get("geometry", geometry)
        if geometry.get("type") == "Point":
            return float(geometry["coordinates"][0]), float(geometry["coordinates"][1])
    return None


def _attribute(text: str) -> str:
    if known := known_attribute(text):
        return known
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in text).split()
    if not words or not words[0][0].isalpha():
        return "value"
    return (words[0][0].lower() + words[0][1:] + "".join(word[:1].upper() + word[1:] for word in words[1:]))[:64]


def ckan(ask: Asker, asked: Asked, cursor: Cursor) -> Iterator[Page]:
    """The rows of a table in a CKAN datastore, with its columns guessed as for an uploaded table."""
    offset = int(cursor.get("offset", 0))
    while True:
        query = urlencode({"resource_id": asked.resource, "limit": PAGE, "offset": offset, "sort": "_id asc"})
        answer = ask.json(f"{asked.address}/api/3/action/datastore_search?{query}")
        if not answer.get("success"):
            raise SourceFault("success is not true")
        result = answer["result"]
        if offset > int(result.get("total", offset)):
            # The table was made anew, and is shorter: all of it is read again. What is known of it is taken once.
            offset = 0
            continue
        names = [one["id"] for one in result["fields"] if one["id"] != "_id"]
        records = result["records"]
        if records:
            rows = tuple(
                Row(offset + place + 1, tuple("" if row.get(name) is None else str(row[name]) for name in names))
                for place, row in enumerate(records)
            )
            table = Table(tuple(names), rows)
            mapping = guess(table)
            mapping = Mapping(asked.entity_type, mapping.columns, mapping.comma)
            found = check(table, mapping, space=asked.space, zone=asked.zone, at=asked.at)
            if found.faults:
                fault = found.faults[0]
                raise SourceFault(f"row {fault.row}, {fault.heading}: {fault.words} {fault.found}")
            units = {column.name: column.unit for _place, column in mapping.attributes if column.unit}
            offset += len(records)
            yield Page(list(found.things.values()), units, {"offset": offset})
        if len(records) < PAGE:
            return


READERS: dict[str, Reader] = {"ngsi-ld": ngsi_ld, "sensorthings": sensorthings, "ckan": ckan}
