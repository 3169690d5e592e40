"""The temporal query language (4.11) and the durations of aggregation periods (4.5.19.1)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from nagara.broker.clock import parse_us
from nagara.broker.history.moments import OBSERVED, PROPERTIES, Moment
from nagara.broker.model.values import shown
from nagara.broker.problems import bad_data

RELATIONS = ("before", "after", "between")
METHODS = ("totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq")
_DURATION = re.compile(
    r"P(?=.)(?:(?P<W>\d{1,6})W|(?:(?P<Y>\d{1,4})Y)?(?:(?P<M>\d{1,5})M)?(?:(?P<D>\d{1,6})D)?"
    r"(?:T(?=.)(?:(?P<h>\d{1,8})H)?(?:(?P<m>\d{1,9})M)?(?:(?P<s>\d{1,10}(?:\.\d{1,6})?)S)?)?)\Z",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """A time interval for one Temporal Property: from `start`, before `end`, in microseconds since 1970; None where it is open."""

    start: int | None = None
    end: int | None = None
    timeproperty: str = OBSERVED
    relation: str = ""  # "" where no temporal query was given

    @property
    def everything(self) -> bool:
        """Whether nothing is asked of the times."""
        return not self.relation and self.timeproperty == OBSERVED

    def holds(self, moment: Moment) -> bool:
        """Whether an instance is within."""
        if self.everything:
            return True
        when = moment.when(self.timeproperty)
        return when is not None and (self.start is None or when >= self.start) and (self.end is None or when < self.end)

    def time(self, moment: Moment) -> int:
        """What an instance is ordered by."""
        when = moment.when(self.timeproperty)
        return moment.time if when is None else when


def read_window(timerel: Any, time_at: Any, end_time_at: Any, timeproperty: Any, *, needed: bool) -> Window:
    """A temporal query from its parameters. `needed`: refused where there is none (5.7.4.4)."""
    prop = OBSERVED if timeproperty is None else timeproperty
    if prop not in PROPERTIES:
        raise bad_data(f"timeproperty: {shown(prop)} is not one of {', '.join(PROPERTIES)} (4.8).")
    if timerel is None:
        if needed:
            raise bad_data("A temporal query is needed: timerel and timeAt (5.7.4.4).")
        if time_at is not None or end_time_at is not None:
            raise bad_data("timeAt and endTimeAt go with timerel (4.11).")
        return Window(timeproperty=prop)
    if timerel not in RELATIONS:
        raise bad_data(f"timerel: {shown(timerel)} is not 'before', 'after' or 'between' (4.11).")
    at = _moment("timeAt", time_at)
    if timerel == "before":
        _no_end(end_time_at)
        return Window(None, at, prop, timerel)
    if timerel == "after":
        _no_end(end_time_at)
        return Window(at, None, prop, timerel)
    end = _moment("endTimeAt", end_time_at)
    if end <= at:
        raise bad_data("endTimeAt must be after timeAt (4.11).")
    return Window(at, end, prop, timerel)


def _no_end(end_time_at: Any) -> None:
    if end_time_at is not None:
        raise bad_data("endTimeAt goes with timerel=between only (4.11).")


def _moment(name: str, value: Any) -> int:
    if value is None:
        raise bad_data(f"{name} is needed with this timerel (4.11).")
    us = parse_us(value)
    if us is None:
        raise bad_data(f"{name} must be a DateTime such as 2026-11-09T07:00:00Z, not {shown(value)} (4.6.3).")
    return us


@dataclass(frozen=True, slots=True)
class Period:
    """How long one step of an aggregation is. Both 0: the whole time range."""

    months: int = 0
    us: int = 0

    @property
    def whole(self) -> bool:
        return not self.months and not self.us

    def after(self, start: int, steps: int) -> int:
        """The end of so many periods from `start`."""
        if not self.months:
            return start + steps * self.us
        moment = _EPOCH + timedelta(microseconds=start)
        index = moment.year * 12 + moment.month - 1 + steps * self.months
        year, month = divmod(index, 12)
        if not 1 <= year <= 9999:
            raise bad_data("aggrPeriodDuration leads out of the calendar (4.5.19.1).")
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        moved = moment.replace(year=year, month=month + 1, day=day)
        return (moved - _EPOCH) // timedelta(microseconds=1) + steps * self.us


def read_period(text: Any) -> Period:
    """aggrPeriodDuration; none is the whole range (4.5.19.1)."""
    if text is None:
        return Period()
    found = _DURATION.match(text) if isinstance(text, str) else None
    if found is None:
        raise bad_data(f"aggrPeriodDuration: {shown(text)} is no duration such as PT1H, P1D or P1M (4.5.19.1).")
    part = {name: float(value) if value else 0.0 for name, value in found.groupdict().items()}
    seconds = ((part["W"] * 7 + part["D"]) * 24 + part["h"]) * 3600 + part["m"] * 60 + part["s"]
    return Period(int(part["Y"] * 12 + part["M"]), round(seconds * 1_000_000))


def read_methods(given: Any) -> tuple[str, ...]:
    """aggrMethods, as a list or joined by commas."""
    names = [part.strip() for part in given.split(",")] if isinstance(given, str) else given
    if not isinstance(names, list) or not names:
        raise bad_data("aggrMethods must name the methods of the aggregation (4.5.19.1).")
    for name in names:
        if name not in METHODS:
            raise bad_data(f"aggrMethods: {shown(name)} is not one of {', '.join(METHODS)} (4.5.19.1).")
    return tuple(dict.fromkeys(names))
