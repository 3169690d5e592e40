"""The assessor: appointment, declaration, dossiers, scores, panel."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nagara.assessment import actions
from nagara.assessment.actions.assessors import undertaking
from nagara.assessment.actions.scoring import missing_of
from nagara.assessment.forms import AppointmentForm, DeclarationForm, QueryForm, ScoreForm
from nagara.assessment.models import Appointment, Assignment, Evidence
from nagara.assessment.queries import edition_of, last_submission
from nagara.assessment.sheets import closed_to, dossier, my_sheets, numbers_of, own_total, panel_of
from nagara.assessment.slots import cell_of, cells
from nagara.assessment.states import AssignmentState
from nagara.assessment.views.common import show_refusal, user_of
from nagara.documents.files import answer
from nagara.rulebook.score import cell_key
from nagara.toolkit import access
from nagara.toolkit.days import clock
from nagara.toolkit.middleware import wants_json
from nagara.toolkit.refusal import Refusal

_WITH = ("application__round__edition", "application__area", "application__city", "application__organisation", "assessor__person")


def _sheet(request: HttpRequest, pk: int, rule: str = "assessment.assess") -> Assignment:
    """One of the visitor's own sheets, as the rule shows it: a dossier in conflict is a page that does not exist."""
    return get_object_or_404(access.visible(request.user, rule).select_related(*_WITH), pk=pk)


@require_GET
def assess(request: HttpRequest) -> HttpResponse:
    """The assessor's dossiers, by round."""
    user = user_of(request)
    appointments = access.visible(user, "assessment.answer_appointment").filter(accepted_at__isnull=True, declined_at__isnull=True)
    sheets = [(sheet, len(edition_of(sheet.application).cells(tuple(sheet.application.dimensions)))) for sheet in my_sheets(user)]
    return render(
        request,
        "assessment/assess.html",
        {"appointments": appointments.select_related("round"), "sheets": sheets, "closed": closed_to(user)},
    )


def appointment(request: HttpRequest, slug: str) -> HttpResponse:
    """Accept with confidentiality, once; or decline."""
    user = user_of(request)
    asked: Appointment = get_object_or_404(
        access.visible(user, "assessment.answer_appointment").select_related("round__edition"), round__slug=slug
    )
    form = AppointmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["act"] == "accept":
                actions.accept_appointment(asked, by=user, at=timezone.now())
            else:
                actions.decline_appointment(asked, why=form.cleaned_data["why"], by=user, at=timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("assessment:assess")
    return render(
        request,
        "assessment/appointment.html",
        {"appointment": asked, "round": asked.round, "form": form, "undertaking": undertaking(asked.round)},
    )


def declare(request: HttpRequest, pk: int) -> HttpResponse:
    """Before a dossier opens: is there a conflict of interest? Only names stand here, no content."""
    user = user_of(request)
    if access.visible(user, "assessment.assess").filter(pk=pk).exists() and request.method == "GET" and "again" not in request.GET:
        return redirect("assessment:sheet", pk)
    sheet: Assignment = get_object_or_404(
        Assignment.objects.filter(application__in=access.visible(user, "assessment.see"))
        & access.visible(user, "assessment.declare").select_related(*_WITH),
        pk=pk,
    )
    form = DeclarationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.declare(
                sheet,
                conflict=form.cleaned_data["conflict"] == "yes",
                reason=form.cleaned_data["reason"],
                by=user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            if made.finding == made.Finding.NONE:
                return redirect("assessment:sheet", pk)
            messages.info(request, _("Your declaration is recorded. This dossier is closed to you and leaves your list."))
            return redirect("assessment:assess")
    team = sheet.application.team.filter(left_at__isnull=True).select_related("user__person__organisation")
    organisations = {member.user.person.organisation for member in team if member.user.person and member.user.person.organisation}
    context = {"sheet": sheet, "application": sheet.application, "form": form, "organisations": sorted(organisations, key=str)}
    return render(request, "assessment/declare.html", context)


@require_GET
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole sheet: what is scored, what is missing, what it comes to; and handing it in."""
    found = _sheet(request, pk)
    submission = last_submission(found.application)
    assert submission is not None  # noqa: S101 - nothing is assigned before it was handed in
    all_cells = cells(edition_of(found.application), submission.plain()["dimensions"])
    scores = {cell_key(score.criterion, score.dimension): score for score in found.scores.all()}
    numbers = numbers_of(all_cells)
    missing = missing_of(found)
    rows = [(cell, numbers[cell.key], scores.get(cell.key), missing.get(cell.key, "")) for cell in all_cells]
    context = {
        "sheet": found,
        "application": found.application,
        "submission": submission,
        "rows": rows,
        "missing": missing,
        "done": sum(1 for row in rows if row[2] and row[2].value is not None),
        "total": own_total(found, submission.plain()["dimensions"]),
        "may_score": access.allowed(request.user, "assessment.score", found),
        "sees_panel": found.state in (AssignmentState.SUBMITTED, AssignmentState.REOPENED),
    }
    return render(request, "assessment/sheet.html", context)


def score(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """One criterion: evidence at the left, score and reason at the right. A form that was posted saves and goes on."""
    found = _sheet(request, pk)
    if request.method == "POST":
        return _save(request, found, key)
    return _page(request, found, key, None)


def _page(request: HttpRequest, found: Assignment, key: str, form: ScoreForm | None, status: int = 200) -> HttpResponse:
    seen = dossier(found, key)
    if seen is None:
        raise Http404
    if form is None:
        form = ScoreForm(
            criterion=seen.step.cell.criterion,
            scale=seen.edition.scale,
            initial={"value": seen.score.value if seen.score else None, "reason": seen.score.reason if seen.score else ""},
        )
    may_score = access.allowed(request.user, "assessment.score", found)
    asked = {query.field: query for query in found.queries.all()}
    context = {
        "seen": seen,
        "sheet": found,
        "application": found.application,
        "form": form,
        "open": may_score and (found.state == AssignmentState.OPEN or seen.reopening is not None or seen.score is None),
        "queries": QueryForm(cell=seen.step.cell) if may_score and found.state == AssignmentState.OPEN else None,
        "asked": [query for key_, query in asked.items() if key_.rpartition(".")[0] == key],
        "use": seen.uses[0] if seen.uses else None,
    }
    return render(request, "assessment/score.html", context, status=status)


def _save(request: HttpRequest, found: Assignment, key: str) -> HttpResponse:
    user, at = user_of(request), timezone.now()
    cell = cell_of(edition_of(found.application), found.application.dimensions, key)
    if cell is None:
        raise Http404
    form = ScoreForm(request.POST, criterion=cell.criterion, scale=edition_of(found.application).scale)
    if not form.is_valid():
        return _page(request, found, key, form, status=422)
    try:
        saved = actions.save_score(found, cell.criterion.code, cell.dimension_code, **form.cleaned_data, by=user, at=at)
    except Refusal as refusal:
        if wants_json(request):
            raise
        show_refusal(form, refusal)
        return _page(request, found, key, form, status=refusal.status)
    if wants_json(request):
        done = found.scores.filter(value__isnull=False).count()
        return JsonResponse(
            {"saved": clock(saved.saved_at, found.application.round.zone, seconds=True), "value": saved.value, "done": done}
        )
    step = _next(found, key)
    return redirect("assessment:score", found.pk, step) if step else redirect("assessment:sheet", found.pk)


def _next(found: Assignment, key: str) -> str | None:
    keys = [cell.key for cell in cells(edition_of(found.application), found.application.dimensions)]
    place = keys.index(key)
    return keys[place + 1] if place + 1 < len(keys) else None


@require_POST
def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    found = _sheet(request, pk)
    actions.hand_in(found, by=user_of(request), at=timezone.now())
    messages.success(request, _("Your sheet is handed in. From here on you see the panel."))
    return redirect("assessment:panel", pk)


@require_POST
def ask(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Ask the office for information on one field; it bundles what assessors ask into one return."""
    found = _sheet(request, pk)
    cell = cell_of(edition_of(found.application), found.application.dimensions, key)
    if cell is None:
        raise Http404
    form = QueryForm(request.POST, cell=cell)
    if not form.is_valid():
        messages.error(request, _("Choose a field and write your question."))
        return redirect("assessment:score", pk, key)
    actions.ask(found, form.cleaned_data["field"], form.cleaned_data["question"], by=user_of(request), at=timezone.now())
    messages.success(request, _("The programme office has your question."))
    return redirect("assessment:score", pk, key)


@require_GET
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The panel, for an assessor who has handed in."""
    found = _sheet(request, pk, "assessment.see_panel")
    context = {
        "sheet": found,
        "application": found.application,
        "panel": panel_of(found.application, names=False, own=found),
        "may_score": access.allowed(request.user, "assessment.score", found),
    }
    return render(request, "assessment/panel.html", context)


@require_GET
def document(request: HttpRequest, pk: int, evidence: int) -> HttpResponseBase:
    """A document that was handed in, shown in place where its kind allows."""
    found = _sheet(request, pk)
    handed_in: set[int] = set()
    for row in found.application.submissions.all():
        handed_in |= {paper["id"] for paper in row.plain()["evidence"]}
    paper: Evidence = get_object_or_404(
        Evidence.objects.select_related("file"), application=found.application_id, pk=evidence if evidence in handed_in else None
    )
    return answer(paper.file, inline="save" not in request.GET, request=request)
