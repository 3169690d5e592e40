"""The record: searching it, one entry, the history of one thing, and whether it is whole."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nagara.audit import checkpoints, queries, words
from nagara.audit.models import Entry, Head
from nagara.audit.verify import verify
from nagara.people.forms import RecordSearchForm
from nagara.people.models import User
from nagara.people.visitor import visitor
from nagara.toolkit import access
from nagara.toolkit.thai import fold

MOST_PEOPLE = 8
"""How many accounts are offered for a name that fits several."""


def _require_reader(request: HttpRequest) -> None:
    access.require(visitor(request), "audit.read")


def _people(text: str) -> list[User]:
    """The accounts that a name or an address fits."""
    found = User.objects.select_related("person").filter(Q(email__icontains=text) | Q(person__folded__contains=fold(text)))
    return list(found.order_by("email", "pk")[: MOST_PEOPLE + 1])


@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """The record, newest first, narrowed by thing, person, act and period."""
    _require_reader(request)
    verbs = [(did, words.words_of(did)) for did in queries.verbs()]
    form = RecordSearchForm(request.GET or None, verbs=sorted(verbs, key=lambda verb: verb[1]))
    wanted = form.cleaned_data if form.is_valid() else {}
    who = wanted.get("who", "").strip()
    people: list[User] = []
    by = who
    if who and ":" not in who:
        people = _people(who)
        by = people[0].audit_key if len(people) == 1 else ""
    nobody = bool(who) and not by
    search = queries.Search(
        about=wanted.get("about", "").strip(),
        by=by,
        did=wanted.get("did", ""),
        since=wanted.get("since"),
        until=wanted.get("until"),
        after=request.GET.get("after", ""),
    )
    found = queries.Found([], "") if nobody else queries.entries(search)
    context = {
        "form": form,
        "found": found,
        "rows": [(entry, words.words_of(entry.did), queries.kind_of(entry.about)) for entry in found.entries],
        "people": people if nobody else [],
        "nobody": nobody,
        "narrowed": bool(search != queries.Search(after=search.after)),
        "after": request.GET.get("after", ""),
        "head": Head.objects.get(pk=1),
        "checkpoint": checkpoints.newest(),
    }
    return render(request, "people/record/entries.html", context)


@require_GET
def entry(request: HttpRequest, seq: int) -> HttpResponse:
    """One act: who, on whose behalf, when, why, with which second factor, and what changed."""
    _require_reader(request)
    found = get_object_or_404(Entry, seq=seq)
    context = {
        "entry": found,
        "words": words.words_of(found.did),
        "thing": queries.thing(found.about),
        "behalf": queries.thing(f"people.{found.on_behalf_of}") if found.on_behalf_of.startswith("user:") else None,
        "before": Entry.objects.filter(seq=seq - 1).exists(),
        "after": Entry.objects.filter(seq=seq + 1).exists(),
    }
    return render(request, "people/record/entry.html", context)


@require_GET
def history(request: HttpRequest, key: str) -> HttpResponse:
    """All that was done to one thing."""
    _require_reader(request)
    search = queries.Search(about=key, after=request.GET.get("after", ""))
    found = queries.entries(search)
    context = {
        "thing": queries.thing(key),
        "found": found,
        "rows": [(entry, words.words_of(entry.did)) for entry in found.entries],
        "after": search.after,
    }
    return render(request, "people/record/history.html", context)


@require_POST
def verify_now(request: HttpRequest) -> HttpResponse:
    """Read the chain since its last checkpoint. The whole of it is read by `nagara audit verify`, which may take minutes."""
    _require_reader(request)
    found = verify(after=checkpoints.newest())
    if found.whole:
        messages.success(
            request,
            _("The record is whole: entries %(first)s to %(last)s were read, %(checkpoints)s checkpoints agree.")
            % {"first": found.first, "last": found.last, "checkpoints": found.checkpoints}
            if found.entries
            else _("The record is whole: nothing was added since the last checkpoint, and %(checkpoints)s checkpoints agree.")
            % {"checkpoints": found.checkpoints},
        )
    for fault in found.faults:
        messages.error(request, fault)
    return redirect("people:record")
