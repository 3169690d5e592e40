"""Another broker that tells of changes, and what happened there while nobody listened."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nagara.citydata.actions import sources
from nagara.citydata.broker import Tenant, own_key
from nagara.citydata.models import Source
from nagara.citydata.sources import told
from nagara.citydata.tests.make import make_space

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


class Ear(BaseHTTPRequestHandler):
    """Stands where Nagara listens, and keeps what arrives: (path, authorization, body)."""

    heard: list[tuple[str, str, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Ear.heard.append((self.path, self.headers.get("Authorization", ""), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        return


@pytest.fixture
def ear(settings: Any) -> Iterator[list[tuple[str, str, bytes]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    Ear.heard = []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    settings.SITE_ADDRESS = f"http://127.0.0.1:{server.server_address[1]}"
    settings.ALLOW_HOSTS = frozenset({"127.0.0.1"})
    yield Ear.heard
    server.shutdown()


def far(slug: str, value: float, at: str) -> None:
    """Something is observed at the other broker (a tenant of its own)."""
    dust = {"type": "Property", "value": value, "observedAt": at, "unitCode": "GQ"}
    Tenant(f"{slug}-far").upsert([{"id": "urn:x:mast", "type": "Dust", "pm25": dust}])


def connected(broker: str, slug: str, noon: Any, *, push: bool = True) -> tuple[Source, Any]:
    space, officer = make_space(slug, noon)
    there = {"address": broker, "tenant": f"{slug}-far", "key": own_key()}
    return sources.connect(space, kind="ngsi-ld", title="far", entity_type="Dust", push=push, by=officer, at=noon, **there), officer


def held(slug: str) -> list[float]:
    tenant = Tenant(slug)
    row = tenant.page("Dust")[0][0]
    everything = tenant.series(row["id"], ["pm25"], since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2030, 1, 1, tzinfo=UTC))
    return [value for _at, value in everything["pm25"]]


def heard_within(ear: list[Any], seconds: float = 30) -> Any:
    until = time.monotonic() + seconds
    while not ear:
        assert time.monotonic() < until, "no notification arrived"
        time.sleep(0.02)
    return ear[0]


def test_a_change_there_is_told_and_taken_over_once(broker, slug, noon, ear, client):
    far(slug, 1, "2026-01-01T00:00:00Z")
    source, officer = connected(broker, slug, noon)
    assert sources.read(source.pk, at=noon) == 1
    ear.clear()
    far(slug, 2, "2026-01-01T01:00:00Z")
    path, authorization, body = heard_within(ear)
    send = {"path": path, "data": body, "content_type": "application/json"}
    assert client.post(**send).status_code == 401
    assert client.post(**send, headers={"Authorization": "Bearer no"}).status_code == 401
    assert client.post(**send, headers={"Authorization": authorization}).status_code == 204
    assert client.post(**send, headers={"Authorization": authorization}).status_code == 204
    assert held(slug) == [1, 2]
    source.refresh_from_db()
    assert source.taken == 2
    assert source.told_at is not None
    nonsense = {**send, "data": json.dumps({"data": [1]})}
    assert client.post(**nonsense, headers={"Authorization": authorization}).status_code == 400
    sources.step(source, "pause", by=officer, at=noon)
    assert client.post(**send, headers={"Authorization": authorization}).status_code == 410
    assert sources.let_go(at=noon) == 1
    assert Tenant(f"{slug}-far")._ask("GET", "/subscriptions").json == []


def test_a_subscription_that_was_lost_is_made_again(broker, slug, noon, ear):
    far(slug, 1, "2026-01-01T00:00:00Z")
    source, _officer = connected(broker, slug, noon)
    sources.read(source.pk, at=noon)
    there = Tenant(f"{slug}-far")
    there._ask("DELETE", f"/subscriptions/{told.subscription_id(source)}")
    sources.read(source.pk, at=noon + HOUR)
    assert [one["id"] for one in there._ask("GET", "/subscriptions").json] == [told.subscription_id(source)]


def test_what_happened_while_nobody_listened_is_read_from_the_history_there(broker, slug, noon, settings):
    settings.ALLOW_HOSTS = frozenset({"127.0.0.1"})
    source, _officer = connected(broker, slug, noon, push=False)
    for hour in range(4):
        far(slug, hour, f"2026-01-01T{hour:02d}:00:00Z")
    assert sources.read(source.pk, at=noon) == 4
    for hour in range(4, 7):
        far(slug, hour, f"2026-01-01T{hour:02d}:00:00Z")
    assert sources.read(source.pk, at=noon + HOUR) == 3
    assert sources.read(source.pk, at=noon + 2 * HOUR) == 0
    assert held(slug) == [0, 1, 2, 3, 4, 5, 6]


def test_only_an_ngsi_ld_broker_can_tell(slug, noon):
    space, officer = make_space(slug, noon)
    there = {"address": "https://x.example", "entity_type": "Dust", "resource": "r", "title": "x"}
    assert sources.connect(space, kind="ckan", push=True, by=officer, at=noon, **there).push is False


def test_nobody_is_heard_for_a_source_that_is_only_asked(client, slug, noon):
    space, officer = make_space(slug, noon)
    there = {"address": "https://x.example", "entity_type": "Dust", "title": "x"}
    source = sources.connect(space, kind="ngsi-ld", by=officer, at=noon, **there)
    proof = {"Authorization": f"Bearer {told.secret_of(source)}"}
    assert (
        client.post(f"/data-spaces/{slug}/sources/{source.pk}/notify", "{}", content_type="application/json", headers=proof).status_code
        == 404
    )
