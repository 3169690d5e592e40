"""Connecting a service, reading it on a schedule, pausing and ending it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from nagara.audit.record import record
from nagara.citydata.broker import BrokerRefused, Tenant
from nagara.citydata.filling import fill_one
from nagara.citydata.models import DataSpace, Source
from nagara.citydata.queries import observed_at
from nagara.citydata.sources import told
from nagara.citydata.sources.asking import Asker, SourceFault
from nagara.citydata.sources.readers import READERS, Asked
from nagara.citydata.states import SOURCE, SourceState
from nagara.people.models import User
from nagara.toolkit import access
from nagara.toolkit.keys import seal, unseal
from nagara.toolkit.refusal import Refusal

SILENT = timedelta(minutes=5)
"""A reading that gave no sign of life for so long has lost its worker; another goes on where it was."""


@transaction.atomic
def connect(
    space: DataSpace,
    *,
    kind: str,
    title: str,
    address: str,
    entity_type: str,
    resource: str = "",
    tenant: str = "",
    key: str = "",
    every_minutes: int = 60,
    fresh_minutes: int = 1440,
    push: bool = False,
    by: User,
    at: datetime,
) -> Source:
    """Connect a service: it is asked at once, and again every so many minutes. Connected twice, it is connected once."""
    access.require(by, "citydata.keep_space", space)
    address = address.rstrip("/").removesuffix("/ngsi-ld/v1")
    known = Source.objects.filter(space=space, kind=kind, address=address, entity_type=entity_type, mapping={"resource": resource})
    if (found := known.exclude(state=SourceState.ENDED).first()) is not None:
        return found
    made = Source.objects.create(
        space=space,
        kind=kind,
        title=title,
        address=address,
        tenant=tenant,
        key=seal(key, settings.KEYS) if key else "",
        entity_type=entity_type,
        mapping={"resource": resource},
        every_minutes=every_minutes,
        fresh_minutes=fresh_minutes,
        push=push and kind == Source.Kind.NGSI_LD,
        made_at=at,
        made_by=by.audit_key,
        next_at=at,
    )
    record(by=by, did="citydata.connect_source", about=made, at=at, after={"kind": kind, "address": address, "type": entity_type})
    return made


@transaction.atomic
def step(source: Source, verb: str, *, by: User, at: datetime) -> Source:
    """Pause, resume or end a source. What it brought stays."""
    source = Source.objects.select_for_update().get(pk=source.pk)
    access.require(by, "citydata.keep_source", source)
    target = SOURCE.after(verb, source.state, labels=SourceState.choices)
    source.state = target
    source.next_at = at if target == SourceState.ON else None
    source.save(update_fields=["state", "next_at"])
    record(by=by, did=f"citydata.{verb}_source", about=source, at=at)
    return source


def let_go(*, at: datetime) -> int:
    """End the subscriptions of sources that are paused or ended; answer how many. One that cannot be ended finds nobody who listens."""
    count = 0
    for source in Source.objects.filter(push=True, subscribed_at__isnull=False).exclude(state=SourceState.ON).select_related("space"):
        ask, fault = _asker(source), ""
        try:
            told.unsubscribe(source, ask)
        except SourceFault as problem:
            fault = str(problem)[:500]
        finally:
            ask.close()
        Source.objects.filter(pk=source.pk).update(subscribed_at=None, last_fault={"words": fault} if fault else {})
        count += 1
    return count


def _asker(source: Source) -> Asker:
    key = unseal(source.key, settings.KEYS) if source.key else ""
    # CKAN knows a token only where nothing stands before it.
    return Asker(key=key, tenant=source.tenant, allow=settings.ALLOW_HOSTS, bare=source.kind == Source.Kind.CKAN)


def due(at: datetime) -> list[int]:
    """The sources whose time has come and that nobody reads now."""
    free = Q(beat_at__isnull=True) | Q(beat_at__lt=at - SILENT)
    found = Source.objects.filter(free, state=SourceState.ON, next_at__lte=at).order_by("next_at", "pk")
    return list(found.values_list("pk", flat=True))


def read(number: int, *, at: datetime) -> int:
    """Read one source from where it was left; answer how many observations were new. Of several workers one reads it."""
    free = Q(beat_at__isnull=True) | Q(beat_at__lt=at - SILENT)
    if not Source.objects.filter(free, pk=number, state=SourceState.ON).update(beat_at=at):
        return 0
    source = Source.objects.select_related("space").get(pk=number)
    tenant = Tenant(source.space.slug)

    def held(id_: str) -> datetime | None:
        return observed_at(entity, changed=False) if (entity := tenant.entity(id_)) else None

    asked = Asked(source.space.slug, source.address, source.entity_type, source.mapping.get("resource", ""), settings.ZONE, at, held)
    ask = _asker(source)
    new, fault = 0, ""
    try:
        if source.push:
            told.keep_subscribed(source, ask)
            Source.objects.filter(pk=number).update(subscribed_at=at)
        for page in READERS[source.kind](ask, asked, source.cursor):
            count = sum(fill_one(tenant, thing, source.entity_type, page.units) for thing in page.things)
            new += count
            Source.objects.filter(pk=number).update(cursor=page.cursor, taken=F("taken") + count, beat_at=at)
    except (SourceFault, BrokerRefused, Refusal) as problem:
        fault = str(problem)[:500]
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        fault = f"{type(problem).__name__}: {problem}"[:500]
    finally:
        ask.close()
    done = {"last_fault": {"words": fault} if fault else {}, "beat_at": None, "next_at": at + timedelta(minutes=source.every_minutes)}
    if not fault:
        done["last_ok_at"] = at
    Source.objects.filter(pk=number).update(**done)
    return new
