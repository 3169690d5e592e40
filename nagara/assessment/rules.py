"""Who may do what in an assessment. One row rule for a list, a page, an address, a search, an export and an action."""

from typing import Any

from django.db.models import Q

from nagara.assessment.conflicts import in_conflict
from nagara.assessment.models import Application, Appointment, Assignment, Declaration, Evidence, Round, TeamMember
from nagara.assessment.states import ApplicationState, AssignmentState
from nagara.people.models import Invitation
from nagara.people.roles import EVERYWHERE, Role
from nagara.toolkit import access
from nagara.toolkit.access import EVERYTHING, NOTHING

OPENED = (AssignmentState.OPEN, AssignmentState.SUBMITTED, AssignmentState.REOPENED)
"""Sheets whose dossier is open to their assessor: no conflict was declared or found."""


def _holds(user: Any, role: Role) -> bool:
    return bool(user.is_authenticated and user.holds(role))


def _rounds_of(user: Any, role: Role, prefix: str) -> Q:
    """Rows of the rounds in which `user` holds `role`: everywhere, in a programme, or in a single round."""
    if not _holds(user, role):
        return NOTHING
    if user.holds(role, EVERYWHERE):
        return EVERYTHING
    rounds = f"{prefix}__in" if prefix else "pk__in"
    lead = f"{prefix}__" if prefix else ""
    return Q(**{rounds: user.scopes(role, "round")}) | Q(**{f"{lead}edition__programme__in": user.scopes(role, "programme")})


# Rounds


@access.may("assessment.make_round")
def make_round(user: Any) -> bool:
    return _holds(user, Role.OFFICE)


@access.rows("assessment.run", Round)
def run(user: Any) -> Q:
    """The office runs the rounds of its programme."""
    return _rounds_of(user, Role.OFFICE, "")


# Applications: the team


@access.may("assessment.start")
def start(user: Any) -> bool:
    return _holds(user, Role.CITY_OFFICER)


def _team(user: Any, **more: Any) -> Q:
    """Applications of the teams that `user` is in now. A role that was ended ends this too."""
    if not _holds(user, Role.CITY_OFFICER):
        return NOTHING
    return Q(pk__in=TeamMember.objects.filter(user=user.pk, left_at__isnull=True, **more).values("application"))


@access.rows("assessment.write", Application)
def write(user: Any) -> Q:
    """Whoever is in the team writes; which fields are open depends on the state."""
    return _team(user)


@access.rows("assessment.lead", Application)
def lead(user: Any) -> Q:
    """The lead hands in, withdraws, and says who is in the team."""
    return _team(user, part=TeamMember.Part.LEAD)


@access.rows("assessment.join", Application)
def join(user: Any) -> Q:
    """Applications whose invitation `user` accepted and has not used yet."""
    if not _holds(user, Role.CITY_OFFICER):
        return NOTHING
    used = TeamMember.objects.filter(invitation__isnull=False).values("invitation")
    wanted = [f"application:{pk}" for pk in user.scopes(Role.CITY_OFFICER, "application")]
    if not wanted:
        return NOTHING
    accepted = Invitation.objects.filter(accepted_by=user.pk, scope__in=wanted).exclude(pk__in=used).values_list("scope", flat=True)
    return Q(pk__in=[scope.removeprefix("application:") for scope in accepted]) & ~_team(user)


@access.rows("assessment.see_team", Application)
def see_team(user: Any) -> Q:
    """The office helps a team whose lead is gone, draft or not; it reads no draft for that."""
    office = _rounds_of(user, Role.OFFICE, "round")
    return office if office == NOTHING else office & _not_recused(user)


# Applications: the office


def _not_recused(user: Any) -> Q:
    """The office's own people are kept from an application on which they declared, or were found in, a conflict of interest."""
    barred = Declaration.objects.filter(assessor=user.pk).exclude(finding=Declaration.Finding.NONE)
    mine = TeamMember.objects.filter(user=user.pk)
    return ~Q(pk__in=barred.values("application")) & ~Q(pk__in=mine.values("application"))


@access.rows("assessment.screen", Application)
def screen(user: Any) -> Q:
    """The office reads, screens and concludes what has been handed in."""
    office = _rounds_of(user, Role.OFFICE, "round")
    return office if office == NOTHING else office & _not_recused(user) & Q(submitted_at__isnull=False)


# Applications: the assessor


def _appointed(user: Any) -> Q:
    """Sheets of rounds in which `user` is an assessor: appointed, accepted, not ended, and the role still held."""
    mine = Appointment.objects.filter(assessor=user.pk, accepted_at__isnull=False, ended_at__isnull=True)
    return Q(assessor=user.pk, application__round__in=mine.values("round")) & _rounds_of(user, Role.ASSESSOR, "application__round")


def _sheets(user: Any, *states: str) -> Q:
    """The user's own sheets in these states, without those of applications that the user is tied to."""
    if not _holds(user, Role.ASSESSOR):
        return NOTHING
    tied = Application.objects.filter(in_conflict(user))
    return _appointed(user) & Q(state__in=states) & ~Q(application__in=tied)


@access.rows("assessment.answer_appointment", Appointment)
def answer_appointment(user: Any) -> Q:
    if not _holds(user, Role.ASSESSOR):
        return NOTHING
    return Q(assessor=user.pk, ended_at__isnull=True) & _rounds_of(user, Role.ASSESSOR, "round")


@access.rows("assessment.declare", Assignment)
def declare(user: Any) -> Q:
    """An assessor declares before the dossier opens; and may declare a conflict as long as the sheet counts.

    Sheets of applications that the user is tied to are among them: declaring is how the system recuses them.
    """
    if not _holds(user, Role.ASSESSOR):
        return NOTHING
    return _appointed(user) & Q(state__in=(AssignmentState.ASSIGNED, *OPENED))


@access.rows("assessment.assess", Assignment)
def assess(user: Any) -> Q:
    """The dossier and the own sheet: open once no conflict was declared, closed for good when one appears."""
    return _sheets(user, *OPENED)


@access.rows("assessment.score", Assignment)
def score(user: Any) -> Q:
    """Scores are written while the application is in assessment and the sheet is not handed in."""
    return _sheets(user, AssignmentState.OPEN, AssignmentState.REOPENED) & Q(application__state=ApplicationState.IN_REVIEW)


@access.rows("assessment.see_panel", Assignment)
def see_panel(user: Any) -> Q:
    """Other assessors' scores: only after the own sheet was handed in."""
    return _sheets(user, AssignmentState.SUBMITTED, AssignmentState.REOPENED)


# What several of them share


@access.rows("assessment.read", Application)
def read(user: Any) -> Q:
    """The dossier as pages: its team and the office. An assessor reads it beside the score sheet."""
    return _team(user) | screen(user)


@access.rows("assessment.see", Application)
def see(user: Any) -> Q:
    """One line of a list or a search: team, office, and assessors who are not in conflict."""
    office = _rounds_of(user, Role.OFFICE, "round")
    mine = Assignment.objects.filter(_sheets(user, AssignmentState.ASSIGNED, *OPENED))
    seen = _team(user) | Q(pk__in=mine.values("application"))
    return seen if office == NOTHING else seen | (office & _not_recused(user))


@access.rows("assessment.open_document", Evidence)
def open_document(user: Any) -> Q:
    """A document of an application: whoever reads the application. Assessors open what was handed in, beside their sheet."""
    return Q(application__in=Application.objects.filter(read(user)))
