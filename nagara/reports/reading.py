"""Frozen reports and their rows, as pages and files read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from nagara.reports.models import FrozenReport, FrozenRow
from nagara.reports.states import Change, RowKind
from nagara.toolkit.refusal import Refusal


def reports() -> QuerySet[FrozenReport]:
    """Every frozen report, the newest day first, without its content."""
    rows = FrozenReport.objects.select_related("network", "corrects", "corrected_by").defer("content", "corrects__content")
    return rows.defer("corrected_by__content").order_by("-as_of", "-frozen_at", "-pk")


@dataclass(frozen=True)
class Asked:
    """Which rows of a report: those behind one of its figures. Empty: all projects."""

    area: str = ""
    stage: str = ""
    state: str = ""
    city: str = ""
    change: str = ""

    @classmethod
    def read(cls, query: QueryDict, content: dict[str, Any]) -> "Asked":
        """Read a query; a `Refusal` says which filter names nothing in this report."""
        found = {name: query.get(name, "").strip() for name in ("area", "stage", "state", "city", "change")}
        known = {
            "area": content["titles"]["areas"],
            "stage": content["titles"]["stages"],
            "state": content["titles"]["states"],
            "city": content["cities"],
            "change": set(Change.values),
        }
        faults = {
            name: _("This report knows no “%(code)s”.") % {"code": code} for name, code in found.items() if code and code not in known[name]
        }
        if faults:
            raise Refusal(" ".join(faults.values()), fields=faults, code="unknown-filter", status=400)
        return cls(**found)

    @property
    def kind(self) -> str:
        return RowKind.LEFT if self.change == Change.LEFT else RowKind.PROJECT

    @property
    def filters(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value}


def rows_behind(report: FrozenReport, asked: Asked) -> QuerySet[FrozenRow]:
    return FrozenRow.objects.filter(report=report, kind=asked.kind, **asked.filters).order_by("position")


def contents(rows: QuerySet[FrozenRow]) -> Iterator[dict[str, Any]]:
    """What each row says, with its position."""
    for position, content in rows.values_list("position", "content").iterator(chunk_size=2000):
        yield {"position": position, **orjson.loads(content)}


def plain(row: FrozenRow) -> dict[str, Any]:
    """What a row says."""
    found: dict[str, Any] = orjson.loads(row.content)
    return found


FIGURES = ("focus_areas", "stages", "states", "involving")
"""The tables of a report, in the order in which every form shows them."""


def figure_lines(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every figure as one line: the same for CSV, workbook and the test that compares the forms."""
    figures = content["figures"]
    for name in ("projects", "cities", "members", "member_states"):
        yield {"table": "totals", "code": name, "title_th": "", "title_en": "", "count": figures[name], "share": None}
    for table in FIGURES:
        for part in figures[table]:
            title = part["title"]
            yield {
                "table": table,
                "code": part["code"],
                "title_th": title.get("th", ""),
                "title_en": title.get("en", ""),
                "count": part["count"],
                "share": part["share"],
            }
    if change := content["change"]:
        for name in ("before", "added", "left", "moved", "filed", "now"):
            yield {"table": "change", "code": name, "title_th": "", "title_en": "", "count": change[name], "share": None}
