"""A frozen report as data. It never changes, so a copy may be kept for ever."""

import csv
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from io import StringIO
from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from nagara.reports import document, reading
from nagara.reports.lines import project_lines, value_lines
from nagara.reports.models import FrozenReport
from nagara.reports.views.public import report_or_404
from nagara.toolkit.pages import open_page

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def frozen(view: Callable[[FrozenReport], tuple[Iterable[bytes], str, str]]) -> Callable[..., HttpResponseBase]:
    """A view that answers with (pieces, media type, end of the name) of a frozen report: open, for every site."""

    @wraps(view)
    def answer(request: HttpRequest, number: str) -> HttpResponseBase:
        report = report_or_404(number)
        pieces, media_type, ending = view(report)
        response = StreamingHttpResponse(pieces, content_type=media_type)
        place = "inline" if media_type == "application/json" else "attachment"
        response.headers["Content-Disposition"] = f'{place}; filename="{report.number}{ending}"'
        response.headers["ETag"] = f'"{report.digest[:32]}{ending}"'
        response.headers["Cache-Control"] = "public, max-age=86400"
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Link"] = f'<{LICENCE}>; rel="license"'
        return response

    return open_page(require_safe(answer))


@frozen
def document_json(report: FrozenReport) -> tuple[Iterable[bytes], str, str]:
    """The document itself, byte for byte: its SHA-256 is the digest of the report."""
    return document.stored(report), "application/json", ".json"


@frozen
def figures_csv(report: FrozenReport) -> tuple[Iterable[bytes], str, str]:
    return table(reading.figure_lines(document.content_of(report))), "text/csv; charset=utf-8", "-figures.csv"


@frozen
def projects_csv(report: FrozenReport) -> tuple[Iterable[bytes], str, str]:
    return table(project_lines(report)), "text/csv; charset=utf-8", "-projects.csv"


@frozen
def values_csv(report: FrozenReport) -> tuple[Iterable[bytes], str, str]:
    return table(value_lines(report)), "text/csv; charset=utf-8", "-values.csv"


def table(lines: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """CSV in UTF-8 with the mark that Excel needs to read Thai."""
    out = StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    for number, line in enumerate(lines):
        if number == 0:
            writer.writerow(line)
        writer.writerow([cell(value) for value in line.values()])
        if out.tell() > 16_000:
            yield _taken(out)
    yield _taken(out)


def _taken(out: StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()


def cell(value: Any) -> str:
    """A value as a cell: a share with its one decimal; a text that a spreadsheet would run as a formula marked as text."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.1f}"
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_STARTS_A_FORMULA) else text
