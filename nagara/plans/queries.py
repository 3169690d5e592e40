"""Projects on any day, counts of them, and what changed between two days.

Whether a project is in the record on a day, and at which stage, is read from its spans. Its title and focus areas are those of
today: a correction of a title is meant for every report that is still to come.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from nagara.places.models import City
from nagara.plans.amounts import Money, Rate, Total, total
from nagara.plans.models import ActionPlan, ExchangeRate, Partner, PlanVersion, Project, ProjectFocus, StageSpan
from nagara.toolkit.thai import alphabet, fold

Cities = Iterable[City] | QuerySet[City] | None
"""Which cities a figure is about; None for all."""


def in_record(day: date, prefix: str = "") -> Q:
    """Projects in the record on a day, by their own two days."""
    here = Q(**{f"{prefix}entered_on__lte": day})
    return here & (Q(**{f"{prefix}left_on__isnull": True}) | Q(**{f"{prefix}left_on__gt": day}))


def span_on(day: date) -> Q:
    return Q(since__lte=day) & (Q(until__isnull=True) | Q(until__gt=day))


def of_cities(cities: Cities, path: str = "city") -> Q:
    if cities is None:
        return Q()
    if isinstance(cities, QuerySet):
        return Q(**{f"{path}__in": cities.values("pk")})
    return Q(**{f"{path}__in": [city.pk for city in cities]})


def projects_on(day: date, cities: Cities = None) -> QuerySet[Project]:
    """The projects in the record on a day, each with its stage and life-cycle on that day (`stage_on`, `status_on`)."""
    span = StageSpan.objects.filter(span_on(day), project=OuterRef("pk")).order_by("-since")
    return Project.objects.filter(in_record(day), of_cities(cities)).annotate(
        stage_on=Subquery(span.values("stage")[:1]), status_on=Subquery(span.values("status")[:1])
    )


def by_stage(day: date, cities: Cities = None) -> dict[str, int]:
    """How many projects stand at each stage on a day. A group that a report did not tell apart is a row of its own."""
    rows = StageSpan.objects.filter(span_on(day), of_cities(cities, "project__city")).values("stage").order_by("stage")
    return {row["stage"]: row["count"] for row in rows.annotate(count=Count("pk"))}


def by_focus_area(day: date, cities: Cities = None) -> dict[str, int]:
    """How many projects are filed under each focus area on a day: each once, under its first, as the yearly reports count."""
    rows = Project.objects.filter(in_record(day), of_cities(cities)).values("main_area").order_by("main_area")
    return {row["main_area"]: row["count"] for row in rows.annotate(count=Count("pk"))}


def touching_focus_area(day: date, cities: Cities = None) -> dict[str, int]:
    """How many projects involve each focus area on a day. One that involves two counts in both: the sum is not the number of projects."""
    rows = ProjectFocus.objects.filter(in_record(day, "project__"), of_cities(cities, "project__city")).values("area").order_by("area")
    return {row["area"]: row["count"] for row in rows.annotate(count=Count("project", distinct=True))}


def by_city(day: date, cities: Cities = None) -> dict[int, int]:
    """How many projects each city has on a day, by the city's number."""
    rows = Project.objects.filter(in_record(day), of_cities(cities)).values("city").order_by("city")
    return {row["city"]: row["count"] for row in rows.annotate(count=Count("pk"))}


@dataclass(frozen=True)
class ProjectCounts:
    """The projects of a day, counted each way. Every dictionary adds up to `projects`."""

    day: date
    projects: int
    stages: dict[str, int] = field(default_factory=dict)
    areas: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    cities: dict[int, int] = field(default_factory=dict)


def project_counts(day: date, cities: Cities = None) -> ProjectCounts:
    """The counts of a day in four queries, each served by an index: by stage, by focus area filed, by city; and the cities' states."""
    of_city = by_city(day, cities)
    state_of = dict(City.objects.values_list("pk", "state_id")) if len(of_city) > 1 else {}
    if len(of_city) == 1:
        state_of = dict(City.objects.filter(pk__in=of_city).values_list("pk", "state_id"))
    states: dict[str, int] = {}
    for city, count in of_city.items():
        states[state_of[city]] = states.get(state_of[city], 0) + count
    return ProjectCounts(
        day=day,
        projects=sum(of_city.values()),
        stages=by_stage(day, cities),
        areas=by_focus_area(day, cities),
        states=dict(sorted(states.items())),
        cities=of_city,
    )


def counts_of_city(city: City, day: date) -> ProjectCounts:
    """The counts of one city on a day, in one query."""
    rows = StageSpan.objects.filter(span_on(day), project__city=city).values_list("stage", "project__main_area").order_by("stage")
    stages: dict[str, int] = {}
    areas: dict[str, int] = {}
    for stage, area, count in rows.annotate(count=Count("pk")):
        stages[stage] = stages.get(stage, 0) + count
        areas[area] = areas.get(area, 0) + count
    return ProjectCounts(day=day, projects=sum(stages.values()), stages=stages, areas=areas)


@dataclass(frozen=True)
class StageMove:
    project: Project
    before: str
    after: str


@dataclass(frozen=True)
class Changes:
    """What happened to the projects after one day, up to and including another."""

    added: list[Project]
    left: list[Project]
    moved: list[StageMove]


def changes_between(first: date, last: date, cities: Cities = None) -> Changes:
    """Row by row what explains the change of a count: who came, who left and why, who changed stage. Three queries."""
    here = of_cities(cities)
    rows = Project.objects.filter(here).select_related("city").order_by(alphabet("city"), "key", "pk")
    added = rows.filter(entered_on__gt=first, entered_on__lte=last).filter(Q(left_on__isnull=True) | Q(left_on__gt=last))
    left = rows.filter(entered_on__lte=first, left_on__gt=first, left_on__lte=last)
    stage = StageSpan.objects.filter(project=OuterRef("pk")).order_by("-since")
    stayed = (
        rows.filter(entered_on__lte=first)
        .filter(Q(left_on__isnull=True) | Q(left_on__gt=last))
        .filter(pk__in=StageSpan.objects.filter(since__gt=first, since__lte=last).values("project"))
        .annotate(
            stage_before=Subquery(stage.filter(span_on(first)).values("stage")[:1]),
            stage_after=Subquery(stage.filter(span_on(last)).values("stage")[:1]),
        )
        .exclude(stage_before=F("stage_after"))
    )
    moved = [StageMove(row, row.stage_before, row.stage_after) for row in stayed]
    return Changes(list(added), list(left), moved)


def change_days(cities: Cities = None, *, until: date | None = None, most: int = 5) -> list[date]:
    """The latest days on which a project entered, left or changed stage, newest first: what an as-of bar offers."""
    began = StageSpan.objects.filter(of_cities(cities, "project__city"))
    ended = Project.objects.filter(of_cities(cities), left_on__isnull=False)
    if until is not None:
        began, ended = began.filter(since__lte=until), ended.filter(left_on__lte=until)
    since = began.order_by("-since").values_list("since", flat=True).distinct()[:most]
    left = ended.order_by("-left_on").values_list("left_on", flat=True).distinct()[:most]
    return sorted({*since, *(day for day in left if day)}, reverse=True)[:most]


def sorted_for_reader(rows: QuerySet[Project]) -> QuerySet[Project]:
    """In the order of the reader's alphabet; an index serves it."""
    return rows.order_by(alphabet(), "pk")


def search(rows: QuerySet[Project], words: str) -> QuerySet[Project]:
    """Only projects in which every word occurs, in title, key, description or place, in any language."""
    for word in fold(words).split():
        rows = rows.filter(search__contains=word)
    return rows


@dataclass
class PartnerOf:
    """Who takes part in the projects of a city: by which roles, in how many of them."""

    name: str
    roles: list[str] = field(default_factory=list)
    projects: set[int] = field(default_factory=set)


def partners_of(city: City, day: date) -> list[PartnerOf]:
    """The partners of the projects of a city in the record on a day, those of most projects first. One query."""
    rows = Partner.objects.filter(in_record(day, "project__"), project__city=city).select_related("organisation")
    found: dict[str, PartnerOf] = {}
    for row in rows.order_by("pk"):
        name = str(row.organisation) if row.organisation else row.name
        one = found.setdefault(name, PartnerOf(name))
        one.projects.add(row.project_id)
        if row.get_role_display() not in one.roles:
            one.roles.append(row.get_role_display())
    return sorted(found.values(), key=lambda one: (-len(one.projects), one.name))


def version_on(city: City, day: date) -> PlanVersion | None:
    """The version of a city's plan in force on a day."""
    return (
        PlanVersion.objects.filter(plan__city=city, in_force_from__lte=day)
        .filter(Q(superseded_on__isnull=True) | Q(superseded_on__gt=day))
        .select_related("plan__city", "source")
        .order_by("-in_force_from", "-number")
        .first()
    )


def plans_on(day: date) -> QuerySet[ActionPlan]:
    """The cities' plans that were in force on a day."""
    return ActionPlan.objects.filter(
        pk__in=PlanVersion.objects.filter(in_force_from__lte=day)
        .filter(Q(superseded_on__isnull=True) | Q(superseded_on__gt=day))
        .values("plan")
    )


def rates(currencies: Iterable[str], into: str, on: date) -> list[Rate]:
    """The rates on record for these currencies up to a day."""
    rows = ExchangeRate.objects.filter(currency__in=set(currencies), into=into, on__lte=on).values_list("currency", "into", "on", "rate")
    return [Rate(*row) for row in rows]


def total_of(lines: Iterable[Any], into: str, on: date) -> Total:
    """The sum of budget lines in one currency by the rates of a day; a `Refusal` names a rate that is missing."""
    money = [Money(line.amount, line.currency) for line in lines]
    return total(money, into, rates({line.currency for line in money} - {into}, into, on), on=on)
