"""A meeting from its plan to its close. What was planned and what was held are both kept."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from nagara.audit.record import key, record
from nagara.governance.actions.agenda import put_on_agenda, renumber_items
from nagara.governance.actions.demands import require_reason, require_state, time_words
from nagara.governance.actions.lock import locked
from nagara.governance.business import adoption_title
from nagara.governance.models import AgendaItem, Body, Heading, Meeting, SeatHolder
from nagara.governance.queries import minutes_to_adopt, open_assignments
from nagara.governance.room import day_of, meeting_day, rule_on
from nagara.governance.states import MEETING, ItemState, MeetingState
from nagara.notices.outbox import withdraw
from nagara.people.actions import tell
from nagara.people.models import Person, User
from nagara.toolkit import access
from nagara.toolkit.days import from_buddhist, to_buddhist
from nagara.toolkit.periods import holds_on
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, in_each, text

PLAN = ("planned_from", "planned_until", "planned_place", "planned_link", "on_site", "online")


@transaction.atomic
def plan_meeting(
    body: Body,
    *,
    planned_from: datetime,
    by: User,
    at: datetime,
    planned_until: datetime | None = None,
    place: Texts | None = None,
    link: str = "",
    on_site: bool = True,
    online: bool = False,
    invented: bool = False,
) -> Meeting:
    """Plan the next meeting of a body. It gets the next number of its year and the body's agenda, with what is left from before."""
    body = locked(body)
    access.require(by, "governance.plan", body)
    _require_order(planned_from, planned_until)
    same = body.meetings.filter(state=MeetingState.PLANNED, planned_from=planned_from).first()
    if same is not None:  # pressed twice
        return same
    year = day_of(planned_from).year
    last = body.meetings.filter(year=year).aggregate(last=Max("number"))["last"] or 0
    rule = rule_on(body, day_of(planned_from))
    meeting = Meeting(
        body=body,
        number=last + 1,
        year=year,
        planned_from=planned_from,
        planned_until=planned_until,
        planned_place=place or {},
        planned_link=link,
        on_site=on_site,
        online=online,
        invented=invented,
    )
    if rule is not None:
        meeting.headings = rule.headings
    meeting.save()
    record(
        by=by,
        did="governance.plan_meeting",
        about=meeting,
        at=at,
        on_behalf_of=body,
        after={"reference": meeting.reference, **_plan(meeting)},
    )
    _fill_agenda(meeting, by, at)
    return meeting


def _fill_agenda(meeting: Meeting, by: User, at: datetime) -> None:
    """What is left from the meetings before: minutes to adopt, assignments that are open, items that were not reached."""
    if Heading.ADOPT_MINUTES in meeting.headings:
        for before in minutes_to_adopt(meeting.body):
            matters = [("governance.minutes", str(before.pk))]
            put_on_agenda(meeting, Heading.ADOPT_MINUTES, adoption_title(before), matters=matters, minutes_of=before, by=by, at=at)
    if Heading.MATTERS_ARISING in meeting.headings:
        for resolution in open_assignments(meeting.body):
            put_on_agenda(
                meeting,
                Heading.MATTERS_ARISING,
                resolution.item.title,
                matters=[("governance.follow_up", str(resolution.pk))],
                arising_from=resolution,
                by=by,
                at=at,
            )
    left = AgendaItem.objects.filter(meeting__body=meeting.body, state=ItemState.CARRIED_OVER, carried_to__isnull=True)
    for item in left.order_by("meeting__held_on", "position", "pk").prefetch_related("matters"):
        kind = item.kind if item.kind in meeting.headings else Heading.OTHER
        matters = [(row.kind, row.ref) for row in item.matters.all()]
        put_on_agenda(meeting, kind, item.title, matters=matters, paper=item.paper, carried_from=item, by=by, at=at)


def _plan(meeting: Meeting) -> dict[str, Any]:
    return {name: getattr(meeting, name) for name in PLAN}


@transaction.atomic
def replan(
    meeting: Meeting,
    *,
    planned_from: datetime,
    by: User,
    at: datetime,
    planned_until: datetime | None = None,
    place: Texts | None = None,
    link: str = "",
    on_site: bool = True,
    online: bool = False,
) -> Meeting:
    """Change time or place of a meeting that does not sit yet. Whoever was called is told."""
    meeting = locked(meeting)
    access.require(by, "governance.keep", meeting)
    require_state(meeting, MeetingState.PLANNED, MeetingState.CALLED)
    _require_order(planned_from, planned_until)
    before = _plan(meeting)
    meeting.planned_from, meeting.planned_until = planned_from, planned_until
    meeting.planned_place, meeting.planned_link = place or {}, link
    meeting.on_site, meeting.online = on_site, online
    if _plan(meeting) == before:
        return meeting
    meeting.save(update_fields=list(PLAN))
    record(by=by, did="governance.replan", about=meeting, at=at, on_behalf_of=meeting.body, before=before, after=_plan(meeting))
    if meeting.state == MeetingState.CALLED:
        _tell(
            meeting,
            at,
            in_each(lambda: _("Changed: meeting %(reference)s of the %(body)s") % {"reference": meeting.reference, "body": meeting.body}),
        )
    return meeting


@transaction.atomic
def renumber(meeting: Meeting, *, number: int, why: str, by: User, at: datetime, year: int | None = None) -> Meeting:
    """Give a planned meeting another number; `year` is of the Common Era. Not once it is called: the number stands on the papers."""
    body = locked(meeting.body)
    meeting = locked(meeting)
    access.require(by, "governance.keep", meeting)
    require_state(meeting, MeetingState.PLANNED)
    why = require_reason(why)
    year = year or meeting.year
    if (number, year) == (meeting.number, meeting.year):
        return meeting
    if body.meetings.filter(number=number, year=year).exists():
        words = _("The body has a meeting %(number)s/%(year)s already.") % {"number": number, "year": to_buddhist(year)}
        raise Refusal(words, code="number-taken", fields={"number": words})
    before = meeting.reference
    meeting.number, meeting.year = number, year
    meeting.save(update_fields=["number", "year"])
    after = {"reference": meeting.reference}
    record(by=by, did="governance.renumber", about=meeting, at=at, why=why, on_behalf_of=body, before={"reference": before}, after=after)
    return meeting


def read_year(year: int) -> int:
    """A year typed in either calendar, as a year of the Common Era."""
    return from_buddhist(year) if year >= 2400 else year


def notice_short_by(meeting: Meeting, at: datetime) -> int:
    """By how many days a call at `at` would come later than the body's rule wants."""
    if meeting.planned_from is None:
        return 0
    rule = rule_on(meeting.body, day_of(meeting.planned_from))
    wanted = rule.notice_days if rule is not None else 0
    return max(0, wanted - (day_of(meeting.planned_from) - day_of(at)).days)


@transaction.atomic
def call_meeting(meeting: Meeting, *, by: User, at: datetime, short_notice_why: str = "") -> Meeting:
    """Call the meeting: its number and the numbers of its items stand from now on, and holders and alternates are told."""
    meeting = locked(meeting)
    access.require(by, "governance.keep", meeting)
    if meeting.state == MeetingState.CALLED:  # pressed twice
        return meeting
    state = MEETING.after("call", meeting.state, labels=MeetingState.choices)
    if meeting.planned_from is None or not (meeting.planned_place or meeting.planned_link):
        raise Refusal(_("Say when and where the meeting is before you call it."), code="time-and-place-needed")
    if meeting.planned_from <= at:
        raise Refusal(_("The planned time has passed. Plan a new one before you call the meeting."), code="time-has-passed")
    short = notice_short_by(meeting, at)
    if short and not short_notice_why.strip():
        words = ngettext(
            "The notice is %(days)s day shorter than the body's rule wants. Say why it cannot wait.",
            "The notice is %(days)s days shorter than the body's rule wants. Say why it cannot wait.",
            short,
        ) % {"days": short}
        raise Refusal(words, code="short-notice", fields={"short_notice_why": words})
    renumber_items(meeting)
    meeting.state, meeting.called_at = state, at
    meeting.short_notice_why = short_notice_why.strip() if short else ""
    meeting.save(update_fields=["state", "called_at", "short_notice_why"])
    told = _tell(
        meeting, at, in_each(lambda: _("Meeting %(reference)s of the %(body)s") % {"reference": meeting.reference, "body": meeting.body})
    )
    record(
        by=by,
        did="governance.call_meeting",
        about=meeting,
        at=at,
        why=meeting.short_notice_why,
        on_behalf_of=meeting.body,
        after={"reference": meeting.reference, "told": told, "short_by": short},
    )
    return meeting


def _tell(meeting: Meeting, at: datetime, subject: Texts) -> int:
    """A notice to every holder and alternate of the day who has an account; answer how many."""
    body = in_each(lambda: _invitation(meeting))
    accounts = accounts_of(meeting)
    for account in accounts:
        tell(account, subject=subject, body=body, at=at, link=address_for(account, "governance:meeting", meeting.pk), about=key(meeting))
    return len(accounts)


def accounts_of(meeting: Meeting) -> list[User]:
    """The accounts of those who hold a seat, or may stand in, on the day of the meeting."""
    day = meeting_day(meeting)
    people = SeatHolder.objects.filter(holds_on(day), holds_on(day, "seat__"), seat__body=meeting.body_id).values("person")
    return list(User.objects.filter(person__in=people, is_active=True).order_by("pk"))


def address_for(account: User, name: str, *args: object) -> str:
    """The address of a page in the language of the account."""
    with override(account.language):
        return reverse(name, args=args)


def _invitation(meeting: Meeting) -> str:
    lines = [_("Time: %(time)s") % {"time": time_words(meeting.planned_from)}] if meeting.planned_from else []
    if meeting.planned_place:
        lines.append(_("Place: %(place)s") % {"place": text(meeting.planned_place)})
    if meeting.planned_link:
        lines.append(_("Online: %(link)s") % {"link": meeting.planned_link})
    lines.append(_("Agenda and papers:"))
    return "\n".join(lines)


@transaction.atomic
def open_meeting(
    meeting: Meeting,
    *,
    by: User,
    at: datetime,
    opened_at: datetime | None = None,
    place: Texts | None = None,
    on_site: bool | None = None,
    online: bool | None = None,
    chaired_by: Person | None = None,
) -> Meeting:
    """The chair opens the meeting. `opened_at` may be given afterwards; where it was held is kept beside where it was planned."""
    meeting = locked(meeting)
    access.require(by, "governance.keep", meeting)
    if meeting.state == MeetingState.SITTING:  # pressed twice
        return meeting
    state = MEETING.after("open", meeting.state, labels=MeetingState.choices)
    opened_at = opened_at or at
    if opened_at > at:
        words = _("This time has not come yet.")
        raise Refusal(words, code="not-yet", fields={"opened_at": words})
    meeting.state, meeting.opened_at, meeting.held_on = state, opened_at, day_of(opened_at)
    meeting.held_place = meeting.planned_place if place is None else place
    meeting.on_site = meeting.on_site if on_site is None else on_site
    meeting.online = meeting.online if online is None else online
    meeting.chaired_by = chaired_by
    fields = ["state", "opened_at", "held_on", "held_place", "on_site", "online", "chaired_by"]
    meeting.save(update_fields=fields)
    withdraw(about=key(meeting), at=at)
    after = {name: getattr(meeting, name) for name in fields if name != "chaired_by"}
    record(by=by, did="governance.open_meeting", about=meeting, at=at, on_behalf_of=meeting.body, after=after)
    return meeting


@transaction.atomic
def close_meeting(meeting: Meeting, *, by: User, at: datetime, closed_at: datetime | None = None) -> Meeting:
    """The chair closes the meeting: whoever is in goes with it, and what was not reached is carried over."""
    meeting = locked(meeting)
    access.require(by, "governance.keep", meeting)
    if meeting.state == MeetingState.HELD:  # pressed twice
        return meeting
    state = MEETING.after("close", meeting.state, labels=MeetingState.choices)
    closed_at = closed_at or at
    if meeting.opened_at is not None and not meeting.opened_at <= closed_at <= at:
        words = _("The meeting closes after it was opened, and not in the future.")
        raise Refusal(words, code="closes-at-no-time", fields={"closed_at": words})
    open_item = meeting.items.filter(state=ItemState.OPEN).first()
    if open_item is not None:
        raise Refusal(
            _("Item %(number)s is still before the meeting.") % {"number": open_item.number},
            next_step=_("Adopt its resolution, or close the item."),
            code="item-open",
        )
    later = meeting.attendance.filter(struck_out_at__isnull=True, at__gt=closed_at).order_by("-at").first()
    if later is not None:
        words = _("Somebody came or left later than that: %(time)s.") % {"time": time_words(later.at)}
        raise Refusal(words, code="attendance-later", fields={"closed_at": words})
    carried = list(meeting.items.filter(state=ItemState.LISTED).order_by("position", "pk"))
    for item in carried:
        item.state = ItemState.CARRIED_OVER
        item.save(update_fields=["state"])
    meeting.state, meeting.closed_at = state, closed_at
    meeting.save(update_fields=["state", "closed_at"])
    after = {"closed_at": closed_at, "carried_over": [item.number for item in carried]}
    record(by=by, did="governance.close_meeting", about=meeting, at=at, on_behalf_of=meeting.body, after=after)
    return meeting


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, why: str, by: User, at: datetime) -> Meeting:
    """The meeting will not be held. Its number stays taken, and whoever was called is told."""
    meeting = locked(meeting)
    access.require(by, "governance.keep", meeting)
    if meeting.state == MeetingState.CANCELLED:  # pressed twice
        return meeting
    called = meeting.state == MeetingState.CALLED
    state = MEETING.after("cancel", meeting.state, labels=MeetingState.choices)
    why = require_reason(why)
    meeting.state, meeting.cancelled_why = state, why.strip()
    meeting.save(update_fields=["state", "cancelled_why"])
    withdraw(about=key(meeting), at=at)
    if called:
        _tell(
            meeting,
            at,
            in_each(lambda: _("Cancelled: meeting %(reference)s of the %(body)s") % {"reference": meeting.reference, "body": meeting.body}),
        )
    record(by=by, did="governance.cancel_meeting", about=meeting, at=at, why=why, on_behalf_of=meeting.body, after={"state": state})
    return meeting


def _require_order(planned_from: datetime, planned_until: datetime | None) -> None:
    if planned_until is not None and planned_until <= planned_from:
        words = _("The end lies before the beginning.")
        raise Refusal(words, code="ends-too-early", fields={"planned_until": words})
    if planned_until is not None and planned_until - planned_from > timedelta(days=1):
        words = _("A meeting is planned within one day.")
        raise Refusal(words, code="longer-than-a-day", fields={"planned_until": words})
