"""The boundary of an area: drawn, typed or uploaded; examined; proposed by the team or set by the office."""

import io
from dataclasses import asdict, dataclass, field
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from nagara.documents.files import BOUNDARY_KINDS, keep, open_file
from nagara.documents.kinds import inspect
from nagara.documents.kinds.plain import read_geojson
from nagara.documents.models import StoredFile
from nagara.people.second_factor import proof_in
from nagara.places import actions, queries
from nagara.places.drawing import drawing, ground
from nagara.places.forms import AcceptForm, OutlineFileForm, OutlineForm, SetOutlineForm
from nagara.places.geometry import as_geojson
from nagara.places.models import Area, Boundary, ProposedBoundary
from nagara.places.outlines import Fault, Raw
from nagara.places.outlines.checks import OFFERS, Examined, examine
from nagara.places.outlines.files import parts_of_geojson, read
from nagara.places.outlines.text import read_text, write_text
from nagara.toolkit import access
from nagara.toolkit.days import read_day
from nagara.toolkit.pages import open_page
from nagara.toolkit.refusal import Refusal

SALT = "nagara.places.boundary"
MENDING = ("swap", "simplify")
"""Offers that change the list of coordinates at once, so that the person sees what came of it."""


@dataclass
class Kept:
    """What an upload left for the step in which it is saved: which file, and what the person has still to agree to."""

    file: int | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Work:
    """What lies on the table: the list of coordinates and what the examination says of it."""

    text: str
    raw: Raw
    kept: Kept
    agreed: frozenset[str] = frozenset()
    examined: Examined | None = None
    line_faults: list[Fault] = field(default_factory=list)

    @property
    def faults(self) -> list[Fault]:
        asked = [_fault(entry) for entry in self.kept.asked if entry["offer"] not in self.agreed]
        return [*self.line_faults, *asked, *(self.examined.faults if self.examined else [])]


@require_http_methods(["GET", "POST"])
def boundary(request: HttpRequest, slug: str) -> HttpResponse:
    """The editor. A POST loads a file, checks, mends or saves, by the button that was pressed."""
    area = get_object_or_404(access.visible(request.user, "places.propose_boundary").select_related("subdivision"), slug=slug)
    office = access.allowed(request.user, "places.edit_area", area)
    today = timezone.localdate()
    province = queries.province_outline(area.subdivision_id, today)
    if request.method == "GET":
        start = _start(area, office=office)
        return _page(request, area, work=start, office=office)
    if request.POST.get("do") == "load":
        files = OutlineFileForm(request.POST, request.FILES)
        if not files.is_valid():
            return _page(request, area, work=_start(area, office=office), office=office, files=files)
        try:
            work = _loaded(request, files.cleaned_data["file"])
        except Refusal as refusal:
            files.add_error("file", " ".join(part for part in (refusal.message, refusal.next_step) if part))
            return _page(request, area, work=_start(area, office=office), office=office, files=files)
        work.examined = examine(work.raw, province=province, agreed=work.agreed)
        return _page(request, area, work=work, office=office, loaded=True)
    form = SetOutlineForm(request.POST) if office else OutlineForm(request.POST)
    work = _work(request)
    if not form.is_valid():
        return _page(request, area, work=work, office=office, form=form)
    work.examined = examine(work.raw, province=province, agreed=work.agreed)
    if request.POST.get("do") in MENDING:
        _mend(work, request.POST["do"], province)
    elif request.POST.get("do") == "save" and not work.faults:
        try:
            return _save(request, area, work, form, office=office)
        except Refusal as refusal:
            if refusal.code == "second-factor-needed":
                raise
            form.add_error(
                "since" if "since" in refusal.fields else None, " ".join((refusal.message, refusal.rule, refusal.next_step)).strip()
            )
    return _page(request, area, work=work, office=office, form=form)


def _start(area: Area, *, office: bool) -> Work:
    """The editor opens with what waits to be accepted, else with what is on record."""
    proposal = queries.proposal_of(area)
    present = Boundary.objects.filter(area=area, ended__isnull=True).first()
    found = proposal if proposal is not None and proposal.accepted_id is None else present
    raw = Raw(parts_of_geojson(found.geometry) if found is not None else [])
    return Work(write_text(raw), raw, Kept(found.file_id if found is not None else None))


def _loaded(request: HttpRequest, upload: Any) -> Work:
    """Read an uploaded file into the list of coordinates. It is kept, and saved with the outline if that is saved."""
    stored = keep(upload, by=request.user, at=timezone.now(), kinds=BOUNDARY_KINDS)  # type: ignore[arg-type]
    with open_file(stored) as file:
        kind = inspect(file, stored.name, stored.size, BOUNDARY_KINDS).kind
        raw = read(file, kind, stored.size)
    agreed = frozenset(request.POST.getlist("agreed")) & frozenset(OFFERS)
    of_file = [fault for fault in examine(raw).faults if fault.offer in ("close", "degrees")]
    asked = [{**asdict(fault), "places": [list(place) for place in fault.places][:4]} for fault in of_file[:5]]
    raw.closed = raw.degrees_unsure = False  # from here on a question to the person, kept in `asked`
    return Work(write_text(raw), raw, Kept(stored.pk, asked), agreed)


def _fault(entry: dict[str, Any]) -> Fault:
    return Fault(**{**entry, "places": tuple((place[0], place[1]) for place in entry["places"])})


def _work(request: HttpRequest) -> Work:
    text = request.POST.get("outline", "")
    agreed = frozenset(request.POST.getlist("agreed")) & frozenset(OFFERS)
    kept = _read_kept(request)
    if text.lstrip().startswith("{"):
        raw, faults = _pasted(text)
        return Work(write_text(raw) if not faults else text, raw, kept, agreed, None, faults)
    raw, faults = read_text(text)
    return Work(text, raw, kept, agreed, None, faults)


def _pasted(text: str) -> tuple[Raw, list[Fault]]:
    """GeoJSON that somebody pasted into the list."""
    try:
        return Raw(parts_of_geojson(read_geojson(io.BytesIO(text.encode())))), []
    except Refusal as refusal:
        return Raw([]), [Fault("line", refusal.message)]


def _read_kept(request: HttpRequest) -> Kept:
    """What the upload left, if it is this person's and not older than a day."""
    try:
        said = signing.loads(request.POST.get("kept", ""), salt=SALT, max_age=24 * 3600)
    except signing.BadSignature:
        return Kept()
    return Kept(said["file"], said["asked"]) if said["user"] == request.user.pk else Kept()


def _sign_kept(request: HttpRequest, kept: Kept) -> str:
    return signing.dumps({**asdict(kept), "user": request.user.pk}, salt=SALT, compress=True)


def _mend(work: Work, offer: str, province: Any) -> None:
    """Do what was agreed to, write it into the list, and examine that."""
    if offer == "swap":
        work.raw = Raw([[[(y, x) for x, y in ring] for ring in part] for part in work.raw.parts])
    else:
        thin = examine(work.raw, province=province, agreed=work.agreed | {"simplify"})
        notes = thin.notes
        if thin.outline is not None:
            work.raw = Raw(parts_of_geojson(as_geojson(thin.outline)), notes=notes)
    work.text = write_text(work.raw)
    work.examined = examine(work.raw, province=province, agreed=work.agreed)


def _save(request: HttpRequest, area: Area, work: Work, form: OutlineForm, *, office: bool) -> HttpResponse:
    assert work.examined is not None  # noqa: S101 - examined before it is saved
    assert work.examined.outline is not None  # noqa: S101 - without a fault there is an outline
    file = StoredFile.objects.filter(pk=work.kept.file).first() if work.kept.file else None
    given: dict[str, Any] = {
        "by": request.user,
        "at": timezone.now(),
        "origin": Boundary.Origin.UPLOADED if file else Boundary.Origin.DRAWN,
        "file": file,
    }
    if office:
        said = form.cleaned_data
        actions.set_boundary(area, work.examined.outline, since=said["since"], why=said["why"], proof=proof_in(request), **given)
        messages.success(request, _("The boundary is in the record."))
    else:
        actions.propose_boundary(area, work.examined.outline, **given)
        messages.success(request, _("The boundary is proposed. It goes with your application; the programme office sets it."))
    return redirect(_next(request) or reverse("places:boundary", args=[area.slug]))


def _next(request: HttpRequest) -> str:
    """Where the person came from, such as an application; only if it is one of our pages."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    return address if url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()) else ""


def _page(
    request: HttpRequest,
    area: Area,
    *,
    work: Work,
    office: bool,
    form: OutlineForm | None = None,
    files: OutlineFileForm | None = None,
    loaded: bool = False,
) -> HttpResponse:
    today = timezone.localdate()
    seen = ground(area, today)
    kept = _sign_kept(request, work.kept) if work.kept.file else ""
    if form is None:
        form = (SetOutlineForm if office else OutlineForm)(initial={"outline": work.text, "kept": kept})
    else:
        form.data = {**form.data.dict(), "outline": work.text, "kept": kept}  # type: ignore[attr-defined]
    proposal = queries.proposal_of(area)
    faulty = bool(work.faults or form.errors or (files is not None and files.errors))
    return render(
        request,
        "places/boundary.html",
        {
            "area": area,
            "office": office,
            "form": form,
            "files": files or OutlineFileForm(),
            "loaded": loaded,
            "fresh": request.method == "GET",
            "faults": work.faults,
            "mending": MENDING,
            "agreed": work.agreed,
            "notes": work.examined.notes if work.examined else [],
            "size": work.examined.square_kilometres if work.examined and work.examined.outline is not None else None,
            "drawing": drawing(seen, work.raw, work.faults),
            "ground": seen.plain(work.faults),
            "boundaries": queries.boundaries_of(area),
            "proposal": proposal if proposal is not None and proposal.accepted_id is None else None,
            "accept": AcceptForm(initial={"number": proposal.number}) if office and proposal is not None else None,
            "next": _next(request),
        },
        status=422 if faulty and request.method == "POST" else 200,
    )


@require_POST
def accept(request: HttpRequest, slug: str) -> HttpResponse:
    """The office accepts the proposal that it saw."""
    area = get_object_or_404(access.visible(request.user, "places.edit_area"), slug=slug)
    form = AcceptForm(request.POST)
    if not form.is_valid():
        words = " ".join(str(error) for errors in form.errors.values() for error in errors)
        raise Refusal(words, next_step=_("Go back and correct the day."), code="unreadable-day")
    proposal = get_object_or_404(access.visible(request.user, "places.accept_boundary"), area=area, number=form.cleaned_data["number"])
    newest = ProposedBoundary.objects.filter(area=area).order_by("-number").first()
    if newest is not None and newest.pk != proposal.pk:
        raise Refusal(
            _("The team has proposed another boundary since."),
            next_step=_("Open the page again and look at the new one."),
            code="proposal-outdated",
        )
    actions.accept_boundary(
        proposal,
        since=form.cleaned_data["accept_since"],
        by=request.user,  # type: ignore[arg-type]
        at=timezone.now(),
        proof=proof_in(request),
    )
    messages.success(request, _("The boundary is in the record."))
    return redirect("places:boundary", area.slug)


@open_page
@require_GET
def geojson(request: HttpRequest, slug: str) -> HttpResponse:
    """The outline on record on a day, as GeoJSON for anyone."""
    found = queries.area_called(slug)
    if found is None:
        raise Http404
    area, former = found
    if former:
        return redirect("places:geojson", area.slug)
    day = read_day(request.GET["on"]).day if request.GET.get("on") else timezone.localdate()
    outline = queries.boundary_on(area, day)
    if outline is None:
        raise Http404(_("No boundary of this area is on record on that day."))
    feature = {
        "type": "Feature",
        "id": area.slug,
        "geometry": outline.geometry,
        "properties": {
            "name": area.name,
            "province": area.subdivision_id,
            "since": outline.since,
            "ended": outline.ended,
            "square_kilometres": outline.square_kilometres,
            "origin": outline.origin,
            "digest": outline.digest,
            "on": day,
        },
    }
    response = JsonResponse(feature, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="{area.slug}.geojson"'
    response["Access-Control-Allow-Origin"] = "*"
    return response
