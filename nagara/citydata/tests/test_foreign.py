"""What other software really answers, as it was seen: a broker without history (coraine 0.3), istSOS 4, CKAN 2.12."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from nagara.citydata import jobs
from nagara.citydata.actions import loads, sources
from nagara.citydata.binding.asking import ask
from nagara.citydata.binding.question import Question, Why
from nagara.citydata.broker import Tenant
from nagara.citydata.probing.findings import MET
from nagara.citydata.probing.looks import Target, look
from nagara.citydata.sheets.mapping import Mapping
from nagara.citydata.sources import readers
from nagara.citydata.tests.make import AIR, make_space, table
from nagara.people.tests.cast import sign_in

pytestmark = pytest.mark.django_db

Answers = Callable[[str, str, dict[str, str], Any, Any], tuple[int, Any, dict[str, str]]]
"""(method, path, query, headers, body) -> (status, answer, headers)."""


@pytest.fixture
def served(settings: Any) -> Iterator[Callable[[Answers], str]]:
    """Serves what a function answers; gives the address."""
    running = []

    def serve(answers: Answers) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts, length = urlsplit(self.path), int(self.headers.get("Content-Length") or 0)
                sent = json.loads(self.rfile.read(length)) if length else None
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                status, answer, more = answers(self.command, unquote(parts.path), query, self.headers, sent)
                body = b"" if answer is None else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **more}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_args: Any) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    settings.ALLOW_HOSTS = frozenset({"127.0.0.1"})
    yield serve
    for server in running:
        server.shutdown()


def without_history() -> Answers:
    """A broker that holds what entities say now, and answers the temporal API as coraine does without a plugin for it."""
    held: dict[str, dict[str, Any]] = {}

    def answers(method: str, path: str, query: dict[str, str], _headers: Any, sent: Any) -> tuple[int, Any, dict[str, str]]:
        if "/temporal/" in path:
            kind = "https://uri.etsi.org/ngsi-ld/errors/OperationNotSupported"
            return 501, {"type": kind, "title": "TRoE Not Available", "status": 501, "detail": "broker started without TRoE support"}, {}
        if method == "POST":
            for entity in sent:
                held[entity["id"]] = {**held.get(entity["id"], {}), **entity}
            return 201, [entity["id"] for entity in sent], {}
        if path.endswith("/types"):
            return 200, {"id": "urn:ngsi-ld:EntityTypeList:local", "type": "EntityTypeList", "typeList": ["AirQualityObserved"]}, {}
        if path.endswith("/entities"):
            return 200, list(held.values()), {"NGSILD-Results-Count": str(len(held))}
        found = held.get(path.rpartition("/")[2])
        return (200, found, {}) if found else (404, {"type": "https://uri.etsi.org/ngsi-ld/errors/ResourceNotFound"}, {})

    return answers


def test_a_broker_without_history_keeps_what_things_say_now_and_says_so(served, slug, noon, settings, tmp_path, client):
    settings.BROKER_URL = settings.BROKER_ADDRESS = served(without_history())
    settings.BROKER_DATA, settings.IMPORTS_BESIDE = tmp_path, False
    space, officer = make_space(slug, noon)
    for content, new in ((AIR, 2), (AIR + "ท่าเรือ,2026-01-03 13:00,17.83,102.766,7\n", 1)):
        load = loads.upload(space, table(content), by=officer, at=noon)
        load = loads.name_columns(load, Mapping.read(load.mapping), by=officer, at=noon)
        load = loads.ask_to_load(load, by=officer, at=noon)
        jobs.run_load(load.pk, clock=lambda: noon)
        load.refresh_from_db()
        assert (load.outcome["new"], load.outcome["no_history"]) == (new, True)
    sign_in(client, officer)
    assert b"keeps no history: of each thing only" in client.get(f"/en/data-spaces/{slug}/tables/{load.pk}").content
    id_ = Tenant(slug).page("AirQualityObserved")[0][0]["id"]
    assert b"keeps no history: it knows only" in client.get(f"/en/data-spaces/{slug}/entities/{id_}").content
    window = {"since": date(2026, 1, 1), "until": date(2026, 1, 5), "today": date(2026, 2, 1)}
    assert ask(Tenant(slug), Question("mean", "AirQualityObserved", "pm25"), **window).why == Why.NO_HISTORY


def stream(number: int, name: str, kind: str = "OM_Measurement") -> dict[str, Any]:
    """A datastream as istSOS 4 gives it, with what was expanded."""
    return {
        "@iot.id": number,
        "name": f"stream {number}",
        "unitOfMeasurement": {"name": "u", "symbol": "µg/m³", "definition": "http://x"},
        "observationType": f"http://www.opengis.net/def/observationType/OGC-OM/2.0/{kind}",
        "Thing": {"name": "เสา 0", "@iot.id": 4, "Locations": [], "Locations@iot.nextLink": None},
        "ObservedProperty": {"name": name, "@iot.id": 4, "definition": "http://vocab.example/cf/air_temperature", "properties": None},
    }


def istsos(results: dict[int, list[Any]]) -> Answers:
    """Datastreams and their observations, one a page, each over ten minutes."""
    streams = {10: stream(10, "PM2.5"), 11: stream(11, "อุณหภูมิอากาศ"), 12: stream(12, "sky", "OM_CategoryObservation")}

    def answers(_method: str, path: str, query: dict[str, str], headers: Any, _sent: Any) -> tuple[int, Any, dict[str, str]]:
        if path.endswith("/Datastreams"):
            return 200, {"value": list(streams.values())}, {}
        rows = results[int(path.rpartition("(")[2].partition(")")[0])]
        skip = int(query.get("$skip", 0))
        begun = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in range(len(rows))]
        shown = [f"{at:%Y-%m-%dT%H:%M:%SZ}/{at + timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}" for at in begun]
        page = [{"phenomenonTime": shown[place], "result": rows[place]} for place in range(skip, min(skip + 1, len(rows)))]
        link = f"http://{headers['Host']}{path}?%24skip={skip + 1}"
        return 200, {"value": page, **({"@iot.nextLink": link} if skip + 1 < len(rows) else {})}, {}

    return answers


def test_of_a_measured_stream_only_numbers_are_observations(served, broker, slug, noon):
    space, officer = make_space(slug, noon)
    address = served(istsos({10: [0.5, None, {"a": 1}, "สูง", 4.5], 11: [21], 12: ["clear", None]}))
    source = sources.connect(
        space, kind="sensorthings", title="x", address=f"{address}/v1.1", entity_type="AirQualityObserved", by=officer, at=noon
    )
    assert sources.read(source.pk, at=noon) == 4
    source.refresh_from_db()
    assert (source.last_fault, source.cursor["since"]["10"]) == ({}, "2026-01-01T04:00:00Z")
    row = Tenant(slug).page("AirQualityObserved")[0][0]
    assert {name: row[name]["value"] for name in ("pm25", "stream11", "sky")} == {"pm25": 4.5, "stream11": 21, "sky": "clear"}


def test_two_streams_of_one_property_and_two_things_of_one_name_are_not_mixed(broker, slug, noon, monkeypatch):
    """As HydroServer 1.11 answers: ids that are texts, a raw and a corrected stream, and a number that says that nothing was measured."""
    text = "27c70b41-e845-40ea-8cc7-d1b40f89816b"
    raw = {**stream(1, "level"), "@iot.id": text, "name": "raw level", "properties": {"noDataValue": -9999.0}}
    corrected = {**stream(2, "level"), "name": "corrected level", "properties": None}
    third = {**stream(3, "level"), "name": "corrected level"}
    other = {**stream(4, "level"), "Thing": {"name": "เสา 0", "@iot.id": 5}}
    results = {f"('{text}')": [1.5, -9999.0], "(2)": [2.5], "(3)": [-9999.0], "(4)": [4.5]}

    class Service:
        def json(self, url: str) -> Any:
            path = unquote(urlsplit(url).path)
            if path.endswith("/Datastreams"):
                return {"value": [raw, corrected, third, other]}
            rows = results[path.removeprefix("/v1.1/Datastreams").removesuffix("/Observations")]
            return {"value": [{"phenomenonTime": f"2026-01-01T{hour:02d}:00:00+00:00", "result": one} for hour, one in enumerate(rows)]}

        def close(self) -> None:
            return

    space, officer = make_space(slug, noon)
    there = {"kind": "sensorthings", "title": "x", "address": "https://x.example/v1.1", "entity_type": "WaterLevelObserved"}
    source = sources.connect(space, by=officer, at=noon, **there)
    monkeypatch.setattr(sources, "Asker", lambda **_facts: Service())
    assert sources.read(source.pk, at=noon) == 4
    rows = {row["name"]["value"]: row for row in Tenant(slug).page("WaterLevelObserved")[0]}
    assert {name: rows["เสา 0"][name]["value"] for name in ("level", "correctedLevel", "level_3")} == {
        "level": 1.5,
        "correctedLevel": 2.5,
        "level_3": -9999.0,
    }
    assert rows["เสา 0 (5)"]["level"]["value"] == 4.5


def ckan(rows: list[dict[str, Any]], token: str = "") -> Answers:
    """A private table in a CKAN, which knows a token only where nothing stands before it."""

    def answers(_method: str, _path: str, query: dict[str, str], headers: Any, _sent: Any) -> tuple[int, Any, dict[str, str]]:
        if token and headers.get("Authorization") != token:
            words = "Access denied: User  not authorized to perform resource_show on resource r"
            return 403, {"help": "", "error": {"__type": "Authorization Error", "message": words}, "success": False}, {}
        start, count = int(query["offset"]), int(query["limit"])
        fields = [{"id": name, "type": "text"} for name in ("_id", "station", "time", "pm10")]
        records = [{"_id": place, **row} for place, row in enumerate(rows)][start : start + count]
        return 200, {"success": True, "result": {"fields": fields, "records": records, "total": len(rows), "limit": count}}, {}

    return answers


def hours(count: int, day: int) -> list[dict[str, Any]]:
    return [{"station": "x", "time": f"2026-01-{day:02d}T{hour:02d}:00:00", "pm10": hour} for hour in range(count)]


def test_a_token_goes_to_a_ckan_as_it_is_and_its_refusal_is_told(served, broker, slug, noon):
    space, officer = make_space(slug, noon)
    address = served(ckan(hours(2, 1), token="t0ken"))
    there = {"kind": "ckan", "address": address, "entity_type": "AirQualityObserved", "by": officer, "at": noon}
    known = sources.connect(space, title="a", resource="r", key="t0ken", **there)
    assert sources.read(known.pk, at=noon) == 2
    unknown = sources.connect(space, title="b", resource="s", **there)
    assert sources.read(unknown.pk, at=noon) == 0
    unknown.refresh_from_db()
    assert unknown.last_fault["words"].endswith("HTTP 403 (Access denied: User  not authorized to perform resource_show on resource r)")


def test_a_probe_shows_its_token_to_a_ckan_as_it_is(served, noon):
    def answers(_method: str, _path: str, _query: dict[str, str], headers: Any, _sent: Any) -> tuple[int, Any, dict[str, str]]:
        if headers.get("Authorization") != "t0ken":
            return 403, {"success": False, "error": {"__type": "Authorization Error", "message": "Access denied"}}, {}
        package = {"license_id": "cc-by", "isopen": True, "metadata_modified": "2026-11-21T04:00:00.1"}
        return 200, {"success": True, "result": {"count": 1, "results": [package]}}, {}

    target = Target("ckan", served(answers), "https://x.example", key="t0ken", needs_key=True)
    findings = {finding.check: finding.state for finding in look(target, at=noon, allow={"127.0.0.1"})[0]}
    assert set(findings.values()) == {MET}


def test_a_table_that_was_made_anew_and_is_shorter_is_read_from_its_beginning(served, broker, slug, noon, monkeypatch):
    monkeypatch.setattr(readers, "PAGE", 4)
    rows = hours(6, 1)
    space, officer = make_space(slug, noon)
    source = sources.connect(
        space, kind="ckan", title="x", address=served(ckan(rows)), entity_type="AirQualityObserved", resource="r", by=officer, at=noon
    )
    assert sources.read(source.pk, at=noon) == 6
    rows[:] = hours(3, 2)
    assert sources.read(source.pk, at=noon + timedelta(hours=1)) == 3
    assert sources.read(source.pk, at=noon + timedelta(hours=2)) == 0
