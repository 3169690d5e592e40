"""HTTP and tenants: methods, limits, tenants, health, description (5.5.10, 6.3)."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest

from nagara.broker.tests.conftest import Api, Running, station

ONE = "entities/urn:ngsi-ld:Station:1"


def test_a_tenant_is_made_by_its_first_entity_and_is_apart(running: Running) -> None:
    one, other = running.api("city_a"), running.api("city_b")
    answer = one.get("entities", query={"type": "Station"})
    assert answer.is_problem(404, "NonexistentTenant") and answer.headers["ngsild-tenant"] == "city_a"
    assert one.post("entities", station(1)).status == 201
    assert one.get(ONE).headers["ngsild-tenant"] == "city_a"
    assert other.get(ONE).is_problem(404, "NonexistentTenant")
    other.made(station(2))
    assert other.get(ONE).is_problem(404, "ResourceNotFound")
    assert running.api().get(ONE).is_problem(404, "ResourceNotFound")


@pytest.mark.parametrize("name", ["../x", "a b", "-", "x" * 200, "_"])
def test_a_tenant_name_that_is_none_is_refused(running: Running, name: str) -> None:
    assert running.api(name).post("entities", station(1)).is_problem(400, "BadRequestData")


def test_methods_that_do_not_go_are_405_and_options_tell_which_do(api: Api) -> None:
    answer = api.put("entities", station(1))
    assert answer.is_problem(405) and answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, POST"
    answer = api("OPTIONS", f"{ONE}/attrs/a")
    assert (
        answer.status == 204
        and answer.headers["allow"] == "DELETE, OPTIONS, PATCH, PUT"
        and "application/merge-patch+json" in answer.headers["accept-patch"]
    )
    assert api.get("nothing/here").is_problem(404, "ResourceNotFound")
    assert api("GET", "/ngsi-ld/v1").is_problem(404)


def test_head_is_get_without_the_body(api: Api) -> None:
    api.made(station(1, a=1))
    whole, head = api.get(ONE), api("HEAD", ONE)
    assert head.status == 200 and head.body == b"" and head.headers["content-type"] == whole.headers["content-type"]
    assert api("HEAD", "entities/urn:x:none").status == 404


def test_a_body_deeper_than_the_limit_is_refused(api: Api) -> None:
    deep = b'{"id":"urn:x:1","type":"T","a":' + b'{"v":' * 200 + b"1" + b"}" * 200 + b"}"
    assert api.post("entities", raw=deep).is_problem(400, "BadRequestData")
    assert api.post("entities", raw=b"[" * 100_000).status == 400


def test_a_query_longer_than_the_limit_is_414(api: Api) -> None:
    assert api.get("entities?type=" + "a" * 20_000).is_problem(414)


def test_a_geometry_of_too_many_points_is_refused(api: Api) -> None:
    line = {"type": "LineString", "coordinates": [[0, n / 1e6] for n in range(30_000)]}
    assert api.post("entities", station(1, path={"type": "GeoProperty", "value": line})).is_problem(400, "BadRequestData")


def test_a_body_without_its_length_is_411(api: Api) -> None:
    with socket.create_connection(("127.0.0.1", api.port), 5) as s:
        s.sendall(
            b"POST /ngsi-ld/v1/entities HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        )
        assert s.recv(1000).startswith(b"HTTP/1.1 411")


def test_a_body_over_the_limit_is_413_at_once(start: Callable[..., Running]) -> None:
    api = start("--open", "--max-body", "10000").api()
    assert api.post("entities", station(1, a="x" * 5_000)).status == 201
    assert api.post("entities", station(2, a="x" * 20_000)).is_problem(413)
    assert api.get(ONE).status == 200


def test_requests_beyond_the_rate_are_told_when_to_come_again(start: Callable[..., Running]) -> None:
    api = start("--open", "--rate", "5").api()
    answers = [api.get("types") for _ in range(20)]
    refused = [one for one in answers if one.status == 429]
    assert 5 <= len(refused) <= 15 and int(refused[0].headers["retry-after"]) >= 1 and "Wait" in refused[0].json["detail"]
    assert api.get("health").status == 200


def test_the_description_names_every_operation(api: Api) -> None:
    answer = api.get("openapi.json")
    assert answer.status == 200
    told = answer.json
    assert told["openapi"].startswith("3.")
    from nagara.broker.routes import ROUTES

    for route in ROUTES:
        operation = told["paths"][f"/{route.path}"][route.method.lower()]
        assert operation["summary"] and operation["responses"], route
        given = [
            told["components"]["parameters"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
            for part in operation["parameters"]
        ]
        parts = {part["name"] for part in given if part["in"] == "path"}
        assert parts == {piece.strip("{}") for piece in route.path.split("/") if piece.startswith("{")}


def test_health_and_identity(api: Api) -> None:
    assert api.get("health").json["status"]
    identity = api.get("info/sourceIdentity").json
    assert identity["type"] == "ContextSourceIdentity" and identity["contextSourceAlias"].startswith("nagara")


def test_no_garbage_makes_the_broker_fail(api: Api) -> None:
    api.made(station(1, a=1))
    bodies: list[object] = [None, [], {}, 0, "x", [[]], {"": 1}, {"@id": 5}, {"id": {}}, {"type": 5}, {"@context": 5}, {"a": {"type": {}}}, {"\u0000": 1},
                            {"a": [{"type": "Property", "value": 1}, 5]}, {"@type": ["x"]}, {"a": {"@value": 1, "@type": "x"}}]  # fmt: skip
    for method, path in (
        ("POST", "entities"), ("PUT", ONE), ("PATCH", ONE), ("POST", f"{ONE}/attrs"), ("PATCH", f"{ONE}/attrs"), ("PATCH", f"{ONE}/attrs/a"),
        ("PUT", f"{ONE}/attrs/a"), ("POST", "entityOperations/create"), ("POST", "entityOperations/upsert"), ("POST", "entityOperations/update"),
        ("POST", "entityOperations/merge"), ("POST", "entityOperations/delete"), ("POST", "entityOperations/query"), ("POST", "jsonldContexts"),
    ):  # fmt: skip
        for body in bodies:
            for ld in (False, True):
                answer = api(method, path, raw=json.dumps(body).encode(), ld=ld)
                assert answer.status < 500 or answer.json["type"].endswith("LdContextNotAvailable"), (method, path, body, answer.body)
