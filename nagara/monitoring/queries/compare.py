"""A city beside others: on the public pages by what is published, for its own people also by what it claims itself."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median

from django.db.models import Q

from nagara.monitoring.models import Level
from nagara.monitoring.queries.known import values_on
from nagara.monitoring.states import LevelName
from nagara.places.models import City
from nagara.plans.models import PlanVersion
from nagara.rulebook.schema_indicators import Measure

NEAREST = 6
"""How many cities of like size a city is set beside."""


def populations_on(day: date) -> dict[int, int]:
    """The population of each city by its plan in force on a day, by the city's number; where none is in force, by the newest before."""
    rows = (
        PlanVersion.objects.filter(population__isnull=False, in_force_from__lte=day)
        .filter(~Q(state="draft"))
        .order_by("in_force_from", "number")
        .values_list("plan__city", "population")
    )
    return {city: population for city, population in rows if population}


def of_like_size(city: City, populations: dict[int, int], among: Iterable[int]) -> list[int]:
    """The cities whose population is nearest, as a ratio: 100,000 is as far from 50,000 as from 200,000."""
    own = populations.get(city.pk)
    if not own:
        return []
    others = [pk for pk in among if pk != city.pk and pk in populations]
    return sorted(others, key=lambda pk: (abs(math.log(populations[pk] / own)), pk))[:NEAREST]


@dataclass(frozen=True)
class Comparison:
    """The published values of cities on one measure: each as (number of its row, value), the best first; and the median of all."""

    measure: Measure
    part: str
    rows: list[tuple[int, Decimal | None]]
    median: Decimal | None

    @property
    def numbers(self) -> int:
        """How many cities have a value."""
        return sum(1 for _pk, number in self.rows if number is not None)


def compared(measure: Measure, part: str, day: date) -> Comparison:
    """Every city that has published the measure by a day: highest first, lowest first where lower is better; without a value last.

    One query that reads numbers alone: of a thousand cities a page shows fifty.
    """
    found = values_on([measure.code], None, day, level=LevelName.PUBLISHED).filter(part=part).values_list("pk", "number", "city__slug")
    sign = 1 if measure.better == "lower" else -1

    def place(row: tuple[int, Decimal | None, str]) -> tuple[bool, Decimal, str]:
        _pk, number, slug = row
        return (number is None, sign * number if number is not None else Decimal(0), slug)

    rows = [(pk, number) for pk, number, _slug in sorted(found, key=place)]
    numbers = [number for _pk, number in rows if number is not None]
    return Comparison(measure, part, rows, median(numbers) if numbers else None)


def levels_by_number(pks: Iterable[int]) -> dict[int, Level]:
    """These values with their city, state and period. One query."""
    return Level.objects.select_related("city__state", "period").in_bulk(list(pks))
