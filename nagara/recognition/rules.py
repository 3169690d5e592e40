"""Who may see the office's side of the register, propose, ask, appeal, hand over and sign. The public side is open."""

from typing import Any

from django.db.models import Q

from nagara.assessment.models import Application
from nagara.governance.models import Seat, SeatHolder
from nagara.governance.rules import seats_of
from nagara.people.models import User
from nagara.people.roles import EVERYWHERE, Role
from nagara.recognition.models import Appeal, Proposal, Recognition, RecognitionStep
from nagara.recognition.states import ProposalState
from nagara.toolkit import access
from nagara.toolkit.access import EVERYTHING, NOTHING


def _holds(user: Any, *roles: Role) -> bool:
    return isinstance(user, User) and any(user.holds(role) for role in roles)


def _own(user: Any, *leads: str) -> Q:
    """Rows about the areas whose officer `user` is; each lead is a path to the area."""
    areas = [int(ident) for ident in user.scopes(Role.CITY_OFFICER, "area") if ident.isdigit()] if isinstance(user, User) else []
    found = NOTHING
    for lead in leads:
        found |= Q(**{f"{lead}__in": areas})
    return found


@access.may("recognition.keep")
def keep(user: Any) -> bool:
    """The programme office keeps the register: proposes steps, checks progress, notes the handing over."""
    return _holds(user, Role.OFFICE)


@access.may("recognition.oversee")
def oversee(user: Any) -> bool:
    """The office's register of every recognition, its proposals and appeals."""
    return _holds(user, Role.OFFICE, Role.SECRETARY, Role.AUDITOR)


@access.rows("recognition.view", Recognition)
def view(user: Any) -> Q:
    return EVERYTHING if oversee(user) else _own(user, "area")


@access.rows("recognition.view_proposal", Proposal)
def view_proposal(user: Any) -> Q:
    return EVERYTHING if oversee(user) else _own(user, "area")


@access.rows("recognition.view_appeal", Appeal)
def view_appeal(user: Any) -> Q:
    return EVERYTHING if oversee(user) else _own(user, "recognition__area", "application__area")


@access.rows("recognition.ask", Recognition)
def ask(user: Any) -> Q:
    """An area's officers ask for its renewal."""
    return _own(user, "area")


@access.rows("recognition.answer", Proposal)
def answer(user: Any) -> Q:
    """What an area asked for may be completed or taken back by its officers; what the office proposed, by the office."""
    own = _own(user, "area") & Q(state__in=[ProposalState.ASKED, ProposalState.RETURNED])
    return EVERYTHING if keep(user) else own


@access.rows("recognition.appeal", Recognition)
def appeal(user: Any) -> Q:
    """An area's officers appeal on behalf of its organisation."""
    return _own(user, "area")


@access.rows("recognition.appeal_application", Application)
def appeal_application(user: Any) -> Q:
    """Likewise against a decision not to award."""
    return _own(user, "area")


@access.rows("recognition.withdraw_appeal", Appeal)
def withdraw_appeal(user: Any) -> Q:
    return Q(outcome=Appeal.Outcome.PENDING) & _own(user, "recognition__area", "application__area")


def _chaired(user: User) -> list[int]:
    """The bodies that `user` chairs today."""
    return [row.body for row in seats_of(user) if row.part == Seat.Part.CHAIR and row.capacity == SeatHolder.Capacity.HOLDER]


@access.rows("recognition.sign", RecognitionStep)
def sign(user: Any) -> Q:
    """Certificates are signed by the chair or the secretary of the body that decided, or by the programme office."""
    if not isinstance(user, User):
        return NOTHING
    if _holds(user, Role.OFFICE) or user.holds(Role.SECRETARY, EVERYWHERE):
        return EVERYTHING
    bodies = [int(ident) for ident in user.scopes(Role.SECRETARY, "body") if ident.isdigit()] + _chaired(user)
    return Q(resolution__item__meeting__body__in=bodies) if bodies else NOTHING
