"""Projects and plans as data: the fields of each set, and the rows as the standard for infrastructure projects asks for them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from nagara.opendata.datasets import Dataset, Field, iso, page
from nagara.plans import framework, oc4ids
from nagara.plans.models import BudgetLine, Milestone, Partner, PlanVersion, Project, ProjectFocus

PIECE = 500


def whole(rows: QuerySet[Project]) -> QuerySet[Project]:
    """Projects with everything that a row of data says."""
    return rows.select_related("city__state", "area", "source").prefetch_related(
        Prefetch("focus", ProjectFocus.objects.order_by("project", "position")),
        Prefetch("milestones", Milestone.objects.order_by("project", "position", "code")),
        Prefetch("budget", BudgetLine.objects.order_by("project", "position", "pk")),
        Prefetch("partners", Partner.objects.select_related("organisation").order_by("project", "position", "pk")),
    )


def _codes(project: Project, name: str) -> str:
    return ";".join(dict.fromkeys(getattr(row, name) for row in project.focus.all() if getattr(row, name)))


PROJECTS = Dataset(
    "projects",
    _("Projects"),
    _("Projects of the cities as they stood on one day. The filters of the page work here too: q, area, stage, state, city, year."),
    "projects",
    [
        Field("city", _("city, the stable short name in its address"), lambda p: p.city.slug),
        Field("city_th", _("city in Thai"), lambda p: p.city.name.get("th")),
        Field("city_en", _("city in English"), lambda p: p.city.name.get("en")),
        Field("state", _("state, ISO 3166-1 alpha-2"), lambda p: p.city.state_id),
        Field("key", _("key of the project within its city; it never changes"), lambda p: p.key),
        Field("title_th", _("title in Thai; empty: not on record"), lambda p: p.title.get("th")),
        Field("title_en", _("title in English; empty: not on record"), lambda p: p.title.get("en")),
        Field("filed_under", _("focus area under which the yearly report counts it, a code of the framework"), lambda p: p.main_area),
        Field("focus_areas", _("every focus area that it involves, parted by semicolons"), lambda p: _codes(p, "area")),
        Field("sub_types", _("sub-types, parted by semicolons"), lambda p: _codes(p, "sub_type")),
        Field("stage", _("stage on the day: planning, ongoing, completed, or ongoing_or_planning as printed"), lambda p: p.stage_on),
        Field("status", _("life-cycle on the day, OC4IDS projectStatus; empty: not on record"), lambda p: p.status_on or None),
        Field("entered_on", _("in the record since"), lambda p: iso(p.entered_on)),
        Field("entered", _("decided: it entered on that day; listed: first listed in a report as of that day"), lambda p: p.entered),
        Field("left_on", _("day on which it left the record, where that is after the day asked for"), lambda p: iso(p.left_on)),
        Field("starts_on", _("start; empty: not on record"), lambda p: iso(p.starts_on)),
        Field("ends_on", _("end; empty: not on record"), lambda p: iso(p.ends_on)),
        Field("latitude", _("WGS 84; empty: not on record"), lambda p: p.latitude),
        Field("longitude", _("WGS 84; empty: not on record"), lambda p: p.longitude),
        Field("place", _("place in words"), lambda p: p.place or None),
        Field("source", _("source; empty: entered by the city in Nagara"), lambda p: p.source.code if p.source else None),
        Field("certainty", _("how sure the source is"), lambda p: p.certainty),
        Field("changed_at", _("last change of the record, UTC"), lambda p: p.changed_at.isoformat(timespec="seconds")),
        Field("page", _("address of the page"), lambda p: page("plans:project", p.city.slug, p.key)),
    ],
)


def as_json(project: Project) -> dict[str, Any]:
    """A row as the CSV has it, and with it what a table has no room for."""
    return {
        **PROJECTS.line(project),
        "title": project.title,
        "description": project.description or None,
        "support_required": project.support or None,
        "milestones": [
            {
                "code": row.code,
                "title": row.title,
                "planned_on": iso(row.planned_on),
                "forecast_on": iso(row.forecast_on),
                "reached_on": iso(row.actual_on),
                "note": row.note or None,
            }
            for row in project.milestones.all()
        ],
        "money": [
            {"source": row.origin, "kind": row.kind, "year": row.year, "amount": str(row.amount), "currency": row.currency}
            for row in project.budget.all()
        ],
        "partners": [
            {
                "name": row.organisation.name if row.organisation else {"und": row.name},
                "organisation": row.organisation.code if row.organisation else None,
                "role": row.role,
            }
            for row in project.partners.all()
        ],
    }


def json_lines(rows: QuerySet[Project]) -> Iterator[dict[str, Any]]:
    for row in whole(rows).iterator(chunk_size=PIECE):
        yield as_json(row)


def oc4ids_lines(rows: QuerySet[Project], on: date) -> Iterator[dict[str, Any]]:
    edition = framework.in_force(on)
    for row in whole(rows).iterator(chunk_size=PIECE):
        yield oc4ids.project(row, edition, on=on)


def plan_json(version: PlanVersion) -> dict[str, Any]:
    """One version of a city's plan."""
    return {
        "number": version.number,
        "state": version.state,
        "in_force_from": iso(version.in_force_from),
        "adopted_on": iso(version.adopted_on),
        "superseded_on": iso(version.superseded_on),
        "first_year": version.first_year,
        "last_year": version.last_year,
        "vision": version.vision or None,
        "land_area": {"printed": version.land_area_printed or None, "km2": float(version.land_area_km2) if version.land_area_km2 else None},
        "population": {"printed": version.population_printed or None, "people": version.population},
        "density_printed": version.density_printed or None,
        "focus_areas": [{"printed": row.printed, "framework": row.area or None, "sub_types": row.sub_types} for row in version.focus.all()],
        "targets": [
            {
                "text": row.text,
                "outcome": row.outcome or None,
                "measure": row.measure or None,
                "value": str(row.value) if row.value is not None else None,
                "value_printed": row.value_printed or None,
                "unit": row.unit or None,
                "by": iso(row.by),
            }
            for row in version.targets.all()
        ],
        "priority_projects": [
            {
                "name": row.name,
                "overview": row.overview or None,
                "support_required": row.support or None,
                "project": page("plans:project", row.project.city.slug, row.project.key) if row.project else None,
            }
            for row in version.priorities.select_related("project__city")
        ],
        "source": version.source.code if version.source else None,
    }
