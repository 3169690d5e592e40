"""The panel is closed: the result is computed from the kept edition and the sheets, never typed. Feedback goes to the team."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.assessment import letters
from nagara.assessment.actions.applications import locked
from nagara.assessment.actions.assessors import recuse_found
from nagara.assessment.actions.screening import _step
from nagara.assessment.models import Application, Feedback, Result, Submission
from nagara.assessment.queries import edition_of, last_submission
from nagara.assessment.slots import cells
from nagara.assessment.states import AssignmentState
from nagara.assessment.wording import feedback, reasons
from nagara.audit.record import record
from nagara.people.models import User
from nagara.people.second_factor import Proof, require_proof
from nagara.rulebook.schema import EditionFile
from nagara.rulebook.score import Computed, cell_key, compute
from nagara.toolkit import access
from nagara.toolkit.digests import canonical, digest_of_bytes
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, in_each


def sheets_of(application: Application) -> dict[int, dict[str, int]]:
    """The scores that count, by sheet: those handed in by assessors who are not recused."""
    found: dict[int, dict[str, int]] = {}
    for sheet in application.assignments.filter(state=AssignmentState.SUBMITTED).prefetch_related("scores").order_by("pk"):
        found[sheet.pk] = {
            cell_key(score.criterion, score.dimension): score.value for score in sheet.scores.all() if score.value is not None
        }
    return found


def content_of(
    edition_digest: str, submission: Submission, dimensions: list[str], sheets: dict[int, dict[str, int]], found: Computed
) -> bytes:
    """What a result keeps: all that the calculation took, and all that it gave."""
    return canonical(
        {
            "edition": edition_digest,
            "submission": {"number": submission.number, "digest": submission.digest},
            "dimensions": dimensions,
            "sheets": [{"sheet": pk, "scores": scores} for pk, scores in sheets.items()],
            "computed": found.plain(),
        }
    )


def computed_from(edition: EditionFile, dimensions: list[str], sheets: list[dict[str, int]]) -> Computed:
    """The calculation over plain sheets: {"C4:environment": 4}."""
    return compute(edition, dimensions, [{_cell(key): value for key, value in sheet.items()} for sheet in sheets])


def _cell(key: str) -> tuple[str, str]:
    criterion, _colon, dimension = key.partition(":")
    return criterion, dimension


@transaction.atomic
def close_panel(application: Application, *, by: User, at: datetime, proof: Proof | None, why: str = "") -> Result:
    """All sheets are in: the result is computed and kept with its digest. Fewer sheets than the round asks for need a reason."""
    application = locked(application)
    access.require(by, "assessment.screen", application)
    require_proof(proof, at)
    recuse_found(application, by=by, at=at)
    waiting = application.assignments.filter(state__in=[AssignmentState.ASSIGNED, AssignmentState.OPEN, AssignmentState.REOPENED]).count()
    if waiting:
        raise Refusal(
            ngettext("%(count)s sheet has not been handed in.", "%(count)s sheets have not been handed in.", waiting) % {"count": waiting},
            next_step=_("Wait for it, or take it back from its assessor."),
            code="sheets-missing",
        )
    sheets = sheets_of(application)
    if not sheets:
        raise Refusal(_("No assessor has handed in a sheet."), code="no-sheets")
    asked = application.round.assessors_each
    if len(sheets) < asked and not why.strip():
        message = _("%(here)s of %(asked)s sheets are in. Say why that is enough.") % {"here": len(sheets), "asked": asked}
        raise Refusal(message, code="too-few-sheets", fields={"why": message})
    edition, submission = edition_of(application), last_submission(application)
    assert submission is not None  # noqa: S101 - nothing is in review without one
    found = computed_from(edition, application.dimensions, list(sheets.values()))
    content = content_of(application.round.edition.digest, submission, application.dimensions, sheets, found)
    result = Result.objects.create(
        application=application,
        number=application.results.count() + 1,
        submission=submission,
        content=content.decode(),
        digest=digest_of_bytes([content]),
        total=found.total,
        recommendation=found.recommendation,
        reasons=in_each(lambda: reasons(edition, found)),
        closed_at=at,
        closed_by=by,
    )
    application.reopenings.filter(closed_at__isnull=True).update(closed_at=at)
    _draft_feedback(result, edition, application.dimensions, sheets, by=by, at=at)
    _step(
        application,
        "close_panel",
        by=by,
        at=at,
        proof=proof,
        why=why.strip(),
        result=result.number,
        digest=result.digest,
        total=str(result.total),
        recommendation=result.recommendation,
        reasons=result.reasons,
    )
    return result


def _draft_feedback(
    result: Result, edition: EditionFile, dimensions: list[str], sheets: dict[int, dict[str, int]], *, by: User, at: datetime
) -> None:
    for cell in cells(edition, dimensions):
        values = [sheet[cell.key] for sheet in sheets.values() if cell.key in sheet]

        def draft(cell: Any = cell, values: list[int] = values) -> str:
            return feedback(edition, cell, values)

        Feedback.objects.create(
            result=result,
            criterion=cell.criterion.code,
            dimension=cell.dimension_code,
            text=in_each(draft),
            written_at=at,
            written_by=by,
        )


@transaction.atomic
def reopen_application(application: Application, *, why: str, by: User, at: datetime, proof: Proof | None) -> Application:
    """Back to the panel before any body has resolved on it. The result that was computed stays; the next one has the next number."""
    application = locked(application)
    access.require(by, "assessment.screen", application)
    require_proof(proof, at)
    if not why.strip():
        message = _("Say why the panel is opened again.")
        raise Refusal(message, code="reason-missing", fields={"why": message})
    return _step(application, "reopen", by=by, at=at, proof=proof, why=why.strip())


@transaction.atomic
def write_feedback(feedback_: Feedback, words: Texts, *, by: User, at: datetime) -> Feedback:
    """The office edits what the applicant will read of one criterion, before it is released."""
    access.require(by, "assessment.screen", feedback_.result.application)
    feedback_ = Feedback.objects.select_for_update(of=("self",)).select_related("result__application").get(pk=feedback_.pk)
    if feedback_.released_at:
        raise Refusal(_("This feedback has been released: the team has read it."), code="released")
    if not words:
        message = _("The feedback is empty.")
        raise Refusal(message, code="feedback-empty", fields={"text": message})
    if feedback_.text == words:
        return feedback_
    before = feedback_.text
    feedback_.text, feedback_.written_at, feedback_.written_by = words, at, by
    feedback_.save(update_fields=["text", "written_at", "written_by"])
    record(
        by=by,
        did="assessment.write_feedback",
        about=feedback_.result.application,
        at=at,
        before={"text": before},
        after={"cell": cell_key(feedback_.criterion, feedback_.dimension), "text": words},
    )
    return feedback_


@transaction.atomic
def release_feedback(result: Result, *, by: User, at: datetime, proof: Proof | None) -> Result:
    """The team reads the feedback by criterion from now on. Twice is once."""
    application = locked(result.application)
    access.require(by, "assessment.screen", application)
    require_proof(proof, at)
    count = result.feedback.filter(released_at__isnull=True).update(released_at=at)
    if not count:
        return result
    record(by=by, did="assessment.release_feedback", about=application, at=at, proof=proof, after={"result": result.number})
    letters.send(
        letters.team_of(application),
        subject=lambda: _("Feedback on your application: %(place)s") % {"place": application.place},
        body=lambda: _("The programme office has released the feedback of the assessment, criterion by criterion."),
        page="assessment:feedback",
        args=[application.pk],
        about=f"feedback:{result.pk}",
        at=at,
    )
    return result
