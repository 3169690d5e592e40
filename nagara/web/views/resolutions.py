"""Resolutions in public: what was resolved, by whom, with which quorum, and what it did."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from nagara.governance.models import Body, Meeting, Resolution
from nagara.governance.on_record import Asked
from nagara.governance.on_record import resolutions as on_record
from nagara.governance.queries.public import linked_resolutions, meeting_public, resolution_public, resolutions_public
from nagara.governance.states import Verb
from nagara.recognition.models import Recognition
from nagara.recognition.register import steps_of
from nagara.toolkit.asof import as_of
from nagara.toolkit.days import year_text
from nagara.toolkit.pages import open_page
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text
from nagara.web.forms import ResolutionForm
from nagara.web.links import twins

EACH = 30


@open_page
def resolutions(request: HttpRequest) -> HttpResponse:
    day = as_of(request).day
    try:
        asked, refused = Asked.read(request.GET), None
    except Refusal as refusal:
        asked, refused = Asked(), refusal
    bodies = {body.code: text(body.short) or text(body.name) for body in Body.objects.order_by("code")}
    years = sorted(set(Resolution.objects.filter(draft=False).order_by().values_list("item__meeting__year", flat=True)), reverse=True)
    page = Paginator(on_record(asked, day), EACH).get_page(request.GET.get("page"))
    return render(
        request,
        "web/resolutions.html",
        {
            "day": day,
            "asked": asked,
            "refused": refused,
            "form": ResolutionForm(
                request.GET,
                bodies=bodies,
                verbs=[(verb.value, verb.label) for verb in Verb],
                years=[(year, year_text(year)) for year in years],
            ),
            "page": page,
            **twins(request, "opendata:resolutions"),
        },
        status=400 if refused else 200,
    )


@open_page
def resolution(request: HttpRequest, pk: int) -> HttpResponse:
    """One resolution. It is the same on every day: a correction is a resolution of its own, and is named here."""
    try:
        found = resolution_public(pk)
    except Resolution.DoesNotExist:
        raise Http404(_("No resolution on record has this number.")) from None
    meeting = found.item.meeting
    return render(
        request,
        "web/resolution.html",
        {
            "resolution": found,
            "correction": found.correction,  # type: ignore[attr-defined]
            "meeting": meeting,
            "linked": linked_resolutions(found),
            "others": resolutions_public().filter(item__meeting=meeting).exclude(pk=found.pk).order_by("item__position", "pk"),
            "steps": steps_of(found),
            "recommended": Recognition.objects.filter(recommended_by=found).select_related("area__subdivision").order_by("tier", "number"),
            "title": _("Resolution: %(title)s") % {"title": text(found.item.title)},
        },
    )


@open_page
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """A meeting in public: its agenda and what was resolved. Persons are named only where a public source has named them."""
    try:
        found = meeting_public(pk)
    except Meeting.DoesNotExist:
        raise Http404(_("No meeting on record has this number.")) from None
    return render(request, "web/meeting.html", {"meeting": found, "agenda": found.agenda})  # type: ignore[attr-defined]
