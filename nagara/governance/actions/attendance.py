"""Who came and left, entered as it happens or afterwards; who excused themselves; who takes no part in an item.

Nothing is deleted: a mistake is struck out with its reason, a recusal or an excuse is withdrawn.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.governance import attendance, matters
from nagara.governance.actions.bodies import seated_before
from nagara.governance.actions.demands import require_reason, require_state, time_words
from nagara.governance.actions.lock import locked
from nagara.governance.attendance import Event, Reason
from nagara.governance.models import Absence, AgendaItem, AttendanceEvent, Meeting, Recusal, Seat, SeatHolder
from nagara.governance.queries import matters_of
from nagara.governance.room import day_of, event_of, meeting_day
from nagara.governance.states import ItemState, MeetingState
from nagara.people.models import Person, User
from nagara.toolkit import access
from nagara.toolkit.periods import holds_on
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts

KEPT = (MeetingState.SITTING, MeetingState.HELD)
"""Attendance is entered while the meeting sits, and mended until its minutes are adopted."""


@transaction.atomic
def enter_attendance(
    meeting: Meeting,
    *,
    person: Person | None,
    kind: str,
    by: User,
    at: datetime,
    named: dict[str, Texts] | None = None,
    seat: Seat | None = None,
    when: datetime | None = None,
    online: bool = False,
    position_title: Texts | None = None,
) -> AttendanceEvent:
    """Somebody came (`join`) or left (`leave`) at `when`: for a seat, as its holder or alternate of the day, or as a participant.

    `named` holds the parts of the name (rank, given, family) of a participant who is not on record yet.
    """
    meeting = locked(meeting)
    access.require(by, "governance.keep", meeting)
    require_state(meeting, *KEPT)
    when = when or at
    _require_on_the_day(meeting, when, at)
    if person is None:
        person = _named_before(meeting, named or {}) or Person.objects.create(**(named or {}))
    capacity, title = "", position_title or {}
    if seat is not None:
        holding = _holding(meeting, seat, person)
        capacity, title = holding.capacity, title or holding.position_title
    rows = list(meeting.attendance.filter(struck_out_at__isnull=True))
    same = [
        row
        for row in rows
        if (row.at, row.kind, row.seat_id, row.person_id, row.online) == (when, kind, seat and seat.pk, person.pk, online)
    ]
    if same:  # pressed twice
        return same[0]
    newest = max((row.pk for row in rows), default=0) + 1
    _require_true(rows, Event(newest, when, kind, seat.pk if seat else None, person.pk, capacity, online))
    event = AttendanceEvent.objects.create(
        meeting=meeting,
        seat=seat,
        person=person,
        capacity=capacity,
        position_title=title,
        kind=kind,
        online=online,
        at=when,
        recorded_at=at,
        recorded_by=by.audit_key,
    )
    after = {"seat": seat and seat.pk, "person": person.pk, "capacity": capacity, "kind": kind, "online": online, "at": when}
    record(by=by, did="governance.enter_attendance", about=event, at=at, on_behalf_of=meeting, after=after)
    return event


def _named_before(meeting: Meeting, named: dict[str, Texts]) -> Person | None:
    """A participant of exactly this name who is in the record of the day: the same person, entered again."""
    same = Person.objects.filter(pk__in=meeting.attendance.filter(seat__isnull=True).values("person"))
    return same.filter(**{part: named.get(part) or {} for part in ("rank", "given", "family")}).order_by("pk").first()


def _require_on_the_day(meeting: Meeting, when: datetime, at: datetime) -> None:
    if when > at:
        words = _("This time has not come yet.")
    elif day_of(when) != meeting.held_on:
        words = _("The meeting was held on another day.")
    elif meeting.closed_at is not None and when > meeting.closed_at:
        words = _("The meeting was closed at that time: %(time)s.") % {"time": time_words(meeting.closed_at)}
    else:
        return
    raise Refusal(words, code="outside-the-meeting", fields={"when": words})


def _holding(meeting: Meeting, seat: Seat, person: Person) -> SeatHolder:
    """In which capacity `person` sits in `seat` on the day of the meeting."""
    day = meeting_day(meeting)
    if seat.body_id != meeting.body_id:
        raise Refusal(_("This seat is of another body."), code="seat-of-another-body")
    found = SeatHolder.objects.filter(holds_on(day), holds_on(day, "seat__"), seat=seat, person=person).order_by("-capacity", "pk").first()
    if found is None:
        raise Refusal(
            _("%(name)s neither holds this seat nor stands in for its holder on the day of the meeting.") % {"name": person},
            who=_("The secretary of the body, on the page of its seats"),
            next_step=_("Enter the person as alternate for this day, with the letter that says so."),
            code="not-of-this-seat",
        )
    return found


def _require_true(rows: Iterable[AttendanceEvent], new: Event) -> None:
    """Refuse what cannot be true beside the rest of the day: either the new event itself, or one that it would make untrue."""
    before = [event_of(row) for row in rows]
    known = {fault.key for fault in attendance.faults(before)}
    for fault in attendance.faults([*before, new]):
        if fault.key not in known:
            raise Refusal(_fault_words(fault.reason, fault.key == new.key), code=f"attendance-{fault.reason.replace('_', '-')}")


def _fault_words(reason: Reason, new: bool) -> str:
    if not new:
        return _("With this, a later entry of the day could not be true any more. Strike that one out first.")
    return {
        Reason.ALREADY_IN: _("This person is in already."),
        Reason.NOT_IN: _("This person is not in at that time."),
        Reason.HOLDER_IS_IN: _("The holder of the seat is in. An alternate sits only while the holder is away."),
        Reason.SEAT_IS_TAKEN: _("Somebody else sits in this seat at that time."),
        Reason.IN_ELSEWHERE: _("This person is in already, in another place."),
    }[reason]


@transaction.atomic
def stand_in(
    meeting: Meeting,
    seat: Seat,
    *,
    by: User,
    at: datetime,
    person: Person | None = None,
    named: dict[str, Texts] | None = None,
    when: datetime | None = None,
    online: bool = False,
    position_title: Texts | None = None,
) -> AttendanceEvent:
    """Somebody whom the agency sent for this day alone comes in: an alternate of the seat on the day of the meeting, and no longer."""
    meeting = locked(meeting)
    access.require(by, "governance.keep", meeting)
    require_state(meeting, *KEPT)
    day = meeting.held_on
    if day is None:
        raise ValueError("a meeting that sits has its day")
    if person is None:
        person = seated_before(seat, named or {}) or Person.objects.create(**(named or {}), organisation=seat.organisation)
    if not SeatHolder.objects.filter(holds_on(day), seat=seat, person=person).exists():
        holder = SeatHolder.objects.create(
            seat=seat,
            person=person,
            capacity=SeatHolder.Capacity.ALTERNATE,
            since=day,
            ended=day + timedelta(days=1),
            position_title=position_title or {},
        )
        after = {"seat": seat.pk, "person": person.pk, "capacity": holder.capacity, "since": holder.since, "ended": holder.ended}
        record(by=by, did="governance.seat_person", about=holder, at=at, on_behalf_of=meeting.body, after=after)
    return enter_attendance(
        meeting, person=person, kind=attendance.JOIN, seat=seat, when=when, online=online, position_title=position_title, by=by, at=at
    )


@transaction.atomic
def strike_out(event: AttendanceEvent, *, why: str, by: User, at: datetime) -> AttendanceEvent:
    """Strike out an entry that was a mistake. It stays readable, with who struck it out and why."""
    meeting = locked(event.meeting)
    event = locked(event)
    access.require(by, "governance.keep", meeting)
    require_state(meeting, *KEPT)
    if event.struck_out_at is not None:  # pressed twice
        return event
    event.struck_out_why = require_reason(why)
    event.struck_out_at, event.struck_out_by = at, by.audit_key
    event.save(update_fields=["struck_out_at", "struck_out_by", "struck_out_why"])
    record(by=by, did="governance.strike_out", about=event, at=at, why=why, on_behalf_of=meeting, after={"struck_out_at": at})
    return event


@transaction.atomic
def excuse(meeting: Meeting, seat: Seat, *, reason: str, by: User, at: datetime) -> Absence:
    """Note that a seat's holder will not come or did not come, with the reason if one was given."""
    meeting = locked(meeting)
    access.require(by, "governance.keep", meeting)
    require_state(meeting, MeetingState.PLANNED, MeetingState.CALLED, *KEPT)
    if seat.body_id != meeting.body_id:
        raise Refusal(_("This seat is of another body."), code="seat-of-another-body")
    before = meeting.absences.filter(seat=seat, withdrawn_at__isnull=True).first()
    if before is not None:
        if before.reason == reason.strip():
            return before
        before.withdrawn_at = at
        before.save(update_fields=["withdrawn_at"])
    absence = Absence.objects.create(meeting=meeting, seat=seat, reason=reason.strip(), recorded_at=at, recorded_by=by.audit_key)
    record(by=by, did="governance.excuse", about=absence, at=at, on_behalf_of=meeting, after={"seat": seat.pk})
    return absence


@transaction.atomic
def withdraw_excuse(absence: Absence, *, by: User, at: datetime) -> Absence:
    """They come after all."""
    meeting = locked(absence.meeting)
    absence = locked(absence)
    access.require(by, "governance.keep", meeting)
    require_state(meeting, MeetingState.PLANNED, MeetingState.CALLED, *KEPT)
    if absence.withdrawn_at is None:
        absence.withdrawn_at = at
        absence.save(update_fields=["withdrawn_at"])
        record(by=by, did="governance.withdraw_excuse", about=absence, at=at, on_behalf_of=meeting, before={"seat": absence.seat_id})
    return absence


# Recusals


@transaction.atomic
def recuse(item: AgendaItem, seat: Seat, *, reason: str, by: User, at: datetime) -> Recusal:
    """The seat takes no part in the item: declared by whoever sits in it, or noted by the secretary."""
    meeting = locked(item.meeting)
    item = locked(item)
    access.require(by, "governance.view", meeting)
    access.require(by, "governance.declare", seat)
    if seat.body_id != meeting.body_id:
        raise Refusal(_("This seat is of another body."), code="seat-of-another-body")
    _require_undecided(meeting, item)
    before = item.recusals.filter(seat=seat, withdrawn_at__isnull=True).first()
    if before is not None:  # pressed twice, or found by the system before
        return before
    return _recuse(item, seat, require_reason(reason, "reason"), found=False, by=by, at=at)


def _require_undecided(meeting: Meeting, item: AgendaItem) -> None:
    """Who takes part is settled when the item is."""
    require_state(meeting, MeetingState.CALLED, *KEPT)
    if item.state not in (ItemState.LISTED, ItemState.OPEN, ItemState.CLOSED):
        raise Refusal(
            _("Item %(number)s is “%(state)s” and stays as it is.") % {"number": item.number, "state": item.get_state_display()},
            code="item-settled",
        )


def _recuse(item: AgendaItem, seat: Seat, reason: str, *, found: bool, by: User, at: datetime) -> Recusal:
    recusal = Recusal.objects.create(item=item, seat=seat, reason=reason, found=found, declared_at=at, recorded_by=by.audit_key)
    record(by=by, did="governance.recuse", about=recusal, at=at, on_behalf_of=item.meeting, after={"seat": seat.pk, "found": found})
    return recusal


def conflicting_seats(item: AgendaItem) -> dict[int, str]:
    """The seats of the day that are tied to the item's business, by their organisation or their sitters', each with the reason."""
    tied: dict[int, str] = {}
    for kind, refs in matters_of(item).items():
        tied = {**matters.matter(kind).conflicts(refs), **tied}
    if not tied:
        return {}
    day = meeting_day(item.meeting)
    seats = Seat.objects.filter(holds_on(day), body=item.meeting.body_id)
    found = {seat.pk: tied[seat.organisation_id] for seat in seats.filter(organisation__in=tied).order_by("pk") if seat.organisation_id}
    sitters = (
        SeatHolder.objects.filter(holds_on(day), seat__in=seats, person__organisation__in=tied).select_related("person").order_by("pk")
    )
    for row in sitters:
        if row.person.organisation_id:
            found.setdefault(row.seat_id, tied[row.person.organisation_id])
    return found


def note_conflicts(item: AgendaItem, *, by: User, at: datetime) -> list[Recusal]:
    """Count out the seats that the system finds tied to the item. One that the secretary has let in again stays in."""
    known = set(item.recusals.values_list("seat", flat=True))
    wanted = {seat: reason for seat, reason in conflicting_seats(item).items() if seat not in known}
    seats = Seat.objects.in_bulk(wanted)
    return [_recuse(item, seats[seat], reason, found=True, by=by, at=at) for seat, reason in sorted(wanted.items())]


@transaction.atomic
def withdraw_recusal(recusal: Recusal, *, why: str, by: User, at: datetime) -> Recusal:
    """The chair has ruled that the seat takes part after all, and why."""
    meeting = locked(recusal.item.meeting)
    item = locked(recusal.item)
    recusal = locked(recusal)
    access.require(by, "governance.keep", meeting)
    _require_undecided(meeting, item)
    if recusal.withdrawn_at is not None:  # pressed twice
        return recusal
    recusal.withdrawn_why = require_reason(why)
    recusal.withdrawn_at = at
    recusal.save(update_fields=["withdrawn_at", "withdrawn_why"])
    record(by=by, did="governance.withdraw_recusal", about=recusal, at=at, why=why, on_behalf_of=meeting, before={"seat": recusal.seat_id})
    return recusal
