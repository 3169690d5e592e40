"""The room at one instant: the seats of the day, who sits in them, who is recused, and what that comes to under the body's rule."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from nagara.governance import attendance
from nagara.governance.attendance import Event, Span
from nagara.governance.models import AttendanceEvent, Body, BodyRule, Meeting, Recusal, SeatHolder
from nagara.governance.quorum import Quorum, Rule, SeatOnDay, quorum
from nagara.people.models import Person
from nagara.toolkit.periods import holds_on


def day_of(at: datetime) -> date:
    """The day of an instant, in the zone of the programme."""
    return at.astimezone(settings.ZONE).date()


def meeting_day(meeting: Meeting) -> date:
    """The day whose seats and rule count: the day on which it was held, else the day planned."""
    if meeting.held_on:
        return meeting.held_on
    if meeting.planned_from is None:
        raise ValueError("the day of this meeting is not on record")
    return day_of(meeting.planned_from)


def rule_on(body: Body, day: date) -> BodyRule | None:
    """The body's rule in force on `day`."""
    return body.rules.filter(holds_on(day)).order_by("-since", "-pk").first()


def plain(rule: BodyRule) -> Rule:
    return Rule(
        share=Fraction(rule.numerator, rule.denominator),
        more_than=rule.more_than,
        recused_leave_base=rule.recused_leave_base,
        vacant_count=rule.vacant_count,
        online_counts=rule.online_counts,
    )


def quorum_words(rule: BodyRule) -> str:
    """The rule of the quorum in words: at least half of the seats that count."""
    share = Fraction(rule.numerator, rule.denominator)
    named = {
        Fraction(1, 2): _("half"),
        Fraction(2, 3): _("two thirds"),
        Fraction(1, 3): _("one third"),
        Fraction(3, 4): _("three quarters"),
    }
    if share == 1:
        return _("all seats that count")
    part = named.get(share, f"{share.numerator}/{share.denominator}")
    words = _("more than %(part)s of the seats that count") if rule.more_than else _("at least %(part)s of the seats that count")
    return words % {"part": part}


def rule_words(rule: BodyRule) -> list[str]:
    """Every sentence of the rule."""
    notice = ngettext("%(days)s day of notice", "%(days)s days of notice", rule.notice_days) % {"days": rule.notice_days}
    return [
        quorum_words(rule),
        _("a recused seat leaves the base") if rule.recused_leave_base else _("a recused seat stays in the base"),
        _("a vacant seat stays in the base") if rule.vacant_count else _("a vacant seat leaves the base"),
        _("online attendance counts") if rule.online_counts else _("online attendance does not count"),
        notice if rule.notice_days else pgettext("of a meeting", "no period of notice"),
    ]


def seats_on(body: Body, day: date, *, sitting: bool = True) -> list[Any]:
    """The seats of the body on `day`, each with `filled`: does anybody hold it, or may stand in?

    With `sitting` each also has its holder and those who may stand in on that day, the holder first.
    """
    holders = SeatHolder.objects.filter(holds_on(day))
    found = body.seats.filter(holds_on(day)).select_related("organisation").annotate(filled=Exists(holders.filter(seat=OuterRef("pk"))))
    if sitting:
        rows = holders.select_related("person").order_by("-capacity", "since", "pk")
        found = found.prefetch_related(Prefetch("holders", queryset=rows, to_attr="sitting"))
    return list(found.order_by("position", "pk"))


def holder_of(seat: Any) -> SeatHolder | None:
    return next((row for row in seat.sitting if row.capacity == SeatHolder.Capacity.HOLDER), None)


def alternates_of(seat: Any) -> list[SeatHolder]:
    return [row for row in seat.sitting if row.capacity == SeatHolder.Capacity.ALTERNATE]


def event_of(row: AttendanceEvent) -> Event:
    return Event(row.pk, row.at, row.kind, row.seat_id, row.person_id, row.capacity, row.online, row.struck_out_at is not None)


class How:
    """How a seat stands; the value is a class of the sheet."""

    ON_SITE, ONLINE, ABSENT, RECUSED = "on", "net", "out", "rec"
    LABELS = {
        ON_SITE: gettext_lazy("in the room"),
        ONLINE: gettext_lazy("online"),
        ABSENT: gettext_lazy("not in"),
        RECUSED: gettext_lazy("takes no part in this item"),
    }


@dataclass
class SeatNow:
    """One seat at the instant: who is in for it, since when, and whether it takes part in the item."""

    seat: Any
    span: Span | None
    event: AttendanceEvent | None = None
    """The entry with which the one who is in came."""
    recusal: Recusal | None = None

    @property
    def who(self) -> Person | None:
        return self.event.person if self.event is not None else None

    @property
    def holder(self) -> SeatHolder | None:
        """The holder of the day, where the room was read with its sitters."""
        return holder_of(self.seat)

    @property
    def how(self) -> str:
        if self.recusal is not None:
            return How.RECUSED
        if self.span is None:
            return How.ABSENT
        return How.ONLINE if self.span.online else How.ON_SITE

    @property
    def stands_in(self) -> bool:
        return self.span is not None and self.span.capacity == attendance.ALTERNATE


@dataclass
class Room:
    """Everything about one instant of a meeting, read at once."""

    meeting: Meeting
    at: datetime
    rule: BodyRule | None
    seats: list[SeatNow]
    guests: list[tuple[AttendanceEvent, Span]] = field(default_factory=list)
    quorum: Quorum | None = None

    def standing(self, how: str) -> list[SeatNow]:
        return [seat for seat in self.seats if seat.how == how and (seat.seat.counts or how != How.ABSENT)]

    @property
    def here(self) -> int:
        """Seats that count and have somebody in them."""
        return sum(one.seat.counts and one.span is not None for one in self.seats)

    @property
    def of(self) -> int:
        """Seats that count."""
        return sum(one.seat.counts for one in self.seats)

    @property
    def groups(self) -> list[tuple[str, str, list[SeatNow]]]:
        """(how, words, seats) for each way in which some seat stands."""
        return [(how, str(label), self.standing(how)) for how, label in How.LABELS.items() if self.standing(how)]


def room(meeting: Meeting, at: datetime, recusals: Sequence[Recusal] = (), *, sitting: bool = False) -> Room:
    """The room of `meeting` at the instant `at`; `recusals` are those of the item. Seats, rule and events: three queries.

    With `sitting`, one query more reads who may come for each seat.
    """
    day = meeting_day(meeting)
    rows = list(meeting.attendance.filter(struck_out_at__isnull=True).select_related("person").order_by("at", "pk"))
    # At the very instant of closing, who is in is still in.
    closed_at = meeting.closed_at if meeting.closed_at and at > meeting.closed_at else None
    inside = attendance.presence([event_of(row) for row in rows], at, closed_at)
    rule = rule_on(meeting.body, day)
    came = {(row.seat_id, row.person_id): row for row in reversed(rows) if row.kind == AttendanceEvent.Kind.JOIN}
    in_seat = {span.seat: span for span in inside if span.seat is not None}
    recused = {recusal.seat_id: recusal for recusal in recusals}
    seats = []
    for seat in seats_on(meeting.body, day, sitting=sitting):
        span = in_seat.get(seat.pk)
        seats.append(SeatNow(seat, span, came[span.seat, span.person] if span else None, recused.get(seat.pk)))
    guests = [(came[None, span.person], span) for span in inside if span.seat is None]
    found = None
    if rule is not None:
        chairs = [SeatOnDay(one.seat.pk, one.seat.counts, one.seat.filled) for one in seats]
        found = quorum(plain(rule), chairs, {seat: span.online for seat, span in in_seat.items()}, set(recused))
    return Room(meeting, at, rule, seats, guests, found)


def snapshot(room: Room) -> dict[str, Any]:
    """The quorum as it is kept with a resolution: figures, the rule, and the seats that took no part. Seats are named, not persons."""
    if room.rule is None or room.quorum is None:
        raise ValueError("a snapshot needs a rule")
    found, rule = room.quorum, room.rule
    return {
        "at": room.at.isoformat(),
        "seats": found.seats,
        "base": found.base,
        "needed": found.needed,
        "present": found.present,
        "on_site": found.on_site,
        "online": found.online,
        "online_counts": found.online_counts,
        "vacant": found.vacant,
        "recused": [
            {"seat": one.seat.pk, "title": one.seat.title, "reason": one.recusal.reason, "found": one.recusal.found}
            for one in room.seats
            if one.recusal is not None
        ],
        "rule": {
            "rule": rule.pk,
            "since": rule.since and rule.since.isoformat(),
            "numerator": rule.numerator,
            "denominator": rule.denominator,
            "more_than": rule.more_than,
            "recused_leave_base": rule.recused_leave_base,
            "vacant_count": rule.vacant_count,
        },
    }
