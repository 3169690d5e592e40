"""The body's own business, registered as matters like any programme's: minutes to adopt, assignments to follow up."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.governance.matters import register
from nagara.governance.models import AgendaItem, Body, Meeting, Minutes, MinutesCorrection, Resolution
from nagara.governance.queries import minutes_to_adopt, open_assignments
from nagara.governance.room import day_of
from nagara.governance.states import MEETING, MINUTES, CorrectionState, MeetingState, MinutesState, Verb
from nagara.people.models import User
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, in_each, text, texts


class AdoptionOfMinutes:
    """The minutes of an earlier meeting. `ref` is the meeting: what is adopted is the version that was circulated last."""

    kind = "governance.minutes"
    label = texts("รับรองรายงานการประชุม", "Adoption of minutes")

    def verbs(self, body: Body) -> Sequence[str]:
        return (Verb.APPROVE, Verb.DISAPPROVE, Verb.WITHDRAW)

    def waiting(self, body: Body) -> Sequence[str]:
        return [str(meeting.pk) for meeting in minutes_to_adopt(body)]

    def title(self, ref: str) -> Texts:
        return adoption_title(Meeting.objects.get(pk=ref))

    def annex(self, refs: Sequence[str]) -> list[dict[str, Any]]:
        return [_line_of_minutes(meeting) for meeting in Meeting.objects.filter(pk__in=refs).order_by("year", "number", "pk")]

    def effects(self, refs: Sequence[str], *, verb: str, body: Body, on: date) -> list[Texts]:
        if verb != Verb.APPROVE:
            return []
        return [_will_be_adopted(meeting) for meeting in Meeting.objects.filter(pk__in=refs).order_by("year", "number", "pk")]

    def conflicts(self, refs: Sequence[str]) -> dict[int, str]:
        return {}

    def check(self, item: AgendaItem, refs: Sequence[str], *, verb: str) -> None:
        if verb != Verb.APPROVE:
            return
        for meeting in Meeting.objects.filter(pk__in=refs).order_by("pk"):
            minutes = _living(meeting)
            if minutes is None or minutes.state != MinutesState.CIRCULATED:
                raise Refusal(
                    _("The minutes of meeting %(reference)s have not been circulated.") % {"reference": meeting.reference},
                    next_step=_("Circulate them, then adopt them."),
                    code="minutes-not-circulated",
                )
            open_wishes = MinutesCorrection.objects.filter(minutes__meeting=meeting, state=CorrectionState.PROPOSED).count()
            if open_wishes:
                raise Refusal(
                    _("%(count)s corrections of the minutes of meeting %(reference)s still wait for an answer.")
                    % {"count": open_wishes, "reference": meeting.reference},
                    next_step=_("Take or decline each of them on the page of the minutes."),
                    code="corrections-waiting",
                )

    def adopt(self, resolution: Resolution, refs: Sequence[str], *, by: User, at: datetime) -> list[Texts]:
        if resolution.verb != Verb.APPROVE:
            return []
        done = []
        for meeting in Meeting.objects.select_for_update().filter(pk__in=refs).order_by("pk"):
            minutes = Minutes.objects.select_for_update().get(meeting=meeting, state=MinutesState.CIRCULATED)
            minutes.state = MINUTES.after("adopt", minutes.state)
            minutes.adopted_by = resolution
            minutes.save(update_fields=["state", "adopted_by"])
            meeting.state = MEETING.after("adopt_minutes", meeting.state, labels=MeetingState.choices)
            meeting.save(update_fields=["state"])
            after = {"version": minutes.version, "digest": minutes.digest, "resolution": resolution.pk}
            record(by=by, did="governance.adopt_minutes", about=minutes, at=at, on_behalf_of=meeting, after=after)
            done.append(_was_adopted(meeting, minutes))
        return done


def _living(meeting: Meeting) -> Minutes | None:
    return meeting.minutes.exclude(state=MinutesState.SUPERSEDED).first()


def adoption_title(meeting: Meeting) -> Texts:
    return in_each(lambda: _("Adoption of the minutes of meeting %(reference)s") % {"reference": meeting.reference})


def _line_of_minutes(meeting: Meeting) -> dict[str, Any]:
    minutes = _living(meeting)
    return {
        "title": in_each(lambda: _("Minutes of meeting %(reference)s") % {"reference": meeting.reference}),
        "cells": [
            (in_each(lambda: _("Held on")), in_each(lambda: long_day(meeting.held_on) if meeting.held_on else "")),
            (
                in_each(lambda: _("Version")),
                in_each(lambda: f"{minutes.version} · {minutes.get_state_display()}" if minutes else _("not drafted yet")),
            ),
        ],
        "url": reverse("governance:minutes", args=[meeting.pk]),
    }


def _will_be_adopted(meeting: Meeting) -> Texts:
    return in_each(
        lambda: _("The minutes of meeting %(reference)s are adopted and cannot be changed any more.") % {"reference": meeting.reference}
    )


def _was_adopted(meeting: Meeting, minutes: Minutes) -> Texts:
    values = {"reference": meeting.reference, "version": minutes.version}
    return in_each(lambda: _("The minutes of meeting %(reference)s were adopted, version %(version)s.") % values)


class FollowUp:
    """What an earlier resolution asked somebody to do. `ref` is that resolution."""

    kind = "governance.follow_up"
    label = texts("ติดตามงานที่มอบหมาย", "Follow-up of an assignment")

    def verbs(self, body: Body) -> Sequence[str]:
        return (Verb.ACKNOWLEDGE, Verb.APPROVE, Verb.ASSIGN, Verb.WITHDRAW)

    def waiting(self, body: Body) -> Sequence[str]:
        return [str(resolution.pk) for resolution in open_assignments(body)]

    def title(self, ref: str) -> Texts:
        return Resolution.objects.select_related("item").get(pk=ref).item.title

    def annex(self, refs: Sequence[str]) -> list[dict[str, Any]]:
        rows = Resolution.objects.filter(pk__in=refs).select_related("owner", "item__meeting").order_by("due", "pk")
        return [_line_of_assignment(row) for row in rows]

    def effects(self, refs: Sequence[str], *, verb: str, body: Body, on: date) -> list[Texts]:
        if verb != Verb.APPROVE:
            return []
        return [in_each(lambda: _("The assignment is closed as done."))]

    def conflicts(self, refs: Sequence[str]) -> dict[int, str]:
        return {}

    def check(self, item: AgendaItem, refs: Sequence[str], *, verb: str) -> None:
        """An assignment may come back as often as it takes."""

    def adopt(self, resolution: Resolution, refs: Sequence[str], *, by: User, at: datetime) -> list[Texts]:
        """Acknowledging a report leaves the assignment open; approving it closes the assignment."""
        if resolution.verb != Verb.APPROVE:
            return []
        rows = Resolution.objects.select_for_update(of=("self",)).filter(pk__in=refs, done_on__isnull=True)
        for row in rows.order_by("pk"):
            row.done_on = resolution.adopted_on or day_of(at)
            row.done_note = in_each(lambda: _("accepted in meeting %(reference)s") % {"reference": resolution.item.meeting.reference})[
                settings.LANGUAGE_CODE
            ]
            row.save(update_fields=["done_on", "done_note"])
            record(
                by=by, did="governance.mark_done", about=row, at=at, on_behalf_of=resolution.item.meeting, after={"done_on": row.done_on}
            )
        return [in_each(lambda: _("The assignment was closed as done."))]


def _line_of_assignment(row: Resolution) -> dict[str, Any]:
    values = {"reference": row.item.meeting.reference, "item": row.item.number}
    return {
        "title": row.text,
        "cells": [
            (in_each(lambda: _("Meeting")), in_each(lambda: _("%(reference)s item %(item)s") % values)),
            (in_each(lambda: _("To be done by")), in_each(lambda: text(row.owner.name) if row.owner else "")),
            (in_each(lambda: _("Due")), in_each(lambda: long_day(row.due) if row.due else "")),
        ],
        "url": reverse("governance:item", args=[row.item.meeting_id, row.item_id]),
    }


def register_all() -> None:
    """Called when the system starts."""
    register(AdoptionOfMinutes())
    register(FollowUp())
