"""The secretariat's desk: nominations on their way, consultations, offices of states, the list of contacts."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nagara.audit.models import Entry
from nagara.monitoring.queries.desk import counts_of, returns_for
from nagara.network import queries
from nagara.network.actions import consultation, posts
from nagara.network.actions.consultation import outcome_of
from nagara.network.forms import ChangeForm, ConsultForm, EndForm, ExtendForm, NewPostForm, ReasonForm, TermForm
from nagara.network.models import Network, NetworkPost, Nomination, StateTerm
from nagara.network.rules import states_of
from nagara.network.states import NominationState, StateOffice
from nagara.network.views.common import act, network_or_404, nomination_for
from nagara.people.models import Term
from nagara.people.registering import Names
from nagara.people.visitor import visitor
from nagara.places.models import City, State
from nagara.toolkit import access
from nagara.toolkit.periods import holds_on

CHANGES = 20
PERIODS = 3


def _kept(request: HttpRequest, code: str) -> Network:
    """A network whose secretariat the visitor is; for anyone else there is no such page."""
    return get_object_or_404(access.visible(request.user, "network.keep").select_related("body"), code=code)


@require_safe
def desk(request: HttpRequest, code: str) -> HttpResponse:
    network = _kept(request, code)
    rows = access.visible(request.user, "network.handle").filter(network=network).select_related("city", "state_of")
    running = rows.filter(
        state__in=[NominationState.ENDORSED, NominationState.CANDIDATE, NominationState.CONSULTATION, NominationState.CONSULTED]
    )
    today = timezone.localdate()
    found = list(running.prefetch_related("consultations__replies").order_by("nominated_on", "pk"))
    context = {
        "network": network,
        "rows": [(row, _running(row)) for row in found],
        "deferred": rows.filter(state=NominationState.DEFERRED).order_by("nominated_on", "pk"),
        "terms": queries.terms_on(network, today),
        "meetings": network.body.meetings.filter(state__in=["planned", "called", "sitting"]).order_by("planned_from", "pk")
        if network.body
        else [],
        "changes": Entry.objects.filter(did="network.report_change").order_by("-seq")[:5],
        "periods": counts_of(returns_for(request.user), timezone.now())[:PERIODS],
        "members": queries.members_on(network, today).count(),
        "states": queries.states_on(network, today).count(),
        "today": today,
    }
    return render(request, "network/desk.html", context)


def _running(row: Nomination) -> dict[str, object] | None:
    found = next((one for one in row.consultations.all() if one.concluded_on is None), None)
    if found is None:
        return None
    latest = {reply.state_of_id: reply.position for reply in found.replies.all()}
    return {"consultation": found, "answered": len(latest), "asked": len(found.asked), "objections": list(latest.values()).count("object")}


@require_safe
def contacts(request: HttpRequest, code: str) -> HttpResponse:
    """Who holds which post, for those inside the network; what changed lately. Personal data: never public."""
    network = network_or_404(code)
    day = timezone.localdate()
    seen = access.visible(request.user, "network.see_posts").filter(holds_on(day), network=network)
    terms = Prefetch("post__terms", Term.objects.filter(holds_on(day)).select_related("person").order_by("capacity", "pk"), "now")
    rows = list(seen.select_related("state", "city", "post__organisation").prefetch_related(terms).order_by("kind", "state", "pk"))
    may_enter = access.visible(request.user, "network.keep").filter(pk=network.pk).exists()
    if not rows and not may_enter:
        return render(request, "network/contacts.html", {"network": network, "rows": [], "keeps": set()}, status=403)
    about = {f"network.networkpost:{row.pk}": row for row in rows}
    changes = Entry.objects.filter(did="network.report_change", about__in=list(about)).order_by("-seq")[:CHANGES]
    context = {
        "network": network,
        "rows": rows,
        "keeps": set(access.visible(request.user, "network.keep_post").filter(network=network).values_list("pk", flat=True)),
        "changes": [(entry, about[entry.about]) for entry in changes],
        "may_enter": may_enter,
        "day": day,
    }
    return render(request, "network/contacts.html", context)


def _post(request: HttpRequest, pk: int) -> NetworkPost:
    return get_object_or_404(
        access.visible(request.user, "network.keep_post").select_related("network", "post__organisation", "state"), pk=pk
    )


def change_post(request: HttpRequest, pk: int) -> HttpResponse:
    row = _post(request, pk)

    def report(data: dict[str, object]) -> None:
        names = Names(given=data["given"], family=data["family"], title=data["title"], rank={})  # type: ignore[arg-type]
        change = posts.Change(names, str(data["capacity"]), data["since"])  # type: ignore[arg-type]
        posts.report_change(row, change, by=visitor(request), at=timezone.now())

    return act(
        request,
        ChangeForm(request.POST or None, initial={"since": timezone.localdate()}),
        report,
        _("The change is kept. The secretariat has been told."),
        reverse("network:contacts", args=[row.network.code]),
        title=_("Report who takes up the post"),
        about=row.post.title,
        lead=_("A new holder ends the term of the one before on that day. Names are read inside the network only."),
        button=_("Report the change"),
    )


def new_post(request: HttpRequest, code: str) -> HttpResponse:
    """The secretariat enters a further office of a state or a city."""
    network = _kept(request, code)
    today = timezone.localdate()
    states = State.objects.filter(pk__in=queries.states_on(network, today).values("state")).order_by("pk")
    cities = City.objects.filter(pk__in=queries.members_on(network, today).values("city")).select_related("state").order_by("sort_en", "pk")
    form = NewPostForm(request.POST or None, states=states, cities=cities)
    return act(
        request,
        form,
        lambda data: posts.enter_new_post(network, posts.NewPost(**data), by=visitor(request), at=timezone.now()),
        _("The post is entered. Report who holds it."),
        reverse("network:contacts", args=[code]),
        title=_("Enter a post"),
        about=network.name,
        lead=_(
            "A state may have several National Representatives; a city has its Chief Smart City Officer. Who holds the post is entered next."
        ),
        button=_("Enter the post"),
    )


def end_term(request: HttpRequest, pk: int, term: int) -> HttpResponse:
    row = _post(request, pk)
    held = get_object_or_404(Term.objects.select_related("post", "person"), pk=term, post=row.post)
    return act(
        request,
        EndForm(request.POST or None, initial={"ended": timezone.localdate()}),
        lambda data: posts.end_term(row, held, ended=data["ended"], why=data["why"], by=visitor(request), at=timezone.now()),
        _("The change is kept. The secretariat has been told."),
        reverse("network:contacts", args=[row.network.code]),
        title=_("End a term"),
        about=row.post.title,
        lead=str(held.person),
        button=_("End the term"),
    )


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    found = nomination_for(request, pk, "network.handle")
    consultation.accept(found, by=visitor(request), at=timezone.now())
    messages.success(request, _("It is a candidate now and may be invited as an observer."))
    return redirect("network:nomination", pk)


def take_up(request: HttpRequest, pk: int) -> HttpResponse:
    found = nomination_for(request, pk, "network.handle")
    return act(
        request,
        ReasonForm(request.POST or None),
        lambda data: consultation.take_up(found, reason=data["reason"], by=visitor(request), at=timezone.now()),
        _("It is a candidate again."),
        reverse("network:nomination", args=[pk]),
        title=_("Take up a deferred nomination"),
        about=found.city.name,
        lead=_("Say what has changed since it was deferred."),
        button=_("Take it up again"),
    )


def consult(request: HttpRequest, pk: int) -> HttpResponse:
    found = nomination_for(request, pk, "network.handle")
    return act(
        request,
        ConsultForm(request.POST or None),
        lambda data: consultation.consult(
            found, rule=data["rule"], until=data["until"], words=data["words"], by=visitor(request), at=timezone.now()
        ),
        _("The members have been asked."),
        reverse("network:consultation", args=[pk]),
        title=_("Open a consultation"),
        about=found.city.name,
        lead=_("Every other member state is asked through its representatives. The nominating state has agreed by nominating."),
        button=_("Ask the members"),
    )


def extend(request: HttpRequest, pk: int) -> HttpResponse:
    found = nomination_for(request, pk, "network.handle")
    running = get_object_or_404(found.consultations, concluded_on__isnull=True)
    return act(
        request,
        ExtendForm(request.POST or None),
        lambda data: consultation.extend(running, until=data["until"], by=visitor(request), at=timezone.now()),
        _("The consultation is extended."),
        reverse("network:consultation", args=[pk]),
        title=_("Extend the consultation"),
        about=found.city.name,
        button=_("Extend"),
    )


@require_POST
def conclude(request: HttpRequest, pk: int) -> HttpResponse:
    found = nomination_for(request, pk, "network.handle")
    done = consultation.conclude(found, by=visitor(request), at=timezone.now())
    messages.success(request, _("Concluded: %(outcome)s. It waits for the annual meeting.") % {"outcome": done.get_outcome_display()})
    return redirect("network:consultation", pk)


@require_safe
def show_consultation(request: HttpRequest, pk: int) -> HttpResponse:
    """What each member state has answered: read by the secretariat and the representatives."""
    found = nomination_for(request, pk, "network.read")
    asked = list(found.consultations.all())
    inside = access.allowed(request.user, "network.handle", found) or bool(states_of(request.user))
    if not asked or not inside:
        return render(request, "network/consultation.html", {"nomination": found, "network": found.network, "asked": []}, status=404)
    states = {state.pk: state for state in State.objects.filter(pk__in={code for one in asked for code in one.asked})}
    rounds = []
    for one in asked:
        latest = one.latest()
        lines = [{"state": states[code], "reply": latest.get(code)} for code in one.asked if code in states]
        rounds.append({"one": one, "lines": lines, "answered": len(latest), "would": outcome_of(one) if one.concluded_on is None else None})
    today = timezone.localdate()
    running = next((one for one in asked if one.concluded_on is None), None)
    context = {
        "nomination": found,
        "network": found.network,
        "asked": rounds,
        "may_reply": access.allowed(request.user, "network.reply", found) and running is not None and running.until >= today,
        "may_handle": access.allowed(request.user, "network.handle", found) and running is not None,
        "may_conclude": running is not None and (today > running.until or set(running.asked) <= set(running.latest())),
    }
    return render(request, "network/consultation.html", context)


def office(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """A state takes up the chair, or becomes Shepherd."""
    network = _kept(request, code)
    title = {StateOffice.CHAIR: _("Enter the next Chair"), StateOffice.SHEPHERD: _("Enter the Shepherd")}
    rule = {
        StateOffice.CHAIR: _("The chair follows that of ASEAN (Terms of Reference §8). Whoever held it until then ends on that day."),
        StateOffice.SHEPHERD: _("Two years, renewable once for another two (Terms of Reference §15)."),
    }
    states = State.objects.filter(pk__in=queries.states_on(network, timezone.localdate()).values("state")).order_by("pk")
    return act(
        request,
        TermForm(request.POST or None, states=states),
        lambda data: posts.enter_term(network, data["state"], office=kind, since=data["since"], by=visitor(request), at=timezone.now()),
        _("The office is entered."),
        reverse("network:posts", args=[code]),
        title=title[StateOffice(kind)],
        about=network.name,
        lead=rule[StateOffice(kind)],
        button=_("Enter"),
    )


@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    kept = access.visible(request.user, "network.keep").values("pk")
    term = get_object_or_404(StateTerm.objects.select_related("network", "state"), pk=pk, network__in=kept)
    posts.renew_shepherd(term, by=visitor(request), at=timezone.now())
    messages.success(request, _("The Shepherd is renewed for two years."))
    return redirect("network:posts", term.network.code)
