"""Meetings: the list, one from plan to close, its agenda."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nagara.governance import actions
from nagara.governance.actions.meetings import notice_short_by, read_year
from nagara.governance.forms import CallForm, CloseForm, OpenForm, PlanForm, ReasonForm, RenumberForm, instant, local_day
from nagara.governance.meter import meter
from nagara.governance.models import Meeting
from nagara.governance.queries import MeetingPage, list_of_meetings, living_minutes
from nagara.governance.queries.meetings import NOT_BEGUN, without_account
from nagara.governance.room import day_of, room, seats_on
from nagara.governance.states import ItemState, MeetingState
from nagara.governance.views.common import body_or_404, done, meeting_or_404, page_or_404, waiting, who_and_when
from nagara.toolkit.days import to_buddhist
from nagara.toolkit.pagination import page_of


def meetings(request: HttpRequest) -> HttpResponse:
    page = page_of(list_of_meetings(request.user), request.GET.get("page"))
    return render(request, "governance/meetings.html", {"page": page})


def new_meeting(request: HttpRequest, code: str) -> HttpResponse:
    body = body_or_404(request, code, "governance.plan")
    form = PlanForm(request.POST or None, initial={"on_site": True})
    if request.method == "POST":
        meeting = done(form, lambda _typed: actions.plan_meeting(body, **form.plan(), **who_and_when(request)))
        if meeting is not None:
            return redirect("governance:meeting", meeting.pk)
    context = {"form": form, "title": _("Plan a meeting"), "body": body, "button": _("Plan it")}
    return render(request, "governance/form.html", context)


def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    page = page_or_404(request, pk)
    found = page.meeting
    now = timezone.now()
    context: dict[str, Any] = {"page": page, "meeting": found, "overview": True}
    if not found.on_record_only:
        at = min(now, found.closed_at) if found.closed_at else now
        context["room"] = room(found, at, sitting=found.state in NOT_BEGUN)
        if found.state == MeetingState.SITTING and context["room"].quorum:
            context["meter"] = meter(context["room"].quorum)
    if found.state in (MeetingState.HELD, MeetingState.MINUTED) and not found.on_record_only:
        context["minutes"] = living_minutes(found)
    if page.may_keep:
        context |= _keeping(page, found)
    return render(request, "governance/meeting.html", context)


def _keeping(page: MeetingPage, found: Meeting) -> dict[str, Any]:
    """What the secretary needs beside what everyone sees."""
    now = timezone.now()
    context: dict[str, Any] = {}
    if found.state == MeetingState.PLANNED:
        context["short_by"] = notice_short_by(found, now)
        context["call_form"] = CallForm()
    if found.state in (MeetingState.PLANNED, MeetingState.CALLED):
        context["without_account"] = without_account(found)
    if found.state == MeetingState.SITTING:
        context["open_item"] = next((item for item in page.items if item.state == ItemState.OPEN), None)
        context["close_form"] = CloseForm(initial={"closed": now})
    return context


def edit_plan(request: HttpRequest, pk: int) -> HttpResponse:
    found = meeting_or_404(request, pk, "governance.keep")
    form = PlanForm.of(found, request.POST or None)
    if request.method == "POST" and done(form, lambda _typed: actions.replan(found, **form.plan(), **who_and_when(request))) is not None:
        return redirect("governance:meeting", pk)
    return render(request, "governance/form.html", {"form": form, "title": _("Time and place"), "meeting": found, "button": _("Save")})


def renumber(request: HttpRequest, pk: int) -> HttpResponse:
    found = meeting_or_404(request, pk, "governance.keep")
    form = RenumberForm(request.POST or None, initial={"number": found.number, "year": to_buddhist(found.year)})

    def act(typed: dict[str, Any]) -> Meeting:
        return actions.renumber(found, number=typed["number"], year=read_year(typed["year"]), why=typed["why"], **who_and_when(request))

    if request.method == "POST" and done(form, act) is not None:
        return redirect("governance:meeting", pk)
    return render(
        request, "governance/form.html", {"form": form, "title": _("Another number"), "meeting": found, "button": _("Give this number")}
    )


@require_POST
def call(request: HttpRequest, pk: int) -> HttpResponse:
    found = meeting_or_404(request, pk, "governance.keep")
    form = CallForm(request.POST)
    if done(form, lambda typed: actions.call_meeting(found, **typed, **who_and_when(request))) is not None:
        messages.success(request, _("The meeting is called. Holders and alternates with an account have a notice."))
        return redirect("governance:meeting", pk)
    context = {"form": form, "title": _("Call the meeting"), "meeting": found, "button": _("Call the meeting")}
    return render(request, "governance/form.html", context, status=409)


def open_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    found = meeting_or_404(request, pk, "governance.keep")
    now = timezone.now()
    sitters = [row for seat in seats_on(found.body, day_of(now)) for row in seat.sitting]
    for row in sitters:
        row.seat.body = found.body
    chair = next((str(row.person_id) for row in sitters if row.seat.part == "chair"), "")
    initial = {"opened": now, "place": found.planned_place, "on_site": found.on_site, "online": found.online, "chair": chair}
    form = OpenForm(request.POST or None, sitters=sitters, initial=initial)

    def act(typed: dict[str, Any]) -> Meeting:
        return actions.open_meeting(
            found,
            opened_at=instant(local_day(now) or day_of(now), typed["opened"]),
            place=typed["place"] or {},
            on_site=typed["on_site"],
            online=typed["online"],
            chaired_by=next((row.person for row in sitters if str(row.person_id) == typed["chair"]), None),
            **who_and_when(request),
        )

    if request.method == "POST" and done(form, act) is not None:
        return redirect("governance:attendance", pk)
    return render(request, "governance/form.html", {"form": form, "title": _("Open the meeting"), "meeting": found, "button": _("Open it")})


def close_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    found = meeting_or_404(request, pk, "governance.keep")
    form = CloseForm(request.POST or None, initial={"closed": timezone.now()})

    def act(typed: dict[str, Any]) -> Meeting:
        day = found.held_on or day_of(timezone.now())
        return actions.close_meeting(found, closed_at=instant(day, typed["closed"]), **who_and_when(request))

    if request.method == "POST" and done(form, act) is not None:
        return redirect("governance:minutes", pk)
    return render(
        request, "governance/form.html", {"form": form, "title": _("Close the meeting"), "meeting": found, "button": _("Close it")}
    )


def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = meeting_or_404(request, pk, "governance.keep")
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and done(form, lambda typed: actions.cancel_meeting(found, **typed, **who_and_when(request))) is not None:
        return redirect("governance:meeting", pk)
    return render(
        request, "governance/form.html", {"form": form, "title": _("Cancel the meeting"), "meeting": found, "button": _("Cancel it")}
    )


def agenda(request: HttpRequest, pk: int) -> HttpResponse:
    """Arranging the agenda: what stands on it, and what waits to be put on it."""
    page = page_or_404(request, pk)
    meeting_or_404(request, pk, "governance.prepare")
    context = {
        "page": page,
        "meeting": page.meeting,
        **waiting(request, page.meeting),
        "fixed": page.meeting.state != MeetingState.PLANNED,
    }
    return render(request, "governance/agenda.html", context)
