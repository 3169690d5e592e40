"""The page of an area: what it is on the day, why it was recognised, what happened, and where each fact comes from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from nagara.assessment.models import Application
from nagara.documents.models import Source
from nagara.governance.models import Resolution
from nagara.places.models import Area, Boundary, FormerName, Population
from nagara.recognition.models import Certificate, Recognition, StatusSpan
from nagara.recognition.queries import history
from nagara.recognition.register import batch_counts
from nagara.recognition.states import Tier, Verb
from nagara.toolkit.asof import as_of
from nagara.toolkit.days import long_day
from nagara.toolkit.pages import open_page
from nagara.toolkit.texts import Texts, text
from nagara.web.chain import address, chain
from nagara.web.index import province_names
from nagara.web.links import twins
from nagara.web.maps.province import province
from nagara.web.qr import qr
from nagara.web.scores import scores_of


@open_page
def area(request: HttpRequest, slug: str) -> HttpResponse:
    found = Area.objects.select_related("subdivision__source", "organisation", "source", "data_space").filter(slug=slug).first()
    if found is None:
        return _moved(request, slug)
    day = as_of(request).day
    grants = [grant for grant in history(found) if grant.effective_on <= day]
    label = next((grant for grant in grants if grant.tier == Tier.LABEL), None)
    zone = next((grant for grant in grants if grant.tier == Tier.ZONE), None)
    shown = label or zone
    span = _span(shown, day) if shown else None
    certificate = _certificate(shown, day) if shown else None
    application = (
        Application.objects.select_related("round__edition").get(pk=shown.application_id) if shown and shown.application_id else None
    )
    scores = scores_of(application) if application else None
    boundary = Boundary.objects.on(day).filter(area=found).select_related("source").order_by("-since", "-pk").first()
    drawn = province(
        found.subdivision_id,
        province_names(),
        day=day,
        boundary=boundary.geometry if boundary else None,
        label=(_("Map of %(area)s in the province %(province)s") if boundary else _("Map of the province %(province)s of %(area)s"))
        % {"area": text(found.name), "province": text(found.subdivision.name)},
    )
    verify = address("recognition:verify", certificate.number if certificate else shown.reference) if shown else ""
    permanent = settings.SITE_ADDRESS + (verify or reverse("web:area", args=[found.slug]))
    return render(
        request,
        "web/area.html",
        {
            "area": found,
            "day": day,
            "grant": shown,
            "label": label,
            "zone": zone,
            "span": span,
            "batch": batch_counts(label.batch) if label and label.batch else None,
            "boundary": boundary,
            "population": Population.objects.filter(area=found, on__lte=day).select_related("source").first(),
            "former": list(found.former_names.select_related("source").order_by("ended", "pk")),
            "map": drawn,
            "chain": chain(shown, certificate, scores) if shown else [],
            "happened": _happened(grants, day),
            "certificate": certificate,
            "verify": verify,
            "scores": scores,
            "edition": application.round.edition if application else None,
            "qr": qr(permanent, label=_("QR code of %(address)s") % {"address": permanent}),
            "permanent": permanent,
            "sources": _sources(found, grants, boundary),
            **twins(request, "opendata:area", found.slug),
        },
    )


def _moved(request: HttpRequest, slug: str) -> HttpResponse:
    """An old address leads to the new one: a former name keeps its link."""
    former = FormerName.objects.select_related("area").filter(slug=slug).first()
    if former is None:
        raise Http404(_("No area on record has this address."))
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(reverse("web:area", args=[former.area.slug]) + (f"?{query}" if query else ""))


def _span(grant: Recognition, day: date) -> StatusSpan | None:
    """The status span that holds on the day."""
    holding = [one for one in grant.spans.all() if (one.since is None or one.since <= day) and (one.ended is None or one.ended > day)]
    return holding[-1] if holding else None


def _certificate(grant: Recognition, day: date) -> Certificate | None:
    return Certificate.objects.filter(recognition=grant, issued_at__date__lte=day, superseded_at=None).order_by("-version").first()


@dataclass(frozen=True)
class Happened:
    """One line of what happened: a step, or the resolution of the body that put the area forward."""

    on: date | None
    state: str
    what: str
    resolution: Resolution | None = None
    source: Source | None = None
    reason: Texts | None = None
    year: int | None = None

    @property
    def order(self) -> tuple[date, bool]:
        """A day that is not on record stands in the year of its meeting, before that year's days; without a year, first of all."""
        return self.on or date(self.year or 1, 1, 1), self.on is not None


def _happened(grants: Iterable[Recognition], day: date) -> list[Happened]:
    """Everything that happened up to the day, newest first."""
    found = []
    for grant in grants:
        for step in grant.steps.all():
            if step.on is None or step.on <= day:
                state = _STATE.get(step.verb, "recognised")
                found.append(Happened(step.on, state, step.get_verb_display(), step.resolution, step.source, step.reason))
        forward = grant.recommended_by
        if forward is not None and (forward.adopted_on is None or forward.adopted_on <= day):
            year = forward.item.meeting.year
            found.append(Happened(forward.adopted_on, "in_review", _("put forward"), forward, forward.source, year=year))
    return sorted(found, key=lambda one: one.order, reverse=True)


_STATE: dict[str, str] = {
    Verb.DESIGNATE: "zone",
    Verb.SUSPEND: "suspended",
    Verb.REVOKE: "revoked",
    Verb.LAPSE: "expired",
    Verb.APPEAL: "in_review",
    Verb.CORRECT: "draft",
}


def _sources(area: Area, grants: Iterable[Recognition], boundary: Boundary | None) -> list[tuple[Source, list[str]]]:
    """Each source once, with the facts that rest on it."""
    facts: dict[Source, list[str]] = {}

    def rests(source: Source | None, fact: str) -> None:
        if source is not None and fact not in facts.setdefault(source, []):
            facts[source].append(fact)

    rests(area.source, _("name"))
    for grant in grants:
        rests(grant.source, _("recognition on %(day)s") % {"day": long_day(grant.effective_on)})
        for step in grant.steps.all():
            if step.verb not in (Verb.GRANT, Verb.DESIGNATE):
                rests(step.source, step.get_verb_display())
        for resolution in (grant.recommended_by, grant.decided_by):
            if resolution is not None:
                meeting = resolution.item.meeting
                rests(
                    resolution.source,
                    _("resolution of meeting %(reference)s, %(body)s")
                    % {"reference": meeting.reference, "body": text(meeting.body.short) or text(meeting.body.name)},
                )
    rests(area.subdivision.source, _("province"))
    rests(boundary.source if boundary else None, _("boundary"))
    return list(facts.items())
