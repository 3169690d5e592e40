"""The list of projects and the list of plans: any day, with filters."""

from datetime import date

from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nagara.places.models import City
from nagara.plans import framework, queries
from nagara.plans.forms import ProjectFilter
from nagara.plans.listing import Asked, numbers, rows
from nagara.plans.models import PlanVersion, Project, ProjectFocus
from nagara.plans.shares import shares
from nagara.plans.views.common import Context
from nagara.toolkit import access
from nagara.toolkit.asof import as_of
from nagara.toolkit.pages import open_page
from nagara.toolkit.pagination import page_of
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.thai import alphabet


def bars(counts: dict[str, int], titles: dict[str, str]) -> list[Context]:
    """Each count with its title, its share and how long its bar is, in the order of the titles."""
    of_all, most = shares(counts), max(counts.values(), default=0)
    return [
        {
            "code": code,
            "title": title,
            "count": counts[code],
            "share": of_all[code],
            "width": round(100 * counts[code] / most) if most else 0,
        }
        for code, title in titles.items()
        if code in counts
    ]


def cities_with_projects() -> list[City]:
    held = Project.objects.order_by().values("city").distinct()
    return list(City.objects.filter(pk__in=held).select_related("state").order_by(alphabet(), "slug"))


@open_page
def projects(request: HttpRequest) -> HttpResponse:
    day = as_of(request).day
    edition = framework.in_force(day)
    try:
        asked, refused = Asked.read(request.GET, edition), None
    except Refusal as refusal:
        asked, refused = Asked(), refusal
    found = rows(asked, day)
    page = page_of(numbers(found), request.GET.get("page"))
    focus = Prefetch("focus", ProjectFocus.objects.order_by("project", "position"))
    held = {project.pk: project for project in found.filter(pk__in=list(page.object_list)).prefetch_related(focus)}
    page.object_list = [held[pk] for pk in page.object_list]
    counts = queries.project_counts(day)
    areas, stages = framework.area_titles(edition), framework.stage_titles(edition)
    return render(
        request,
        "plans/projects.html",
        {
            "day": day,
            "asked": asked,
            "refused": refused,
            "page": page,
            "form": ProjectFilter(request.GET, edition=edition, cities=cities_with_projects()),
            "counts": counts,
            "cities": len(counts.cities),
            "areas": areas,
            "stages": stages,
            "by_area": bars(counts.areas, areas),
            "by_stage": bars(counts.stages, stages),
            "asof_days": queries.change_days(until=as_of(request).today),
            "may_import": access.allowed(request.user, "plans.import"),
        },
        status=400 if refused else 200,
    )


@open_page
def plans(request: HttpRequest) -> HttpResponse:
    """Which cities have a plan in force on the day, and since when."""
    day = as_of(request).day
    in_force = PlanVersion.objects.filter(in_force_from__lte=day).filter(Q(superseded_on__isnull=True) | Q(superseded_on__gt=day))
    counted = (
        Project.objects.filter(queries.in_record(day), city=OuterRef("plan__city")).order_by().values("city").annotate(count=Count("pk"))
    )
    found = (
        in_force.select_related("plan__city__state")
        .annotate(
            printed=Count("focus", distinct=True),
            mapped=Count("focus", filter=~Q(focus__area=""), distinct=True),
            projects=Subquery(counted.values("count")),
        )
        .order_by(alphabet("plan__city"), "plan__city__slug")
    )
    return render(
        request, "plans/plans.html", {"day": day, "page": page_of(found, request.GET.get("page"), size=100), "asof_days": _plan_days()}
    )


def _plan_days() -> list[date]:
    days = PlanVersion.objects.filter(in_force_from__isnull=False).order_by().values_list("in_force_from", flat=True).distinct()
    return sorted((day for day in days if day), reverse=True)[:5]
