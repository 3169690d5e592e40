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
class Ranked:
    """One city in a comparison."""

    city: City
    level: Level
    population: int | None
    own: bool = False


@dataclass(frozen=True)
class Comparison:
    """Cities on one measure, the best first where one direction is better, else by size of the value."""

    measure: Measure
    part: str
    rows: list[Ranked]
    median: Decimal | None


def ordered(measure: Measure, rows: list[Ranked]) -> list[Ranked]:
    """By the value: highest first, lowest first where lower is better; those without a value last, by name."""
    sign = 1 if measure.better == "lower" else -1

    def place(row: Ranked) -> tuple[bool, Decimal, str]:
        number = row.level.number
        return (number is None, sign * number if number is not None else Decimal(0), row.city.slug)

    return sorted(rows, key=place)


def compared(measure: Measure, part: str, levels: Iterable[Level], populations: dict[int, int], own: int | None = None) -> Comparison:
    rows = [Ranked(row.city, row, populations.get(row.city_id), row.city_id == own) for row in levels if row.part == part]
    numbers = [row.level.number for row in rows if row.level.number is not None]
    return Comparison(measure, part, ordered(measure, rows), median(numbers) if numbers else None)


def published_on(measure: Measure, day: date, cities: Iterable[City] | None = None) -> list[Level]:
    """The newest published values of a measure on a day, all parts, each with its city and period. One query."""
    found = values_on([measure.code], cities, day, level=LevelName.PUBLISHED)
    return list(found.select_related("city__state", "period").order_by("city__slug", "part"))
