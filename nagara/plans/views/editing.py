"""Entering a project and changing it; two people who edit one project see both values and choose."""

from dataclasses import replace
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from nagara.plans import framework
from nagara.plans.actions import projects
from nagara.plans.actions.projects import ChangedMeanwhile
from nagara.plans.data import FIELDS, ProjectData, as_data, changed_fields
from nagara.plans.forms import LeaveForm, NewProjectForm, ProjectForm, ReturnForm, StageForm
from nagara.plans.models import Project
from nagara.plans.views.common import Context, edition_today, project_to_edit, say, show_refusal, to_project, user_of
from nagara.rulebook.schema_framework import FrameworkFile
from nagara.toolkit import access
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts
from nagara.toolkit.thai import alphabet

FORM_NAMES = {"focus": "main_area", "area_id": "area"}
"""Fields of the data that the form asks for under another name."""


def new(request: HttpRequest) -> HttpResponse:
    """Enter a project into one of the visitor's cities; the city is chosen first where there are several."""
    own = access.visible(request.user, "plans.write_for_city").select_related("state").order_by(alphabet(), "slug")
    slug = request.GET.get("city", "")
    if not slug:
        cities = list(own[:200])
        if not cities:
            projects.access.require(user_of(request), "plans.import")
        if len(cities) == 1:
            return redirect(f"{request.path}?city={cities[0].slug}")
        return render(request, "plans/choose_city.html", {"cities": cities})
    city = get_object_or_404(own, slug=slug)
    edition = edition_today()
    form = NewProjectForm(request.POST or None, edition=edition, city=city, initial={"entered_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        try:
            project = projects.enter(
                city,
                key=found["key"],
                data=form.data_of(),
                stage=found["stage"],
                status=found["status"],
                entered_on=found["entered_on"],
                by=user_of(request),
                at=timezone.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal, **FORM_NAMES)
        else:
            say(request, _("The project is in the record."))
            return to_project(project)
    return render(request, "plans/new.html", {"form": form, "city": city})


def _base(data: ProjectData) -> str:
    """What the person had before their eyes, so that a clash can be shown field by field."""
    return signing.dumps({name: _plain(getattr(data, name)) for name in FIELDS}, salt="plans.base")


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    project = project_to_edit(request, pk)
    edition = edition_today()
    held = as_data(project)
    if request.method != "POST":
        form = ProjectForm(initial=ProjectForm.initial_of(held), edition=edition, city=project.city, held=held)
        return _edit_page(request, project, form, project.revision, _base(held))
    form = ProjectForm(request.POST, initial=ProjectForm.initial_of(held), edition=edition, city=project.city, held=held)
    revision = int(request.POST.get("revision") or 0)
    base = request.POST.get("base", "")
    if not form.is_valid():
        return _edit_page(request, project, form, revision, base)
    typed = form.data_of()
    if request.POST.get("chosen"):
        typed = _chosen(request, typed, held)
    try:
        projects.change(project, data=typed, revision=revision, by=user_of(request), at=timezone.now())
    except ChangedMeanwhile as clash:
        return _clash_page(request, clash.project, typed, base, edition)
    except Refusal as refusal:
        show_refusal(form, refusal, **FORM_NAMES)
        return _edit_page(request, project, form, revision, base)
    say(request, _("The change is saved."))
    return to_project(project)


def _edit_page(request: HttpRequest, project: Project, form: ProjectForm, revision: int, base: str) -> HttpResponse:
    return render(request, "plans/edit.html", {"project": project, "form": form, "revision": revision, "base": base})


def _chosen(request: HttpRequest, typed: ProjectData, now: ProjectData) -> ProjectData:
    """After a clash: the fields for which the person chose what is saved now."""
    theirs = {name: getattr(now, name) for name in FIELDS if request.POST.get(f"keep_{name}") == "theirs"}
    return replace(typed, **theirs)


def _clash_page(request: HttpRequest, now: Project, typed: ProjectData, base: str, edition: FrameworkFile) -> HttpResponse:
    """Both values for each field that differs, what the person did not touch chosen for the other."""
    saved = as_data(now)
    seen = signing.loads(base, salt="plans.base") if base else {}
    rows = []
    for name in changed_fields(typed, saved):
        mine = getattr(typed, name)
        untouched = name in seen and _same(_plain(mine), seen[name])
        rows.append(
            {
                "name": name,
                "label": _label(name),
                "mine": _shown(name, mine, edition, now),
                "theirs": _shown(name, getattr(saved, name), edition, now),
                "keep": "theirs" if untouched else "mine",
            }
        )
    posted = [(name, value) for name, values in request.POST.lists() for value in values if not name.startswith("keep_")]
    kept = [(name, value) for name, value in posted if name not in ("csrfmiddlewaretoken", "revision", "base", "chosen")]
    context = {"project": now, "rows": rows, "posted": kept, "revision": now.revision, "base": _base(saved)}
    return render(request, "plans/clash.html", context, status=409)


def _same(one: Any, two: Any) -> bool:
    """Equal after a journey through JSON, which knows no tuples."""
    if isinstance(one, tuple | list) and isinstance(two, tuple | list):
        return len(one) == len(two) and all(_same(left, right) for left, right in zip(one, two, strict=True))
    return bool(one == two)


def _label(name: str) -> str:
    labels = {
        "title": _("Title of the project"),
        "description": _("Description"),
        "support": _("Support required"),
        "focus": _("Focus areas"),
        "starts_on": _("Starts on"),
        "ends_on": _("Ends on"),
        "latitude": _("Latitude"),
        "longitude": _("Longitude"),
        "place": _("Place in words"),
        "area_id": _("Area of the city"),
    }
    return labels[name]


def _shown(name: str, value: Any, edition: FrameworkFile, project: Project) -> list[tuple[str, str]]:
    """A value as lines of (language, words); none where nothing is on record."""
    if name in ("title", "description", "support"):
        texts: Texts = value
        return [(code, words) for code, words in texts.items()]
    if name == "focus":
        areas, sub_types = framework.area_titles(edition), framework.sub_type_titles(edition)
        return [("", " · ".join(part for part in (areas.get(area, area), sub_types.get(sub, "")) if part)) for area, sub in value]
    if value is None or value == "":
        return []
    if name in ("starts_on", "ends_on"):
        return [("", long_day(value))]
    if name == "area_id":
        return [("", str(project.city.areas.filter(pk=value).first() or value))]
    return [("", str(value))]


def stage(request: HttpRequest, pk: int) -> HttpResponse:
    project = project_to_edit(request, pk)
    edition = edition_today()
    initial = {"stage": project.stage, "status": project.status, "on": timezone.localdate()}
    form = StageForm(request.POST or None, edition=edition, now=project.stage, initial=initial)
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        try:
            projects.set_stage(
                project,
                stage=found["stage"],
                status=found["status"],
                on=found["on"],
                why=found["why"],
                by=user_of(request),
                at=timezone.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            say(request, _("The stage is recorded."))
            return to_project(project)
    context: Context = {
        "project": project,
        "form": form,
        "stages": framework.stage_titles(edition),
        "statuses": framework.status_titles(edition),
        "changes": project.stage_changes.order_by("-on", "-pk"),
    }
    return render(request, "plans/stage.html", context)


def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a project out of the record, or take a mistaken leaving back."""
    project = project_to_edit(request, pk)
    gone = project.left_on is not None
    form: Any = ReturnForm(request.POST or None) if gone else LeaveForm(request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        by, at = user_of(request), timezone.now()
        try:
            if gone:
                projects.take_back_leaving(project, why=form.cleaned_data["why"], by=by, at=at)
            else:
                projects.leave(project, **form.cleaned_data, by=by, at=at)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            say(request, _("The project is back in the record.") if gone else _("The project has left the record."))
            return to_project(project)
    return render(request, "plans/leave.html", {"project": project, "form": form, "gone": gone})
