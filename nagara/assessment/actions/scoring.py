"""An assessor scores by the anchors of the edition, hands the sheet in, and reconsiders what the panel reopens."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.assessment import letters
from nagara.assessment.models import Application, Assignment, Query, Reopening, Score, ScoreRevision
from nagara.assessment.queries import edition_of
from nagara.assessment.slots import cells, every_key
from nagara.assessment.states import ASSIGNMENT, ApplicationState, AssignmentState
from nagara.audit.record import record
from nagara.people.models import User
from nagara.people.second_factor import Proof, require_proof
from nagara.rulebook.score import cell_key
from nagara.toolkit import access
from nagara.toolkit.digests import digest
from nagara.toolkit.refusal import Refusal


def _locked(sheet: Assignment) -> Assignment:
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("application__round__edition", "assessor")
    return rows.get(pk=sheet.pk)


def reopened_cells(application: Application) -> dict[str, Reopening]:
    """The criteria that the panel reopened and that are not settled yet, by their key."""
    rows = application.reopenings.filter(closed_at__isnull=True).order_by("opened_at", "pk")
    return {cell_key(row.criterion, row.dimension): row for row in rows}


@transaction.atomic
def save_score(
    sheet: Assignment,
    criterion: str,
    dimension: str = "",
    *,
    value: int | None,
    reason: str,
    by: User,
    at: datetime,
    note: str = "",
) -> Score:
    """Save a score as it is being formed: nobody else sees it. After a reopening, only the reopened criteria change, with a note."""
    sheet = _locked(sheet)
    access.require(by, "assessment.score", sheet)
    edition = edition_of(sheet.application)
    key = cell_key(criterion, dimension)
    if key not in [cell.key for cell in cells(edition, sheet.application.dimensions)]:
        raise Refusal(_("The edition of this round has no such criterion."), code="no-such-criterion", status=404)
    if value is not None and not edition.scale.least <= value <= edition.scale.most:
        message = _("Scores go from %(least)s to %(most)s.") % {"least": edition.scale.least, "most": edition.scale.most}
        raise Refusal(message, code="outside-the-scale", fields={"value": message})
    reason = reason.replace("\r\n", "\n").replace("\x00", "").strip()
    score = sheet.scores.filter(criterion=criterion, dimension=dimension).first()
    if score and (score.value, score.reason) == (value, reason):
        return score
    before = {"value": score.value} if score else {}
    again = score is not None and score.revisions.exists()
    if again:
        if key not in reopened_cells(sheet.application):
            raise Refusal(
                _("You handed this score in. The panel has not reopened this criterion."),
                who=_("The programme office reopens a criterion, with a note."),
                code="score-handed-in",
            )
        if not note.strip():
            message = _("A change after the sheet was handed in needs a note: what changed your mind?")
            raise Refusal(message, code="note-missing", fields={"note": message})
        if value is None:
            message = _("A score that was handed in cannot be taken away, only changed.")
            raise Refusal(message, code="score-missing", fields={"value": message})
    if score is None:
        score = Score(assignment=sheet, criterion=criterion, dimension=dimension)
    changed = score.value != value or score.pk is None
    score.value, score.reason, score.saved_at = value, reason, at
    score.save()
    if again:
        ScoreRevision.objects.create(score=score, value=value, reason=reason, note=note.strip(), saved_at=at)
    if changed or again:
        record(
            by=by,
            did="assessment.score",
            about=sheet,
            at=at,
            before=before or None,
            after={"cell": key, "value": value, **({"note": digest(note.strip())} if again else {})},
        )
    return score


def missing_of(sheet: Assignment) -> dict[str, str]:
    """What stands between the sheet and handing it in: {cell: words}."""
    edition = edition_of(sheet.application)
    there = {cell_key(score.criterion, score.dimension): score for score in sheet.scores.all()}
    missing = {}
    for cell in cells(edition, sheet.application.dimensions):
        score = there.get(cell.key)
        if score is None or score.value is None:
            missing[cell.key] = _("No score yet: %(criterion)s") % {"criterion": cell.title()}
        elif score.value in edition.scale.reason_for and not score.reason:
            missing[cell.key] = _("A score of %(value)s needs its reason: %(criterion)s") % {
                "value": score.value,
                "criterion": cell.title(),
            }
    return missing


def sealed(sheet: Assignment, cell_keys: list[str]) -> dict[str, object]:
    """What the record keeps of a sheet: its scores, and one digest over its reasons."""
    there = {cell_key(score.criterion, score.dimension): score for score in sheet.scores.all()}
    counted = {key: there[key] for key in cell_keys if key in there}
    return {
        "scores": {key: score.value for key, score in counted.items()},
        "reasons": digest({key: score.reason for key, score in counted.items()}),
    }


@transaction.atomic
def hand_in(sheet: Assignment, *, by: User, at: datetime) -> Assignment:
    """Hand the sheet in. From here on its assessor sees the panel, and changes only what the panel reopens. Twice is once."""
    sheet = _locked(sheet)
    if sheet.assessor_id == by.pk and sheet.state == AssignmentState.SUBMITTED and access.allowed(by, "assessment.assess", sheet):
        return sheet
    access.require(by, "assessment.score", sheet)
    missing = missing_of(sheet)
    if missing:
        raise Refusal(
            ngettext("%(count)s criterion is not finished.", "%(count)s criteria are not finished.", len(missing))
            % {"count": len(missing)},
            fields=missing,
            code="sheet-unfinished",
        )
    before = sheet.state
    sheet.state = ASSIGNMENT.after("submit", sheet.state, labels=AssignmentState.choices)
    sheet.submitted_at = at
    sheet.save(update_fields=["state", "submitted_at"])
    for score in sheet.scores.filter(revisions__isnull=True):
        ScoreRevision.objects.create(score=score, value=score.value, reason=score.reason, saved_at=at)
    keys = [cell.key for cell in cells(edition_of(sheet.application), sheet.application.dimensions)]
    record(
        by=by,
        did="assessment.hand_in",
        about=sheet,
        at=at,
        before={"state": before},
        after={"state": sheet.state, **sealed(sheet, keys)},
    )
    letters.done(sheet, at=at)
    open_sheets = sheet.application.assignments.filter(state__in=[AssignmentState.ASSIGNED, AssignmentState.OPEN, AssignmentState.REOPENED])
    if not open_sheets.exists():
        sheet.application.reopenings.filter(closed_at__isnull=True).update(closed_at=at)
    return sheet


@transaction.atomic
def reopen_criterion(
    application: Application, criterion: str, dimension: str = "", *, note: str, by: User, at: datetime, proof: Proof | None
) -> Reopening:
    """The panel looks at a criterion again, with a note. Every handed-in sheet reopens for it; a change needs a note of its own."""
    application = Application.objects.select_for_update(of=("self",)).select_related("round__edition").get(pk=application.pk)
    access.require(by, "assessment.screen", application)
    require_proof(proof, at)
    if application.state != ApplicationState.IN_REVIEW:
        raise Refusal(_("Criteria are reopened while the application is in assessment."), code="wrong-state")
    key = cell_key(criterion, dimension)
    if key not in [cell.key for cell in cells(edition_of(application), application.dimensions)]:
        raise Refusal(_("The edition of this round has no such criterion."), code="no-such-criterion", status=404)
    if not note.strip():
        message = _("Say what the panel wants to look at again.")
        raise Refusal(message, code="note-missing", fields={"note": message})
    standing = reopened_cells(application).get(key)
    if standing:
        return standing
    handed_in = list(
        application.assignments.select_for_update(of=("self",)).filter(state=AssignmentState.SUBMITTED).select_related("assessor")
    )
    others = application.assignments.filter(state=AssignmentState.REOPENED).exists()
    if not handed_in and not others:
        raise Refusal(_("No sheet has been handed in yet."), code="nothing-to-reopen")
    reopening = Reopening.objects.create(
        application=application, criterion=criterion, dimension=dimension, note=note.strip(), opened_at=at, opened_by=by
    )
    for sheet in handed_in:
        sheet.state = ASSIGNMENT.after("reopen", sheet.state)
        sheet.save(update_fields=["state"])
    record(
        by=by,
        did="assessment.reopen_criterion",
        about=application,
        at=at,
        proof=proof,
        why=reopening.note,
        after={"cell": key, "sheets": [sheet.pk for sheet in handed_in]},
    )
    letters.send(
        [sheet.assessor for sheet in handed_in],
        subject=lambda: _("The panel looks again: %(place)s") % {"place": application.place},
        body=lambda: (
            _("A criterion was reopened: %(note)s. Change your score with a note or leave it, and hand the sheet in again.")
            % {"note": reopening.note}
        ),
        page="assessment:assess",
        about=f"reopening:{reopening.pk}",
        at=at,
    )
    return reopening


@transaction.atomic
def ask(sheet: Assignment, field: str, question: str, *, by: User, at: datetime) -> Query:
    """An assessor asks for information on one field, once. The office bundles the questions into one return."""
    sheet = _locked(sheet)
    access.require(by, "assessment.score", sheet)
    if field not in every_key(edition_of(sheet.application), sheet.application.dimensions):
        raise Refusal(_("There is no such field."), code="no-such-field", status=404)
    standing = sheet.queries.filter(field=field).first()
    if standing:
        return standing
    if not question.strip():
        message = _("Write the question.")
        raise Refusal(message, code="question-missing", fields={"question": message})
    query = Query.objects.create(assignment=sheet, field=field, question=question.strip(), asked_at=at)
    record(by=by, did="assessment.ask", about=sheet, at=at, after={"field": field, "query": query.pk})
    return query


@transaction.atomic
def dismiss_query(query: Query, *, why: str = "", by: User, at: datetime) -> Query:
    """The office does not pass a question on."""
    sheet = _locked(query.assignment)
    access.require(by, "assessment.screen", sheet.application)
    query = Query.objects.select_for_update().get(pk=query.pk)
    if query.request_id or query.dismissed_at:
        return query
    query.dismissed_at = at
    query.save(update_fields=["dismissed_at"])
    record(by=by, did="assessment.dismiss_query", about=sheet, at=at, why=why, after={"query": query.pk})
    return query
