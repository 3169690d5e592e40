"""The office screens what was handed in: accepts it, rejects it with reasons, or returns it for information."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.assessment import letters
from nagara.assessment.actions.applications import locked, remind_team
from nagara.assessment.differences import differences
from nagara.assessment.models import Application, Assignment, InformationRequest, Query, Reopening
from nagara.assessment.queries import edition_of, label_of
from nagara.assessment.slots import ABOUT, cells, every_key
from nagara.assessment.states import APPLICATION, ASSIGNMENT, ApplicationState, AssignmentState
from nagara.audit.record import record
from nagara.people.models import User
from nagara.people.second_factor import Proof, require_proof
from nagara.toolkit import access
from nagara.toolkit.days import instant
from nagara.toolkit.refusal import Refusal


def _step(
    application: Application, verb: str, *, by: User, at: datetime, proof: Proof | None, why: str = "", **after: object
) -> Application:
    before = application.state
    application.state = APPLICATION.after(verb, application.state, labels=ApplicationState.choices)
    application.save(update_fields=["state"])
    record(
        by=by,
        did=f"assessment.{verb}",
        about=application,
        at=at,
        proof=proof,
        why=why,
        before={"state": before},
        after={"state": application.state, **after},
    )
    return application


@transaction.atomic
def accept(application: Application, *, by: User, at: datetime, proof: Proof | None) -> Application:
    """What was handed in is complete and goes to the assessors. Sheets that were handed in already reopen where the content changed."""
    application = locked(application)
    access.require(by, "assessment.screen", application)
    require_proof(proof, at)
    _step(application, "accept", by=by, at=at, proof=proof)
    reopened = _reopen_what_changed(application, by=by, at=at)
    letters.send(
        letters.team_of(application),
        subject=lambda: _("Accepted for assessment: %(place)s") % {"place": application.place},
        body=lambda: (
            _("The application of %(place)s is complete. Assessors read it now; nothing waits for you.") % {"place": application.place}
        ),
        page="assessment:application",
        args=[application.pk],
        about=f"accept:{application.pk}",
        at=at,
    )
    if reopened:
        letters.send(
            [sheet.assessor for sheet in reopened],
            subject=lambda: _("New information: %(place)s") % {"place": application.place},
            body=lambda: _("The applicant changed parts of the application. Look at them again and hand your sheet in once more."),
            page="assessment:assess",
            about=f"reopened:{application.pk}",
            at=at,
        )
    return application


def _reopen_what_changed(application: Application, *, by: User, at: datetime) -> list[Assignment]:
    """After a resubmission: the criteria whose content changed since the submission that the handed-in sheets were about."""
    two = list(application.submissions.order_by("-number")[:2])
    handed_in = list(
        application.assignments.select_for_update(of=("self",)).filter(state=AssignmentState.SUBMITTED).select_related("assessor")
    )
    if len(two) < 2 or not handed_in:
        return []
    changed = {change.key for change in differences(two[1].plain(), two[0].plain())}
    # Another city type or another dimension can change how everything reads.
    touched = [
        cell
        for cell in cells(edition_of(application), application.dimensions)
        if changed & {*ABOUT, cell.evidence_key, *(slot.key for slot in cell.slots)}
    ]
    for cell in touched:
        Reopening.objects.create(
            application=application,
            criterion=cell.criterion.code,
            dimension=cell.dimension_code,
            note=_("The applicant handed in changes (submission %(number)s).") % {"number": two[0].number},
            opened_at=at,
            opened_by=by,
        )
    if touched:
        for sheet in handed_in:
            sheet.state = ASSIGNMENT.after("reopen", sheet.state)
            sheet.save(update_fields=["state"])
    return handed_in if touched else []


@transaction.atomic
def reject(application: Application, *, reasons: str, by: User, at: datetime, proof: Proof | None) -> Application:
    """The application cannot be assessed in this round. Its team reads the reasons."""
    application = locked(application)
    access.require(by, "assessment.screen", application)
    require_proof(proof, at)
    if not reasons.strip():
        message = _("Say why. The team reads it.")
        raise Refusal(message, code="reason-missing", fields={"reasons": message})
    application.reasons = reasons.strip()
    application.save(update_fields=["reasons"])
    _step(application, "reject", by=by, at=at, proof=proof, why=application.reasons)
    letters.done(application, at=at)
    letters.send(
        letters.team_of(application),
        subject=lambda: _("Not eligible in this round: %(place)s") % {"place": application.place},
        body=lambda: (
            _("The programme office could not accept the application of %(place)s. Its reasons: %(reasons)s")
            % {"place": application.place, "reasons": application.reasons}
        ),
        page="assessment:application",
        args=[application.pk],
        about=f"reject:{application.pk}",
        at=at,
    )
    return application


@transaction.atomic
def return_for_information(
    application: Application,
    *,
    questions: Mapping[str, str],
    due: datetime,
    by: User,
    at: datetime,
    proof: Proof | None,
    question: str = "",
    asked_by: list[Query] | None = None,
) -> InformationRequest:
    """Ask the team: the named fields are unlocked, each with its question; all others stay as they were handed in.

    `questions` is {field: question}; `asked_by` are assessors' own questions that this return takes up.
    """
    application = locked(application)
    access.require(by, "assessment.screen", application)
    require_proof(proof, at)
    edition = edition_of(application)
    known = set(every_key(edition, application.dimensions))
    asked = {key: text.strip() for key, text in questions.items()}
    faults = {key: _("Write the question.") for key, text in asked.items() if not text}
    if not asked or set(asked) - known or faults:
        raise Refusal(
            _("Choose at least one field, and write the question at each."),
            fields=faults or {"questions": _("Choose a field.")},
            code="question-missing",
        )
    if due <= at:
        message = _("The due day has passed already.")
        raise Refusal(message, code="due-passed", fields={"due": message})
    request = InformationRequest.objects.create(
        application=application, fields=asked, question=question.strip(), asked_at=at, asked_by=by, due=due
    )
    _step(application, "return", by=by, at=at, proof=proof, request=request.pk, fields=sorted(asked), due=due)
    for query in asked_by or []:
        query.request = request
        query.save(update_fields=["request"])
    letters.send(
        letters.team_of(application),
        subject=lambda: _("Information is asked for: %(place)s") % {"place": application.place},
        body=lambda: (
            _("The programme office asks for information by %(due)s. Open fields: %(fields)s.")
            % {"due": instant(due, application.round.zone), "fields": "; ".join(label_of(edition, key) for key in asked)}
        ),
        page="assessment:application",
        args=[application.pk],
        about=f"request:{request.pk}",
        at=at,
    )
    remind_team(application, due=due, at=at)
    return request


@transaction.atomic
def extend_request(request: InformationRequest, *, due: datetime, by: User, at: datetime, proof: Proof | None) -> InformationRequest:
    """Put the due day of a return for information later. Nothing else opens or closes."""
    application = locked(request.application)
    access.require(by, "assessment.screen", application)
    require_proof(proof, at)
    request = InformationRequest.objects.select_for_update().get(pk=request.pk)
    if request.answered_at:
        raise Refusal(_("This has been answered already."), code="answered")
    if due <= max(request.due, at):
        message = _("The new due day must be later than %(due)s.") % {"due": instant(max(request.due, at), application.round.zone)}
        raise Refusal(message, code="due-not-later", fields={"due": message})
    before, request.due = request.due, due
    request.save(update_fields=["due"])
    record(by=by, did="assessment.extend_request", about=application, at=at, proof=proof, before={"due": before}, after={"due": due})
    letters.done(application, at=at)
    remind_team(application, due=due, at=at)
    return request
