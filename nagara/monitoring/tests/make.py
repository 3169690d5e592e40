"""Periods, returns and values for tests."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from nagara.audit.record import System
from nagara.monitoring.models import Level, Period, Return, Value
from nagara.monitoring.states import LevelName, Origin, ReturnState
from nagara.places.models import City
from nagara.plans.tests.make import make_city

LOADER = System("test")
OPENS = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
DUE = datetime(2026, 10, 31, 16, 59, tzinfo=UTC)
LOCKS = datetime(2026, 11, 15, 16, 59, tzinfo=UTC)
NOON = datetime(2026, 10, 12, 5, 0, tzinfo=UTC)


def bare_period(code: str = "2026", last_day: date = date(2026, 9, 30)) -> Period:
    """A period without any question, for the queries alone."""
    return Period.objects.get_or_create(
        code=code,
        defaults={
            "title": {"th": code, "en": code},
            "first_day": last_day - timedelta(days=364),
            "last_day": last_day,
            "opens_at": OPENS,
            "due_at": DUE,
            "locks_at": LOCKS,
            "zone": "Asia/Bangkok",
            "made_at": NOON,
            "made_by": "system:test",
        },
    )[0]


def put_level(
    city: City,
    number: str | None,
    *,
    measure: str = "green-areas",
    level: str = LevelName.PUBLISHED,
    period: Period | None = None,
    at: datetime = NOON,
) -> Level:
    """A value at a level, put there without its action; what stood there before ends."""
    period = period or bare_period()
    answer = Return.objects.get_or_create(
        period=period, city=city, defaults={"state": ReturnState.DRAFT, "due_at": period.due_at, "locks_at": period.locks_at}
    )[0]
    value = Value.objects.get_or_create(of=answer, measure=measure, defaults={"saved_at": at})[0]
    Level.objects.filter(value=value, level=level, until=None).update(until=at)
    return Level.objects.create(
        value=value,
        city=city,
        period=period,
        last_day=period.last_day,
        measure=measure,
        level=level,
        number=None if number is None else Decimal(number),
        missing="" if number is not None else "no survey this year",
        origin=Origin.TYPED,
        at=at,
        by_key="system:test",
    )


__all__ = ["DUE", "LOADER", "LOCKS", "NOON", "OPENS", "bare_period", "make_city", "put_level"]
