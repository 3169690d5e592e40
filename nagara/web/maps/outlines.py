"""The outlines on record, read once and kept until one of them changes."""

from datetime import date
from functools import lru_cache

from django.db.models import Count, Max
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from nagara.places.models import Boundary

Outlines = dict[str, BaseGeometry]


def version() -> tuple[int, int]:
    """Changes whenever a reference outline is added: rows are never changed in place."""
    found = Boundary.objects.filter(area__isnull=True).aggregate(newest=Max("pk"), rows=Count("pk"))
    return found["newest"] or 0, found["rows"]


@lru_cache(maxsize=8)
def _read(owner: str, state: str, day: date, version: tuple[int, int]) -> Outlines:
    rows = Boundary.objects.on(day).filter(**{f"{owner}__isnull": False})
    if state:
        rows = rows.filter(subdivision__state=state)
    return {code: shape(geometry) for code, geometry in rows.order_by("pk").values_list(owner, "geometry")}


def _day(day: date, changes: frozenset[date]) -> date:
    """The last day not after `day` on which an outline changed: days between two changes share one reading."""
    return max((change for change in changes if change <= day), default=date.min)


@lru_cache(maxsize=4)
def _changes(version: tuple[int, int]) -> frozenset[date]:
    rows = Boundary.objects.filter(area__isnull=True)
    found = set(rows.order_by().values_list("since", flat=True).distinct())
    found |= set(rows.order_by().values_list("ended", flat=True).distinct())
    return frozenset(day for day in found if day)


def moment(day: date) -> tuple[date, tuple[int, int]]:
    """The last day not after `day` on which an outline changed, and the version: a drawing of one moment serves until the next."""
    now = version()
    return _day(day, _changes(now)), now


def provinces_at(at: tuple[date, tuple[int, int]], *, state: str = "TH") -> Outlines:
    """The outline of each province of a state at a `moment`, by ISO 3166-2."""
    return _read("subdivision_id", state, *at)


def states_at(at: tuple[date, tuple[int, int]]) -> Outlines:
    """The outline of each state at a `moment`, by ISO 3166-1 alpha-2."""
    return _read("state_id", "", *at)
