"""What a check compares a workbook with: the lists, the cities, the projects on record. Read in few queries for any number of rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery

from nagara.people.models import Organisation
from nagara.places.models import Area, City
from nagara.plans import framework
from nagara.plans.data import Focus
from nagara.plans.models import BudgetLine, ExchangeRate, Milestone, MoneyKind, Partner, Project, ProjectFocus, StageChange
from nagara.plans.sheets.columns import titles_of
from nagara.rulebook.schema_framework import FrameworkFile
from nagara.toolkit import access
from nagara.toolkit.digests import digest
from nagara.toolkit.texts import text
from nagara.toolkit.thai import fold

Identity = tuple[int, str]
"""(city, key) of a project."""


@dataclass
class OnRecord:
    """A project as it stands in the record, with what belongs to it."""

    project: Project
    stage_since: date
    focus: Focus = ()
    milestones: dict[str, Milestone] = field(default_factory=dict)
    budget: dict[tuple[str, str, int | None, str], BudgetLine] = field(default_factory=dict)
    partners: dict[tuple[str, int | None, str], Partner] = field(default_factory=dict)


@dataclass
class Known:
    """Everything that a cell may name."""

    edition: FrameworkFile
    today: date
    cities: dict[str, City | None]
    """By address and by every name; None where two cities bear the name."""
    own: set[int]
    areas: dict[tuple[int, str], int]
    organisations: dict[str, int]
    rated: set[str]
    area_codes: dict[str, str]
    sub_type_codes: dict[str, str]
    stages: dict[str, str]
    statuses: dict[str, str]
    kinds: dict[str, str]
    roles: dict[str, str]
    left: dict[str, str]
    projects: dict[Identity, OnRecord] = field(default_factory=dict)

    def read_projects(self, cities: Iterable[int]) -> None:
        """Read what is on record for these cities, in six queries."""
        newest = StageChange.objects.filter(project=OuterRef("pk")).order_by("-on", "-pk").values("on")[:1]
        rows = Project.objects.filter(city__in=list(cities)).select_related("area").annotate(stage_since=Subquery(newest))
        by_pk: dict[int, OnRecord] = {}
        for project in rows:
            held = OnRecord(project, project.stage_since)
            by_pk[project.pk] = self.projects[project.city_id, project.key] = held
        here = {"project__city__in": list(cities)}
        for pk, area, sub_type in (
            ProjectFocus.objects.filter(**here).order_by("project", "position").values_list("project", "area", "sub_type")
        ):
            by_pk[pk].focus += ((area, sub_type),)
        for milestone in Milestone.objects.filter(**here):
            by_pk[milestone.project_id].milestones[milestone.code] = milestone
        for money in BudgetLine.objects.filter(**here):
            by_pk[money.project_id].budget[money.origin, money.kind, money.year, money.currency] = money
        for partner in Partner.objects.filter(**here):
            by_pk[partner.project_id].partners[partner.name, partner.organisation_id, partner.role] = partner

    def elsewhere(self, keys: Iterable[str]) -> dict[str, list[Project]]:
        """The projects on record under these keys, in any city: one of them may be the same project in another city."""
        found: dict[str, list[Project]] = {}
        wanted = sorted(set(keys))
        for start in range(0, len(wanted), 500):
            for project in Project.objects.filter(key__in=wanted[start : start + 500]).select_related("city").only("key", "title", "city"):
                found.setdefault(project.key, []).append(project)
        return found


def known(user: Any, today: date) -> Known:
    edition = framework.in_force(today)
    cities: dict[str, City | None] = {}
    for city in City.objects.select_related("state"):
        for name in {fold(name) for name in (city.slug, *city.name.values(), *city.short.values())}:
            cities[name] = None if name in cities else city
    for city in City.objects.all():
        cities[fold(city.slug)] = city
    return Known(
        edition=edition,
        today=today,
        cities=cities,
        own=set(access.visible(user, "plans.write_for_city").values_list("pk", flat=True)),
        areas={(city, slug): pk for city, slug, pk in Area.objects.filter(city__isnull=False).values_list("city", "slug", "pk")},
        organisations=dict(Organisation.objects.values_list("code", "pk")),
        rated={settings.CURRENCY, *ExchangeRate.objects.filter(into=settings.CURRENCY).values_list("currency", flat=True)},
        area_codes=_written({area.code: area.title for area in edition.focus_areas})
        | {fold(form): area.code for area in edition.focus_areas for form in area.also},
        sub_type_codes=_written({item.code: item.title for area in edition.focus_areas for item in area.sub_types}),
        stages=_written(edition.stage_titles()),
        statuses=_written({status.code: status.title for status in edition.project_statuses}),
        kinds=_choices(MoneyKind.choices),
        roles=_choices(Partner.PartnerRole.choices),
        left=_choices(Project.Left.choices),
    )


def _written(titles: dict[str, dict[str, str]]) -> dict[str, str]:
    """Every way in which an entry may be written, folded, with its code."""
    return {fold(form): code for code, title in titles.items() for form in (code, *title.values())}


def _choices(choices: Iterable[tuple[str, Any]]) -> dict[str, str]:
    return {form: code for code, label in choices for form in {fold(code), *titles_of(label)}}


def digest_of(projects: Iterable[Project]) -> str:
    """Which revision of which project a check saw: it must be the same when the sheet is loaded."""
    return digest(sorted((project.pk, project.revision) for project in projects))


def allowed_stages(edition: FrameworkFile) -> str:
    return ", ".join(text(stage.title) for stage in edition.stages)


def allowed_statuses(edition: FrameworkFile) -> str:
    return ", ".join(text(status.title) for status in edition.project_statuses if not status.ends)


def allowed_areas(edition: FrameworkFile) -> str:
    return "; ".join(text(area.title) for area in edition.focus_areas)
