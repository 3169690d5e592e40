"""Endpoints looked at from outside: ours as it runs, strangers as they may be, and the private network that nobody gets into."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nagara.citydata.actions import datasets, probes
from nagara.citydata.models import Endpoint, Probe
from nagara.citydata.proof import platform_proof
from nagara.citydata.tests.make import make_space
from nagara.citydata.tests.test_catalogue import SAID, filled
from nagara.people.tests.cast import sign_in
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

FINDING = {"answered", "unreachable", "spoken", "not_spoken"}


class Stranger(BaseHTTPRequestHandler):
    """A city's platform, as the test wants it: what it answers by path."""

    answers: dict[str, tuple[int, str, Any]] = {}

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        status, kind, body = self.answers.get(path, (404, "text/plain", "nothing here"))
        content = (json.dumps(body) if not isinstance(body, str) else body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        return


@pytest.fixture
def stranger() -> Iterator[tuple[str, dict[str, Any]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    Stranger.answers = {}
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", Stranger.answers
    server.shutdown()


def states(probe: Probe) -> dict[str, str]:
    return {finding["check"]: finding["state"] for finding in probe.findings}


def test_our_own_broker_passes_and_proves_the_platform(broker, slug, noon):
    space, officer = make_space(slug, noon)
    dataset = datasets.publish(datasets.describe(space, SAID, by=officer, at=noon), by=officer, at=noon)
    filled(dataset, officer, noon)
    endpoint = space.endpoints.get()
    Endpoint.objects.filter(pk=endpoint.pk).update(fresh_minutes=527040)
    assert platform_proof(space.place) is None
    found = probes.probe(space.endpoints.get(), at=noon)
    expected = dict.fromkeys(("reachable", "standard", "catalogue", "licence", "fresh", "key"), "met") | {"tls": "not_asked"}
    assert states(found) == expected
    assert found.outcome == Probe.Outcome.PASSED
    proof = platform_proof(space.place)
    assert proof is not None
    assert (proof.proved, proof.at, proof.reachable) == (True, noon, 100.0)


def test_old_data_are_found_stale_with_their_day(broker, slug, noon):
    space, officer = make_space(slug, noon)
    dataset = datasets.publish(datasets.describe(space, SAID, by=officer, at=noon), by=officer, at=noon)
    filled(dataset, officer, noon)
    found = probes.probe(space.endpoints.get(), at=noon)
    assert (found.outcome, states(found)["fresh"]) == (Probe.Outcome.PARTLY, "unmet")


def test_a_catalogue_of_ckan_is_counted(slug, noon, settings, stranger):
    address, answers = stranger
    settings.ALLOW_HOSTS = frozenset({"127.0.0.1"})
    packages = [
        {"isopen": True, "metadata_modified": noon.replace(tzinfo=None).isoformat()},
        {"license_id": "notspecified", "metadata_modified": "2020-01-01T00:00:00"},
    ]
    answers["/api/3/action/package_search"] = (200, "application/json", {"success": True, "result": {"count": 2, "results": packages}})
    space, officer = make_space(slug, noon)
    found = probes.probe(probes.declare(space, kind="ckan", address=address, by=officer, at=noon), at=noon)
    assert states(found) == {
        "reachable": "met",
        "standard": "met",
        "catalogue": "met",
        "licence": "unmet",
        "fresh": "met",
        "tls": "unmet",
        "key": "not_asked",
    }


@pytest.mark.parametrize("kind", ["ngsi-ld", "dcat", "sensorthings", "ckan"])
@pytest.mark.parametrize(
    "answer", [(200, "text/html", "<p>Welcome</p>"), (500, "application/json", {}), (200, "application/json", [1]), (404, "text/plain", "")]
)
def test_what_speaks_something_else_fails_and_breaks_nothing(slug, noon, settings, stranger, kind, answer):
    address, answers = stranger
    settings.ALLOW_HOSTS = frozenset({"127.0.0.1"})
    for path in ("", "/", "/ngsi-ld/v1/types", "/api/3/action/package_search"):
        answers[path] = answer
    space, officer = make_space(slug, noon)
    found = probes.probe(probes.declare(space, kind=kind, address=address, by=officer, at=noon), at=noon)
    assert (found.outcome, states(found)["standard"]) == (Probe.Outcome.FAILED, "unmet")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://169.254.169.254/latest", "http://10.0.0.1", "http://localhost:5432"])
def test_no_probe_reaches_the_operators_own_network(slug, noon, address):
    space, officer = make_space(slug, noon)
    found = probes.probe(probes.declare(space, kind="dcat", address=address, by=officer, at=noon), at=noon)
    assert states(found)["reachable"] == "unmet"
    assert "internal address" in found.findings[0]["facts"]["why"]


def test_a_key_is_kept_sealed(slug, noon):
    space, officer = make_space(slug, noon)
    endpoint = probes.declare(space, kind="ngsi-ld", address="https://x.example", needs_key=True, key="open sesame", by=officer, at=noon)
    assert "sesame" not in endpoint.key
    assert probes.target_of(endpoint).key == "open sesame"


def test_another_look_waits_a_minute(broker, slug, noon):
    space, officer = make_space(slug, noon)
    endpoint = space.endpoints.get()
    probes.probe_now(endpoint, by=officer, at=noon)
    with pytest.raises(Refusal):
        probes.probe_now(endpoint, by=officer, at=noon + timedelta(seconds=30))
    probes.probe_now(endpoint, by=officer, at=noon + timedelta(seconds=61))
    assert endpoint.probes.count() == 2


def test_the_page_of_a_probe_is_public_and_says_what_was_found(client, broker, slug, noon):
    space, _officer = make_space(slug, noon)
    endpoint = space.endpoints.get()
    probes.probe(endpoint, at=noon)
    page = client.get(f"/en/data-spaces/{slug}/endpoints/{endpoint.pk}")
    assert page.status_code == 200
    assert "without a key: HTTP 401" in page.content.decode()
    assert client.post(f"/data-spaces/{slug}/endpoints/{endpoint.pk}/probe").status_code == 302
    assert endpoint.probes.count() == 1


def test_an_ended_endpoint_proves_nothing_any_more(broker, slug, noon, client):
    space, officer = make_space(slug, noon)
    endpoint = space.endpoints.get()
    probes.probe(endpoint, at=noon)
    assert platform_proof(space.place) is not None
    probes.end_endpoint(endpoint, by=officer, at=noon)
    assert platform_proof(space.place) is None
    assert sign_in(client, officer).get(f"/data-spaces/{slug}").status_code == 200
