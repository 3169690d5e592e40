"""Who was in, at any instant of a meeting: a plain function of what was entered. No database here.

A *place* is a seat, or a participant without a seat. At most one person is in at a place, and a person is in at most at one place.
Events count in the order of their instants; at one instant, in the order in which they were entered. An event that cannot be
true (see `Fault`) has no effect, so that every record can be read; actions refuse to enter one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

JOIN, LEAVE = "join", "leave"
HOLDER, ALTERNATE = "holder", "alternate"


class Event(NamedTuple):
    """Somebody came or left. `seat` is None for a participant without a seat; `key` is the order of entry."""

    key: int
    at: datetime
    kind: str
    seat: int | None
    person: int
    capacity: str = ""
    online: bool = False
    struck: bool = False


class End(StrEnum):
    """Why a presence ended."""

    LEFT = "left"
    MOVED = "moved"  # from the room to online, or back
    HOLDER_CAME = "holder_came"
    CLOSED = "closed"


class Span(NamedTuple):
    """A presence without a break: from `since` until, not including, `until` (None: still in)."""

    seat: int | None
    person: int
    capacity: str
    online: bool
    since: datetime
    until: datetime | None = None
    end: End | None = None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


class Reason(StrEnum):
    """Why an event cannot be true."""

    ALREADY_IN = "already_in"
    NOT_IN = "not_in"
    HOLDER_IS_IN = "holder_is_in"
    SEAT_IS_TAKEN = "seat_is_taken"
    IN_ELSEWHERE = "in_elsewhere"


class Fault(NamedTuple):
    key: int
    reason: Reason
    other: int | None = None
    """The person who is in the way, where there is one."""


type_of_place = tuple[str, int]


def _place(event: Event) -> type_of_place:
    return ("seat", event.seat) if event.seat is not None else ("person", event.person)


def _why_not(event: Event, here: Span | None, elsewhere: Iterable[Span]) -> Fault | None:
    """Why `event` cannot be true, given who is in at its place and who is in at the others."""
    if event.kind == LEAVE:
        return None if here and here.person == event.person else Fault(event.key, Reason.NOT_IN, here.person if here else None)
    if here and here.person == event.person and here.capacity == event.capacity:
        return Fault(event.key, Reason.ALREADY_IN) if here.online == event.online else None
    if any(span.person == event.person for span in elsewhere):
        return Fault(event.key, Reason.IN_ELSEWHERE)
    if here and here.capacity == HOLDER and event.capacity == ALTERNATE:
        return Fault(event.key, Reason.HOLDER_IS_IN, here.person)
    if here and not (here.capacity == ALTERNATE and event.capacity == HOLDER):
        return Fault(event.key, Reason.SEAT_IS_TAKEN, here.person)
    return None


def replay(events: Iterable[Event]) -> tuple[list[Span], list[Fault]]:
    """The presences that `events` come to, by their beginning, and the events that cannot be true."""
    inside: dict[type_of_place, Span] = {}
    done: list[Span] = []
    faults: list[Fault] = []
    for event in sorted((event for event in events if not event.struck), key=lambda event: (event.at, event.key)):
        place = _place(event)
        here = inside.get(place)
        if fault := _why_not(event, here, (span for other, span in inside.items() if other != place)):
            faults.append(fault)
            continue
        if here:
            end = End.LEFT if event.kind == LEAVE else End.MOVED if here.person == event.person else End.HOLDER_CAME
            done.append(here._replace(until=event.at, end=end))
            del inside[place]
        if event.kind == JOIN:
            inside[place] = Span(event.seat, event.person, event.capacity, event.online, event.at)
    found = [span for span in [*done, *inside.values()] if span.until is None or span.until > span.since]
    return sorted(found, key=lambda span: (span.since, span.seat is None, span.seat or 0, span.person)), faults


def spans(events: Iterable[Event], closed_at: datetime | None = None) -> list[Span]:
    """Every presence of the day. Where the meeting has closed, nobody is in any longer."""
    found = replay(events)[0]
    if closed_at is None:
        return found
    return [
        span._replace(until=closed_at, end=End.CLOSED) if span.until is None or span.until > closed_at else span
        for span in found
        if span.since < closed_at
    ]


def faults(events: Iterable[Event]) -> list[Fault]:
    return replay(events)[1]


def presence(events: Iterable[Event], at: datetime, closed_at: datetime | None = None) -> list[Span]:
    """Who was in at the instant `at`."""
    return [span for span in spans(events, closed_at) if span.holds(at)]


class Stay(NamedTuple):
    """All of one person's presences at one place: when they first came, when they last went, and whether they were away between."""

    seat: int | None
    person: int
    capacity: str
    online: bool
    came: datetime
    went: datetime | None
    end: End | None
    gaps: tuple[tuple[datetime, datetime], ...] = ()


def stays(found: Sequence[Span]) -> list[Stay]:
    """The presences by person and place. A change between room and online is no gap; the first of the two is kept as `online`."""
    by_person: dict[tuple[int | None, int, str], list[Span]] = {}
    for span in sorted(found, key=lambda span: span.since):
        by_person.setdefault((span.seat, span.person, span.capacity), []).append(span)
    return [
        Stay(
            *key,
            online=mine[0].online,
            came=mine[0].since,
            went=mine[-1].until,
            end=mine[-1].end,
            gaps=tuple((one.until, two.since) for one, two in pairwise(mine) if one.until is not None and one.until < two.since),
        )
        for key, mine in by_person.items()
    ]
