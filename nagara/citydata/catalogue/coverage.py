"""From which day to which a dataset has observations, and where: asked of the broker now and then, and kept beside the dataset.

The broker is asked whether it holds anything of a stretch of time, by the standard temporal API: one entity of the answer is enough,
so that no observation is counted. While a dataset only grows at its end, three questions tell all.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.conf import settings

from nagara.citydata.broker import Tenant
from nagara.citydata.models import Dataset
from nagara.citydata.queries import place_of

EARLIEST = date(1900, 1, 1)
AHEAD = timedelta(days=3660)
"""Forecasts are observations too."""
_DAY = timedelta(days=1)

Holds = Callable[[date, date], bool]
"""Is there an observation from the first day to before the second?"""


def look(dataset: Dataset, *, at: datetime) -> Dataset:
    """Bring what is kept of a dataset up to date."""
    tenant = Tenant(dataset.space.slug)

    def holds(since: date, until: date) -> bool:
        return tenant.observed_between(dataset.entity_type, _midnight(since), _midnight(until))

    latest = at.astimezone(settings.ZONE).date() + AHEAD
    dataset.first_day, dataset.last_day = span(holds, latest, dataset.first_day, dataset.last_day) or (None, None)
    dataset.extent = box(tenant, dataset.entity_type)
    dataset.looked_at = at
    dataset.save(update_fields=["first_day", "last_day", "extent", "looked_at"])
    return dataset


def span(holds: Holds, latest: date, first: date | None, last: date | None) -> tuple[date, date] | None:
    """The first and the last day of which there are observations; `first` and `last` are what was found the time before."""
    if first is None or holds(EARLIEST, first) or not holds(first, first + _DAY):
        if not holds(EARLIEST, latest):
            return None
        first = EARLIEST + _least((latest - EARLIEST).days, lambda days: holds(EARLIEST, EARLIEST + days)) - _DAY
    if last is None or last < first or holds(last + _DAY, latest) or not holds(last, last + _DAY):
        last = latest - _least((latest - first).days, lambda days: holds(latest - days, latest))
    return first, last


def _least(most: int, enough: Callable[[timedelta], bool]) -> timedelta:
    """The smallest number of days, 1 to `most`, that is enough; `most` is known to be."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if enough(timedelta(days=middle)):
            high = middle
        else:
            low = middle + 1
    return timedelta(days=high)


def box(tenant: Tenant, entity_type: str) -> list[float]:
    """West, south, east, north of where the things of a type are; empty where none says where it is."""
    places = [place for row in tenant.all(entity_type, attributes="location") if (place := place_of(row))]
    if not places:
        return []
    return [min(x for x, _ in places), min(y for _, y in places), max(x for x, _ in places), max(y for _, y in places)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=settings.ZONE)
