"""What anyone may read: indicator sets, the values of a city, cities compared on one measure."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from nagara.monitoring.charts import Bar, bars_svg
from nagara.monitoring.models import Goal, Level
from nagara.monitoring.queries.compare import Comparison, compared, levels_by_number, populations_on
from nagara.monitoring.queries.known import change_days, goals_on, history_of, known_on, levels_on, values_on
from nagara.monitoring.reading import value_text
from nagara.monitoring.states import LevelName
from nagara.monitoring.views.common import Context
from nagara.places.models import City
from nagara.rulebook import indicators
from nagara.rulebook.schema_indicators import IndicatorSetFile, Measure
from nagara.toolkit import access
from nagara.toolkit.asof import as_of
from nagara.toolkit.pages import open_page
from nagara.toolkit.pagination import page_of
from nagara.toolkit.texts import text

SHOWN = 30
"""How many bars a chart has; the table below has every city."""


def meanings(day: date) -> dict[str, Measure]:
    """What each measure means on a day; one that is asked about before its set was in force means what it first meant."""
    first = {measure.code: measure for found in reversed(indicators.all_sets()) for measure in found.measures}
    return {**first, **indicators.measures_on(day)}


def measure_or_404(code: str, day: date) -> Measure:
    found = meanings(day).get(code)
    if found is None:
        raise Http404
    return found


@open_page
@require_safe
def sets(request: HttpRequest) -> HttpResponse:
    """The indicator sets in force on the day, with how many cities have a published value for each measure."""
    day = as_of(request).day
    counted = levels_on(day).order_by().values("measure").annotate(cities=Count("city", distinct=True))
    cities = {row["measure"]: row["cities"] for row in counted}
    known = meanings(day)
    found = [_listed(one, known, cities) for one in indicators.sets_on(day)]
    context = {"day": day, "sets": found, "asof_days": change_days(), "measures": len(known), "cities": cities}
    return render(request, "monitoring/sets.html", context)


def _listed(found: IndicatorSetFile, known: dict[str, Measure], cities: dict[str, int]) -> Context:
    groups = []
    for group in found.groups:
        rows = [
            {"indicator": row, "measure": known[row.measure], "cities": cities.get(row.measure, 0)}
            for row in found.indicators
            if row.group == group.code
        ]
        groups.append({"group": group, "rows": rows})
    unchecked = sum(1 for row in found.indicators if not known[row.measure].checked)
    return {"set": found, "groups": groups, "unchecked": unchecked, "count": len(found.indicators)}


def _part(request: HttpRequest, measure: Measure) -> str:
    asked = request.GET.get("part", "")
    return asked if asked in measure.cells() else measure.cells()[0]


@open_page
@require_safe
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    """Cities compared on one measure, as published on the day: a chart and the same rows as a table."""
    day = as_of(request).day
    measure = measure_or_404(code, day)
    part = _part(request, measure)
    found = compared(measure, part, day)
    page = page_of(found.rows, request.GET.get("page"))
    levels = levels_by_number({pk for pk, _number in [*page, *found.rows[:SHOWN]]})
    populations = populations_on(day)
    uses = [(one, row) for one in indicators.sets_on(day) for row in one.indicators if row.measure == code]
    context = {
        "day": day,
        "measure": measure,
        "part": part,
        "part_title": measure.part(part),
        "found": found,
        "page": page,
        "rows": [{"level": levels[pk], "city": levels[pk].city, "population": populations.get(levels[pk].city_id)} for pk, _n in page],
        "median": value_text(measure, found.median),
        "numbers": found.numbers,
        "uses": uses,
        "unit": measure.unit_of(part),
        "asof_days": change_days(),
        "shown": SHOWN,
        **_chart(found, levels),
    }
    return render(request, "monitoring/indicator.html", context)


def _chart(found: Comparison, levels: dict[int, Level]) -> Context:
    """The first cities as bars: how long each is and where the median stands, in percent of the longest."""
    rows = [(levels[pk], float(number)) for pk, number in found.rows[:SHOWN] if number is not None]
    most = max((number for _level, number in rows), default=0.0)

    def width(number: float) -> str:
        return f"{max(0.0, min(100.0, 100 * number / most)) if most > 0 else 0:.2f}"

    middle = width(float(found.median)) if found.median is not None and len(rows) > 2 else ""
    return {"bars": [{"level": level, "width": width(number)} for level, number in rows], "middle": middle}


@open_page
@require_safe
def indicator_svg(request: HttpRequest, code: str) -> HttpResponse:
    """The chart of the page, as a picture of its own."""
    day = as_of(request).day
    measure = measure_or_404(code, day)
    part = _part(request, measure)
    found = compared(measure, part, day)
    rows = [(pk, number) for pk, number in found.rows[:SHOWN] if number is not None]
    if not rows:
        raise Http404
    levels = levels_by_number(pk for pk, _number in rows)
    bars = [Bar(str(levels[pk].city), float(number), value_text(measure, number)) for pk, number in rows]
    middle = float(found.median) if found.median is not None and len(rows) > 2 else None
    words = _("median %(value)s") % {"value": value_text(measure, found.median)}
    svg = bars_svg(bars, unit=text(measure.unit_of(part)), middle=middle, middle_label=words)
    response = HttpResponse(svg, content_type="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def groups_of(city: City, day: date) -> list[Context]:
    """The newest published value of each measure of a city, by the groups of the indicator sets in force; each measure once."""
    known = meanings(day)
    rows = list(values_on(None, [city], day).select_related("period").order_by("measure", "part"))
    goals = _goals(city, day)
    by_measure: dict[str, list[Level]] = {}
    for row in rows:
        by_measure.setdefault(row.measure, []).append(row)
    groups, seen = [], set()
    # What is counted from projects comes last: the city's own answers are what a reader looks for.
    for one in sorted(indicators.sets_on(day), key=lambda found: (all(measure.derived for measure in found.measures), found.programme)):
        for group in one.groups:
            codes = [row.measure for row in one.indicators if row.group == group.code and row.measure in by_measure]
            fresh = [code for code in codes if code not in seen]
            seen |= set(fresh)
            if fresh:
                cells = [_cell(known[code], level, goals, day) for code in fresh for level in _in_order(known[code], by_measure[code])]
                groups.append({"set": one, "group": group, "rows": cells})
    return groups


@open_page
@require_safe
def city_values(request: HttpRequest, slug: str) -> HttpResponse:
    """What is published of a city: its newest value of each measure on the day, beside baseline and target."""
    day = as_of(request).day
    city = get_object_or_404(City.objects.select_related("state"), slug=slug)
    groups = groups_of(city, day)
    rows = [row["level"] for group in groups for row in group["rows"]]
    context = {
        "day": day,
        "city": city,
        "groups": groups,
        "count": len({row.measure for row in rows}),
        "newest": max((row.last_day for row in rows), default=None),
        "period": max(rows, key=lambda row: row.last_day).period if rows else None,
        "asof_days": change_days([city]),
        "may_set_goals": request.user.is_authenticated and access.allowed(request.user, "monitoring.set_goals", city),
    }
    return render(request, "monitoring/city_values.html", context)


def _in_order(measure: Measure, rows: list[Level]) -> list[Level]:
    """In the order of the parts in the set; a part that the set no longer has comes last."""
    order = {code: place for place, code in enumerate(measure.cells())}
    return sorted(rows, key=lambda row: (order.get(row.part, len(order)), row.part))


def _goals(city: City, day: date) -> dict[tuple[str, str], list[Goal]]:
    found: dict[tuple[str, str], list[Goal]] = {}
    for goal in goals_on([city], day).order_by("day", "pk"):
        found.setdefault((goal.measure, goal.part), []).append(goal)
    return found


def _cell(measure: Measure, level: Level, goals: dict[tuple[str, str], list[Goal]], day: date) -> Context:
    own = goals.get((level.measure, level.part), [])
    target = next((goal for goal in own if goal.kind == Goal.Kind.TARGET and goal.day >= level.last_day), None)
    baseline = next((goal for goal in own if goal.kind == Goal.Kind.BASELINE), None)
    return {
        "measure": measure,
        "part": measure.part(level.part),
        "unit": measure.unit_of(level.part),
        "level": level,
        "text": value_text(measure, level.number),
        "target": target,
        "target_text": value_text(measure, target.number) if target else "",
        "baseline": baseline,
        "baseline_text": value_text(measure, baseline.number) if baseline else "",
        "reached": reached(measure, level.number, target.number) if target else None,
    }


def reached(measure: Measure, number: Decimal | None, target: Decimal) -> bool | None:
    """Is a target reached? None where no direction is better, or there is no value."""
    if number is None or measure.better == "neither":
        return None
    return number >= target if measure.better == "higher" else number <= target


@open_page
@require_safe
def city_measure(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """One measure of one city through all periods, each value with its lineage: who claimed, verified and published it, and when."""
    day = as_of(request).day
    city = get_object_or_404(City.objects.select_related("state"), slug=slug)
    measure = measure_or_404(code, day)
    published = list(history_of(city, code, day))
    below = Level.objects.filter(known_on(day), value__in=[row.value_id for row in published]).exclude(level=LevelName.PUBLISHED)
    lower = {(row.value_id, row.level): row for row in below}
    rows = [
        {
            "level": row,
            "part": measure.part(row.part),
            "unit": measure.unit_of(row.part),
            "text": value_text(measure, row.number),
            "claimed": lower.get((row.value_id, LevelName.CLAIMED)),
            "verified": lower.get((row.value_id, LevelName.VERIFIED)),
            "claimed_text": _text(measure, lower.get((row.value_id, LevelName.CLAIMED))),
            "verified_text": _text(measure, lower.get((row.value_id, LevelName.VERIFIED))),
        }
        for row in reversed(published)
    ]
    goals = [{"goal": goal, "text": value_text(measure, goal.number)} for goal in _goals_of(city, code, day)]
    context = {"day": day, "city": city, "measure": measure, "rows": rows, "goals": goals, "asof_days": change_days([city])}
    return render(request, "monitoring/city_measure.html", context)


def _text(measure: Measure, level: Any) -> str:
    return value_text(measure, level.number) if level else ""


def _goals_of(city: City, code: str, day: date) -> list[Goal]:
    return list(goals_on([city], day, [code]).order_by("kind", "day", "pk"))
