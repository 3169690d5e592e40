"""Assessors are appointed, undertake confidentiality, are given applications, and declare their interests before one opens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nagara.assessment import conflicts, letters
from nagara.assessment.balance import Shares, share_out
from nagara.assessment.models import Application, Appointment, Assignment, Declaration, Round
from nagara.assessment.states import ASSIGNMENT, ApplicationState, AssignmentState
from nagara.audit.record import record
from nagara.people.models import User
from nagara.people.roles import EVERYWHERE, Role
from nagara.people.second_factor import Proof, require_proof
from nagara.toolkit import access
from nagara.toolkit.days import instant
from nagara.toolkit.digests import digest
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text

REMINDER = timedelta(days=3)
"""How long before scores are due an assessor is reminded."""

COUNTS = (AssignmentState.ASSIGNED, AssignmentState.OPEN, AssignmentState.SUBMITTED, AssignmentState.REOPENED)
"""Sheets that fill a place."""

CONFIDENTIALITY = gettext_lazy(
    "I keep what I read and how I score to myself, use it for this assessment alone, "
    "declare every conflict of interest before a dossier opens, and score by the evidence."
)
"""What an assessor undertakes where the round has no text of its own."""


def undertaking(round_: Round) -> str:
    """The text that an assessor of the round accepts."""
    return text(round_.confidentiality) or str(CONFIDENTIALITY)


def is_assessor(user: User, round_: Round) -> bool:
    """Does the account hold the role for this round, its programme or everywhere?"""
    if user.holds(Role.ASSESSOR, EVERYWHERE) or str(round_.pk) in user.scopes(Role.ASSESSOR, "round"):
        return True
    return round_.edition.programme in user.scopes(Role.ASSESSOR, "programme")


@transaction.atomic
def appoint(round_: Round, assessor: User, *, most: int = 10, by: User, at: datetime, proof: Proof | None) -> Appointment:
    """Ask an assessor to act in a round, for at most so many applications. Appointing again opens an appointment that had ended."""
    access.require(by, "assessment.run", round_)
    require_proof(proof, at)
    if not is_assessor(assessor, round_):
        raise Refusal(
            _("This account is not an assessor."), next_step=_("Give it the role first, or invite the person."), code="no-assessor"
        )
    appointment, made = Appointment.objects.select_for_update().get_or_create(
        round=round_, assessor=assessor, defaults={"most": most, "appointed_at": at}
    )
    if not made and not (appointment.ended_at or appointment.declined_at):
        return appointment
    if not made:
        appointment.most, appointment.appointed_at = most, at
        appointment.accepted_at = appointment.declined_at = appointment.ended_at = None
        appointment.save(update_fields=["most", "appointed_at", "accepted_at", "declined_at", "ended_at"])
    record(
        by=by,
        did="assessment.appoint",
        about=appointment,
        at=at,
        proof=proof,
        after={"round": round_.pk, "user": assessor.pk, "most": most},
    )
    letters.send(
        [assessor],
        subject=lambda: _("You are asked to assess: %(round)s") % {"round": round_},
        body=lambda: _("The programme office asks you to be an assessor. Read the undertaking, then accept or decline."),
        page="assessment:appointment",
        args=[round_.slug],
        about=f"appointment:{appointment.pk}",
        at=at,
    )
    return appointment


@transaction.atomic
def accept_appointment(appointment: Appointment, *, by: User, at: datetime) -> Appointment:
    """The assessor accepts, and undertakes confidentiality. Once for the round."""
    appointment = Appointment.objects.select_for_update(of=("self",)).select_related("round__edition").get(pk=appointment.pk)
    access.require(by, "assessment.answer_appointment", appointment)
    if appointment.accepted_at:
        return appointment
    if appointment.declined_at:
        raise Refusal(_("You declined this appointment."), who=_("The programme office can ask you again."), code="declined")
    appointment.accepted_at = at
    appointment.save(update_fields=["accepted_at"])
    record(
        by=by,
        did="assessment.accept_appointment",
        about=appointment,
        at=at,
        after={"undertaking": digest(undertaking(appointment.round))},
    )
    letters.done(appointment, at=at)
    return appointment


@transaction.atomic
def decline_appointment(appointment: Appointment, *, why: str = "", by: User, at: datetime) -> Appointment:
    """The assessor declines. What was given to them becomes free."""
    appointment = Appointment.objects.select_for_update(of=("self",)).select_related("round__edition").get(pk=appointment.pk)
    access.require(by, "assessment.answer_appointment", appointment)
    if appointment.declined_at:
        return appointment
    if appointment.accepted_at:
        raise Refusal(_("You accepted this appointment."), who=_("The programme office can end it."), code="accepted")
    appointment.declined_at = at
    appointment.save(update_fields=["declined_at"])
    record(by=by, did="assessment.decline_appointment", about=appointment, at=at, why=why)
    _free(appointment, by=by, at=at)
    return appointment


@transaction.atomic
def end_appointment(appointment: Appointment, *, why: str, by: User, at: datetime, proof: Proof | None) -> Appointment:
    """The office ends an appointment: the assessor sees no dossier of the round any more. Sheets handed in still count."""
    access.require(by, "assessment.run", appointment.round)
    require_proof(proof, at)
    appointment = Appointment.objects.select_for_update().get(pk=appointment.pk)
    if appointment.ended_at:
        return appointment
    appointment.ended_at = at
    appointment.save(update_fields=["ended_at"])
    record(by=by, did="assessment.end_appointment", about=appointment, at=at, proof=proof, why=why)
    _free(appointment, by=by, at=at)
    return appointment


def _free(appointment: Appointment, *, by: User, at: datetime) -> None:
    """Sheets that were not handed in go back."""
    waiting = Assignment.objects.filter(
        application__round=appointment.round_id,
        assessor=appointment.assessor_id,
        state__in=[AssignmentState.ASSIGNED, AssignmentState.OPEN],
    )
    for sheet in waiting.select_for_update():
        _take_back(sheet, by=by, at=at)


def _take_back(sheet: Assignment, *, by: User, at: datetime, proof: Proof | None = None, why: str = "") -> Assignment:
    before = sheet.state
    sheet.state = ASSIGNMENT.after("withdraw", sheet.state, labels=AssignmentState.choices)
    sheet.save(update_fields=["state"])
    record(
        by=by,
        did="assessment.withdraw_assignment",
        about=sheet,
        at=at,
        proof=proof,
        why=why,
        before={"state": before},
        after={"state": sheet.state},
    )
    letters.done(sheet, at=at)
    return sheet


ASSIGNABLE = (ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW, ApplicationState.RETURNED)


@transaction.atomic
def assign(application: Application, assessor: User, *, by: User, at: datetime, proof: Proof | None, by_system: bool = False) -> Assignment:
    """Give an application to an assessor. Refused where the system finds a conflict of interest, or above the assessor's cap."""
    application = Application.objects.select_for_update(of=("self",)).select_related("round__edition").get(pk=application.pk)
    access.require(by, "assessment.screen", application)
    require_proof(proof, at)
    if application.state not in ASSIGNABLE:
        raise Refusal(_("Only an application that was handed in is given to assessors."), code="wrong-state")
    appointment = (
        Appointment.objects.select_for_update()
        .filter(round=application.round, assessor=assessor, ended_at__isnull=True, declined_at__isnull=True)
        .first()
    )
    if appointment is None or not is_assessor(assessor, application.round):
        raise Refusal(_("This person is not appointed in this round."), next_step=_("Appoint them first."), code="not-appointed")
    standing = application.assignments.filter(assessor=assessor).first()
    if standing and standing.state in COUNTS:
        return standing
    recused = application.declarations.filter(assessor=assessor).exclude(finding=Declaration.Finding.NONE).exists()
    if recused or (standing and standing.state == AssignmentState.RECUSED):
        raise Refusal(_("This assessor is recused from this application."), code="recused")
    if reason := conflicts.found(application, assessor):
        _declare(application, assessor, Declaration.Finding.FOUND, reason, at=at)
        record(by=by, did="assessment.find_conflict", about=application, at=at, after={"user": assessor.pk, "conflict": reason})
        return _sheet(application, assessor, standing, AssignmentState.RECUSED, by=by, at=at, proof=proof, by_system=by_system)
    held = Assignment.objects.filter(application__round=application.round, assessor=assessor, state__in=COUNTS).count()
    if held >= appointment.most:
        raise Refusal(_("This assessor has %(count)s applications already, the most that was agreed.") % {"count": held}, code="at-cap")
    sheet = _sheet(application, assessor, standing, AssignmentState.ASSIGNED, by=by, at=at, proof=proof, by_system=by_system)
    _tell_assessor(sheet, at=at)
    return sheet


def _sheet(
    application: Application,
    assessor: User,
    standing: Assignment | None,
    state: str,
    *,
    by: User,
    at: datetime,
    proof: Proof | None,
    by_system: bool,
) -> Assignment:
    """A new sheet; or the one that was taken back, given again."""
    if standing is None:
        sheet = Assignment.objects.create(application=application, assessor=assessor, state=state, by_system=by_system, assigned_at=at)
    else:
        sheet = standing
        sheet.state, sheet.by_system, sheet.assigned_at = state, by_system, at
        sheet.save(update_fields=["state", "by_system", "assigned_at"])
    record(
        by=by,
        did="assessment.assign",
        about=sheet,
        at=at,
        proof=proof,
        after={"application": application.pk, "user": assessor.pk, "by_system": by_system, "state": state},
    )
    return sheet


def _tell_assessor(sheet: Assignment, *, at: datetime) -> None:
    round_ = sheet.application.round
    letters.send(
        [sheet.assessor],
        subject=lambda: _("To be assessed: %(place)s") % {"place": sheet.application.place},
        body=lambda: _("An application was given to you. Declare first whether you have a conflict of interest; then the dossier opens."),
        page="assessment:declare",
        args=[sheet.pk],
        about=f"assignment:{sheet.pk}",
        at=at,
    )
    due = round_.assess_until
    if due and due - REMINDER > at:
        letters.send(
            [sheet.assessor],
            subject=lambda: _("Scores due %(when)s: %(place)s") % {"when": instant(due, round_.zone), "place": sheet.application.place},
            body=lambda: _("Your sheet for this application has not been handed in yet."),
            page="assessment:assess",
            about=letters.reminder(sheet),
            at=at,
            due_at=due - REMINDER,
        )


@dataclass(frozen=True)
class Plan:
    """What the system would give to whom, before anybody decides."""

    shares: Shares
    applications: dict[int, Application]
    assessors: dict[int, User]


def plan_of(round_: Round, *, seed: int) -> Plan:
    """The balanced shares of what is open in a round; the same seed and the same facts give the same plan."""
    applications = {
        row.pk: row for row in round_.applications.filter(state__in=ASSIGNABLE).select_related("area", "city", "round__edition")
    }
    appointments = list(
        round_.appointments.filter(accepted_at__isnull=False, ended_at__isnull=True).select_related("assessor__person").order_by("pk")
    )
    assessors = {row.assessor_id: row.assessor for row in appointments if is_assessor(row.assessor, round_)}
    barred = conflicts.pairs_in(round_, assessors.values())
    declared = Declaration.objects.filter(application__round=round_).exclude(finding=Declaration.Finding.NONE)
    barred |= set(declared.values_list("application", "assessor"))
    sheets = Assignment.objects.filter(application__round=round_)
    standing = set(sheets.filter(state__in=COUNTS).values_list("application", "assessor"))
    barred |= set(sheets.filter(state=AssignmentState.RECUSED).values_list("application", "assessor"))
    shares = share_out(
        list(applications),
        {row.assessor_id: row.most for row in appointments if row.assessor_id in assessors},
        each=round_.assessors_each,
        conflicts=barred - standing,
        standing=standing,
        seed=seed,
    )
    return Plan(shares, applications, assessors)


@transaction.atomic
def assign_balanced(round_: Round, *, seed: int, by: User, at: datetime, proof: Proof | None) -> Plan:
    """Give out what the plan says. The seed stands in the record, so that the lot can be drawn again."""
    round_ = Round.objects.select_for_update(of=("self",)).select_related("edition").get(pk=round_.pk)
    access.require(by, "assessment.run", round_)
    require_proof(proof, at)
    plan = plan_of(round_, seed=seed)
    for application, assessor in plan.shares.pairs:
        assign(plan.applications[application], plan.assessors[assessor], by=by, at=at, proof=proof, by_system=True)
    record(
        by=by,
        did="assessment.assign_balanced",
        about=round_,
        at=at,
        proof=proof,
        after={"seed": seed, "given": len(plan.shares.pairs), "unfilled": [entry.application for entry in plan.shares.unfilled]},
    )
    return plan


@transaction.atomic
def withdraw_assignment(sheet: Assignment, *, why: str = "", by: User, at: datetime, proof: Proof | None) -> Assignment:
    """Take a sheet back that was not handed in."""
    sheet = Assignment.objects.select_for_update(of=("self",)).select_related("application__round__edition").get(pk=sheet.pk)
    access.require(by, "assessment.screen", sheet.application)
    require_proof(proof, at)
    return _take_back(sheet, by=by, at=at, proof=proof, why=why)


def _declare(application: Application, assessor: User, finding: str, reason: str, *, at: datetime) -> Declaration:
    return Declaration.objects.create(application=application, assessor=assessor, finding=finding, reason=reason, made_at=at)


@transaction.atomic
def declare(sheet: Assignment, *, conflict: bool, reason: str = "", by: User, at: datetime) -> Declaration:
    """Before a dossier opens, its assessor says whether there is a conflict of interest. What the system finds comes first.

    An assessor who discovers a conflict later declares it then: the sheet closes and leaves the average.
    """
    sheet = Assignment.objects.select_for_update(of=("self",)).select_related("application__round__edition", "assessor").get(pk=sheet.pk)
    access.require(by, "assessment.declare", sheet)
    if found := conflicts.found(sheet.application, by):
        return _recuse(sheet, Declaration.Finding.FOUND, found, by=by, at=at)
    if conflict:
        if not reason.strip():
            message = _("Say in a few words what ties you to the applicant.")
            raise Refusal(message, code="reason-missing", fields={"reason": message})
        return _recuse(sheet, Declaration.Finding.DECLARED, reason.strip(), by=by, at=at)
    standing = sheet.application.declarations.filter(assessor=by, finding=Declaration.Finding.NONE).first()
    if sheet.state != AssignmentState.ASSIGNED and standing:
        return standing
    before = sheet.state
    sheet.state = ASSIGNMENT.after("declare_none", sheet.state, labels=AssignmentState.choices)
    sheet.save(update_fields=["state"])
    declaration = _declare(sheet.application, by, Declaration.Finding.NONE, "", at=at)
    record(
        by=by,
        did="assessment.declare",
        about=sheet,
        at=at,
        before={"state": before},
        after={"state": sheet.state, "finding": declaration.finding},
    )
    return declaration


def _recuse(sheet: Assignment, finding: str, reason: str, *, by: User, at: datetime) -> Declaration:
    before = sheet.state
    sheet.state = ASSIGNMENT.after("declare_conflict", sheet.state, labels=AssignmentState.choices)
    sheet.save(update_fields=["state"])
    declaration = _declare(sheet.application, sheet.assessor, finding, reason, at=at)
    record(
        by=by,
        did="assessment.declare",
        about=sheet,
        at=at,
        before={"state": before},
        after={"state": sheet.state, "finding": finding, **({"conflict": reason} if finding == Declaration.Finding.FOUND else {})},
    )
    letters.done(sheet, at=at)
    return declaration


@transaction.atomic
def recuse_found(application: Application, *, by: User, at: datetime) -> list[Assignment]:
    """Recuse every assessor of an application whom the system finds tied to it now: a team grows, people change their posts."""
    recused = []
    rows = application.assignments.select_for_update(of=("self",)).filter(state__in=COUNTS)
    sheets = list(rows.select_related("assessor__person", "application"))
    found = conflicts.found_among(application, [sheet.assessor for sheet in sheets])
    for sheet in sheets:
        if reason := found.get(sheet.assessor_id):
            _recuse(sheet, Declaration.Finding.FOUND, reason, by=by, at=at)
            recused.append(sheet)
    return recused
