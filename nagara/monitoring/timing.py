"""How a return stands to its days. Plain values in, a word out."""

from datetime import datetime
from typing import Protocol

from nagara.monitoring.states import Timeliness


class HasDays(Protocol):
    """The days of a return: its own, which an extension moves, and those of its period."""

    due_at: datetime
    locks_at: datetime
    handed_in: str

    @property
    def period(self) -> "HasCalendar": ...


class HasCalendar(Protocol):
    opens_at: datetime
    due_at: datetime


def at_hand_in(answer: HasDays, at: datetime) -> Timeliness:
    """What is noted, for good, when a return is first handed in."""
    if at <= answer.period.due_at:
        return Timeliness.ON_TIME
    return Timeliness.EXTENDED if at <= answer.due_at else Timeliness.LATE


def timeliness(answer: HasDays, at: datetime) -> Timeliness:
    if answer.handed_in:
        return Timeliness(answer.handed_in)
    if at < answer.period.opens_at:
        return Timeliness.AHEAD
    if at <= answer.due_at:
        return Timeliness.OPEN
    return Timeliness.OVERDUE if at <= answer.locks_at else Timeliness.LOCKED
