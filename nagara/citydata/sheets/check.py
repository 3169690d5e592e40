"""A table read row by row under a mapping: every fault with its row and column, and the observations where there is none."""

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from nagara.citydata.sheets.cells import read_instant, read_value
from nagara.citydata.sheets.mapping import Mapping, Role
from nagara.citydata.sheets.read import Row, Table
from nagara.toolkit.refusal import Refusal

FAR = 150.0
"""Kilometres from the place of the space beyond which a position is taken for a mistake."""

AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class Fault:
    """One cell that cannot be taken: where, why in words, what stands there."""

    row: int
    heading: str
    words: str
    found: str = ""

    def plain(self) -> dict[str, Any]:
        return {"row": self.row, "heading": self.heading, "words": self.words, "found": self.found[:120]}


@dataclass
class Thing:
    """One entity of the table: its name, where it is, and its observations by attribute."""

    id: str
    name: str
    place: tuple[float, float] | None = None
    observations: dict[str, dict[datetime, Any]] = field(default_factory=lambda: defaultdict(dict))


@dataclass
class Checked:
    things: dict[str, Thing] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    rows: int = 0

    @property
    def observations(self) -> int:
        return sum(len(series) for thing in self.things.values() for series in thing.observations.values())

    def outcome(self) -> dict[str, Any]:
        """What the table holds, in numbers for the page."""
        times = [at for thing in self.things.values() for series in thing.observations.values() for at in series]
        return {
            "rows": self.rows,
            "entities": len(self.things),
            "observations": self.observations,
            "first": min(times).isoformat() if times else "",
            "last": max(times).isoformat() if times else "",
            "placed": sum(thing.place is not None for thing in self.things.values()),
        }


def entity_id(entity_type: str, space: str, name: str) -> str:
    """The id of a thing by its name: the same name is the same thing, whichever file it comes in."""
    known = name.strip().casefold()
    # Thai in a URN would be percent signs, which every address on the way decodes or doubles.
    tail = known if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,79}", known) else hashlib.sha256(known.encode()).hexdigest()[:20]
    return f"urn:ngsi-ld:{entity_type}:{space}:{tail}"


def check(table: Table, mapping: Mapping, *, space: str, zone: ZoneInfo, at: datetime, near: tuple[float, float] | None = None) -> Checked:
    """Read every row. `near` is (longitude, latitude) of the place that the data are of; `at` stands for a time that no column holds."""
    found = Checked(rows=len(table.rows))
    reader = _Reader(table, mapping, space, zone, at, near, found)
    for row in table.rows:
        reader.take(row)
    return found


@dataclass
class _Reader:
    table: Table
    mapping: Mapping
    space: str
    zone: ZoneInfo
    at: datetime
    near: tuple[float, float] | None
    found: Checked

    def __post_init__(self) -> None:
        one = {role: next(iter(self.mapping.places(role)), None) for role in Role.values}
        self.name, self.time = one[Role.NAME], one[Role.TIME]
        self.latitude, self.longitude = one[Role.LATITUDE], one[Role.LONGITUDE]
        self.seen: dict[tuple[str, datetime], int] = {}
        self.instants: dict[str, datetime] = {}

    def take(self, row: Row) -> None:
        before = len(self.found.faults)
        name = row.cells[self.name] if self.name is not None else self.space
        if not name:
            self._fault(row, self.name, _("There is no name here, so nobody can tell what was observed."))
        instant = self._instant(row)
        place = self._place(row)
        values = {column.name: self._value(row, at, column.role) for at, column in self.mapping.attributes}
        if len(self.found.faults) > before or instant is None:
            return
        thing = self.found.things.setdefault(
            name.strip().casefold(), Thing(entity_id(self.mapping.entity_type, self.space, name), name.strip())
        )
        twice = self.seen.setdefault((thing.id, instant), row.number)
        if twice != row.number:
            self._fault(row, self.time, _("Row %(row)s holds the same thing at the same time already.") % {"row": twice})
            return
        thing.place = place or thing.place
        for attribute, value in values.items():
            if value is not None:
                thing.observations[attribute][instant] = value

    def _instant(self, row: Row) -> datetime | None:
        if self.time is None:
            return self.at
        text = row.cells[self.time]
        if not text:
            self._fault(row, self.time, _("There is no time here."))
            return None
        instant = self.instants.get(text)
        if instant is None:
            try:
                instant = read_instant(text, self.zone)
            except Refusal as refusal:
                self._fault(row, self.time, refusal.message)
                return None
            if instant > self.at + AHEAD:
                self._fault(row, self.time, _("This lies in the future: read as %(day)s.") % {"day": instant.date().isoformat()})
                return None
            self.instants[text] = instant
        return instant

    def _place(self, row: Row) -> tuple[float, float] | None:
        if self.latitude is None or self.longitude is None:
            return None
        texts = row.cells[self.longitude], row.cells[self.latitude]
        if not any(texts):
            return None
        numbers = []
        for column, text, most in ((self.longitude, texts[0], 180), (self.latitude, texts[1], 90)):
            try:
                number = read_value(text, comma=self.mapping.comma) if text else None
            except Refusal as refusal:
                self._fault(row, column, refusal.message)
                return None
            if number is None or abs(number) > most:
                self._fault(row, column, _("A place needs a latitude from -90 to 90 and a longitude from -180 to 180."))
                return None
            numbers.append(number)
        place = (numbers[0], numbers[1])
        if self.near and (far := kilometres(self.near, place)) > FAR:
            self._fault(
                row, self.latitude, _("This place lies %(far)s km away. Are latitude and longitude exchanged?") % {"far": f"{far:,.0f}"}
            )
            return None
        return place

    def _value(self, row: Row, column: int, role: str) -> Any:
        text = row.cells[column]
        if not text or text in ("-", "–", "N/A", "n/a", "ไม่มีข้อมูล"):
            return None
        if role == Role.TEXT:
            return text
        try:
            return read_value(text, comma=self.mapping.comma)
        except Refusal as refusal:
            self._fault(row, column, refusal.message)
            return None

    def _fault(self, row: Row, column: int | None, words: str) -> None:
        heading = self.table.headings[column] if column is not None else ""
        self.found.faults.append(Fault(row.number, heading, words, row.cells[column] if column is not None else ""))


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance between two positions (longitude, latitude), on a sphere."""
    (x, y), (u, v) = ((radians(a), radians(b)) for a, b in (one, other))
    return 12742 * asin(sqrt(sin((v - y) / 2) ** 2 + cos(y) * cos(v) * sin((u - x) / 2) ** 2))
