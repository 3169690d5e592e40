"""The minutes of a meeting: as a page and as a paper."""

from typing import Any

import orjson
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nagara.documents import files
from nagara.governance import actions
from nagara.governance.actions.minutes import typeset_minutes
from nagara.governance.forms import AnswerForm, CirculateForm, CorrectionForm
from nagara.governance.models import Meeting, Minutes, MinutesCorrection
from nagara.governance.states import MeetingState, MinutesState
from nagara.governance.views.common import MOST_ON_A_PAGE, done, meeting_or_404, page_or_404, who_and_when
from nagara.toolkit import access

KEEP = "governance.keep"


def _versions(meeting: Meeting, may_keep: bool) -> list[Minutes]:
    """The versions that the visitor may read: drafts are the secretary's own."""
    found = meeting.minutes.select_related("made_by__person", "file_th", "file_en", "adopted_by__item__meeting").order_by("-version")
    return [row for row in found if may_keep or row.circulated_at is not None]


def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    page = page_or_404(request, pk)
    meeting = page.meeting
    if meeting.on_record_only:
        raise Http404
    versions = _versions(meeting, page.may_keep)
    wanted = request.GET.get("version", "")
    shown = next((row for row in versions if str(row.version) == wanted), versions[0] if versions else None)
    whole = orjson.loads(shown.content) if shown else None
    corrections = MinutesCorrection.objects.filter(minutes__meeting=meeting).select_related("minutes", "item", "proposed_by__person")
    context: dict[str, Any] = {
        "page": page,
        "meeting": meeting,
        "versions": versions,
        "shown": shown,
        "content": whole[_lang()] if whole else None,
        "in_thai_digits": whole is not None and whole["th_digits"] and _lang() == "th",
        "corrections": corrections.order_by("-proposed_at", "-pk")[:MOST_ON_A_PAGE],
        "may_draft": page.may_keep and meeting.state == MeetingState.HELD,
        "circulate_form": CirculateForm(),
        "may_propose": shown is not None
        and shown.state == MinutesState.CIRCULATED
        and access.allowed(request.user, "governance.propose_correction", meeting),
        "today": timezone.localdate(),
    }
    return render(request, "governance/minutes.html", context)


def _lang() -> str:
    return "th" if (get_language() or "th").startswith("th") else "en"


def paper(request: HttpRequest, pk: int, version: int) -> HttpResponseBase:
    """The minutes as PDF in the language of the page. A version that was circulated is the file that was kept then."""
    page = page_or_404(request, pk)
    found = next((row for row in _versions(page.meeting, page.may_keep) if row.version == version), None)
    if found is None:
        raise Http404
    lang = _lang()
    kept = found.file_th if lang == "th" else found.file_en
    if kept is not None:
        return files.answer(kept, inline=True, request=request)
    found.meeting = page.meeting
    response = HttpResponse(typeset_minutes(found, lang), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="minutes-draft-{page.meeting.number}-{page.meeting.year}-{lang}.pdf"'
    response["Cache-Control"] = "private, no-cache"
    return response


@require_POST
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    actions.draft_minutes(meeting_or_404(request, pk, KEEP), **who_and_when(request))
    return redirect("governance:minutes", pk)


@require_POST
def circulate(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    meeting = meeting_or_404(request, pk, KEEP)
    found = get_object_or_404(meeting.minutes.select_related("meeting__body"), version=version)
    form = CirculateForm(request.POST)
    if done(form, lambda typed: actions.circulate(found, **typed, **who_and_when(request))) is not None:
        messages.success(request, _("The minutes are circulated. Those who sat have a notice."))
        return redirect("governance:minutes", pk)
    context = {"form": form, "title": _("Circulate the minutes"), "meeting": meeting, "button": _("Circulate them")}
    return render(request, "governance/form.html", context, status=409)


def propose(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    meeting = meeting_or_404(request, pk, "governance.propose_correction")
    found = get_object_or_404(meeting.minutes.select_related("meeting__body").filter(circulated_at__isnull=False), version=version)
    items = {str(item.pk): item for item in meeting.items.order_by("position", "pk")}
    labels = [(key, f"{item.number} {item}") for key, item in items.items()]
    form = CorrectionForm(request.POST or None, items=sorted(labels, key=lambda pair: pair[1]))

    def act(typed: dict[str, Any]) -> MinutesCorrection:
        return actions.propose_correction(found, wanted=typed["wanted"], item=items.get(typed["item"]), **who_and_when(request))

    if request.method == "POST" and done(form, act) is not None:
        messages.success(request, _("The secretary has your correction."))
        return redirect("governance:minutes", pk)
    context = {"form": form, "title": _("A correction of the minutes"), "meeting": meeting, "button": _("Ask for this correction")}
    return render(request, "governance/form.html", context)


def settle(request: HttpRequest, pk: int, correction: int) -> HttpResponse:
    meeting = meeting_or_404(request, pk, KEEP)
    rows = MinutesCorrection.objects.filter(minutes__meeting=meeting).select_related(
        "minutes__meeting__body", "item", "proposed_by__person"
    )
    found = get_object_or_404(rows, pk=correction)
    form = AnswerForm(request.POST or None)

    def act(typed: dict[str, Any]) -> MinutesCorrection:
        return actions.settle_correction(found, take=request.POST.get("take") == "1", answer=typed["answer"], **who_and_when(request))

    if request.method == "POST" and done(form, act) is not None:
        if found.item_id and request.POST.get("take") == "1":
            messages.info(request, _("Write the correction into the item, then draft the minutes again."))
            return redirect("governance:item", pk, found.item_id)
        return redirect("governance:minutes", pk)
    return render(request, "governance/settle.html", {"form": form, "meeting": meeting, "correction": found})
