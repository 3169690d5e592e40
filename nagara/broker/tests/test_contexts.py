"""@contexts: in bodies and Link headers, fetched, hosted, cached (4.4, 5.5.5 to 5.5.7, 5.13, 6.3.5, 6.3.16, 6.29, 6.30)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nagara.broker.tests.conftest import CORE, Api, station

ONE = "entities/urn:ngsi-ld:Station:1"
LINK = '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


class Site:
    """A server of @contexts."""

    def __init__(self) -> None:
        self.documents: dict[str, object] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                body = site.documents.get(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Type", "application/ld+json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode() if body is not None else b"")

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def put(self, path: str, context: object) -> str:
        self.documents[path] = {"@context": context}
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    yield found
    found.stop()


def test_names_are_stored_in_full_and_shown_by_the_readers_context(api: Api, site: Site) -> None:
    url = site.put("/air.jsonld", {"pm25": "https://example.org/air#pm25", "Station": "https://example.org/Station"})
    other = site.put("/luft.jsonld", {"feinstaub": "https://example.org/air#pm25"})
    assert api.post("entities", {**station(1, pm25=1), "@context": url}, ld=True).status == 201
    plain = api.get(ONE).json
    assert plain["type"] == "https://example.org/Station" and "https://example.org/air#pm25" in plain
    answer = api.get(ONE, Link=LINK.format(url))
    assert answer.json["type"] == "Station" and "pm25" in answer.json and url in answer.headers["link"]
    assert "feinstaub" in api.get(ONE, Link=LINK.format(other)).json
    assert api.get("entities", query={"type": "Station", "q": "pm25==1"}, Link=LINK.format(url)).json
    assert api.get("entities", query={"type": "Station", "q": "pm25==1"}).json == []
    assert site.asked.count("/air.jsonld") == 1, "it is fetched once"


def test_arrays_inline_terms_prefixes_and_nested_references(api: Api, site: Site) -> None:
    inner = site.put("/inner.jsonld", {"ex": "https://example.org/", "c": "ex:sea"})
    outer = site.put("/outer.jsonld", [inner, {"d": {"@id": "ex:dee"}, "when": {"@id": "ex:when", "@type": "ex:Date"}}])
    context = [outer, {"a": "https://example.org/ay", "@vocab": "https://vocab.example.org/"}, CORE]
    assert api.post("entities", {**station(1, a=1, b=2, c=3, d=4, **{"ex:f": 5}), "@context": context}, ld=True).status == 201
    found = set(api.get(ONE).json)
    assert {f"https://example.org/{name}" for name in ("ay", "sea", "dee", "f")} | {"https://vocab.example.org/b"} <= found


def test_core_terms_cannot_be_given_another_meaning(api: Api) -> None:
    body = {**station(1, location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}})}
    assert api.post("entities", {**body, "@context": {"location": "https://example.org/place"}}, ld=True).status == 201
    assert "location" in api.get(ONE).json


@pytest.mark.parametrize("version", ["v1.0", "v1.3", "v1.6", "v1.8", "v1.9"])
def test_the_broker_carries_every_core_context_itself(api: Api, version: str) -> None:
    url = f"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-{version}.jsonld"
    assert api.post("entities", {**station(1, a=1), "@context": [url]}, ld=True).status == 201


@pytest.mark.parametrize(
    ("context", "status"),
    [(5, 400), ("not a url", 400), ({"a": 5}, 400), ({"@import": "x"}, 400), ({"a": {"@id": "x:y", "@context": {}}}, 400), ("ftp://example.org/x", 400), ("http://[", 400),
     ("http://a]:1/x", 400),
     ("http://127.0.0.1:9/unreachable", 504)],
)  # fmt: skip
def test_a_context_that_cannot_be_used_is_told(api: Api, context: object, status: int) -> None:
    answer = api.post("entities", {**station(1), "@context": context}, ld=True)
    assert answer.status == status and len(answer.json["detail"]) > 10, answer.body


def test_a_context_that_is_missing_or_no_json_is_told(api: Api, site: Site) -> None:
    base = site.put("/x", {}).removesuffix("/x")
    assert api.get(ONE, Link=LINK.format(f"{base}/none")).is_problem(504, "LdContextNotAvailable")
    site.documents["/list"] = [1]
    assert api.get(ONE, Link=LINK.format(f"{base}/list")).is_problem(400, "BadRequestData")
    site.documents["/half"] = {"@context": "http://["}
    assert api.get(ONE, Link=LINK.format(f"{base}/half")).is_problem(400, "BadRequestData")
    loop = site.put("/loop", f"{base}/loop")
    assert api.get(ONE, Link=LINK.format(loop)).is_problem(400, "BadRequestData")


def test_where_the_context_belongs_depends_on_the_media_type(api: Api, site: Site) -> None:
    url = site.put("/a.jsonld", {"a": "https://example.org/a"})
    assert api.post("entities", {**station(1), "@context": url}).is_problem(400)
    assert api.post("entities", station(1), ld=True).is_problem(400)
    assert api.post("entities", {**station(1), "@context": url}, ld=True, Link=LINK.format(url)).is_problem(400)
    assert api.post("entities", station(1, a=1), Link=LINK.format(url)).status == 201
    assert "https://example.org/a" in api.get(ONE).json


def test_words_of_a_vocabulary_are_expanded_by_the_context(api: Api) -> None:
    context = {"Market": "https://example.org/Market", "Fair": "https://example.org/Fair"}
    api.post("entities", {**station(1, kind={"type": "VocabProperty", "vocab": ["Market", "Fair"]}), "@context": context}, ld=True)
    assert api.get(ONE).json["kind"]["vocab"] == ["https://example.org/Market", "https://example.org/Fair"]


def test_a_context_is_hosted_listed_served_and_deleted(api: Api) -> None:
    answer = api.post("jsonldContexts", {"@context": {"pm25": "https://example.org/pm25"}})
    assert answer.status == 201
    place = answer.headers["location"]
    id_ = place.rpartition("/")[2]
    assert api.get(place).json == {"@context": {"pm25": "https://example.org/pm25"}}
    url = f"http://127.0.0.1:{api.port}{place}"
    assert url in api.get("jsonldContexts").json or any(id_ in one for one in api.get("jsonldContexts").json)
    assert api.post("entities", station(1, pm25=1), Link=LINK.format(url)).status == 201
    assert "https://example.org/pm25" in api.get(ONE).json
    details = api.get(place, query={"details": "true"}).json
    assert details["kind"] == "Hosted" and details["localId"] == id_ and details["numberOfHits"] >= 1
    assert [one["kind"] for one in api.get("jsonldContexts", query={"details": "true", "kind": "Hosted"}).json] == ["Hosted"]
    assert api.delete(place).status == 204
    assert api.get(place).is_problem(404, "ResourceNotFound")
    assert api.post("jsonldContexts", {"no": "context"}).is_problem(400)
    assert api.get("jsonldContexts", query={"kind": "Borrowed"}).is_problem(400)


def test_a_cached_context_is_reloaded_when_asked(api: Api, site: Site) -> None:
    url = site.put("/r.jsonld", {"a": "https://example.org/one"})
    api.post("entities", station(1, a=1), Link=LINK.format(url))
    site.put("/r.jsonld", {"a": "https://example.org/two"})
    from urllib.parse import quote

    assert api.delete("jsonldContexts/" + quote(url, safe=""), query={"reload": "true"}).status == 204
    api.post("entities", station(2, a=1), Link=LINK.format(url))
    assert "https://example.org/two" in api.get("entities/urn:ngsi-ld:Station:2").json
    assert site.asked.count("/r.jsonld") == 2
