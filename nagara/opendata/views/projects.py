"""The list of projects, one city's projects and its plan as CSV, JSON and OC4IDS."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from nagara.opendata.answer import LICENCE, about, csv_answer, data, json_answer, whole_json
from nagara.opendata.projects import PROJECTS, json_lines, oc4ids_lines, plan_json, whole
from nagara.places.models import City
from nagara.plans import framework, oc4ids, queries
from nagara.plans.listing import Asked, rows
from nagara.plans.models import PlanVersion, Project
from nagara.plans.shares import shares
from nagara.toolkit.asof import require_as_of


def _asked(request: HttpRequest, slug: str = "") -> tuple[QuerySet[Project], date, str]:
    """The projects asked for, the day, and what to call the file."""
    day = require_as_of(request).day
    asked = Asked.read(request.GET, framework.in_force(day))
    if slug:
        city = get_object_or_404(City, slug=slug)
        asked = Asked(**{**vars(asked), "city": city.slug})
    return rows(asked, day), day, f"nagara-projects-{slug}-{day.isoformat()}" if slug else f"nagara-projects-{day.isoformat()}"


@data
def projects_csv(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    found, _day, name = _asked(request, slug)
    return csv_answer(PROJECTS, PROJECTS.lines(whole(found)), name=name)


@data
def projects_json(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    """The projects, and the counts of the day that the page shows."""
    found, day, name = _asked(request, slug)
    cities = [get_object_or_404(City, slug=slug)] if slug else None
    counts = queries.project_counts(day, cities)
    head = about(
        request,
        count=found.count(),
        counts={
            "projects": counts.projects,
            "by_stage": counts.stages,
            "by_focus_area": counts.areas,
            "share_of_focus_area": {code: float(value) for code, value in shares(counts.areas).items() if value is not None},
            "involving_focus_area": queries.touching_focus_area(day, cities),
            "by_state": counts.states,
        },
    )
    return json_answer(head, PROJECTS.rows, json_lines(found), name=name)


@data
def oc4ids_json(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    """A package of projects by OC4IDS 0.9.5. The standard knows no empty package: without a project there is none."""
    found, day, name = _asked(request, slug)
    newest = found.order_by().aggregate(newest=Max("changed_at"))["newest"]
    if newest is None:
        head = about(request, count=0, note="OC4IDS has no package without projects; no project was on record on this day.")
        return whole_json({**head, "projects": []}, name=f"{name}-oc4ids.json")
    address = reverse("opendata:city_oc4ids", args=[slug]) if slug else reverse("opendata:oc4ids")
    head = oc4ids.head(uri=f"{settings.SITE_ADDRESS}{address}?as_of={day.isoformat()}", published=newest, licence=LICENCE)
    return json_answer(head, "projects", oc4ids_lines(found, day), name=f"{name}-oc4ids")


@data
def plan(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The plan of a city in force on the day, and the versions that there were."""
    day = require_as_of(request).day
    city = get_object_or_404(City, slug=slug)
    version = queries.version_on(city, day)
    past = PlanVersion.objects.filter(plan__city=city).exclude(state="draft").order_by("number")
    versions: list[dict[str, Any]] = [
        {"number": row.number, "state": row.state, "in_force_from": row.in_force_from.isoformat() if row.in_force_from else None}
        for row in past
    ]
    body = about(request, city=city.slug, name=city.name, plan=plan_json(version) if version else None, versions=versions)
    return whole_json(body, name=f"nagara-plan-{city.slug}-{day.isoformat()}.json")
