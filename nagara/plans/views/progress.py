"""Reporting progress in a few minutes: only milestones that want an answer, or that others changed since the last time."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nagara.places.models import City
from nagara.plans.actions import progress
from nagara.plans.actions.progress import MilestoneReport, MilestonesChangedMeanwhile
from nagara.plans.forms import line
from nagara.plans.models import Milestone
from nagara.plans.slippage import slippage
from nagara.plans.views.common import city_to_write_for, say, user_of
from nagara.toolkit.forms import DayField
from nagara.toolkit.numbers import whole
from nagara.toolkit.refusal import Refusal

AHEAD = timedelta(days=45)
"""Milestones that are due so soon are asked about."""

MOST = 100


class ProgressForm(forms.Form):
    """One milestone: what is now expected."""

    actual_on = DayField(label=gettext_lazy("Reached on"), required=False)
    forecast_on = DayField(label=gettext_lazy("Now expected on"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=500, widget=line())


def of_city(city: City) -> QuerySet[Milestone]:
    return (
        Milestone.objects.filter(project__city=city, project__left_on=None)
        .select_related("project")
        .order_by("project__key", "position", "code")
    )


def wanting(rows: QuerySet[Milestone], today: date, since: datetime | None) -> QuerySet[Milestone]:
    """Not reached and due by soon, or changed by anyone since the city last confirmed."""
    due = Q(actual_on=None) & (Q(forecast_on__lte=today + AHEAD) | Q(forecast_on=None, planned_on__lte=today + AHEAD))
    changed = Q(changed_at__gt=since) if since else Q()
    return rows.filter(due | changed) if since else rows.filter(due | Q(actual_on=None))


def milestones(request: HttpRequest, slug: str) -> HttpResponse:
    city = city_to_write_for(request, slug)
    today = timezone.localdate()
    since = city.projects.filter(left_on=None).aggregate(first=Min("checked_at"))["first"]
    rows = of_city(city)
    shown = list((rows if request.GET.get("all") else wanting(rows, today, since))[: MOST + 1])
    more, shown = len(shown) > MOST, shown[:MOST]
    posted = request.POST if request.method == "POST" else None
    if posted:
        wanted = [whole(pk) for pk in posted.getlist("milestone")]
        known = {row.pk: row for row in rows.filter(pk__in=[pk for pk in wanted if pk is not None])}
        shown = [known[pk] for pk in wanted if pk in known]
    items = [_item(row, posted, today) for row in shown]
    refused: Refusal | None = None
    if posted and all(item["form"].is_valid() for item in items):
        reports = [_report(item) for item in items]
        try:
            changed = progress.report_milestones(city, reports=reports, by=user_of(request), at=timezone.now())
        except MilestonesChangedMeanwhile as clash:
            refused = clash
            for item in items:
                if item["row"].pk in clash.milestones:
                    item["now"] = clash.milestones[item["row"].pk]
                    item["seen"] = item["now"].changed_at
        except Refusal as refusal:
            refused = refusal
            for item in items:
                if message := refusal.fields.get(f"m{item['row'].pk}"):
                    item["form"].add_error("actual_on", message)
        else:
            say(request, _("Thank you. Changed: %(count)s. The rest is confirmed as it stands.") % {"count": changed})
            return redirect("plans:plan", city.slug)
    context = {
        "city": city,
        "items": items,
        "refused": refused,
        "more": more,
        "all": bool(request.GET.get("all")),
        "since": since,
        "others": rows.count() - len(items),
        "today": today,
    }
    faulty = refused is not None or (posted is not None and any(item["form"].errors for item in items))
    return render(request, "plans/progress.html", context, status=409 if refused else 422 if faulty else 200)


def _item(row: Milestone, posted: Any, today: date) -> dict[str, Any]:
    initial = {"forecast_on": row.forecast_on, "actual_on": row.actual_on, "note": row.note}
    return {
        "row": row,
        "form": ProgressForm(posted, initial=initial, prefix=f"m{row.pk}"),
        "slip": slippage(row.planned_on, row.forecast_on, row.actual_on, on=today),
        "seen": posted.get(f"seen{row.pk}") if posted else row.changed_at,
        "now": None,
    }


def _report(item: dict[str, Any]) -> MilestoneReport:
    found = item["form"].cleaned_data
    seen = item["seen"]
    at = datetime.fromisoformat(seen) if isinstance(seen, str) and seen else seen
    return MilestoneReport(item["row"].pk, at or item["row"].changed_at, found["forecast_on"], found["actual_on"], found["note"])
