"""Endpoints and their probes: what is declared, what was found, when. Public, because it is the proof."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nagara.citydata.actions import probes
from nagara.citydata.forms_platform import EndpointForm
from nagara.citydata.models import Endpoint
from nagara.citydata.probing.findings import Check, words
from nagara.citydata.views.common import room, say, show_refusal, space_of, user_of
from nagara.toolkit import access
from nagara.toolkit.pages import open_page
from nagara.toolkit.refusal import Refusal

SHOWN = 60


def _endpoint(request: HttpRequest, slug: str, pk: int, rule: str = "citydata.view_endpoint") -> Endpoint:
    visible = access.visible(request.user, rule).select_related("space__area__subdivision", "space__city__state", "space__publisher")
    return get_object_or_404(visible, space__slug=slug, pk=pk)


@open_page
def endpoint(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One endpoint: what the last probe found, and the ones before."""
    found = _endpoint(request, slug, pk)
    history = list(found.probes.order_by("-at", "-pk")[:SHOWN])
    labels = dict(Check.choices)
    last = history[0] if history else None
    reached = sum(any(one["check"] == "reachable" and one["state"] == "met" for one in probe.findings) for probe in history)
    context = {
        **room(request, found.space),
        "endpoint": found,
        "last": last,
        "findings": [(labels.get(one["check"], one["check"]), one["state"], words(one)) for one in (last.findings if last else [])],
        "history": history,
        "strip": list(reversed(history)),
        "reachable": f"{100 * reached / len(history):.1f}" if history else "",
    }
    return render(request, "citydata/endpoint.html", context)


def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Declare an endpoint of the city's own platform."""
    space = space_of(request, slug, "citydata.keep_space")
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = probes.declare(space, **form.cleaned_data, by=user_of(request), at=timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            say(request, _("The endpoint is declared. It is probed within a minute, and every six hours from then on."))
            return redirect("citydata:endpoint", slug, made.pk)
    return render(request, "citydata/endpoint_new.html", {**room(request, space), "form": form})


@require_POST
def probe(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    found = _endpoint(request, slug, pk, "citydata.keep_endpoint")
    probes.probe_now(found, by=user_of(request), at=timezone.now())
    return redirect("citydata:endpoint", slug, pk)


@require_POST
def end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    found = _endpoint(request, slug, pk, "citydata.keep_endpoint")
    probes.end_endpoint(found, by=user_of(request), at=timezone.now())
    say(request, _("The endpoint is declared no longer. What its probes found stays on record."))
    return redirect("citydata:space", slug)
