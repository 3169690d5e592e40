"""Entering who came and left."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nagara.governance import actions, attendance
from nagara.governance.forms import ClockField, ComeForm, ReasonForm, instant
from nagara.governance.meter import meter
from nagara.governance.models import Absence, AttendanceEvent, Meeting, Seat
from nagara.governance.room import day_of, room
from nagara.governance.states import MeetingState
from nagara.governance.views.common import done, meeting_or_404, page_or_404, who_and_when
from nagara.people.models import Person
from nagara.toolkit.days import clock
from nagara.toolkit.refusal import Refusal

KEEP = "governance.keep"


def board(request: HttpRequest, pk: int, faults: list[str] | None = None, status: int = 200) -> HttpResponse:
    """Every seat with who may come for it, everyone who is in, and the log of the day."""
    page = page_or_404(request, pk)
    meeting = page.meeting
    now = timezone.now()
    at = min(now, meeting.closed_at) if meeting.closed_at else now
    found = room(meeting, at, sitting=True)
    log = meeting.attendance.select_related("person", "seat").order_by("-at", "-pk")
    context = {
        "page": page,
        "meeting": meeting,
        "room": found,
        "meter": meter(found.quorum) if found.quorum else None,
        "log": log,
        "absences": {row.seat_id: row for row in meeting.absences.filter(withdrawn_at__isnull=True)},
        "may_enter": page.may_keep and meeting.state in (MeetingState.SITTING, MeetingState.HELD),
        "now": clock(now, settings.ZONE).removesuffix(" น.") if meeting.held_on == day_of(now) else "",
        "faults": faults or [],
    }
    return render(request, "governance/attendance.html", context, status=status)


def _when(request: HttpRequest, meeting: Meeting) -> datetime | None:
    """The time typed, on the day of the meeting; None for now."""
    typed = ClockField(required=False).clean(request.POST.get("when", ""))
    return instant(meeting.held_on, typed) if meeting.held_on and typed else None


@require_POST
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """One or several people come or leave at once: each `who` is "seat:person", or ":person" for a participant."""
    meeting = meeting_or_404(request, pk, KEEP)
    faults = []
    kind = attendance.LEAVE if request.POST.get("kind") == attendance.LEAVE else attendance.JOIN
    online = request.POST.get("online") == "1"
    from django.core.exceptions import ValidationError

    try:
        when = _when(request, meeting)
    except ValidationError as fault:
        return board(request, pk, list(fault.messages), status=422)
    for who in request.POST.getlist("who"):
        seat_pk, _sep, person_pk = who.partition(":")
        seat = get_object_or_404(Seat, pk=seat_pk, body=meeting.body_id) if seat_pk else None
        person = get_object_or_404(Person, pk=person_pk)
        try:
            actions.enter_attendance(meeting, person=person, kind=kind, seat=seat, when=when, online=online, **who_and_when(request))
        except Refusal as refusal:
            faults.append(f"{person}: {refusal.message}")
    if faults:
        return board(request, pk, faults, status=409)
    return redirect("governance:attendance", pk)


def come(request: HttpRequest, pk: int, seat: int | None = None) -> HttpResponse:
    """Somebody who is not on the list: sent for a seat for this day, or a participant without a seat."""
    meeting = meeting_or_404(request, pk, KEEP)
    chair = get_object_or_404(Seat, pk=seat, body=meeting.body_id) if seat else None
    form = ComeForm(request.POST or None, initial={"when": timezone.now()})

    def act(typed: dict[str, Any]) -> AttendanceEvent:
        parts = {part: typed[part] or {} for part in ("rank", "given", "family")}
        when = instant(meeting.held_on, typed["when"]) if meeting.held_on else None
        common = {"when": when, "online": typed["online"], "position_title": typed["position_title"] or {}, **who_and_when(request)}
        if chair is not None:
            return actions.stand_in(meeting, chair, named=parts, **common)
        return actions.enter_attendance(meeting, person=None, named=parts, kind=attendance.JOIN, **common)

    if request.method == "POST" and done(form, act) is not None:
        return redirect("governance:attendance", pk)
    title = _("Somebody stands in for this seat today") if chair else _("A participant without a seat comes in")
    context = {"form": form, "title": title, "lead": str(chair) if chair else "", "meeting": meeting, "button": _("Let them in")}
    return render(request, "governance/form.html", context)


def strike_out(request: HttpRequest, pk: int, event: int) -> HttpResponse:
    meeting = meeting_or_404(request, pk, KEEP)
    row = get_object_or_404(meeting.attendance.select_related("person", "meeting__body"), pk=event)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and done(form, lambda typed: actions.strike_out(row, **typed, **who_and_when(request))) is not None:
        return redirect("governance:attendance", pk)
    lead = f"{clock(row.at, settings.ZONE)} · {row.person} · {row.get_kind_display()}"
    context = {"form": form, "title": _("Strike out this entry"), "lead": lead, "meeting": meeting, "button": _("Strike it out")}
    return render(request, "governance/form.html", context)


def excuse(request: HttpRequest, pk: int, seat: int) -> HttpResponse:
    meeting = meeting_or_404(request, pk, KEEP)
    chair = get_object_or_404(Seat, pk=seat, body=meeting.body_id)
    before = meeting.absences.filter(seat=chair, withdrawn_at__isnull=True).first()
    form = ReasonForm(request.POST or None, initial={"why": before.reason if before else ""})
    form.fields["why"].required = False

    def act(typed: dict[str, Any]) -> Absence:
        return actions.excuse(meeting, chair, reason=typed["why"], **who_and_when(request))

    if request.method == "POST" and done(form, act) is not None:
        return redirect("governance:attendance", pk)
    context = {"form": form, "title": _("Will not come"), "lead": str(chair), "meeting": meeting, "button": _("Note it")}
    return render(request, "governance/form.html", context)


@require_POST
def withdraw_excuse(request: HttpRequest, pk: int, absence: int) -> HttpResponse:
    meeting = meeting_or_404(request, pk, KEEP)
    actions.withdraw_excuse(get_object_or_404(meeting.absences.select_related("meeting__body"), pk=absence), **who_and_when(request))
    return redirect("governance:attendance", pk)


def log_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The log of the day as it was entered, for those who keep the meeting or check it."""
    import csv

    meeting = page_or_404(request, pk).meeting
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="attendance-{meeting.body.code}-{meeting.number}-{meeting.year}.csv"'
    response.write("\ufeff")
    table = csv.writer(response)
    table.writerow(["at", "kind", "online", "seat", "capacity", "name", "entered_at", "entered_by", "struck_out_at", "struck_out_why"])
    for row in meeting.attendance.select_related("person", "seat").order_by("at", "pk"):
        table.writerow(
            [
                row.at.isoformat(),
                row.kind,
                "yes" if row.online else "no",
                str(row.seat) if row.seat else "",
                row.capacity,
                str(row.person),
                row.recorded_at.isoformat(),
                row.recorded_by,
                row.struck_out_at.isoformat() if row.struck_out_at else "",
                row.struck_out_why,
            ]
        )
    return response
