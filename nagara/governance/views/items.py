"""One item before the meeting: what is proposed, who takes part, what is resolved; the chair's page and the projector's."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nagara.governance import actions
from nagara.governance.actions.attendance import conflicting_seats
from nagara.governance.actions.resolutions import Saved
from nagara.governance.forms import DiscussionForm, DraftForm, ReasonForm
from nagara.governance.meter import meter
from nagara.governance.minutes import quorum_sentence
from nagara.governance.models import AgendaItem, Recusal, Resolution
from nagara.governance.queries import ItemPage, MeetingPage, effects_of, item_page
from nagara.governance.queries.bodies import organisations_like
from nagara.governance.room import meeting_day, quorum_words
from nagara.governance.rules import seats_of
from nagara.governance.states import ItemState, MeetingState, Verb
from nagara.governance.views.common import done, item_or_404, show, who_and_when, with_revision
from nagara.governance.wording import standard_words
from nagara.people.models import Organisation
from nagara.people.second_factor import proof_in
from nagara.toolkit import access
from nagara.toolkit.days import clock as clock_words
from nagara.toolkit.middleware import wants_json
from nagara.toolkit.numbers import whole
from nagara.toolkit.refusal import Refusal

KEEP = "governance.keep"


def _page(request: HttpRequest, pk: int, item: int) -> tuple[MeetingPage, ItemPage]:
    try:
        return item_page(request.user, pk, item, timezone.now())
    except AgendaItem.DoesNotExist:
        raise Http404 from None


def _context(request: HttpRequest, page: MeetingPage, found: ItemPage, form: DraftForm | None = None) -> dict[str, Any]:
    item, meeting = found.item, page.meeting
    room = found.room
    sits = meeting.state == MeetingState.SITTING
    drafting = (
        page.may_keep and item.state in (ItemState.LISTED, ItemState.OPEN, ItemState.CLOSED) and meeting.state != MeetingState.MINUTED
    )
    context: dict[str, Any] = {
        "page": page,
        "meeting": meeting,
        "item": item,
        "found": found,
        "room": room,
        "meter": meter(room.quorum) if room is not None and room.quorum is not None else None,
        "rule_words": quorum_words(room.rule) if room is not None and room.rule is not None else "",
        "sits": sits,
        "drafting": drafting,
        "may_open": page.may_keep and sits and item.state in (ItemState.LISTED, ItemState.CLOSED),
        "adopting": page.may_adopt
        and meeting.state in (MeetingState.SITTING, MeetingState.HELD)
        and item.state in (ItemState.OPEN, ItemState.CLOSED),
        "my_seats": _my_seats(request, page, found),
        "standard": {verb: standard_words(verb) for verb in found.verbs},
    }
    for row in [*found.resolutions, *found.before]:
        row.quorum_words = quorum_sentence(row.quorum)  # type: ignore[attr-defined]
    if drafting:
        context["form"] = form = form or _draft_form(found)
        context["searched"] = searched = request.GET.get("organisation", "").strip()
        form.offer(_owners(found, searched))
        if meeting.state in (MeetingState.SITTING, MeetingState.HELD):
            context["discussion_form"] = DiscussionForm(initial={"discussion": item.discussion, "revision": item.revision})
    elif page.may_keep and meeting.state in (MeetingState.SITTING, MeetingState.HELD):
        context["discussion_form"] = DiscussionForm(initial={"discussion": item.discussion, "revision": item.revision})
    return context


def _owners(found: ItemPage, searched: str) -> list[Organisation]:
    """Who may be asked to do something: those that were searched for, the owner so far, and every agency that has a seat."""
    seated = [one.seat.organisation for one in found.room.seats if one.seat.organisation] if found.room is not None else []
    owner = [found.draft.owner] if found.draft is not None and found.draft.owner is not None else []
    return list(dict.fromkeys([*owner, *(organisations_like(searched) if searched else []), *seated]))


def _my_seats(request: HttpRequest, page: MeetingPage, found: ItemPage) -> list[Any]:
    """The visitor's own seats in this body, which could still recuse themselves from the item."""
    if found.room is None or found.item.state not in (ItemState.LISTED, ItemState.OPEN, ItemState.CLOSED):
        return []
    mine = {row.seat for row in seats_of(request.user) if row.body == page.meeting.body_id}
    return [one for one in found.room.seats if one.seat.pk in mine and one.recusal is None]


def _draft_form(found: ItemPage) -> DraftForm:
    draft = found.draft
    verb = draft.verb if draft else next(iter(found.verbs), Verb.ACKNOWLEDGE)
    initial = {
        "verb": verb,
        "words": draft.text if draft else standard_words(verb),
        "owner": draft.owner_id if draft else None,
        "due": draft.due if draft else None,
        "revision": draft.revision if draft else 0,
    }
    return DraftForm(initial=initial)


def item(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    page, found = _page(request, pk, item)
    return render(request, "governance/item.html", _context(request, page, found))


def projector(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """The middle column for the whole room, large; it renews itself."""
    page, found = _page(request, pk, item)
    return render(request, "governance/projector.html", _context(request, page, found))


def brief(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """One page for the chair: what is proposed, what the subcommittee resolved, what changes."""
    page, found = _page(request, pk, item)
    if not found.open_to_reader:
        raise Http404
    return render(request, "governance/brief.html", _context(request, page, found))


@require_POST
def save_draft(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Keep what is typed. Our script sends it as it is typed; without the script a button does."""
    found = item_or_404(request, pk, item, KEEP)
    form = DraftForm(request.POST)
    saved = done(form, lambda _typed: actions.save_draft(found, **form.draft(), **who_and_when(request)))
    if wants_json(request):
        return _saved_json(form, saved, found)
    if saved is None or not saved.kept:
        return _again(request, pk, item, form, saved)
    return redirect("governance:item", pk, item)


def _saved_json(form: DraftForm, saved: Saved | None, found: AgendaItem) -> JsonResponse:
    from django.conf import settings

    if saved is None:
        return JsonResponse({"errors": form.errors.get_json_data()}, status=422)
    draft = saved.draft
    body: dict[str, Any] = {"revision": draft.revision, "kept": saved.kept}
    if not saved.kept:
        body |= {"message": _("Somebody else has saved this draft meanwhile. What you wrote is set aside, not lost."), "newer": draft.text}
        return JsonResponse(body, status=409)
    body["saved"] = _("Saved %(time)s") % {"time": clock_words(draft.saved_at, settings.ZONE, seconds=True)}
    effects = effects_of(found, draft.verb, meeting_day(found.meeting))
    body["effects"] = render_to_string("governance/_effects.html", {"effects": effects})
    return JsonResponse(body)


def _again(request: HttpRequest, pk: int, item: int, form: DraftForm, saved: Saved | None) -> HttpResponse:
    """The page once more, with what was typed; and beside it what somebody else has saved."""
    page, found = _page(request, pk, item)
    if saved is not None:
        form = DraftForm({**form.data.dict(), "revision": str(saved.draft.revision)})  # type: ignore[attr-defined]
        form.is_valid()
        form.add_error(
            None, _("Somebody else has saved this draft meanwhile. Below is theirs; what you wrote is in the form and set aside.")
        )
    context = _context(request, page, found, form) | {"newer": saved.draft if saved is not None else None}
    return render(request, "governance/item.html", context, status=409)


@require_POST
def adopt(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Keep what stands in the form, then adopt it. What was refused comes back with everything that was typed."""
    found = item_or_404(request, pk, item, "governance.adopt")
    form = DraftForm(request.POST)
    draft: Resolution | None = found.resolutions.filter(draft=True).first()
    if "verb" in request.POST and access.allowed(request.user, KEEP, found.meeting):
        saved = done(form, lambda _typed: actions.save_draft(found, **form.draft(), **who_and_when(request)))
        if saved is None or not saved.kept:
            if saved is None and found.resolutions.filter(draft=False).exists():  # pressed twice
                return redirect("governance:item", pk, item)
            return _again(request, pk, item, form, saved)
        draft = saved.draft
    if draft is None:  # pressed twice: it is adopted
        return redirect("governance:item", pk, item)
    revision = draft.revision if "verb" in request.POST else _number(request.POST.get("revision"))
    try:
        actions.adopt(draft, revision=revision, proof=proof_in(request), **who_and_when(request))
    except Refusal as refusal:
        if refusal.status == 403 or not form.is_bound or "verb" not in request.POST:
            raise
        show(refusal, form)
        return _again(request, pk, item, form, None)
    messages.success(request, _("The resolution is adopted."))
    return redirect("governance:item", pk, item)


def _number(typed: str | None) -> int | None:
    return whole(typed)


@require_POST
def discussion(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    found = item_or_404(request, pk, item, KEEP)
    form = DiscussionForm(request.POST)
    written = done(form, lambda typed: actions.write_discussion(found, **typed, **who_and_when(request)))
    if written is not None:
        messages.success(request, _("Saved."))
        return redirect("governance:item", pk, item)
    page, of_item = _page(request, pk, item)
    with_revision(form, of_item.item.revision)
    context = _context(request, page, of_item) | {"discussion_form": form, "newer_discussion": of_item.item.discussion}
    return render(request, "governance/item.html", context, status=409)


# Who takes no part


def recuse(request: HttpRequest, pk: int, item: int, seat: int) -> HttpResponse:
    found = item_or_404(request, pk, item)
    chair = get_object_or_404(
        access.visible(request.user, "governance.declare").select_related("body"), pk=seat, body=found.meeting.body_id
    )
    reason = conflicting_seats(found).get(chair.pk, "")
    form = ReasonForm(request.POST or None, initial={"why": reason})

    def act(typed: dict[str, Any]) -> Recusal:
        return actions.recuse(found, chair, reason=typed["why"], **who_and_when(request))

    if request.method == "POST" and done(form, act) is not None:
        return redirect("governance:item", pk, item)
    title = _("%(seat)s takes no part in item %(number)s") % {"seat": chair, "number": found.number}
    context = {"form": form, "title": title, "lead": str(found), "meeting": found.meeting, "button": _("Take no part")}
    return render(request, "governance/form.html", context)


def withdraw_recusal(request: HttpRequest, pk: int, item: int, recusal: int) -> HttpResponse:
    found = item_or_404(request, pk, item, KEEP)
    row = get_object_or_404(found.recusals.select_related("seat", "item__meeting__body"), pk=recusal)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and done(form, lambda typed: actions.withdraw_recusal(row, **typed, **who_and_when(request))) is not None:
        return redirect("governance:item", pk, item)
    title = _("%(seat)s takes part after all") % {"seat": row.seat}
    context = {"form": form, "title": title, "lead": str(found), "meeting": found.meeting, "button": _("Let the seat take part")}
    return render(request, "governance/form.html", context)
