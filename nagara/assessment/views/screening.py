"""The office's page of one application: screening, assessors, panel, result and feedback."""

from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nagara.assessment import actions, conflicts
from nagara.assessment.actions.assessors import ASSIGNABLE, COUNTS
from nagara.assessment.forms import ExtendForm, FeedbackForm, NoteForm, ReturnForm, ScreenForm, WhyForm
from nagara.assessment.models import Application, Appointment, Assignment, Declaration, Feedback, Query, Result
from nagara.assessment.queries import edition_of, label_of, last_submission, open_request, result_of
from nagara.assessment.sheets import numbers_of, panel_of, sheets_of
from nagara.assessment.slots import ABOUT, cells
from nagara.assessment.states import APPLICATION, ApplicationState, AssignmentState
from nagara.assessment.views.common import show_refusal, user_of
from nagara.people.models import User
from nagara.people.second_factor import proof_in
from nagara.toolkit import access
from nagara.toolkit.days import clock, long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text

WITH = ("round__edition", "area__subdivision", "city", "organisation")


def _found(request: HttpRequest, pk: int) -> Application:
    return get_object_or_404(access.visible(request.user, "assessment.screen").select_related(*WITH), pk=pk)


def _queries(application: Application) -> list[Query]:
    """Assessors' questions that nobody has taken up yet."""
    rows = Query.objects.filter(assignment__application=application, request__isnull=True, dismissed_at__isnull=True)
    return list(rows.select_related("assignment__assessor__person").order_by("asked_at", "pk"))


@require_GET
def screening(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that the office decides about an application, in the order of the line."""
    application = _found(request, pk)
    sheets = sheets_of(application)
    result = result_of(application)
    edition = edition_of(application)
    submissions = list(application.submissions.defer("content").order_by("-number"))
    asked = open_request(application) if application.state == ApplicationState.RETURNED else None
    context = {
        "application": application,
        "submissions": submissions,
        "request_open": asked,
        "questions": [(label_of(edition, key), words) for key, words in asked.fields.items()] if asked else [],
        "queries": [(query, label_of(edition, query.field)) for query in _queries(application)],
        "sheets": sheets,
        "counted": sum(1 for sheet in sheets if sheet.state in COUNTS),
        "handed_in": sum(1 for sheet in sheets if sheet.state == AssignmentState.SUBMITTED),
        "free": _free(application, sheets) if application.state in ASSIGNABLE else [],
        "assignable": application.state in ASSIGNABLE,
        "panel": panel_of(application, names=True, sheets=sheets),
        "result": result,
        "marks": _marks(application, result) if result else [],
        "feedback": _feedback(application, result) if result else [],
        "verbs": APPLICATION.verbs(application.state),
        "reject": ScreenForm(),
        "note": NoteForm(),
        "why": WhyForm(),
        "extend": ExtendForm(zone=application.round.zone),
        "conflicts": conflicts.THEIRS,
        "findings": dict(Declaration.Finding.choices),
    }
    return render(request, "assessment/screening.html", context)


def _free(application: Application, sheets: list[Assignment]) -> list[tuple[User, int, int, str]]:
    """Appointed assessors without a sheet: (assessor, load, cap, conflict in words or "")."""
    there = {sheet.assessor_id for sheet in sheets if sheet.state != AssignmentState.WITHDRAWN}
    held = Assignment.objects.filter(application__round=application.round, state__in=COUNTS, assessor=OuterRef("assessor")).order_by()
    appointments = list(
        Appointment.objects.filter(round=application.round, ended_at__isnull=True, declined_at__isnull=True)
        .exclude(assessor__in=there)
        .select_related("assessor__person__organisation")
        .annotate(load=Coalesce(Subquery(held.values("assessor").annotate(n=Count("pk")).values("n")), 0))
        .order_by("pk")
    )
    if not appointments:
        return []
    found = conflicts.found_among(application, [appointment.assessor for appointment in appointments])
    rows = []
    for appointment in appointments:
        words = str(conflicts.THEIRS[found[appointment.assessor_id]]) if appointment.assessor_id in found else ""
        rows.append((appointment.assessor, vars(appointment)["load"], appointment.most, words))
    return rows


def _marks(application: Application, result: Result) -> list[tuple[str, str, str]]:
    """(number, title, mark of 100) of each cell of a result."""
    plain = result.plain()
    found = cells(edition_of(application), plain["dimensions"])
    numbers = numbers_of(found)
    return [(numbers[cell.key], cell.title(), plain["computed"]["cells"][cell.key]) for cell in found]


def _feedback(application: Application, result: Result) -> list[tuple[Feedback, str]]:
    """The feedback of a result with the name of each criterion."""
    found = cells(edition_of(application), result.plain()["dimensions"])
    numbers = numbers_of(found)
    titles = {(cell.criterion.code, cell.dimension_code): f"{numbers[cell.key]} {cell.title()}" for cell in found}
    rows = {(row.criterion, row.dimension): row for row in result.feedback.all()}
    return [(rows[place], title) for place, title in titles.items() if place in rows]


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    actions.accept(_found(request, pk), by=user_of(request), at=timezone.now(), proof=proof_in(request))
    return redirect("assessment:screening", pk)


@require_POST
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    reasons = request.POST.get("reasons", "")
    actions.reject(_found(request, pk), reasons=reasons, by=user_of(request), at=timezone.now(), proof=proof_in(request))
    return redirect("assessment:screening", pk)


def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return for information: which fields open, and the question at each. Assessors' questions are written in already."""
    application = _found(request, pk)
    edition = edition_of(application)
    queries = _queries(application)
    suggested: dict[str, str] = {}
    for query in queries:
        suggested[query.field] = f"{suggested[query.field]}\n{query.question}" if query.field in suggested else query.question
    typed = {key.removeprefix("ask:"): str(value) for key, value in request.POST.items() if key.startswith("ask:")}
    form = ReturnForm(request.POST or None, zone=application.round.zone)
    if request.method == "POST" and form.is_valid():
        questions = {key: value for key, value in typed.items() if value.strip()}
        taken = [query for query in queries if query.field in questions]
        try:
            actions.return_for_information(
                application,
                questions=questions,
                due=form.cleaned_data["due"],
                question=form.cleaned_data["question"],
                asked_by=taken,
                by=user_of(request),
                at=timezone.now(),
                proof=proof_in(request),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("assessment:screening", pk)
    found = cells(edition, application.dimensions)
    numbers = numbers_of(found)
    submission = last_submission(application)
    content = submission.plain() if submission else {"answers": {}}
    values = typed or suggested

    def row(key: str) -> dict[str, str]:
        said = content["answers"].get(key, {}).get("typed", "")
        return {"key": key, "label": label_of(edition, key).rpartition(": ")[2], "value": values.get(key, ""), "said": said}

    groups = [(_("About the application"), [row(key) for key in ABOUT])]
    for cell in found:
        keys = [*(slot.key for slot in cell.slots), cell.evidence_key]
        groups.append((f"{numbers[cell.key]} {cell.title()}", [row(key) for key in keys]))
    context = {"application": application, "form": form, "groups": groups, "submission": submission}
    return render(request, "assessment/return.html", context, status=422 if form.errors else 200)


@require_POST
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    application = _found(request, pk)
    asked = open_request(application)
    form = ExtendForm(request.POST, zone=application.round.zone)
    if asked is None:
        raise Http404
    if form.is_valid():
        actions.extend_request(asked, due=form.cleaned_data["due"], by=user_of(request), at=timezone.now(), proof=proof_in(request))
    else:
        messages.error(request, _("The day or the time could not be read. Nothing was changed."))
    return redirect("assessment:screening", pk)


@require_POST
def dismiss(request: HttpRequest, pk: int, query_pk: int) -> HttpResponse:
    application = _found(request, pk)
    query = get_object_or_404(Query, pk=query_pk, assignment__application=application)
    actions.dismiss_query(query, by=user_of(request), at=timezone.now())
    return redirect("assessment:screening", pk)


@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    application = _found(request, pk)
    assessor = get_object_or_404(User, pk=request.POST.get("assessor") or None)
    sheet = actions.assign(application, assessor, by=user_of(request), at=timezone.now(), proof=proof_in(request))
    if sheet.state == AssignmentState.RECUSED:
        messages.warning(request, _("The system found a conflict of interest: the assessor is recused."))
    return redirect("assessment:screening", pk)


@require_POST
def unassign(request: HttpRequest, pk: int, sheet_pk: int) -> HttpResponse:
    sheet = get_object_or_404(_found(request, pk).assignments, pk=sheet_pk)
    actions.withdraw_assignment(sheet, why=request.POST.get("why", ""), by=user_of(request), at=timezone.now(), proof=proof_in(request))
    return redirect("assessment:screening", pk)


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """The panel looks at one criterion again."""
    criterion, _colon, dimension = request.POST.get("cell", "").partition(":")
    note = request.POST.get("note", "")
    actions.reopen_criterion(
        _found(request, pk), criterion, dimension, note=note, by=user_of(request), at=timezone.now(), proof=proof_in(request)
    )
    return redirect("assessment:screening", pk)


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    why = request.POST.get("why", "")
    actions.close_panel(_found(request, pk), why=why, by=user_of(request), at=timezone.now(), proof=proof_in(request))
    return redirect("assessment:screening", pk)


@require_POST
def reopen_application(request: HttpRequest, pk: int) -> HttpResponse:
    why = request.POST.get("why", "")
    actions.reopen_application(_found(request, pk), why=why, by=user_of(request), at=timezone.now(), proof=proof_in(request))
    return redirect("assessment:screening", pk)


def edit_feedback(request: HttpRequest, pk: int, feedback_pk: int) -> HttpResponse:
    """What the applicant will read of one criterion."""
    application = _found(request, pk)
    row = get_object_or_404(Feedback.objects.select_related("result__application"), pk=feedback_pk, result__application=application)
    form = FeedbackForm(request.POST or None, initial={"text": row.text})
    if request.method == "POST" and form.is_valid():
        try:
            actions.write_feedback(row, form.cleaned_data["text"], by=user_of(request), at=timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("assessment:screening", pk)
    edition = edition_of(application)
    title = text(edition.criterion(row.criterion).title)
    return render(request, "assessment/edit_feedback.html", {"application": application, "form": form, "title": title})


@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    application = _found(request, pk)
    result = result_of(application)
    if result is None:
        raise Http404
    actions.release_feedback(result, by=user_of(request), at=timezone.now(), proof=proof_in(request))
    messages.success(request, _("The team reads the feedback from now on (%(day)s, %(clock)s).") % _now_words(application))
    return redirect("assessment:screening", pk)


def _now_words(application: Application) -> dict[str, str]:
    at = timezone.now()
    return {"day": long_day(at.astimezone(application.round.zone).date()), "clock": clock(at, application.round.zone)}
