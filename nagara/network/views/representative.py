"""The representative's desk: nominate, ask for more, endorse, withdraw, answer consultations."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from nagara.governance.queries import resolutions_public
from nagara.network.actions import consultation, nominations
from nagara.network.criteria import edition_of
from nagara.network.forms import BeginForm, EndorseForm, ReasonForm, ReplyForm, SendBackForm, states_to_answer_for
from nagara.network.models import CityMembership, Network, NetworkPost, Nomination, StateMembership
from nagara.network.queries import progress_of
from nagara.network.rules import states_of
from nagara.network.states import RUNNING, NominationState, PostKind
from nagara.network.views.common import act, nomination_for, show_refusal
from nagara.people.second_factor import proof_in, second_factor_required
from nagara.people.visitor import visitor
from nagara.places.models import State
from nagara.toolkit import access
from nagara.toolkit.periods import holds_on
from nagara.toolkit.refusal import Refusal

MOST = 30


def _networks(codes: list[str]) -> list[Network]:
    """The networks of which a state that the visitor represents is a member today."""
    mine = StateMembership.objects.filter(holds_on(timezone.localdate()), state__in=codes)
    return list(Network.objects.filter(pk__in=mine.values("network")).order_by("code"))


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """One's nominations with their progress, the consultations that wait, and who stands for the state."""
    codes = states_of(request.user)
    if not codes:
        raise PermissionDenied(_("This desk is for National Representatives."))
    mine = access.visible(request.user, "network.represent").select_related("city", "network", "decided_by__item__meeting__body")
    asked = access.visible(request.user, "network.reply").filter(state=NominationState.CONSULTATION).select_related("city", "state_of")
    context = {
        "states": State.objects.filter(pk__in=codes).order_by("pk"),
        "networks": _networks(codes),
        "rows": progress_of(mine.order_by("state", "city__sort_en", "pk")[:MOST]),
        "asked": [(row, _running(row)) for row in asked.prefetch_related("consultations__replies").order_by("pk")[:MOST]],
        "codes": codes,
        "posts": NetworkPost.objects.filter(holds_on(timezone.localdate()), state__in=codes, kind=PostKind.REPRESENTATIVE)
        .select_related("post", "state")
        .prefetch_related("post__terms__person")
        .order_by("state", "pk"),
        "today": timezone.localdate(),
    }
    return render(request, "network/represent.html", context)


def _running(row: Nomination) -> object:
    return next((one for one in row.consultations.all() if one.concluded_on is None), None)


def begin(request: HttpRequest, code: str) -> HttpResponse:
    """Choose a city of one's state that is not a member yet."""
    network = next((row for row in _networks(states_of(request.user)) if row.code == code), None)
    if network is None:
        raise PermissionDenied(_("You do not represent a member state of this network."))
    members = CityMembership.objects.filter(holds_on(timezone.localdate()), network=network)
    running = Nomination.objects.filter(network=network, state__in=RUNNING)
    cities = access.visible(request.user, "network.nominate").exclude(pk__in=members.values("city")).exclude(pk__in=running.values("city"))
    form = BeginForm(request.POST or None, cities=cities.order_by("sort_en", "pk"))
    if request.method == "POST" and form.is_valid():
        city = form.cleaned_data["city"]
        invented = city.source.certainty == "invented"
        try:
            made = nominations.nominate(network, city, by=visitor(request), at=timezone.now(), invented=invented)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The nomination is begun, and the city has been asked to write its part."))
            return redirect("network:nomination", made.pk)
    context = {
        "form": form,
        "title": _("Nominate a city"),
        "about": network.name,
        "lead": _("The city is asked to write what the criteria in force today ask. You endorse it when it has."),
        "button": _("Begin the nomination"),
        "back": reverse("network:represent"),
    }
    return render(request, "network/form.html", context, status=422 if request.method == "POST" else 200)


def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    found = nomination_for(request, pk, "network.represent")
    form = SendBackForm(request.POST or None, edition=edition_of(found), initial={"about": request.GET.get("about", "")})
    return act(
        request,
        form,
        lambda data: nominations.send_back(found, question=data["question"], about=data["about"], by=visitor(request), at=timezone.now()),
        _("The city has been asked."),
        reverse("network:nomination", args=[pk]),
        title=_("Ask the city for more"),
        about=found.city.name,
        button=_("Send it back to the city"),
    )


@second_factor_required
def endorse(request: HttpRequest, pk: int) -> HttpResponse:
    """Pick the national resolution from the record, then nominate with the second factor."""
    found = nomination_for(request, pk, "network.represent")
    words = request.GET.get("q", "").replace("\x00", "").strip()
    known = nominations.citable(found.network).filter(pk__in=resolutions_public().values("pk"))
    for word in words.split():
        known = known.filter(pk__in=_matching(word))
    shown = known.select_related("item__meeting__body").order_by("-adopted_on", "-pk")
    keys = list(shown.values_list("pk", flat=True)[:MOST])
    allowed = nominations.citable(found.network) if request.method == "POST" else nominations.citable(found.network).filter(pk__in=keys)
    form = EndorseForm(
        request.POST or None,
        resolutions=allowed.filter(pk__in=[*keys, *_posted(request)]).select_related("item__meeting__body").order_by("-adopted_on", "-pk"),
        initial={"revision": found.revision},
    )
    return act(
        request,
        form,
        lambda data: nominations.endorse(
            found,
            resolution=data["resolution"],
            letter=data["letter"],
            revision=data["revision"],
            by=visitor(request),
            at=timezone.now(),
            proof=proof_in(request),
        ),
        _("Nominated. The secretariat has been told."),
        reverse("network:nomination", args=[pk]),
        template="network/endorse.html",
        nomination=found,
        words=words,
        found=len(keys),
        most=MOST,
    )


def _posted(request: HttpRequest) -> list[int]:
    typed = request.POST.get("resolution", "")
    return [int(typed)] if typed.isdecimal() and len(typed) < 12 else []


def _matching(word: str) -> QuerySet[Any, Any]:
    said = (
        Q(text__th__icontains=word) | Q(text__en__icontains=word) | Q(item__title__th__icontains=word) | Q(item__title__en__icontains=word)
    )
    return resolutions_public().order_by().filter(said).values("pk")


@second_factor_required
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found = nomination_for(request, pk, "network.represent")
    return act(
        request,
        ReasonForm(request.POST or None),
        lambda data: nominations.withdraw(found, reason=data["reason"], by=visitor(request), at=timezone.now(), proof=proof_in(request)),
        _("The nomination is withdrawn. What was, stays on record."),
        reverse("network:nomination", args=[pk]),
        title=_("Withdraw the nomination"),
        about=found.city.name,
        lead=_("The reason is read by the city and the secretariat. The public reads that it was withdrawn, and when."),
        button=_("Withdraw"),
    )


@second_factor_required
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    found = nomination_for(request, pk, "network.reply")
    states = states_to_answer_for(found.network, found, states_of(request.user))
    first = states.first()
    form = ReplyForm(request.POST or None, states=states, initial={"state": first.pk if first else None})
    return act(
        request,
        form,
        lambda data: consultation.reply(
            found,
            data["state"],
            position=data["position"],
            reasons=data["reasons"],
            by=visitor(request),
            at=timezone.now(),
            proof=proof_in(request),
        ),
        _("Your answer is kept. You may change it until the last day."),
        reverse("network:consultation", args=[pk]),
        title=_("Answer the consultation"),
        about=found.city.name,
        button=pgettext("verb", "Answer"),
    )
