"""Printed figures of earlier reports beside those of the record, each with its difference."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from nagara.network.models import CityMembership, Network, StateMembership
from nagara.plans import framework
from nagara.plans.models import StageSpan
from nagara.reports.models import FrozenReport, PrintedFigure
from nagara.reports.reconcile import Counts, Line, Printed, Verdict, reconcile
from nagara.toolkit.pages import open_page


@open_page
def reconciliation(request: HttpRequest) -> HttpResponse:
    rows = list(PrintedFigure.objects.select_related("network", "source").order_by("network", "-as_of", "figure", "code", "unit", "pk"))
    days: dict[tuple[int, date], list[PrintedFigure]] = {}
    for row in rows:
        days.setdefault((row.network_id, row.as_of), []).append(row)
    of_network = {network.pk: network for network in {row.network_id: row.network for row in rows}.values()}
    known = {key: Record(network) for key, network in of_network.items()}
    frozen = {
        (report.network_id, report.as_of): report
        for report in FrozenReport.objects.filter(kind="monitoring", corrected_by=None).defer("content").order_by("as_of")
    }
    for (_network, day), printed in days.items():
        printed.sort(key=order_of(day))
    groups: list[dict[str, Any]] = []
    for (network, day), printed in days.items():
        lines = reconcile([as_printed(row) for row in printed], known[network].counts(day))
        groups.append(
            {
                "network": of_network[network],
                "as_of": day,
                "day_known": all(row.day_known for row in printed),
                "source": printed[0].source if len({row.source_id for row in printed}) == 1 else None,
                "report": frozen.get((network, day)),
                "lines": [shown(row, line) for row, line in zip(printed, lines, strict=True)],
                "differing": sum(line.verdict == Verdict.DIFFERS for line in lines),
            }
        )
    tally = Counter(line["verdict"] for group in groups for line in group["lines"])
    return render(request, "reports/reconciliation.html", {"groups": groups, "tally": tally, "printed": len(rows)})


def as_printed(row: PrintedFigure) -> Printed:
    return Printed(row.figure, row.code, row.unit, row.printed)


class Record:
    """What the record says of a network on any day, read in three queries."""

    def __init__(self, network: Network) -> None:
        self.cities = list(CityMembership.objects.filter(network=network).values_list("since", "ended", "city_id"))
        self.states = list(StateMembership.objects.filter(network=network).values_list("since", "ended"))
        spans = StageSpan.objects.filter(project__city__in=[city for _since, _ended, city in self.cities])
        fields = ("since", "until", "stage", "project__main_area", "project__city")
        self.spans = list(spans.values_list(*fields).annotate(count=Count("pk")).order_by())

    def counts(self, day: date) -> Counts:
        """Counts of a day. Where no project was on record, projects are left out: nothing is known, which is not 0."""
        here = {city for since, ended, city in self.cities if holds(since, ended, day)}
        found: Counter[tuple[str, str]] = Counter()
        for since, until, stage, area, city, count in self.spans:
            if city in here and holds(since, until, day):
                found[("projects", "")] += count
                found[("focus_areas", area)] += count
                found[("stages", stage)] += count
        counts = dict(found)
        if here:
            counts[("members", "")] = len(here)
            counts[("member_states", "")] = sum(holds(since, ended, day) for since, ended in self.states)
        return counts


def holds(since: date | None, ended: date | None, day: date) -> bool:
    return (since is None or since <= day) and (ended is None or ended > day)


def shown(row: PrintedFigure, line: Line) -> dict[str, Any]:
    """A line as the page shows it. Shares have one decimal more than their print where that tells the difference."""
    decimal = line.printed.unit == "share"
    return {
        "row": row,
        "title": title(row),
        "derived": None if line.derived is None else (f"{line.derived:.1f}" if decimal else f"{line.derived:,}"),
        "difference": None
        if line.difference is None
        else f"{line.difference:+.{max(1, line.printed.decimals) if decimal else 0}f}".replace("-", "−"),
        "same": line.difference == 0,
        "basis": str(line.basis),
        "verdict": str(line.verdict),
    }


ORDER = ("projects", "members", "member_states", "focus_areas", "stages")


def order_of(day: date) -> Callable[[PrintedFigure], tuple[int, int, str, int]]:
    """Totals first, then focus areas and stages in the order of the framework of the day."""
    places = {code: place for place, code in enumerate(codes_of(day))}

    def order(row: PrintedFigure) -> tuple[int, int, str, int]:
        figure = ORDER.index(row.figure) if row.figure in ORDER else len(ORDER)
        return figure, places.get(row.code, len(places)), row.unit, row.pk

    return order


def codes_of(day: date) -> list[str]:
    """Focus areas and stages in the order of the framework."""
    edition = framework.in_force(day)
    return [*(area.code for area in edition.focus_areas), *edition.stage_titles()]


def title(row: PrintedFigure) -> str:
    edition = framework.in_force(row.as_of)
    named = {
        "projects": _("Projects"),
        "members": _("Member cities"),
        "member_states": _("Member states"),
    }
    if row.figure in named:
        return named[row.figure]
    titles = framework.area_titles(edition) if row.figure == "focus_areas" else framework.stage_titles(edition)
    return titles.get(row.code, row.code)
