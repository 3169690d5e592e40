"""What is known of a data space: what it holds now, how fresh that is, what its endpoints showed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, OuterRef, QuerySet, Subquery

from nagara.broker.doors.keys import Key, Keys
from nagara.citydata.broker import Entity, Tenant, moment
from nagara.citydata.models import Dataset, DataSpace, Endpoint, Probe, Source
from nagara.citydata.states import DatasetState, SourceState

SAMPLE = 100
"""Entities of a type that are looked at to tell when it was last heard of."""

FREQUENCY_MINUTES = {
    Dataset.Frequency.CONTINUOUS: 60,
    Dataset.Frequency.HOURLY: 120,
    Dataset.Frequency.DAILY: 2 * 1440,
    Dataset.Frequency.WEEKLY: 8 * 1440,
    Dataset.Frequency.MONTHLY: 35 * 1440,
    Dataset.Frequency.QUARTERLY: 100 * 1440,
    Dataset.Frequency.ANNUAL: 400 * 1440,
}
"""How old the newest observation may be under a declared frequency, with a little grace."""

FRESH, LATE, SILENT = "fresh", "late", "silent"


@dataclass(frozen=True)
class LiveType:
    """Entities of one type as they are now."""

    name: str
    count: int
    last_seen: datetime | None
    per_day: float | None
    declared_minutes: int | None
    state: str
    """fresh, late, or silent where nothing was ever observed; empty where no freshness was declared."""


def observed_at(entity: Entity, *, changed: bool = True) -> datetime | None:
    """The newest observation that an entity shows; where it shows none, its last change (unless `changed` is False)."""
    times = [
        one["observedAt"]
        for member in entity.values()
        for one in (member if isinstance(member, list) else [member])
        if isinstance(one, dict) and "observedAt" in one
    ]
    text = max(times) if times else entity.get("modifiedAt") if changed else None
    return moment(text) if text else None


def live_types(space: DataSpace, *, at: datetime) -> list[LiveType]:
    """Each type of a space: how many, when last heard of, how often, and whether that keeps the promise."""
    tenant = Tenant(space.slug)
    declared = declared_minutes(space)
    found = []
    for name in tenant.types():
        rows, count = tenant.page(name, limit=SAMPLE)
        last = max((seen for row in rows if (seen := observed_at(row))), default=None)
        minutes = declared.get(name)
        found.append(LiveType(name, count, last, _per_day(tenant, name, rows, last), minutes, freshness(last, minutes, at)))
    return found


def freshness(last: datetime | None, minutes: int | None, at: datetime) -> str:
    if last is None:
        return SILENT
    if minutes is None:
        return ""
    return FRESH if at - last <= timedelta(minutes=minutes) else LATE


def declared_minutes(space: DataSpace) -> dict[str, int]:
    """What was promised for each type: by a source, else by the dataset that offers it."""
    found: dict[str, int] = {}
    for dataset in space.datasets.exclude(state=DatasetState.WITHDRAWN):
        if (minutes := FREQUENCY_MINUTES.get(Dataset.Frequency(dataset.frequency))) is not None:
            found[dataset.entity_type] = minutes
    for source in Source.objects.filter(space=space, state=SourceState.ON).exclude(entity_type=""):
        found[source.entity_type] = source.fresh_minutes
    return found


def _per_day(tenant: Tenant, name: str, rows: list[Entity], last: datetime | None) -> float | None:
    """Observations of one entity in the seven days before its last one, on average for a day."""
    if last is None or not rows:
        return None
    newest = max(rows, key=lambda row: (observed_at(row) or last, row["id"]))
    attributes = numbers_of(newest)
    if not attributes:
        return None
    found = tenant.series(
        newest["id"], attributes[:1], since=last - timedelta(days=7) + timedelta(seconds=1), until=last + timedelta(seconds=1)
    )
    seen = len(next(iter(found.values()), []))
    return round(seen / 7, 1) if seen > 1 else None


def member(entity: Entity, name: str) -> dict[str, Any]:
    """An attribute of an entity; of several instances the first."""
    found = entity.get(name)
    found = found[0] if isinstance(found, list) and found else found
    return found if isinstance(found, dict) else {}


def attributes_of(entity: Entity) -> list[str]:
    return [name for name in entity if name not in ("id", "type", "@context", "scope", "createdAt", "modifiedAt", "expiresAt")]


def numbers_of(entity: Entity) -> list[str]:
    """The attributes that hold a number and say when it was observed."""
    found = []
    for name in attributes_of(entity):
        value = member(entity, name).get("value")
        if isinstance(value, int | float) and not isinstance(value, bool) and "observedAt" in member(entity, name):
            found.append(name)
    return found


def place_of(entity: Entity) -> tuple[float, float] | None:
    """(longitude, latitude) where an entity says where it is."""
    value = member(entity, "location").get("value")
    if isinstance(value, dict) and value.get("type") == "Point" and len(value.get("coordinates", [])) >= 2:
        return float(value["coordinates"][0]), float(value["coordinates"][1])
    return None


def open_types(space: DataSpace) -> set[str]:
    """The types that anyone may look at: those of a published dataset."""
    return set(space.datasets.filter(state=DatasetState.PUBLISHED).values_list("entity_type", flat=True))


def keys_of(space: DataSpace) -> list[Key]:
    """The keys to the tenant of a space, the newest first; none where another broker keeps the data."""
    if settings.BROKER_URL:
        return []
    keys = Keys(settings.BROKER_DATA)
    try:
        return [key for key in reversed(keys.all()) if key.tenant == space.slug]
    finally:
        keys.close()


def endpoints_of(space: DataSpace) -> QuerySet[Endpoint]:
    """What is declared, each with the outcome and instant of its last probe."""
    last = Probe.objects.filter(endpoint=OuterRef("pk")).order_by("-at", "-pk")
    return (
        Endpoint.objects.filter(space=space, ended_at__isnull=True)
        .annotate(
            last_outcome=Subquery(last.values("outcome")[:1]),
            last_at=Subquery(last.values("at")[:1]),
            first_at=Min("probes__at"),
            newest_at=Max("probes__at"),
        )
        .order_by("kind", "pk")
    )
