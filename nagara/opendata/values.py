"""Published values of the cities as data, and as SDMX-CSV 2.0 asks for them."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from io import StringIO
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from nagara.monitoring.models import Level, Period
from nagara.monitoring.reading import MOST_DECIMALS
from nagara.monitoring.states import Quality
from nagara.opendata.datasets import Dataset, Field, iso, page


def plain_number(level: Level) -> str | None:
    """The value as digits with a point, no zeros behind it, no thousands: 1250.5."""
    if level.number is None:
        return None
    return f"{level.number:.{MOST_DECIMALS}f}".rstrip("0").rstrip(".")


VALUES = Dataset(
    "values",
    _("Values of the cities"),
    _("The newest published value of each city and measure as known on one day. Filters: measure, city, state, period (all of a period)."),
    "values",
    [
        Field("city", _("city, the stable short name in its address"), lambda v: v.city.slug),
        Field("city_th", _("city in Thai"), lambda v: v.city.name.get("th")),
        Field("city_en", _("city in English"), lambda v: v.city.name.get("en")),
        Field("state", _("state, ISO 3166-1 alpha-2"), lambda v: v.city.state_id),
        Field("measure", _("measure, its code in the indicator sets"), lambda v: v.measure),
        Field("part", _("part of the measure that is told apart; empty: the whole"), lambda v: v.part or None),
        Field("period", _("code of the period"), lambda v: v.period.code),
        Field("first_day", _("first day that the value is about"), lambda v: iso(v.period.first_day)),
        Field("last_day", _("last day"), lambda v: iso(v.last_day)),
        Field("value", _("value, digits with a point; empty: the city has none and says why"), plain_number),
        Field("missing", _("why there is no value"), lambda v: v.missing or None),
        Field("quality", _("measured, survey, extrapolated, estimate, personal or unknown; empty: not said"), lambda v: v.quality or None),
        Field("source", _("source that the city names"), lambda v: v.source or None),
        Field("origin", _("typed, offered (by the city's data platform), derived (counted from the record), sheet"), lambda v: v.origin),
        Field("published_at", _("when the network published it, UTC"), lambda v: v.at.isoformat(timespec="seconds")),
        Field("invented", _("true: invented for a demonstration"), lambda v: v.period.invented),
        Field(
            "page",
            _("address of the page with who claimed, verified and published it"),
            lambda v: page("monitoring:city_measure", v.city.slug, v.measure),
        ),
    ],
)

DATAFLOW = "NAGARA:CITY_VALUES(1.0)"
"""The dataflow that the rows belong to, as agency:identifier(version)."""

SDMX_COLUMNS = (
    "STRUCTURE",
    "STRUCTURE_ID",
    "ACTION",
    "CITY",
    "MEASURE",
    "PART",
    "TIME_PERIOD",
    "OBS_VALUE",
    "OBS_STATUS",
    "UNIT_MEASURE",
    "DATA_QUALITY",
    "SOURCE",
    "REF_AREA",
)

_ESTIMATES = frozenset({Quality.ESTIMATE.value, Quality.EXTRAPOLATED.value, Quality.PERSONAL.value})


def with_names(rows: QuerySet[Level]) -> QuerySet[Level]:
    return rows.select_related("city", "period").order_by("city__slug", "measure", "part", "last_day", "pk")


def time_period(period: Period) -> str:
    """A calendar year as itself; any other time as its first day and how long it is (ISO 8601)."""
    first, last = period.first_day, period.last_day
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return str(first.year)
    if last + timedelta(days=1) == date(first.year + 1, first.month, min(first.day, 28)) and first.day <= 28:
        return f"{first.isoformat()}/P1Y"
    return f"{first.isoformat()}/P{(last - first).days + 1}D"


def status(level: Level) -> str:
    """The SDMX code list CL_OBS_STATUS: A normal, E estimated, M missing."""
    if level.number is None:
        return "M"
    return "E" if level.quality in _ESTIMATES else "A"


def sdmx_line(level: Level, units: dict[str, Any]) -> list[str]:
    measure = units.get(level.measure)
    unit = measure.unit_of(level.part).get("en", "") if measure else ""
    return [
        "dataflow",
        DATAFLOW,
        "I",
        level.city.slug,
        level.measure,
        level.part or "_T",
        time_period(level.period),
        plain_number(level) or "",
        status(level),
        unit,
        level.quality,
        level.source,
        level.city.state_id,
    ]


def sdmx_csv(rows: Iterable[Level], units: dict[str, Any]) -> Iterator[bytes]:
    """SDMX-CSV 2.0: a line a value, dimensions first, then the value and its attributes."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(SDMX_COLUMNS)
    for row in rows:
        writer.writerow(sdmx_line(row, units))
        if out.tell() > 16_000:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()
