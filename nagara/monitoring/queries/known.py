"""What is known of values on any day, at any level. The reports and the public pages read here."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from nagara.monitoring.models import Goal, Level, Period, Return
from nagara.monitoring.states import LevelName
from nagara.places.models import City

Cities = Iterable[City] | QuerySet[City] | None
"""Which cities a figure is about; None for all."""


def end_of(day: date) -> datetime:
    """The first instant after a day, in the zone of the programme: what was recorded before it was known on that day."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=settings.ZONE)


def known_on(day: date, prefix: str = "") -> Q:
    """Levels that stood at the end of a day."""
    instant = end_of(day)
    stands = Q(**{f"{prefix}until__isnull": True}) | Q(**{f"{prefix}until__gte": instant})
    return Q(**{f"{prefix}at__lt": instant}) & stands


def of_cities(cities: Cities) -> Q:
    if cities is None:
        return Q()
    if isinstance(cities, QuerySet):
        return Q(city__in=cities.values("pk"))
    return Q(city__in=[city.pk for city in cities])


def levels_on(
    day: date, *, level: str = LevelName.PUBLISHED, measures: Iterable[str] | None = None, cities: Cities = None
) -> QuerySet[Level]:
    """Every value at one level as it stood at the end of a day, of all periods."""
    rows = Level.objects.filter(known_on(day), of_cities(cities), level=level)
    return rows if measures is None else rows.filter(measure__in=list(measures))


def values_on(measures: Iterable[str] | None, cities: Cities, day: date, *, level: str = LevelName.PUBLISHED) -> QuerySet[Level]:
    """For each city, measure and part the value of its newest period, as it was known at the end of a day.

    A value that its city said to be missing is there too, with `number` empty and the reason in `missing`. One query.
    """
    newest = Window(
        RowNumber(),
        partition_by=[F("city"), F("measure"), F("part")],
        order_by=[F("last_day").desc(), F("period").desc()],
    )
    return levels_on(day, level=level, measures=measures, cities=cities).annotate(place=newest).filter(place=1)


def values_of(
    period: Period, day: date, *, level: str = LevelName.PUBLISHED, measures: Iterable[str] | None = None, cities: Cities = None
) -> QuerySet[Level]:
    """The values of one period as they were known at the end of a day."""
    return levels_on(day, level=level, measures=measures, cities=cities).filter(period=period)


def history_of(city: City, measure: str, day: date, *, level: str = LevelName.PUBLISHED) -> QuerySet[Level]:
    """The values of one measure of a city over all periods, oldest first."""
    rows = levels_on(day, level=level, measures=[measure], cities=[city])
    return rows.select_related("period").order_by("last_day", "part", "pk")


def goals_on(cities: Cities, day: date, measures: Iterable[str] | None = None) -> QuerySet[Goal]:
    """Baselines and targets as they were set at the end of a day."""
    rows = Goal.objects.filter(known_on(day), of_cities(cities))
    return rows if measures is None else rows.filter(measure__in=list(measures))


def change_days(cities: Cities = None) -> list[date]:
    """The days on which the returns of cities were last published, newest first: what an as-of bar offers."""
    rows = Return.objects.filter(of_cities(cities), published_at__isnull=False).order_by().values_list("published_at", flat=True)
    return sorted({at.astimezone(settings.ZONE).date() for at in rows.distinct() if at}, reverse=True)
