"""Values that nobody types: counted from the record of projects on the last day of a period."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from nagara.places.models import City
from nagara.plans import queries
from nagara.rulebook.indicators import DERIVED
from nagara.rulebook.schema_indicators import Measure


@dataclass(frozen=True)
class Row:
    """What a rule needs of a project."""

    key: str
    stage: str
    area: str


@dataclass(frozen=True)
class Counted:
    number: Decimal
    lineage: dict[str, Any]


def _all(rows: list[Row], part: str) -> list[Row]:
    return rows


def _at_stage(rows: list[Row], part: str) -> list[Row]:
    return [row for row in rows if row.stage == part]


def _filed_under(rows: list[Row], part: str) -> list[Row]:
    return [row for row in rows if row.area == part]


RULES: dict[str, Callable[[list[Row], str], list[Row]]] = dict(zip(DERIVED, (_all, _at_stage, _filed_under), strict=True))


def rows_of(city: City, day: date) -> list[Row]:
    """The projects of a city in the record on a day. One query."""
    found: Any = queries.projects_on(day, [city]).order_by("key")
    return [Row(row.key, row.stage_on, row.main_area) for row in found]


def counted(measure: Measure, part: str, rows: list[Row], day: date) -> Counted:
    """How many of the projects fall under a measure, and which they are."""
    chosen = RULES[measure.derived](rows, part)
    return Counted(Decimal(len(chosen)), {"rule": measure.derived, "on": day.isoformat(), "projects": [row.key for row in chosen]})
