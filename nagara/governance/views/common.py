"""What the views of this part share."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from nagara.governance import matters
from nagara.governance.models import AgendaItem, Body, Meeting
from nagara.governance.queries import MeetingPage, meeting_page
from nagara.governance.queries.meetings import waiting_for
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal

Done = TypeVar("Done")

MOST_ON_A_PAGE = 50


def meeting_or_404(request: HttpRequest, pk: int, rule: str = "governance.view") -> Meeting:
    """The meeting, among those on which the visitor may do `rule`."""
    found: Meeting = get_object_or_404(access.visible(request.user, rule).select_related("body"), pk=pk)
    return found


def page_or_404(request: HttpRequest, pk: int) -> MeetingPage:
    try:
        return meeting_page(request.user, pk)
    except Meeting.DoesNotExist:
        raise Http404 from None


def body_or_404(request: HttpRequest, code: str, rule: str = "governance.view_body") -> Body:
    found: Body = get_object_or_404(access.visible(request.user, rule), code=code)
    return found


def item_or_404(request: HttpRequest, meeting: int, pk: int, rule: str = "governance.view_item") -> AgendaItem:
    """An item of a meeting. `rule` is about the item, or about its meeting."""
    if rule == "governance.view_item":
        rows = access.visible(request.user, rule)
    else:
        rows = AgendaItem.objects.filter(meeting__in=access.visible(request.user, rule).values("pk"))
    found: AgendaItem = get_object_or_404(rows.select_related("meeting__body"), pk=pk, meeting=meeting)
    return found


def who_and_when(request: HttpRequest) -> dict[str, Any]:
    """The two that every action takes: `by` and `at`."""
    return {"by": request.user, "at": timezone.now()}


def done(form: forms.Form, act: Callable[[dict[str, Any]], Done]) -> Done | None:
    """What `act` did with what was typed; None where the form or the action found a fault, which then stands at its field."""
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        show(refusal, form)
        return None


def show(refusal: Refusal, form: forms.Form) -> None:
    """Put a refusal where it belongs: at the fields it names, else on top, so that nothing typed is lost."""
    at_fields = {name: message for name, message in refusal.fields.items() if name in form.fields}
    for name, message in at_fields.items():
        form.add_error(name, message)
    if not at_fields:
        form.add_error(None, " ".join(part for part in (refusal.message, refusal.rule, refusal.next_step) if part))


def with_revision(form: forms.Form, revision: int) -> None:
    """What somebody else has saved meanwhile stands beside the form; saving again, knowingly, keeps what is in the form."""
    form.data = {**dict(form.data.items()), "revision": str(revision)}


def waiting(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """The programmes, and what waits of the one that the visitor looks into (`?matter=`)."""
    kind = request.GET.get("matter", "")
    return {"programmes": matters.kinds(), "waiting": waiting_for(meeting, kind) if matters.is_registered(kind) else None}
