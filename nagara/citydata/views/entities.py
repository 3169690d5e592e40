"""The browser of entities: a list with filters, and one entity with its place, its values and a chart over time."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from nagara.citydata import charts, queries
from nagara.citydata.broker import BrokerRefused, Entity, Tenant, moment
from nagara.citydata.maps import dots
from nagara.citydata.models import DataSpace
from nagara.citydata.sheets.mapping import TYPES, UNITS
from nagara.citydata.views.common import require_open_type, room, space_of
from nagara.places.models import Boundary
from nagara.toolkit.pages import open_page

EACH = 50
ON_MAP = 500
SPANS = {"day": 1, "week": 7, "month": 31, "year": 366}
FINE = 400
"""Points that one chart shows well; above, days are averaged."""


def _outline(space: DataSpace) -> dict[str, Any] | None:
    if space.area_id is None:
        return None
    return Boundary.objects.filter(area=space.area_id, ended__isnull=True).values_list("geometry", flat=True).first()


def name_of(entity: Entity) -> str:
    value = queries.member(entity, "name").get("value")
    return str(value) if value else entity["id"].rpartition(":")[2] or entity["id"]


def type_of(entity: Entity) -> str:
    found = entity["type"]
    return str(found[0] if isinstance(found, list) else found)


@open_page
def entities(request: HttpRequest, slug: str) -> HttpResponse:
    """The entities of one type, on the map and in a table."""
    space = space_of(request, slug)
    around = room(request, space)
    tenant = Tenant(space.slug)
    offered = queries.open_types(space)
    types = [name for name in tenant.types() if around["looks"] or name in offered]
    chosen = request.GET.get("type") or (types[0] if types else "")
    if chosen and chosen not in types:
        raise Http404
    asked, trouble = request.GET.get("q", "").strip(), ""
    number = request.GET.get("page", "1")
    page = max(int(number), 1) if number.isdecimal() and len(number) < 7 else 1
    rows: list[Entity] = []
    count = 0
    if chosen:
        try:
            rows, count = tenant.page(chosen, q=asked, limit=EACH, offset=(page - 1) * EACH)
        except BrokerRefused as refused:
            if refused.status != 400:
                raise
            trouble = refused.detail
    columns = _columns(rows)
    table = [
        {
            "id": row["id"],
            "name": name_of(row),
            "cells": [_shown(queries.member(row, column)) for column in columns],
            "seen": queries.observed_at(row),
        }
        for row in rows
    ]
    placed = [(*place, name_of(row), False) for row in rows if (place := queries.place_of(row))]
    picture = dots(placed, outline=_outline(space), label=_("Where these are; the table holds the same"))
    context = {
        **around,
        "types": [(name, TYPES.get(name, "")) for name in types],
        "chosen": chosen,
        "words": TYPES.get(chosen, ""),
        "q": asked,
        "trouble": trouble,
        "columns": [(column, _unit(rows, column)) for column in columns],
        "rows": table,
        "count": count,
        "number": page,
        "pages": max((count + EACH - 1) // EACH, 1),
        "map": picture,
    }
    return render(request, "citydata/entities.html", context, status=400 if trouble else 200)


def _columns(rows: list[Entity]) -> list[str]:
    """The attributes that most rows have, six at most; name and place stand elsewhere."""
    counts: dict[str, int] = {}
    for row in rows:
        for name in queries.attributes_of(row):
            if name not in ("name", "location"):
                counts[name] = counts.get(name, 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))[:6]


def _unit(rows: list[Entity], column: str) -> str:
    for row in rows:
        if code := queries.member(row, column).get("unitCode"):
            return str(UNITS.get(code, code))
    return ""


def _shown(attribute: dict[str, Any]) -> str:
    """A value as a person reads it."""
    for key in ("value", "object", "vocab", "languageMap", "json", "valueList", "objectList"):
        if key in attribute:
            value = attribute[key]
            if isinstance(value, bool):
                return _("yes") if value else _("no")
            if isinstance(value, float):
                return f"{value:,.2f}".rstrip("0").rstrip(".")
            if isinstance(value, int):
                return f"{value:,}"
            return str(value)
    return ""


@open_page
def entity(request: HttpRequest, slug: str, id: str) -> HttpResponse:
    """One entity: where it is, what it says now, and how that went over time."""
    space = space_of(request, slug)
    tenant = Tenant(space.slug)
    try:
        found = tenant.entity(id)
    except BrokerRefused as refused:
        if refused.status == 400:
            raise Http404 from None
        raise
    if found is None:
        raise Http404
    require_open_type(request, space, type_of(found))
    numbers = queries.numbers_of(found)
    attribute = request.GET.get("attribute") or (numbers[0] if numbers else "")
    attribute = attribute if attribute in numbers else (numbers[0] if numbers else "")
    span = request.GET.get("span", "year")
    span = span if span in SPANS else "year"
    last = queries.observed_at(found) or timezone.now()
    until = last + timedelta(seconds=1)
    points: list[charts.Point] = []
    coarse = False
    if attribute:
        points, coarse = series(tenant, found, attribute, since=until - timedelta(days=SPANS[span]), until=until)
    unit = str(UNITS.get(code, code)) if (code := queries.member(found, attribute).get("unitCode", "")) else ""
    place = queries.place_of(found)
    context = {
        **room(request, space),
        "entity": found,
        "name": name_of(found),
        "type": type_of(found),
        "words": TYPES.get(type_of(found), ""),
        "seen": queries.observed_at(found),
        "rows": [
            {
                "name": name,
                "shown": _shown(queries.member(found, name)),
                "unit": UNITS.get(code, code) if (code := queries.member(found, name).get("unitCode", "")) else "",
                "at": _instant(queries.member(found, name).get("observedAt")),
                "numeric": name in numbers,
            }
            for name in queries.attributes_of(found)
            if name not in ("location", "name")
        ],
        "attribute": attribute,
        "numbers": numbers,
        "span": span,
        "spans": [("day", _("a day")), ("week", _("a week")), ("month", _("a month")), ("year", _("a year"))],
        "points": [(at, f"{value:,.2f}".rstrip("0").rstrip(".")) for at, value in reversed(points) if value is not None],
        "coarse": coarse,
        "no_history": not tenant.keeps_history,
        "unit": unit,
        "chart": charts.line(points, label=_("%(name)s over time; the table below holds the same values") % {"name": attribute}, unit=unit)
        if len(points) > 1
        else "",
        "place": place,
        "map": dots([(*place, name_of(found), True)], outline=_outline(space), label=_("Where it is")) if place else "",
    }
    return render(request, "citydata/entity.html", context)


def series(tenant: Tenant, entity: Entity, attribute: str, *, since: datetime, until: datetime) -> tuple[list[charts.Point], bool]:
    """The observations of a window, or their daily means where they are many; a gap of days is a gap in the line."""
    rows = tenant.series(entity["id"], [attribute], since=since, until=until).get(attribute, [])
    points: list[charts.Point] = [(at, float(value)) for at, value in rows if isinstance(value, int | float)]
    coarse = len(points) > FINE
    if coarse:
        days: dict[Any, list[float]] = {}
        for at, value in points:
            days.setdefault(timezone.localtime(at).date(), []).append(value or 0.0)
        zone = timezone.get_current_timezone()
        points = [
            (datetime(day.year, day.month, day.day, 12, tzinfo=zone), sum(values) / len(values)) for day, values in sorted(days.items())
        ]
    return _with_gaps(points), coarse


def _with_gaps(points: list[charts.Point]) -> list[charts.Point]:
    """Between two observations that lie much further apart than is usual here, the line is cut."""
    if len(points) < 4:
        return points
    steps = sorted(later[0] - earlier[0] for earlier, later in pairwise(points))
    usual = max(steps[len(steps) // 2], timedelta(minutes=1))
    found: list[charts.Point] = []
    for point in points:
        if found and point[0] - found[-1][0] > 4 * usual:
            found.append((found[-1][0] + usual, None))
        found.append(point)
    return found


def _instant(text: Any) -> datetime | None:
    return moment(text) if isinstance(text, str) else None
