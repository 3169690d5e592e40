"""Entity maps: a query's entities and their sources, fixed for what follows (5.14, 5.5.14; 6.32, 6.34)."""

from __future__ import annotations

from typing import Any

from nagara.broker.tests.conftest import Api, Running, station
from nagara.broker.tests.test_distributed import LOCAL, second, there
from nagara.broker.tests.test_registrations import registration

__all__ = ["second", "there"]
HEADER = "ngsild-entitymap"


def _id(number: int) -> str:
    return f"urn:ngsi-ld:Station:{number}"


def test_a_map_is_made_kept_for_its_time_and_deleted(api: Api) -> None:
    api.made(station(1, a=1), station(2, a=5))
    answer = api.get("entityMaps", query={"type": "Station", "q": "a>2", "entityMapLifetime": "P10Y"})
    assert answer.status == 201 and answer.json["entityMap"] == {_id(2): ["@none"]}
    location = answer.headers[HEADER].partition(f":{api.port}")[2]
    assert api.get(location).json == answer.json
    assert answer.json["expiresAt"] < "2036"  # ten years are more than this broker keeps it
    assert api.patch(location, {"expiresAt": "soon"}).is_problem(400, "BadRequestData")
    assert api.patch(location, {"expiresAt": "2000-01-01T00:00:00Z"}).status == 204
    assert api.get(location).is_problem(404, "ResourceNotFound") and api.delete(location).is_problem(404, "ResourceNotFound")
    assert api.get("entityMaps").is_problem(400, "BadRequestData")
    assert api.get("entityMaps", query={"type": "Station", "entityMapLifetime": "1h"}).is_problem(400, "BadRequestData")


def test_a_query_that_refers_to_a_map_pages_through_what_it_fixed(api: Api) -> None:
    api.made(*[station(number, a=1) for number in range(5)])
    first = api.get("entities", query={"type": "Station", "entityMap": "true", "limit": "2"})
    assert first.status == 201 and [one["id"] for one in first.json] == [_id(0), _id(1)]
    reference = first.headers[HEADER]
    api.made(station(9, a=1))
    api.delete(f"entities/{_id(2)}")
    answer = api.get("entities", query={"type": "Station", "limit": "2", "offset": "2", "count": "true"}, NGSILD_EntityMap=reference)
    assert answer.status == 200 and [one["id"] for one in answer.json] == [_id(3), _id(4)]
    assert (
        answer.headers["ngsild-results-count"] == "4" and answer.headers[HEADER] == reference and 'rel="next"' not in answer.headers["link"]
    )
    assert api.get("entities", query={"type": "Station"}, NGSILD_EntityMap="urn:x:gone").status == 201  # made anew


def test_a_map_is_its_tenants_own(api: Api, running: Running) -> None:
    api.made(station(1, a=1))
    location = api.get("entityMaps", query={"type": "Station"}).headers[HEADER].partition(f":{api.port}")[2]
    assert running.api("").get(location).status == 404 and api.get(location).status == 200


def test_a_map_names_the_sources_and_spares_the_others(api: Api, there: Api) -> None:
    doc = registration(f"http://127.0.0.1:{there.port}", id="urn:x:there", tenant=there.tenant)
    assert api.post("csourceRegistrations", doc).status == 201
    api.post("entities", station(1, a=1), query=LOCAL)
    there.made(station(1, b=1), station(2, b=2))
    answer = api.get("entities", query={"type": "Station", "entityMap": "true"})
    found: dict[str, Any] = api.get(answer.headers[HEADER].partition(f":{api.port}")[2]).json["entityMap"]
    assert found == {_id(1): ["@none", "urn:x:there"], _id(2): ["urn:x:there"]}
    one = api.get(f"entities/{_id(2)}", NGSILD_EntityMap=answer.headers[HEADER])
    assert one.status == 200 and one.json["b"]["value"] == 2
