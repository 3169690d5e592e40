"""The page of one project: what it is, where it stands, what it costs, what shows it."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from nagara.documents.files import answer
from nagara.plans import framework, queries
from nagara.plans.amounts import Rate
from nagara.plans.models import BudgetLine, MoneyKind, Photo, Project
from nagara.plans.slippage import slippage
from nagara.plans.views.common import Context
from nagara.toolkit import access
from nagara.toolkit.asof import as_of
from nagara.toolkit.pages import open_page
from nagara.toolkit.refusal import Refusal


@open_page
@require_safe
def project(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    day = as_of(request).day
    found = get_object_or_404(
        access.visible(request.user, "plans.view_project").select_related("city__state", "area", "source"), city__slug=slug, key=key
    )
    edition = framework.in_force(day)
    span = found.spans.filter(queries.span_on(day)).order_by("-since").first()
    inside = access.allowed(request.user, "plans.view_inside", found)
    areas, sub_types = framework.area_titles(edition), framework.sub_type_titles(edition)
    return render(
        request,
        "plans/project.html",
        {
            "day": day,
            "project": found,
            "span": span,
            "here": found.entered_on <= day and (found.left_on is None or found.left_on > day),
            "stages": framework.stage_titles(edition),
            "statuses": framework.status_titles(edition),
            "focus": [(areas.get(row.area, row.area), sub_types.get(row.sub_type, "")) for row in found.focus.all()],
            "milestones": milestones(found, day),
            "money": money(list(found.budget.all()), day),
            "partners": found.partners.select_related("organisation"),
            "photos": access.visible(request.user, "plans.view_photo")
            .filter(project=found, withdrawn_at=None)
            .select_related("picture")
            .order_by("-taken_on", "-pk"),
            "history": history(found, day),
            "asof_days": sorted({*found.spans.values_list("since", flat=True), *filter(None, [found.left_on])}, reverse=True)[:5],
            "inside": inside,
            "risks": found.risks.all() if inside else [],
            "may_edit": access.allowed(request.user, "plans.edit_project", found),
            "address": f"{settings.SITE_ADDRESS}{request.path}",
        },
    )


def milestones(found: Project, day: date) -> list[Context]:
    """Each milestone with how late it is on a day, and where its days lie on a common scale of 0 to 100."""
    rows = list(found.milestones.all())
    days = [one for row in rows for one in (row.planned_on, row.forecast_on, row.actual_on) if one] + ([day] if rows else [])
    first, last = min(days, default=day), max(days, default=day)
    length = max((last - first).days, 1)

    def at(one: date | None) -> float | None:
        return round(100 * (one - first).days / length, 2) if one else None

    found_rows = []
    for row in rows:
        reached = row.actual_on if row.actual_on and row.actual_on <= day else None
        now = reached or row.forecast_on or row.planned_on
        planned, here = at(row.planned_on), at(now)
        found_rows.append(
            {
                "row": row,
                "reached": reached,
                "slip": slippage(row.planned_on, row.forecast_on, row.actual_on, on=day),
                "planned_at": planned,
                "now_at": here,
                "from_at": min(planned, here) if planned is not None and here is not None else None,
                "length": abs(planned - here) if planned is not None and here is not None else None,
                "today_at": at(day),
            }
        )
    return found_rows


def money(lines: list[BudgetLine], day: date) -> Context:
    """The lines as rows of source and year with a column for each kind, and the total of each kind in one currency."""
    rows: dict[tuple[str, int | None, str], dict[str, Any]] = {}
    for line in lines:
        row = rows.setdefault(
            (line.origin, line.year, line.currency), {"origin": line.origin, "year": line.year, "currency": line.currency}
        )
        row[line.kind] = line.amount
    kinds = [kind for kind in MoneyKind if any(line.kind == kind for line in lines)]
    used: dict[str, Rate] = {}
    totals, refused = [], None
    try:
        for kind in kinds:
            total = queries.total_of([line for line in lines if line.kind == kind], settings.CURRENCY, day)
            totals.append(total.amount)
            used |= {rate.currency: rate for rate in total.rates}
    except Refusal as refusal:
        refused = refusal
    table = [{**row, "amounts": [(kind.label, row.get(kind)) for kind in kinds]} for row in rows.values()]
    return {
        "kinds": [kind.label for kind in kinds],
        "rows": table,
        "totals": totals,
        "currency": settings.CURRENCY,
        "rates": list(used.values()),
        "refused": refused,
    }


def history(found: Project, day: date) -> list[Context]:
    """What happened to a project up to a day, newest first."""
    events: list[Context] = [
        {"on": change.on, "what": "stage", "stage": change.stage, "status": change.status, "why": change.why}
        for change in found.stage_changes.all()
        if change.on <= day and change.on > found.entered_on
    ]
    first = found.stage_changes.all().order_by("on", "pk").first()
    events.append(
        {"on": found.entered_on, "what": "entered", "stage": first.stage if first else "", "status": first.status if first else ""}
    )
    if found.left_on and found.left_on <= day:
        events.append({"on": found.left_on, "what": "left", "stage": "left"})
    return sorted((event for event in events if event["on"] <= day), key=lambda event: event["on"], reverse=True)


@open_page
@require_safe
def photo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The picture without anything that the camera wrote."""
    found: Photo = get_object_or_404(access.visible(request.user, "plans.view_photo").select_related("picture"), pk=pk)
    return answer(found.picture, inline=True, request=request)
