"""Declaring endpoints, and looking at them on a schedule. What was found is kept for ever: it is the proof."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.citydata.broker import own_key
from nagara.citydata.models import Dataset, DataSpace, Endpoint, Probe
from nagara.citydata.probing.findings import outcome
from nagara.citydata.probing.looks import Target, look
from nagara.citydata.states import DatasetState
from nagara.people.models import User
from nagara.toolkit import access
from nagara.toolkit.keys import seal, unseal
from nagara.toolkit.refusal import Refusal

EVERY = timedelta(hours=6)
AGAIN = timedelta(minutes=1)
"""Between two looks that somebody asks for."""


@transaction.atomic
def declare(
    space: DataSpace,
    *,
    kind: str,
    address: str,
    tenant: str = "",
    needs_key: bool = False,
    key: str = "",
    fresh_minutes: int = 1440,
    by: User,
    at: datetime,
) -> Endpoint:
    """Declare an endpoint of the city's own platform. The key is kept sealed and shown to nobody."""
    access.require(by, "citydata.keep_space", space)
    address = address.rstrip("/").removesuffix("/ngsi-ld/v1") if kind == Endpoint.Kind.NGSI_LD else address.rstrip("/")
    known = Endpoint.objects.filter(space=space, kind=kind, address=address, ended_at__isnull=True).first()
    if known is not None:
        return known
    made = Endpoint.objects.create(
        space=space,
        kind=kind,
        address=address,
        tenant=tenant,
        needs_key=needs_key,
        key=seal(key, settings.KEYS) if key else "",
        fresh_minutes=fresh_minutes,
        declared_at=at,
        declared_by=by.audit_key,
        next_probe_at=at,
    )
    record(by=by, did="citydata.declare_endpoint", about=made, at=at, after={"kind": kind, "address": address, "needs_key": needs_key})
    return made


@transaction.atomic
def end_endpoint(endpoint: Endpoint, *, by: User, at: datetime, why: str = "") -> Endpoint:
    """It is declared no longer. Its probes stay on record."""
    endpoint = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    access.require(by, "citydata.keep_endpoint", endpoint)
    if endpoint.ended_at is None:
        endpoint.ended_at, endpoint.next_probe_at = at, None
        endpoint.save(update_fields=["ended_at", "next_probe_at"])
        record(by=by, did="citydata.end_endpoint", about=endpoint, at=at, why=why)
    return endpoint


def probe_now(endpoint: Endpoint, *, by: User, at: datetime) -> Probe:
    """Look at once, because somebody asks. Not more often than each minute: it is another's machine."""
    access.require(by, "citydata.keep_endpoint", endpoint)
    last = endpoint.probes.order_by("-at", "-pk").first()
    if last is not None and at - last.at < AGAIN:
        raise Refusal(
            _("It was probed less than a minute ago."),
            next_step=_("Look at what was found then, or wait a minute."),
            code="probed-just-now",
        )
    return probe(endpoint, at=at)


def probe(endpoint: Endpoint, *, at: datetime) -> Probe:
    """Look at an endpoint and keep what was found."""
    findings, taken = look(target_of(endpoint), at=at, allow=settings.ALLOW_HOSTS)
    with transaction.atomic():
        made = Probe.objects.create(
            endpoint=endpoint, at=at, outcome=outcome(findings), findings=[finding.plain() for finding in findings], milliseconds=taken
        )
        Endpoint.objects.filter(pk=endpoint.pk).update(next_probe_at=at + EVERY)
    return made


def target_of(endpoint: Endpoint) -> Target:
    published = Dataset.objects.filter(space=endpoint.space_id, state=DatasetState.PUBLISHED)
    count = published.count()
    return Target(
        kind=endpoint.kind,
        address=settings.BROKER_ADDRESS if endpoint.own else endpoint.address,
        public=settings.SITE_ADDRESS if endpoint.own else endpoint.address,
        tenant=endpoint.tenant,
        key=own_key() if endpoint.own else unseal(endpoint.key, settings.KEYS) if endpoint.key else "",
        needs_key=endpoint.needs_key,
        fresh_minutes=endpoint.fresh_minutes,
        own=endpoint.own,
        datasets=count,
        open_datasets=count,  # every licence that a dataset of ours may have is an open one
    )
