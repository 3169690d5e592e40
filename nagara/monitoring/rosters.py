"""Which cities a period may ask. A part above registers its own roster, such as the members of a network on a day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nagara.places.models import City


@dataclass(frozen=True)
class Roster:
    """`cities_on(day)` gives those who may report on a day: rights follow the standing of that day."""

    code: str
    label: str | Promise
    cities_on: Callable[[date], QuerySet[City]]


_rosters: dict[str, Roster] = {}


def register(roster: Roster) -> Roster:
    if roster.code in _rosters:
        raise ValueError(f"two rosters are called {roster.code}")
    _rosters[roster.code] = roster
    return roster


def all_rosters() -> list[Roster]:
    return list(_rosters.values())


def roster(code: str) -> Roster | None:
    return _rosters.get(code)


register(Roster("all", _("every city on record"), lambda day: City.objects.all()))
