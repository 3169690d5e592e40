"""The import in steps: a workbook goes up, is read, its faults come down, it is loaded as a whole."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nagara.documents.files import open_file
from nagara.places.models import City
from nagara.plans import jobs
from nagara.plans.actions import imports
from nagara.plans.forms import SheetForm
from nagara.plans.listing import Asked, rows
from nagara.plans.models import Project, SheetImport
from nagara.plans.sheets.faults import Fault
from nagara.plans.sheets.mark import as_csv, marked
from nagara.plans.sheets.write import export
from nagara.plans.states import BUSY, ImportState
from nagara.plans.views.common import Context, edition_today, show_refusal, user_of
from nagara.toolkit import access
from nagara.toolkit.asof import as_of
from nagara.toolkit.numbers import whole
from nagara.toolkit.pages import open_page
from nagara.toolkit.pagination import page_of
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.thai import alphabet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _file(content: bytes, name: str, media_type: str = XLSX) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def begin(request: HttpRequest) -> HttpResponse:
    """What may be downloaded, the place for the upload, and the visitor's earlier sheets."""
    user = user_of(request)
    access.require(user, "plans.import")
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            sheet = imports.upload(form.cleaned_data["file"], language=(get_language() or "th")[:2], by=user, at=timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            jobs.start(sheet.pk)
            return redirect("plans:import", sheet.pk)
    earlier = access.visible(user, "plans.view_import").select_related("file", "by__person")
    own = access.visible(user, "plans.write_for_city")
    context = {"form": form, "page": page_of(earlier, request.GET.get("page"), size=20), "cities": own.count()}
    return render(request, "plans/import.html", context)


def _sheet(request: HttpRequest, pk: int) -> SheetImport:
    return get_object_or_404(access.visible(request.user, "plans.view_import").select_related("file", "by__person"), pk=pk)


def _faults(sheet: SheetImport) -> list[Fault]:
    return [Fault(**fault) for fault in sheet.faults]


def _context(request: HttpRequest, sheet: SheetImport) -> Context:
    busy = sheet.state in BUSY
    faults = _faults(sheet) if sheet.state == ImportState.FAULTY else []
    here = whole(request.GET.get("page")) or 1
    pages = max((len(faults) + FAULTS_EACH - 1) // FAULTS_EACH, 1)
    here = min(here, pages)
    return {
        "sheet": sheet,
        "busy": busy,
        "faults": faults[(here - 1) * FAULTS_EACH : here * FAULTS_EACH],
        "fault_page": here,
        "fault_pages": pages,
        "mine": sheet.by_id == user_of(request).pk,
    }


FAULTS_EACH = 100


@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "plans/sheet.html", _context(request, _sheet(request, pk)))


@require_safe
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that changes while a worker is at it."""
    found = _sheet(request, pk)
    response = render(request, "plans/_sheet_state.html", _context(request, found))
    if found.state not in BUSY:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def load(request: HttpRequest, pk: int) -> HttpResponse:
    found = _sheet(request, pk)
    imports.ask_to_load(found, by=user_of(request), at=timezone.now())
    jobs.start(found.pk)
    return redirect("plans:import", pk)


@require_POST
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    imports.give_up(_sheet(request, pk), by=user_of(request), at=timezone.now())
    return redirect("plans:imports")


@require_safe
def faults_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    found = _sheet(request, pk)
    try:
        with open_file(found.file) as file:
            content = marked(file, _faults(found))
    except (KeyError, ValueError, OSError):
        # A workbook that could not be opened has no cells to mark; its fault stands on the page.
        raise Refusal(_("This workbook could not be opened, so there is nothing to mark in it."), code="unreadable-workbook") from None
    return _file(content, f"faults-{found.pk}.xlsx")


@require_safe
def faults_csv(request: HttpRequest, pk: int) -> HttpResponse:
    found = _sheet(request, pk)
    return _file(as_csv(_faults(found)), f"faults-{found.pk}.csv", "text/csv; charset=utf-8")


def _cities(request: HttpRequest, projects: Any) -> list[City]:
    """Whose names the lists of a workbook offer: the visitor's own cities, else those of the projects."""
    own = list(access.visible(request.user, "plans.write_for_city").order_by(alphabet(), "slug")[:1000])
    return own or list(City.objects.filter(pk__in=projects.order_by().values("city")).order_by(alphabet(), "slug"))


@open_page
@require_safe
def export_xlsx(request: HttpRequest) -> HttpResponse:
    """The projects of the list, with the same filters, as a workbook that comes back in unchanged."""
    day = as_of(request).day
    asked = Asked.read(request.GET, edition_today())
    numbers = rows(asked, day).order_by().values("pk")
    projects = Project.objects.filter(pk__in=numbers)
    return _file(export(projects, on=day, cities=_cities(request, projects)), f"projects-{day.isoformat()}.xlsx")


@require_safe
def template_xlsx(request: HttpRequest) -> HttpResponse:
    access.require(user_of(request), "plans.import")
    nothing = Project.objects.none()
    return _file(export(nothing, on=timezone.localdate(), cities=_cities(request, nothing)), "projects-template.xlsx")
