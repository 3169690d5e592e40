"""Values of bindings beside what the city claims, and filling them for the periods in which cities report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from nagara.citydata.actions.bindings import compute
from nagara.citydata.models import Binding, ComputedValue, DataSpace
from nagara.monitoring.models import Period, Value
from nagara.places.models import City

RECENT = timedelta(days=400)
"""How long after its last day a period is still filled: returns are corrected after they were handed in."""


def city_of(space: DataSpace) -> City | None:
    """The city that reports for the place of a space."""
    return space.city or (space.area.city if space.area else None)


def periods_to_fill(at: datetime) -> list[Period]:
    """The periods that are open now, or were until lately, and have begun."""
    return list(Period.objects.filter(first_day__lte=at.date(), locks_at__gt=at - RECENT).order_by("first_day", "pk"))


def fill_open_periods(binding: Binding, *, at: datetime) -> list[ComputedValue]:
    """Ask the newest version of a binding for each period. A period that still runs is asked until yesterday's end by its own window."""
    version = binding.versions.order_by("-number").first()
    if version is None:
        return []
    return [compute(version, since=period.first_day, until=period.last_day + timedelta(days=1), at=at) for period in periods_to_fill(at)]


def bindings_to_fill() -> Iterator[Binding]:
    yield from Binding.objects.filter(ended_at__isnull=True).select_related("space").order_by("pk").iterator()


def claim_of(value: ComputedValue) -> Value | None:
    """What the city itself has in its return for the same measure and period."""
    city = city_of(value.version.binding.space)
    if city is None:
        return None
    last = value.until - timedelta(days=1)
    binding = value.version.binding
    return (
        Value.objects.filter(of__city=city, of__period__first_day=value.since, of__period__last_day=last)
        .filter(measure=binding.measure, part=binding.part)
        .filter(Q(number__isnull=False) | ~Q(missing=""))
        .first()
    )


@dataclass(frozen=True)
class Newest:
    binding: Binding
    value: ComputedValue | None
    claim: Value | None

    @property
    def difference(self) -> Decimal | None:
        """What the city claims less what was computed."""
        if self.value is None or self.claim is None or self.value.value is None or self.claim.number is None:
            return None
        return self.claim.number - self.value.value


def newest(space: DataSpace) -> list[Newest]:
    """Each binding of a space with the value for the newest period in which cities report, and the claim for it; else the newest value."""
    found = []
    last = Period.objects.order_by("-first_day", "-pk").first()
    periods = {(last.first_day, last.last_day)} if last else set()
    for binding in Binding.objects.filter(space=space, ended_at__isnull=True).order_by("measure", "part", "pk"):
        values = list(
            ComputedValue.objects.filter(version__binding=binding)
            .select_related("version__binding__space__city", "version__binding__space__area__city")
            .order_by("-computed_at", "-until", "-pk")[:20]
        )
        asked = (value for value in values if value.value is not None and (value.since, value.last_day) in periods)
        value = next(asked, values[0] if values else None)
        found.append(Newest(binding, value, claim_of(value) if value else None))
    return found
