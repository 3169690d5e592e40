"""The plan of a city: the version of any day, its past versions, what differs between two, and drafting the next."""

from itertools import zip_longest
from typing import Any

from django.forms import formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nagara.people.second_factor import proof_in, second_factor_required
from nagara.plans import framework, queries
from nagara.plans.actions import plans
from nagara.plans.forms_plan import AdoptForm, FocusForm, PlanForm, PriorityForm, TargetForm
from nagara.plans.models import PlanVersion
from nagara.plans.states import PlanState
from nagara.plans.views.common import Context, city_or_404, city_to_write_for, edition_today, say, show_refusal, user_of
from nagara.plans.views.listing import bars
from nagara.rulebook.schema_framework import FrameworkFile
from nagara.toolkit import access
from nagara.toolkit.asof import as_of
from nagara.toolkit.days import long_day, year_text
from nagara.toolkit.numbers import whole
from nagara.toolkit.pages import open_page
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text


@open_page
@require_safe
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    day = as_of(request).day
    city = city_or_404(slug)
    edition = framework.in_force(day)
    seen = access.visible(request.user, "plans.view_version").filter(plan__city=city).select_related("source").order_by("-number")
    versions = list(seen)
    number = request.GET.get("version", "")
    if number.isdecimal():
        version = next((row for row in versions if row.number == whole(number)), None)
    else:
        version = queries.version_on(city, day)
    counts = queries.project_counts(day, [city])
    context: Context = {
        "day": day,
        "city": city,
        "version": version,
        "versions": versions,
        "asked_number": number,
        "by_stage": bars(counts.stages, framework.stage_titles(edition)),
        "projects": counts.projects,
        "may_write": access.allowed(request.user, "plans.write_for_city", city),
        "draft": next((row for row in versions if row.state == PlanState.DRAFT), None),
        "asof_days": sorted({row.in_force_from for row in versions if row.in_force_from}, reverse=True)[:5],
    }
    if version is not None:
        context |= parts(version, edition)
    return render(request, "plans/plan.html", context)


def parts(version: PlanVersion, edition: FrameworkFile) -> Context:
    """The rows of a version with their titles."""
    areas, sub_types = framework.area_titles(edition), framework.sub_type_titles(edition)
    outcomes = {item.code: text(item.title) for item in edition.outcomes}
    return {
        "focus": [
            (row.printed, areas.get(row.area, ""), [sub_types.get(code, code) for code in row.sub_types]) for row in version.focus.all()
        ],
        "targets": [(row, outcomes.get(row.outcome, "")) for row in version.targets.all()],
        "priorities": version.priorities.select_related("project__city"),
    }


@open_page
@require_safe
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Two versions side by side, and only what differs marked."""
    city = city_or_404(slug)
    seen = access.visible(request.user, "plans.view_version").filter(plan__city=city).order_by("number")
    versions = {row.number: row for row in seen}
    numbers = list(versions)
    one = _number(request.GET.get("a"), numbers, numbers[-2] if len(numbers) > 1 else None)
    two = _number(request.GET.get("b"), numbers, numbers[-1] if numbers else None)
    rows = difference(versions[one], versions[two], edition_today()) if one and two else []
    context = {"city": city, "versions": seen, "one": versions.get(one or 0), "two": versions.get(two or 0), "rows": rows}
    return render(request, "plans/compare.html", context)


def _number(typed: str | None, known: list[int], default: int | None) -> int | None:
    number = whole(typed)
    return number if number in known else default


def difference(one: PlanVersion, two: PlanVersion, edition: FrameworkFile) -> list[Context]:
    """Each part of a plan as it reads in both versions; lists line by line, what is in one only marked."""
    rows: list[Context] = []
    for label, first, second in zip(_labels(), _said(one, edition), _said(two, edition), strict=True):
        lines = [
            {"one": left, "two": right, "gone": left and left not in second, "new": right and right not in first}
            for left, right in zip_longest(first, second, fillvalue="")
        ]
        rows.append({"label": label, "lines": lines or [{"one": "", "two": ""}], "same": first == second})
    return rows


def _labels() -> list[str]:
    return [
        _("Period"),
        _("Vision"),
        _("Land area"),
        _("Population"),
        _("Focus areas"),
        _("Strategic targets"),
        _("Priority projects"),
    ]


def _said(version: PlanVersion, edition: FrameworkFile) -> list[list[str]]:
    areas = framework.area_titles(edition)
    period = "–".join(year_text(year) for year in (version.first_year, version.last_year) if year)
    said: list[list[str]] = [[period], [text(version.vision)], [version.land_area_printed], [version.population_printed]]
    said.append([f"{row.printed} → {areas[row.area]}" if row.area in areas else row.printed for row in version.focus.all()])
    said.append(
        [
            " · ".join(part for part in (text(row.text), row.value_printed, row.unit, long_day(row.by) if row.by else "") if part)
            for row in version.targets.all()
        ]
    )
    said.append([text(row.name) for row in version.priorities.all()])
    return [[line for line in lines if line] for lines in said]


@require_POST
def start_draft(request: HttpRequest, slug: str) -> HttpResponse:
    city = city_to_write_for(request, slug)
    version = plans.draft(city, by=user_of(request), at=timezone.now())
    return redirect("plans:edit_plan", version.pk)


FocusRows = formset_factory(FocusForm, extra=1)
TargetRows = formset_factory(TargetForm, extra=1)
PriorityRows = formset_factory(PriorityForm, extra=1)


def _draft_to_edit(request: HttpRequest, pk: int) -> PlanVersion:
    plans_of_own = access.visible(request.user, "plans.edit_plan").values("pk")
    return get_object_or_404(PlanVersion.objects.select_related("plan__city__state"), pk=pk, plan__in=plans_of_own, state=PlanState.DRAFT)


def edit_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """One column: the plan itself, then its lists."""
    version = _draft_to_edit(request, pk)
    edition = edition_today()
    data = plans.as_data(version)
    posted = request.POST if request.method == "POST" else None
    form = PlanForm(posted, initial=PlanForm.initial_of(data))
    own = [(str(row.pk), f"{row.key} {row}") for row in version.plan.city.projects.order_by("key")]
    more: dict[str, Any] = {"edition": edition, "projects": own}
    sets: dict[str, Any] = {
        "focus": FocusRows(posted, prefix="focus", initial=FocusForm.initials(data), form_kwargs=more),
        "targets": TargetRows(posted, prefix="targets", initial=TargetForm.initials(data), form_kwargs=more),
        "priorities": PriorityRows(posted, prefix="priorities", initial=PriorityForm.initials(data), form_kwargs=more),
    }
    revision = int(posted.get("revision", "0") or 0) if posted else version.revision
    clash = None
    if posted and form.is_valid() and all([rows.is_valid() for rows in sets.values()]):  # noqa: C419 - each must be asked
        handed = PlanForm.data_of(form, {name: [row.row() for row in rows.forms if row.is_used()] for name, rows in sets.items()})
        try:
            plans.change(version, data=handed, revision=revision, by=user_of(request), at=timezone.now())
        except plans.PlanChangedMeanwhile as changed:
            clash, revision = changed, changed.version.revision
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            say(request, _("The draft is saved."))
            return redirect("plans:edit_plan", version.pk)
    now = parts(PlanVersion.objects.get(pk=version.pk), edition) if clash else {}
    context = {"version": version, "city": version.plan.city, "form": form, "sets": sets, "revision": revision, "clash": clash, "now": now}
    return render(request, "plans/edit_plan.html", context, status=409 if clash else 200)


@second_factor_required
def adopt_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a draft into force: a second factor, since it supersedes what was in force."""
    version = _draft_to_edit(request, pk)
    form = AdoptForm(request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            plans.adopt(version, on=form.cleaned_data["on"], by=user_of(request), at=timezone.now(), proof=proof_in(request))
        except Refusal as refusal:
            if refusal.code.startswith("second-factor"):
                raise
            show_refusal(form, refusal)
        else:
            say(request, _("The plan is in force."))
            return redirect("plans:plan", version.plan.city.slug)
    in_force = version.plan.versions.filter(state=PlanState.ADOPTED).first()
    return render(request, "plans/adopt.html", {"version": version, "city": version.plan.city, "form": form, "in_force": in_force})
