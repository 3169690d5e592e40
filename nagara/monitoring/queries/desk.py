"""What stands on the desks of those who follow many cities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from nagara.monitoring import rosters
from nagara.monitoring.models import Extension, Level, Period, Return, Value
from nagara.monitoring.states import WITH_CITY, LevelName, ReturnState, Verdict
from nagara.places.models import City
from nagara.toolkit import access

LONG_LATE = timedelta(days=14)


def alphabet(prefix: str = "city__") -> str:
    return f"{prefix}sort_th" if (get_language() or "th").startswith("th") else f"{prefix}sort_en"


def returns_for(user: Any) -> QuerySet[Return]:
    """The returns that somebody may read, with the city, the period and what the desk counts."""
    open_extension = Extension.objects.filter(of=OuterRef("pk"), answer="")
    return (
        access.visible(user, "monitoring.view")
        .select_related("city__state", "period")
        .annotate(
            claimed=Count("values", filter=Q(values__levels__level=LevelName.CLAIMED, values__levels__until=None), distinct=True),
            accepted=Count("values", filter=Q(values__verdict=Verdict.ACCEPTED), distinct=True),
            questioned=Count("values", filter=Q(values__verdict=Verdict.QUESTIONED), distinct=True),
            asks_time=Exists(open_extension),
        )
        .order_by("-period__last_day", "period", alphabet(), "pk")
    )


def late_by(rows: QuerySet[Return], at: datetime, since: timedelta = timedelta(0)) -> QuerySet[Return]:
    """Returns that the city has and that were due longer ago than `since`."""
    return rows.filter(state__in=WITH_CITY, due_at__lt=at - since)


def not_asked(period: Period, at: datetime) -> list[City]:
    """The cities of a period's roster on the day that it does not ask: who was admitted after it was opened."""
    roster = rosters.roster(period.roster)
    if roster is None:
        return []
    today = at.astimezone(period.zone_info).date()
    asked = Return.objects.filter(period=period).values("city")
    return list(roster.cities_on(today).exclude(pk__in=asked).select_related("state").order_by(alphabet(""), "pk"))


@dataclass(frozen=True)
class PeriodCounts:
    """How the returns of a period stand."""

    period: Period
    all: int
    handed_in: int
    overdue: int
    verified: int
    published: int
    asks_time: int


def counts_of(rows: QuerySet[Return], at: datetime) -> list[PeriodCounts]:
    """The periods among these returns, newest first, each with how its returns stand. Two queries."""
    plain = Return.objects.filter(pk__in=rows.order_by().values("pk"))
    counted: dict[int, dict[str, Any]] = {
        row["period"]: dict(row)
        for row in plain.order_by()
        .values("period")
        .annotate(
            all=Count("pk", distinct=True),
            handed_in=Count("pk", filter=~Q(state__in=WITH_CITY), distinct=True),
            overdue=Count("pk", filter=Q(state__in=WITH_CITY, due_at__lt=at), distinct=True),
            verified=Count("pk", filter=Q(state=ReturnState.VERIFIED), distinct=True),
            published=Count("pk", filter=Q(state=ReturnState.PUBLISHED), distinct=True),
            asks_time=Count("pk", filter=Q(extensions__answer="", extensions__isnull=False), distinct=True),
        )
    }
    periods = Period.objects.filter(pk__in=list(counted)).order_by("-last_day", "code")
    names = ("all", "handed_in", "overdue", "verified", "published", "asks_time")
    return [PeriodCounts(period, **{name: counted[period.pk][name] for name in names}) for period in periods]


@dataclass(frozen=True)
class ValueLevels:
    """One value with what stands at each level."""

    value: Value
    claimed: Level | None
    verified: Level | None
    published: Level | None


def levels_of(answer: Return) -> dict[tuple[str, str], ValueLevels]:
    """Every value of a return with its levels, in two queries."""
    standing: dict[int, dict[str, Level]] = {}
    for row in Level.objects.filter(value__of=answer, until=None).select_related("by__person"):
        standing.setdefault(row.value_id, {})[row.level] = row
    found = {}
    for value in answer.values.all():
        at = standing.get(value.pk, {})
        found[value.measure, value.part] = ValueLevels(value, *(at.get(name) for name in LevelName.values))
    return found


def filtered(rows: QuerySet[Return], asked: dict[str, str], at: datetime) -> QuerySet[Return]:
    """By period, by state of the return, by member state, by words in the name of the city."""
    if asked.get("period"):
        rows = rows.filter(period__code=asked["period"])
    if asked.get("state"):
        rows = rows.filter(city__state=asked["state"])
    how = asked.get("how", "")
    if how == "overdue":
        rows = late_by(rows, at)
    elif how == "overdue14":
        rows = late_by(rows, at, LONG_LATE)
    elif how == "asks_time":
        rows = rows.filter(pk__in=Extension.objects.filter(answer="").values("of"))
    elif how in ReturnState.values:
        rows = rows.filter(state=how)
    return rows


def open_extensions(user: Any) -> QuerySet[Extension]:
    """Requests for more time that this user may answer."""
    return (
        Extension.objects.filter(answer="", of__in=access.visible(user, "monitoring.extend").values("pk"))
        .select_related("of__city", "of__period")
        .order_by("until", "pk")
    )


def latest(rows: Sequence[Return]) -> Return | None:
    return max(rows, key=lambda row: (row.period.last_day, row.pk), default=None)
