"""What goes on beside the pages: loading tables, asking sources, probing endpoints. `nagara work` takes up what a stopped process left."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models import Q
from django.utils import timezone

from nagara.audit.record import record
from nagara.citydata.actions import sources
from nagara.citydata.actions.loads import checked
from nagara.citydata.actions.probes import probe
from nagara.citydata.broker import BrokerRefused, Tenant
from nagara.citydata.catalogue import coverage
from nagara.citydata.filled import bindings_to_fill, fill_open_periods
from nagara.citydata.filling import fill
from nagara.citydata.models import ComputedValue, Dataset, Endpoint, Load
from nagara.citydata.sheets.mapping import Mapping
from nagara.citydata.states import LOAD, DatasetState, LoadState
from nagara.toolkit.refusal import Refusal

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

SILENT = timedelta(seconds=120)
"""A loading that gave no sign of life for so long has lost its worker."""

PROBES_AT_ONCE = 5
"""Endpoints that one round probes: each may take some ten seconds, and mail waits behind them."""

FILL_EVERY = timedelta(hours=12)

LOOK_EVERY = timedelta(hours=6)
DATASETS_AT_ONCE = 20


def start_load(number: int) -> None:
    """Begin at once, beside the request. If this process ends first, `nagara work` goes on."""
    if settings.IMPORTS_BESIDE:
        threading.Thread(target=_in_thread, args=(number,), name=f"load {number}").start()


def _in_thread(number: int) -> None:
    close_old_connections()
    try:
        run_load(number, clock=timezone.now)
    finally:
        connection.close()


def take_up_loads(*, clock: Clock) -> int:
    """Load what waits and what was left behind; answer how many."""
    lost = Load.objects.filter(state=LoadState.LOADING, beat_at__lt=clock() - SILENT)
    lost.update(state=LOAD.after("load_again", LoadState.LOADING))
    waiting = Load.objects.filter(state=LoadState.QUEUED, beat_at__lt=clock() - timedelta(seconds=5))
    numbers = list(waiting.order_by("uploaded_at", "pk").values_list("pk", flat=True))
    for number in numbers:
        run_load(number, clock=clock)
    return len(numbers)


def run_load(number: int, *, clock: Clock) -> None:
    """Load one table. Of several workers one gets it; what the broker holds already is not sent again."""
    claimed = Load.objects.filter(pk=number, state=LoadState.QUEUED).update(state=LOAD.after("load", LoadState.QUEUED), beat_at=clock())
    if not claimed:
        return
    load = Load.objects.select_related("space__area__subdivision", "space__city", "file", "by__person").get(pk=number)
    found = checked(load, at=load.uploaded_at)
    mapping = Mapping.read(load.mapping)

    def done(count: int) -> None:
        Load.objects.filter(pk=number).update(done=count, beat_at=clock())

    tenant = Tenant(load.space.slug)
    try:
        new = fill(tenant, found.things.values(), mapping, done=done)
    except (BrokerRefused, Refusal) as problem:
        # It stays in line: the worker tries again, and the page says why it waits.
        log.warning("table %s could not be loaded yet: %s", number, problem)
        Load.objects.filter(pk=number).update(
            state=LOAD.after("load_again", LoadState.LOADING), beat_at=clock(), outcome={**load.outcome, "waits": str(problem)[:300]}
        )
        return
    at = clock()
    with transaction.atomic():
        Load.objects.filter(pk=number).update(
            state=LOAD.after("finish", LoadState.LOADING),
            loaded_at=at,
            beat_at=at,
            done=load.total,
            outcome={**load.outcome, "new": new, "waits": "", "no_history": not tenant.keeps_history},
        )
        Dataset.objects.filter(space=load.space, entity_type=mapping.entity_type).update(looked_at=None)
        record(by=load.by, did="citydata.table_loaded", about=load, at=at, after={"entities": load.total, "observations": new})


def probe_due(*, clock: Clock) -> int:
    """Look at the endpoints whose time has come; answer how many."""
    due = Endpoint.objects.filter(ended_at__isnull=True, next_probe_at__lte=clock()).select_related("space").order_by("next_probe_at", "pk")
    found = list(due[:PROBES_AT_ONCE])
    for endpoint in found:
        probe(endpoint, at=clock())
    return len(found)


def look_due(*, clock: Clock) -> int:
    """Ask from when to when, and where, each dataset has observations; answer how many were asked."""
    offered = Dataset.objects.exclude(state=DatasetState.WITHDRAWN).select_related("space")
    due = offered.filter(Q(looked_at__isnull=True) | Q(looked_at__lte=clock() - LOOK_EVERY)).order_by("looked_at", "pk")
    count = 0
    for dataset in list(due[:DATASETS_AT_ONCE]):
        try:
            coverage.look(dataset, at=clock())
            count += 1
        except (BrokerRefused, Refusal) as problem:
            log.warning("dataset %s could not be looked at: %s", dataset.pk, problem)
            Dataset.objects.filter(pk=dataset.pk).update(looked_at=clock())
    return count


def fill_due(*, clock: Clock) -> int:
    """Ask each binding anew twice a day; answer how many were asked."""
    count = 0
    for binding in bindings_to_fill():
        last = ComputedValue.objects.filter(version__binding=binding).order_by("-computed_at").values_list("computed_at", flat=True).first()
        if last is not None and clock() - last < FILL_EVERY:
            continue
        try:
            count += bool(fill_open_periods(binding, at=clock()))
        except (BrokerRefused, Refusal) as problem:
            log.warning("binding %s could not be asked: %s", binding.pk, problem)
    return count


def work(*, clock: Clock) -> None:
    """One round of all that waits here."""
    take_up_loads(clock=clock)
    sources.let_go(at=clock())
    for number in sources.due(clock()):
        sources.read(number, at=clock())
    probe_due(clock=clock)
    fill_due(clock=clock)
    look_due(clock=clock)
