"""Who may see and keep the business of which body. Secretaries by their role, members by the seat that they hold today.

An alternate stands in: not before or after the period of standing in, and not while the holder sits in the meeting.
"""

from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from nagara.governance.models import AgendaItem, AttendanceEvent, Body, Meeting, Seat, SeatHolder
from nagara.governance.states import ItemState, MeetingState
from nagara.people.models import User
from nagara.people.roles import EVERYWHERE, Role
from nagara.toolkit import access
from nagara.toolkit.access import EVERYTHING, NOTHING
from nagara.toolkit.periods import holds_on


class MySeat(NamedTuple):
    """A seat that somebody holds, or stands in for, today."""

    seat: int
    body: int
    part: str
    capacity: str


def seats_of(user: Any) -> list[MySeat]:
    """The seats of `user` today (read once for each loaded account)."""
    if not isinstance(user, User) or user.person_id is None or not user.is_active:
        return []
    if not hasattr(user, "_seats_today"):
        day = timezone.localdate()
        rows = SeatHolder.objects.filter(holds_on(day), holds_on(day, "seat__"), person=user.person_id).order_by("pk")
        found = [MySeat(*row) for row in rows.values_list("seat", "seat__body", "seat__part", "capacity")]
        user._seats_today = found  # type: ignore[attr-defined]
    return list(user._seats_today)  # type: ignore[attr-defined]


def _holds(user: Any, *roles: Role) -> bool:
    return isinstance(user, User) and any(user.holds(role) for role in roles)


def _kept(user: Any, lead: str) -> Q:
    """Rows of the bodies whose secretary `user` is; `lead` is the path to the body."""
    if not isinstance(user, User):
        return NOTHING
    if user.holds(Role.SECRETARY, EVERYWHERE):
        return EVERYTHING
    return Q(**{f"{lead}__in": [int(ident) for ident in user.scopes(Role.SECRETARY, "body") if ident.isdigit()]})


def _either(*rules: Q) -> Q:
    """What any of `rules` lets through. An empty `Q` is everything, and Django would drop it from an "or"."""
    found = NOTHING
    for rule in rules:
        if not rule:
            return EVERYTHING
        found |= rule
    return found


def _where_holder_sits(seat: int) -> QuerySet[Any, Any]:
    """Meetings that sit now, with the holder of `seat` in them."""
    of_holder = AttendanceEvent.objects.filter(
        seat=seat, capacity=SeatHolder.Capacity.HOLDER, struck_out_at__isnull=True, meeting__state=MeetingState.SITTING
    )
    newest = of_holder.filter(meeting=OuterRef("meeting")).order_by("-at", "-pk").values("pk")[:1]
    return of_holder.filter(kind=AttendanceEvent.Kind.JOIN, pk=Subquery(newest)).values("meeting")


def _seated(user: Any, *parts: str) -> Q:
    """Meetings of the bodies in which `user` has a seat, from the day they are called."""
    found = NOTHING
    for mine in seats_of(user):
        if parts and mine.part not in parts:
            continue
        of_body = Q(body=mine.body) & ~Q(state=MeetingState.PLANNED)
        if mine.capacity == SeatHolder.Capacity.ALTERNATE:
            of_body &= ~Q(pk__in=_where_holder_sits(mine.seat))
        found |= of_body
    return found


@access.rows("governance.view_body", Body)
def view_body(user: Any) -> Q:
    """The office and the auditor see every body; secretaries and members their own."""
    if _holds(user, Role.OFFICE, Role.AUDITOR):
        return EVERYTHING
    return _either(_kept(user, "pk"), Q(pk__in=[mine.body for mine in seats_of(user)]))


@access.rows("governance.view", Meeting)
def view(user: Any) -> Q:
    """Meetings with their agenda and papers: office, auditor, the body's secretary; members once the meeting is called."""
    if _holds(user, Role.OFFICE, Role.AUDITOR):
        return EVERYTHING
    return _either(_kept(user, "body"), _seated(user))


@access.rows("governance.view_item", AgendaItem)
def view_item(user: Any) -> Q:
    """As the meeting; but whoever is recused from an item does not see its papers and its draft before it is resolved."""
    if _holds(user, Role.OFFICE, Role.AUDITOR):
        return EVERYTHING
    mine = [seat.seat for seat in seats_of(user)]
    recused = Q(pk__in=AgendaItem.objects.filter(recusals__seat__in=mine, recusals__withdrawn_at__isnull=True).values("pk"))
    hidden = recused & ~Q(state=ItemState.RESOLVED)
    seated = Q(meeting__in=Meeting.objects.filter(_seated(user)).values("pk")) & ~hidden
    return _either(_kept(user, "meeting__body"), seated)


@access.may("governance.establish")
def establish(user: Any) -> bool:
    """The programme office enters a body that has been set up."""
    return _holds(user, Role.OFFICE)


@access.rows("governance.seats", Body)
def seats(user: Any) -> Q:
    """Seats, their holders and the body's rules are kept by its secretary and by the office."""
    return EVERYTHING if _holds(user, Role.OFFICE) else _kept(user, "pk")


@access.rows("governance.plan", Body)
def plan(user: Any) -> Q:
    """A meeting is planned by the body's secretary."""
    return _kept(user, "pk")


@access.rows("governance.prepare", Meeting)
def prepare(user: Any) -> Q:
    """The office puts the programme's business on an agenda; the secretary arranges it."""
    return EVERYTHING if _holds(user, Role.OFFICE) else _kept(user, "body")


@access.rows("governance.keep", Meeting)
def keep(user: Any) -> Q:
    """Calling, attendance, drafts of resolutions and minutes are the secretary's alone."""
    return _kept(user, "body")


@access.rows("governance.adopt", Meeting)
def adopt(user: Any) -> Q:
    """A resolution is adopted by the body's secretary, or by its chair."""
    return _either(_kept(user, "body"), _seated(user, Seat.Part.CHAIR))


@access.rows("governance.declare", Seat)
def declare(user: Any) -> Q:
    """A conflict is declared by whoever sits in the seat, or noted by the body's secretary."""
    return _either(_kept(user, "body"), Q(pk__in=[mine.seat for mine in seats_of(user)]))


@access.rows("governance.propose_correction", Meeting)
def propose_correction(user: Any) -> Q:
    """Members ask for corrections of minutes; the secretary notes those that come on paper."""
    return _either(_kept(user, "body"), _seated(user))


@access.may("governance.record")
def record(user: Any) -> bool:
    """The office enters meetings of the public record."""
    return _holds(user, Role.OFFICE)
