"""What of the meetings waits for somebody: the secretary's next step, a member's next meeting, minutes to read, what is overdue."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.governance.models import AgendaItem, BodyRule, Meeting, Minutes, MinutesCorrection, Resolution
from nagara.governance.room import day_of
from nagara.governance.rules import seats_of
from nagara.governance.states import CorrectionState, ItemState, MeetingState, MinutesState
from nagara.people.models import User
from nagara.toolkit import access
from nagara.toolkit.periods import holds_on
from nagara.toolkit.tasks import Task

LIVE = (MeetingState.PLANNED, MeetingState.CALLED, MeetingState.SITTING, MeetingState.HELD)


def tasks(user: User, at: datetime) -> list[Task]:
    """Seven queries, whatever the number of meetings."""
    bodies = access.visible(user, "governance.plan").values("pk")
    seated = {row.body for row in seats_of(user)}
    if not seated and not user.is_authenticated:
        return []
    found = [*_of_meetings(user, at, bodies, seated)]
    return [*found, *_overdue(bodies, day_of(at))]


def _of_meetings(user: User, at: datetime, bodies: Any, seated: set[int]) -> Iterator[Task]:
    waiting = MinutesCorrection.objects.filter(state=CorrectionState.PROPOSED, minutes__meeting=OuterRef("pk"))
    rights = {f"may_{rule}": Exists(access.visible(user, f"governance.{rule}").filter(pk=OuterRef("pk"))) for rule in ("keep", "adopt")}
    meetings = (
        access.visible(user, "governance.view")
        .filter(Q(body__in=bodies) | Q(body__in=seated), state__in=LIVE, on_record_only=False)
        .annotate(corrections_wait=Exists(waiting), **rights)
        .select_related("body")
        .prefetch_related(
            Prefetch("minutes", Minutes.objects.exclude(state=MinutesState.SUPERSEDED), "living"),
            Prefetch("items", AgendaItem.objects.filter(state=ItemState.OPEN), "open_items"),
            Prefetch("body__rules", BodyRule.objects.filter(holds_on(day_of(at))), "rules_now"),
        )
        .order_by("planned_from", "pk")
    )
    for meeting in meetings:
        yield from _of_secretary(meeting) if meeting.may_keep else _of_member(meeting)
        if meeting.may_adopt and not meeting.may_keep:
            yield from _of_chair(meeting)


def _named(meeting: Meeting) -> dict[str, str]:
    return {"reference": meeting.reference, "body": str(meeting.body)}


def _task(meeting: Meeting, title: str, page: str = "meeting", due: datetime | None = None, note: str = "", *, mine: bool = True) -> Task:
    return Task(
        title=title,
        url=reverse(f"governance:{page}", args=[meeting.pk]),
        state=meeting.state,
        state_label=meeting.get_state_display(),
        due=due,
        note=note,
        mine=mine,
    )


def _of_secretary(meeting: Any) -> Iterator[Task]:
    named = _named(meeting)
    if meeting.state == MeetingState.PLANNED:
        days = next((rule.notice_days for rule in meeting.body.rules_now), 0)
        due = meeting.planned_from - timedelta(days=days) if meeting.planned_from else None
        yield _task(meeting, _("Call meeting %(reference)s of the %(body)s") % named, due=due)
    elif meeting.state == MeetingState.CALLED:
        yield _task(meeting, _("Prepare and open meeting %(reference)s of the %(body)s") % named, due=meeting.planned_from)
    elif meeting.state == MeetingState.SITTING:
        yield _task(meeting, _("Meeting %(reference)s of the %(body)s sits") % named, due=meeting.planned_until)
    elif meeting.state == MeetingState.HELD:
        yield from _of_minutes(meeting, named)


def _of_minutes(meeting: Any, named: dict[str, str]) -> Iterator[Task]:
    minutes = next(iter(meeting.living), None)
    if meeting.corrections_wait:
        yield _task(
            meeting, _("Take or decline the corrections of the minutes of meeting %(reference)s of the %(body)s") % named, "minutes"
        )
    elif minutes is None or minutes.state == MinutesState.DRAFT:
        yield _task(meeting, _("Circulate the minutes of meeting %(reference)s of the %(body)s") % named, "minutes")
    else:
        words = _("The minutes of meeting %(reference)s of the %(body)s are being read") % named
        yield _task(meeting, words, "minutes", _end_of(minutes.corrections_until), mine=False)


def _of_member(meeting: Any) -> Iterator[Task]:
    named = _named(meeting)
    if meeting.state == MeetingState.CALLED:
        yield _task(meeting, _("Attend meeting %(reference)s of the %(body)s") % named, due=meeting.planned_from)
    elif meeting.state == MeetingState.SITTING:
        yield _task(meeting, _("Meeting %(reference)s of the %(body)s sits") % named, due=meeting.planned_until)
    elif meeting.state == MeetingState.HELD:
        minutes = next(iter(meeting.living), None)
        if minutes is not None and minutes.state == MinutesState.CIRCULATED and minutes.corrections_until:
            words = _("Read the minutes of meeting %(reference)s of the %(body)s, ask for corrections") % named
            yield _task(meeting, words, "minutes", _end_of(minutes.corrections_until))


def _of_chair(meeting: Any) -> Iterator[Task]:
    for item in meeting.open_items:
        words = _("Decide on item %(number)s of meeting %(reference)s of the %(body)s") % {**_named(meeting), "number": item.number}
        url = reverse("governance:brief", args=[meeting.pk, item.pk])
        yield Task(title=words, url=url, state=item.state, state_label=item.get_state_display(), due=meeting.planned_until)


def _end_of(day: date | None) -> datetime | None:
    return datetime.combine(day, time(23, 59), tzinfo=settings.ZONE) if day else None


def _overdue(bodies: Any, today: date) -> Iterator[Task]:
    """One line for each body whose assignments are past their day."""
    newer = Resolution.objects.filter(corrects=OuterRef("pk"), draft=False)
    late = Resolution.objects.filter(
        ~Exists(newer), draft=False, owner__isnull=False, done_on__isnull=True, due__lt=today, item__meeting__body__in=bodies
    )
    for row in late.order_by().values("item__meeting__body__code").annotate(count=Count("pk")).order_by("item__meeting__body__code"):
        count = row["count"]
        title = ngettext("%(count)s assignment is past its day", "%(count)s assignments are past their day", count) % {"count": count}
        yield Task(
            title=title,
            url=reverse("governance:follow_ups", args=[row["item__meeting__body__code"]]),
            state="returned",
            state_label=_("late"),
        )
