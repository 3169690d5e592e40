"""Values that other parts can compute, offered beside what a city types. A city takes an offer or does not; nothing is filled in unasked.

A part above this one registers an offerer once, from its `apps.py: ready()`:

    offers.register("citydata", computed_values)

and `computed_values(city, first_day, last_day, measures)` answers with an `Offer` for each measure (and part) that it can compute.
An offer that is taken is kept with the value, lineage and all, through every level.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from nagara.monitoring.states import Quality
from nagara.places.models import City


@dataclass(frozen=True)
class Offer:
    """One computed value. `how` says in words what was computed; `lineage` holds plain JSON that leads back to the rows."""

    measure: str
    number: Decimal
    computed_at: datetime
    how: str
    part: str = ""
    source: str = ""
    quality: str = Quality.MEASURED.value
    lineage: dict[str, Any] = field(default_factory=dict)
    link: str = ""
    """The address of a page that shows the rows, where there is one."""


Offerer = Callable[[City, date, date, Sequence[str]], Iterable[Offer]]
"""(city, first day, last day of the period, codes of the measures asked) -> offers. In a query or two, whatever the number of measures."""

_offerers: dict[str, Offerer] = {}


def register(name: str, offerer: Offerer) -> None:
    """`name` is the part that computes, such as "citydata". It is kept in the lineage."""
    if name in _offerers:
        raise ValueError(f"two offerers are called {name}")
    _offerers[name] = offerer


def forget(name: str) -> None:
    """Take an offerer out again: for tests."""
    _offerers.pop(name, None)


@dataclass(frozen=True)
class Offered:
    """An offer with the name of the part that made it."""

    by: str
    offer: Offer


def offers_for(city: City, first_day: date, last_day: date, measures: Sequence[str]) -> dict[tuple[str, str], list[Offered]]:
    """What is offered for a city and a period, by (measure, part)."""
    found: dict[tuple[str, str], list[Offered]] = {}
    for name, offerer in _offerers.items():
        for offer in offerer(city, first_day, last_day, measures):
            found.setdefault((offer.measure, offer.part), []).append(Offered(name, offer))
    return found
