"""A table in steps: it goes up, its columns are named, its faults come down, it is loaded as a whole."""

import csv
import io

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from nagara.citydata import jobs
from nagara.citydata.actions import loads
from nagara.citydata.forms import MappingForm, TableForm
from nagara.citydata.models import Load
from nagara.citydata.sheets.mapping import Mapping
from nagara.citydata.states import LOAD, LOAD_BUSY, LoadState
from nagara.citydata.views.common import Context, room, show_refusal, space_of, user_of
from nagara.toolkit import access
from nagara.toolkit.pagination import page_of
from nagara.toolkit.refusal import Refusal

FAULTS_SHOWN = 100


def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """The place for the upload, and the earlier tables."""
    space = space_of(request, slug, "citydata.keep_space")
    form = TableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            load = loads.upload(space, form.cleaned_data["file"], by=user_of(request), at=timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("citydata:load", slug, load.pk)
    earlier = Load.objects.filter(space=space).select_related("file", "by__person").order_by("-uploaded_at", "-pk")
    page = page_of(earlier, request.GET.get("page"), size=20)
    return render(request, "citydata/loads.html", {**room(request, space), "form": form, "page": page})


def _load(request: HttpRequest, slug: str, pk: int, rule: str = "citydata.view_load") -> Load:
    visible = access.visible(request.user, rule).select_related("space__area__subdivision", "space__city__state", "file", "by__person")
    return get_object_or_404(visible, pk=pk, space__slug=slug)


def load(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One table: its columns, what the dry run found, and the button that loads it."""
    found = _load(request, slug, pk, "citydata.keep_load" if request.method == "POST" else "citydata.view_load")
    changing = LOAD.can("find_sound", found.state)
    form, lines = None, []
    if changing:
        headings = list(found.mapping.get("headings", []))
        form = MappingForm(request.POST or None, headings=headings, mapping=Mapping.read(found.mapping))
        if request.method == "POST" and form.is_valid():
            loads.name_columns(found, form.mapping(), by=user_of(request), at=timezone.now())
            return redirect("citydata:load", slug, pk)
        table = loads.table_of(found)
        lines = form.lines([table.samples(place) for place in range(len(headings))])
    return render(request, "citydata/load.html", {**_context(request, found), "form": form, "lines": lines})


def _context(request: HttpRequest, found: Load) -> Context:
    return {
        **room(request, found.space),
        "load": found,
        "busy": found.state in LOAD_BUSY,
        "faults": found.faults[:FAULTS_SHOWN],
        "sound": found.state == LoadState.SOUND,
        "loaded": found.state == LoadState.LOADED,
        "columns": Mapping.read(found.mapping).columns if found.mapping else (),
    }


@require_safe
def state(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The part of the page that changes while it is loaded."""
    found = _load(request, slug, pk)
    response = render(request, "citydata/_load_state.html", _context(request, found))
    if found.state not in LOAD_BUSY:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def send(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    found = _load(request, slug, pk, "citydata.keep_load")
    loads.ask_to_load(found, by=user_of(request), at=timezone.now())
    jobs.start_load(found.pk)
    return redirect("citydata:load", slug, pk)


@require_POST
def give_up(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    loads.give_up(_load(request, slug, pk, "citydata.keep_load"), by=user_of(request), at=timezone.now())
    return redirect("citydata:loads", slug)


@require_safe
def faults_csv(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Every fault that was kept, for a spreadsheet."""
    found = _load(request, slug, pk)
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["row", "column", "fault", "found"])
    for fault in found.faults:
        cell = fault["found"]
        writer.writerow([fault["row"], fault["heading"], fault["words"], f"'{cell}" if cell[:1] in "=+-@\t" else cell])
    response = HttpResponse("\ufeff" + target.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"faults-{found.pk}.csv") or "attachment"
    return response
