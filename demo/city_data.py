"""Two invented data spaces, marked as invented: rows in the database, a year of observations in the broker.

`load` makes the rows, within the transaction of the demonstration. `fill` brings the observations into our broker, once: a broker that
holds a space already is left alone, so that a second run costs nothing.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.test.utils import override_settings

from demo.facts import read
from demo.observed import KINDS, stops, things
from nagara.audit.record import System, record
from nagara.citydata.actions.bindings import compute
from nagara.citydata.actions.probes import probe
from nagara.citydata.actions.spaces import declare_own
from nagara.citydata.broker import Tenant
from nagara.citydata.catalogue.coverage import look
from nagara.citydata.filled import fill_open_periods
from nagara.citydata.filling import fill_one
from nagara.citydata.models import Binding, BindingVersion, Dataset, DataSpace, Endpoint
from nagara.documents.models import Source
from nagara.monitoring.actions.calendar import ask_city
from nagara.monitoring.models import Period
from nagara.places.models import Area, City

LOADER = System("demo")


@dataclass(frozen=True)
class Town:
    """An invented area that has a data space."""

    key: str
    city: str
    live_stops: int


TOWNS = (Town("draft", "sai-nam-invented", 17), Town("review", "wiang-mok-invented", 9))


def load(*, at: datetime) -> Counter[str]:
    """The rows: city, space, datasets, bindings, our own broker as endpoint, and the open period in which the city reports."""
    told: Counter[str] = Counter()
    names = {row["key"]: row["name"] for row in read("cast_areas")}
    invented = Source.objects.get(code="invented")
    for town in TOWNS:
        area = Area.objects.select_related("subdivision", "organisation").get(name=names[town.key])
        area.city = City.objects.get_or_create(
            slug=town.city,
            defaults={
                "name": area.name,
                "state_id": area.subdivision.state_id,
                "subdivision": area.subdivision,
                "latitude": area.subdivision.latitude,
                "longitude": area.subdivision.longitude,
                "source": invented,
            },
        )[0]
        area.save(update_fields=["city"])
        space = DataSpace.objects.create(
            slug=town.city,
            area=area,
            title={"th": f"ข้อมูล{area.name['th']}", "en": f"City data of {area.name['en']}"},
            summary={
                "th": "ค่าที่สังเกตหนึ่งปี สร้างขึ้นเพื่อการสาธิต ไม่ใช่ค่าจริงของที่ใด",
                "en": "A year of observations, generated for the demonstration; they describe no real place.",
            },
            publisher=area.organisation,
            licence="CC-BY-4.0",
            invented=True,
            opened_at=at,
            opened_by=LOADER.audit_key,
            source=invented,
        )
        endpoint = declare_own(space, by=LOADER.audit_key, at=at)
        Endpoint.objects.filter(pk=endpoint.pk).update(next_probe_at=at + timedelta(minutes=2))
        _datasets(space, at)
        _bindings(space, at)
        for period in Period.objects.filter(invented=True, locks_at__gt=at).order_by("pk"):
            ask_city(period, area.city, by=LOADER, at=at)
        record(by=LOADER, did="citydata.open_space", about=space, at=at, after={"slug": space.slug, "invented": True})
        told["data spaces"] += 1
    return told


def _datasets(space: DataSpace, at: datetime) -> None:
    for row in read("data_spaces")["datasets"]:
        Dataset.objects.create(space=space, state="published", made_at=at, changed_at=at, published_at=at, licence="CC-BY-4.0", **row)


def _bindings(space: DataSpace, at: datetime) -> None:
    for row in read("data_spaces")["bindings"]:
        binding = Binding.objects.create(
            space=space, measure=row["measure"], part=row.get("part", ""), made_at=at, made_by=LOADER.audit_key
        )
        BindingVersion.objects.create(
            binding=binding, number=1, question=row["question"], why=row["why"], made_at=at, made_by=LOADER.audit_key
        )


def spaces_to_fill() -> list[DataSpace]:
    """The invented spaces whose tenant our broker does not hold yet."""
    if settings.BROKER_URL:
        return []
    held = settings.BROKER_DATA / "tenants"
    found = DataSpace.objects.filter(invented=True, slug__in=[town.city for town in TOWNS]).order_by("slug")
    return [space for space in found if not (held / f"{space.slug}.sqlite").exists()]


def fill(*, at: datetime) -> int:
    """Bring the observations of every invented space into our broker, ask its bindings and probe it; answer how many observations."""
    waiting = spaces_to_fill()
    if not waiting:
        return 0
    count = 0
    until = at.astimezone(settings.ZONE).replace(minute=0, second=0, microsecond=0)
    until = until.replace(hour=until.hour // 6 * 6)
    with _broker():
        for space in waiting:
            count += _fill_space(space, until)
            for binding in Binding.objects.filter(space=space).order_by("pk"):
                version = binding.versions.get(number=1)
                compute(version, since=until.date() - timedelta(days=365), until=until.date(), at=at)
                fill_open_periods(binding, at=at)
            for endpoint in space.endpoints.filter(own=True):
                probe(endpoint, at=at)
            for dataset in space.datasets.order_by("pk"):
                look(dataset, at=at)
    return count


def _fill_space(space: DataSpace, until: datetime) -> int:
    tenant = Tenant(space.slug)
    town = next(town for town in TOWNS if town.city == space.slug)
    facts = read("data_spaces")["towns"][town.key]
    count = 0
    for code, kind in KINDS.items():
        for thing in things(space.slug, kind, [tuple(row) for row in facts[code]], until=until):
            count += fill_one(tenant, thing, kind.entity_type, kind.units)
    longitude, latitude = facts["centre"]
    found = stops(space.slug, longitude, latitude, live=town.live_stops, until=until)
    for stop in found:
        tenant.append(stop)  # a history makes its thing known as it was last seen
    return count


@contextmanager
def _broker() -> Iterator[None]:
    """Our broker, for as long as the filling lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = ["broker", "--data", str(settings.BROKER_DATA), "--port", str(port)]
    process = subprocess.Popen([sys.executable, "-m", "nagara.config", *words], env={**os.environ, "NAGARA_LOG": "WARNING"})  # noqa: S603
    try:
        _until_it_answers(port)
        with override_settings(BROKER_ADDRESS=f"http://127.0.0.1:{port}"):
            yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _until_it_answers(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/ngsi-ld/v1/health")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the broker did not start")
