"""What anyone may read: nominations and posts. By whom is an office; names of persons stay inside."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from nagara.network import listing, queries
from nagara.network.criteria import edition_of
from nagara.network.models import Evidence, NetworkPost, Nomination, StateTerm
from nagara.network.rules import states_of
from nagara.network.states import NOMINATION, NominationState, PostKind
from nagara.network.views.common import WITH, network_or_404
from nagara.toolkit import access
from nagara.toolkit.asof import as_of
from nagara.toolkit.pages import open_page
from nagara.toolkit.periods import holds_on

PAGE = 50


@open_page
@require_safe
def nominations(request: HttpRequest, code: str) -> HttpResponse:
    network = network_or_404(code)
    day = as_of(request).day
    rows = listing.rows(network, day)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.state] = counts.get(row.state, 0) + 1
    context = {
        "network": network,
        "day": day,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "counts": [(state, state.label, counts[state]) for state in NominationState if state in counts],
        "asof_days": sorted({step.day for row in rows for step in row.steps if step.day}, reverse=True)[:5],
    }
    return render(request, "network/nominations.html", context)


@open_page
@require_safe
def posts(request: HttpRequest, code: str) -> HttpResponse:
    """Which state chairs, which is Shepherd, which offices stand for whom. No names of persons."""
    network = network_or_404(code)
    day = as_of(request).day
    rows = NetworkPost.objects.filter(holds_on(day), network=network).select_related("state", "city", "post__organisation", "source")
    terms = (
        StateTerm.objects.filter(network=network, since__lte=day).select_related("state", "source", "renews").order_by("office", "-since")
    )
    context = {
        "network": network,
        "day": day,
        "representatives": rows.filter(kind=PostKind.REPRESENTATIVE).order_by("state", "pk"),
        "officers": rows.filter(kind=PostKind.CITY_OFFICER).order_by("state", "city__sort_en", "pk"),
        "terms": terms,
        "terms_now": list(queries.terms_on(network, day)),
        "asof_days": sorted({term.since for term in terms if term.since}, reverse=True)[:5],
    }
    return render(request, "network/posts.html", context)


@open_page
@require_safe
def nomination(request: HttpRequest, pk: int) -> HttpResponse:
    """One nomination: its steps for everyone, its dossier and what may be done for those who work on it."""
    found = (
        Nomination.objects.select_related(
            *WITH, "national_resolution__item__meeting__body", "national_item__meeting__body", "decided_by__item__meeting__body"
        )
        .filter(pk=pk)
        .first()
    )
    inside = found is not None and access.allowed(request.user, "network.read", found)
    day = as_of(request).day
    row = listing.row_of(found, queries.steps_public(found, day), day) if found is not None else None
    public = found is not None and queries.nominations_public(found.network, day).filter(pk=pk).exists() and row is not None
    if found is None or not (inside or public):
        raise Http404
    context: dict[str, Any] = {
        "nomination": found,
        "network": found.network,
        "row": row if public else None,
        "inside": inside,
        "day": day,
        "stages": stages(found),
    }
    context["asof_days"] = sorted({step.day for step in found.steps.all() if step.day}, reverse=True)[:5]
    if inside:
        context |= _inside(request, found)
    return render(request, "network/nomination.html", context)


def stages(found: Nomination) -> list[dict[str, object]]:
    """The way of a nomination in five stages: which are done, on which day, and which waits for whom."""
    days = {step.verb: step.day for step in sorted(found.steps.all(), key=lambda step: step.pk)}
    at = NominationState(found.state)
    order = [
        ("hand_over", "city", (NominationState.WITH_CITY,)),
        ("endorse", "representative", (NominationState.WITH_REPRESENTATIVE,)),
        ("accept", "secretariat", (NominationState.ENDORSED,)),
        ("conclude", "members", (NominationState.CANDIDATE, NominationState.CONSULTATION)),
        ("decide", "meeting", (NominationState.CONSULTED, NominationState.DEFERRED)),
    ]
    decided = next((days[verb] for verb in ("admit", "defer", "decline") if verb in days), None)
    place = next((number for number, (_verb, _who, states) in enumerate(order) if at in states), len(order))
    if found.on_record_only:
        place = len(order)
        days = {"endorse": found.nominated_on, **days}
    return [
        {
            "who": who,
            "on": decided if verb == "decide" else days.get(verb),
            "now": number == place and at != NominationState.WITHDRAWN,
            "done": number < place if at != NominationState.WITHDRAWN else verb in days,
        }
        for number, (verb, who, _states) in enumerate(order)
    ]


def _inside(request: HttpRequest, found: Nomination) -> dict[str, object]:
    may = {
        "write": access.allowed(request.user, "network.write", found) and found.state == NominationState.WITH_CITY,
        "represent": access.allowed(request.user, "network.represent", found),
        "handle": access.allowed(request.user, "network.handle", found),
        "reply": access.allowed(request.user, "network.reply", found) and found.state == NominationState.CONSULTATION,
    }
    if found.on_record_only:
        return {"may": may, "dossier": [], "can": [], "consultations": []}
    answers = {answer.code: answer for answer in found.answers.select_related("saved_by__person")}
    files: dict[str, list[Evidence]] = {}
    for row in found.evidence.filter(removed_at__isnull=True).select_related("file"):
        files.setdefault(row.code, []).append(row)
    edition = edition_of(found)
    dossier: list[dict[str, Any]] = [
        {"asked": asked, "answer": answers.get(asked.code), "files": files.get(asked.code, []), "element": asked in edition.elements}
        for asked in edition.asked()
    ]
    done = sum(1 for line in dossier if line["answer"] and line["answer"].text)
    return {
        "may": may,
        "can": NOMINATION.verbs(found.state),
        "dossier": dossier,
        "done": done,
        "of": len(dossier),
        "consultations": list(found.consultations.all()) if may["handle"] or states_of(request.user) else [],
        "now": timezone.now(),
    }
