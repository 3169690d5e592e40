"""What anyone may read: the list, a report, the rows behind each figure, a row."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language

from nagara.audit.models import Entry
from nagara.audit.words import words_of
from nagara.network.queries import networks
from nagara.reports import reading
from nagara.reports.charts import for_page
from nagara.reports.document import content_of
from nagara.reports.forms import AskForm
from nagara.reports.models import FrozenReport, FrozenRow
from nagara.reports.reading import Asked, contents, rows_behind
from nagara.reports.states import Change, RowKind
from nagara.toolkit import access
from nagara.toolkit.pages import open_page
from nagara.toolkit.pagination import page_of

LISTED = 15
"""So many rows of the list of projects stand on the page of a report; the rest is one link away."""


def report_or_404(number: str) -> FrozenReport:
    rows = FrozenReport.objects.select_related("network", "corrects", "corrected_by", "previous")
    return get_object_or_404(rows.defer("corrects__content", "corrected_by__content", "previous__content"), number=number)


@open_page
def index(request: HttpRequest) -> HttpResponse:
    """Every frozen report. The secretariat prepares the next one from here."""
    may = networks().filter(pk__in=access.visible(request.user, "reports.freeze").values("pk"))
    may_freeze = request.user.is_authenticated and may.exists()
    return render(
        request,
        "reports/index.html",
        {
            "page": page_of(reading.reports(), request.GET.get("page")),
            "form": AskForm(networks=may) if may_freeze else None,
        },
    )


@open_page
def report(request: HttpRequest, number: str) -> HttpResponse:
    found = report_or_404(number)
    content = content_of(found)
    language = (get_language() or "th").split("-")[0]
    listed = list(contents(rows_behind(found, Asked())[:LISTED]))
    return render(
        request,
        "reports/report.html",
        {
            "report": found,
            "c": content,
            "figures": content["figures"],
            "drawings": {row.name: for_page(row.svg) for row in found.drawings.filter(language=language)},
            "listed": listed,
            **annex_of(content),
            "left": list(contents(rows_behind(found, Asked(change=Change.LEFT))[:LISTED])) if content["change"] else [],
            "added": list(contents(rows_behind(found, Asked(change=Change.ADDED))[:LISTED])) if content["change"] else [],
            "may_freeze": access.allowed(request.user, "reports.freeze", found.network) if request.user.is_authenticated else False,
        },
    )


NAMED = 100
"""So many members are named on the page of a report; a larger network has them on a page of their own."""


def members_of(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The members as frozen, each with its name, the place of its source in the list of sources, and what it has not answered."""
    places = {code: place for place, code in enumerate(content["sources"], 1)}
    silent: dict[str, list[dict[str, Any]]] = {}
    for entry in content["silent"]:
        silent.setdefault(entry["city"], []).append(entry)
    return [
        {
            **member,
            "name": content["cities"][member["city"]]["name"],
            "place": places.get(member["source"]),
            "silent": silent.get(member["city"], []),
        }
        for member in content["members"]
    ]


def annex_of(content: dict[str, Any]) -> dict[str, Any]:
    """The members by state, as far as they are named on the page, and the sources."""
    states: dict[str, list[dict[str, Any]]] = {}
    if len(content["members"]) <= NAMED:
        for member in members_of(content):
            states.setdefault(member["state"], []).append(member)
    named = content["titles"]["states"]
    return {
        "members": [{"name": name, "rows": states[code]} for code, name in named.items() if code in states],
        "silent": content["silent"][:NAMED],
        "sources": list(content["sources"].values()),
    }


@open_page
def members(request: HttpRequest, number: str) -> HttpResponse:
    """Every member on the day of a report, and what each has not answered."""
    found = report_or_404(number)
    content = content_of(found)
    listed = members_of(content)
    only_silent = request.GET.get("silent") == "1"
    page = Paginator([row for row in listed if row["silent"]] if only_silent else listed, 100).get_page(request.GET.get("page"))
    return render(
        request, "reports/members.html", {"report": found, "c": content, "page": page, "only_silent": only_silent, **annex_of(content)}
    )


@open_page
def rows(request: HttpRequest, number: str) -> HttpResponse:
    """The rows behind one figure, as they were frozen."""
    found = report_or_404(number)
    content = content_of(found)
    asked = Asked.read(request.GET, content)
    page = page_of(rows_behind(found, asked), request.GET.get("page"))
    return render(
        request,
        "reports/rows.html",
        {"report": found, "c": content, "asked": asked, "page": page, "rows": _with_content(list(page))},
    )


def _with_content(rows: list[FrozenRow]) -> list[dict[str, Any]]:
    return [{"position": row.position, "kind": row.kind, **reading.plain(row)} for row in rows]


@open_page
def row(request: HttpRequest, number: str, kind: str, position: int) -> HttpResponse:
    """One frozen row down to its source; those who answer for the record see who wrote it, by name."""
    found = report_or_404(number)
    if kind not in RowKind.values:
        raise Http404
    held = get_object_or_404(FrozenRow, report=found, kind=kind, position=position)
    said = reading.plain(held)
    if kind == RowKind.MEASURE:
        page = Paginator(said["values"], 100).get_page(request.GET.get("page"))
        return render(request, "reports/measure.html", {"report": found, "c": content_of(found), "row": said, "page": page})
    entries = None
    if access.allowed(request.user, "reports.see_names"):
        about = f"plans.project:{said['id']}"
        written = Entry.objects.filter(about=about, at__lte=found.frozen_at).order_by("-seq")[:50]
        entries = [{"at": entry.at, "by_name": entry.by_name, "did": words_of(entry.did)} for entry in written]
    return render(
        request,
        "reports/row.html",
        {"report": found, "c": content_of(found), "row": said, "held": held, "entries": entries},
    )
