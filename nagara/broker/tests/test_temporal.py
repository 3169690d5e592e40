"""The temporal evolution of entities over HTTP: what is recorded, asked, shown, corrected and deleted (5.6.11 to 5.6.16, 5.7.3, 5.7.4)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nagara.broker.clock import iso, now_us
from nagara.broker.store.schema import SCHEMA, STEPS
from nagara.broker.store.tenant import Store
from nagara.broker.tests.conftest import Answer, Api, Running, soon, station

ONE = "temporal/entities/urn:ngsi-ld:Station:1"
ALL = {"timerel": "after", "timeAt": "2000-01-01T00:00:00Z"}
WRITTEN = {**ALL, "timeproperty": "modifiedAt"}


def hours(*values: Any, day: str = "2026-03-01", **members: Any) -> list[dict[str, Any]]:
    """An instance an hour, from noon on: hours(10, 20) is 10 at 12:00 and 20 at 13:00."""
    return [{"type": "Property", "value": value, "observedAt": f"{day}T{12 + i:02d}:00:00Z", **members} for i, value in enumerate(values)]


def made(api: Api, number: int = 1, **attrs: Any) -> None:
    answer = api.post("temporal/entities", {"id": f"urn:ngsi-ld:Station:{number}", "type": "Station", **attrs})
    assert answer.status == 201, answer.body


def values(answer: Answer, attr: str) -> list[Any]:
    """The values of an attribute in an answer about one entity, one after another."""
    assert answer.status in (200, 206), answer.body
    return [one["value"] for one in answer.json[attr]]


def test_every_write_to_an_entity_is_in_its_history(api: Api) -> None:
    at = "2026-03-01T12:00:00Z"
    api.made(station(1, a={"type": "Property", "value": 1, "observedAt": at}, b=1))
    entity = "entities/urn:ngsi-ld:Station:1"
    assert api.patch(f"{entity}/attrs/a", {"value": 2}).status == 204
    assert api.post(f"{entity}/attrs", {"c": 5}).status == 204
    assert api.patch(entity, {"a": 3}).status == 204
    assert api.patch(f"{entity}/attrs", {"a": 4}).status == 204
    assert api.put(f"{entity}/attrs/a", {"type": "Property", "value": 5}).status == 204
    assert api.post("entityOperations/update", [station(1, a=6)]).status == 204
    assert api.post("entityOperations/merge", [station(1, a=7)]).status == 204
    assert api.put(entity, station(1, a=8)).status == 204
    assert api.delete(entity).status == 204
    answer = api.get(ONE)
    assert values(answer, "a")[:1] == [1] and sorted(v for v in values(answer, "a") if v != "urn:ngsi-ld:null") == list(range(1, 9))
    assert values(answer, "a")[-1] == "urn:ngsi-ld:null" and "deletedAt" in answer.json["a"][-1]
    assert values(answer, "b") == [1, "urn:ngsi-ld:null"] and values(answer, "c") == [5, "urn:ngsi-ld:null"]
    assert len({one["instanceId"] for name in "abc" for one in answer.json[name]}) == 13
    times = api.get(ONE, query={"options": "sysAttrs", "attrs": "b"}).json
    assert times["deletedAt"] > times["b"][-1]["deletedAt"] > times["b"][0]["createdAt"]


def test_a_deleted_entity_is_found_by_its_past(api: Api) -> None:
    api.made(station(1, a=1), station(2, a=1))
    assert api.delete("entities/urn:ngsi-ld:Station:1").status == 204
    for which in (
        {"type": "Station"}, {"type": "(Station;Kiosk),Station"}, {"id": "urn:ngsi-ld:Station:1", "local": "true"}, {"type": "*", "local": "true"}, {"attrs": "a"},
    ):  # fmt: skip
        gone = api.get("temporal/entities", query={**which, **ALL, "timeproperty": "deletedAt"}).json
        assert [one["id"] for one in gone] == ["urn:ngsi-ld:Station:1"], which
    assert api.get("temporal/entities", query={"type": "Kiosk", **ALL, "timeproperty": "deletedAt"}).json == []
    api.made(station(1, a=2))
    assert values(api.get(ONE), "a") == [1, "urn:ngsi-ld:null", 2]


def test_a_history_makes_an_unknown_entity_known_with_its_newest_state(api: Api) -> None:
    made(api, a=[*reversed(hours(10, 20, 30)), *hours(1, 2, datasetId="urn:x:d")], scope=["/City/North"])
    entity = api.get("entities/urn:ngsi-ld:Station:1", query={"options": "keyValues"}).json
    assert entity["a"] == {"dataset": {"@none": 30, "urn:x:d": 2}} and entity["scope"] == "/City/North"
    assert api.post(f"{ONE}/attrs", {"a": hours(99, day="2026-03-02")}).status == 204
    assert api.get("entities/urn:ngsi-ld:Station:1", query={"options": "keyValues"}).json["a"]["dataset"]["@none"] == 30


def test_what_is_given_twice_for_one_time_is_written_over(api: Api) -> None:
    made(api, a=hours(10, 20))
    before = api.get(ONE).json["a"]
    assert api.post("temporal/entities", station(1, a=hours(10, 21, 30))).status == 204
    after = api.get(ONE, query={"options": "sysAttrs"}).json["a"]
    assert [one["value"] for one in after] == [10, 21, 30]
    assert [one["instanceId"] for one in after[:2]] == [one["instanceId"] for one in before]
    assert after[0]["createdAt"] == after[0]["modifiedAt"] and after[1]["createdAt"] < after[1]["modifiedAt"]


def test_new_types_are_added(api: Api) -> None:
    made(api, a=hours(1))
    assert api.post("temporal/entities", {**station(1, a=hours(1)), "type": ["Station", "Sensor"]}).status == 204
    assert api.get(ONE).json["type"] == ["Station", "Sensor"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"timerel": "after", "timeAt": "2026-03-01T13:00:00Z"}, [20, 30]),
        ({"timerel": "after", "timeAt": "2026-03-01T13:00:00.000Z"}, [20, 30]),
        ({"timerel": "before", "timeAt": "2026-03-01T13:00:00Z"}, [10]),
        ({"timerel": "between", "timeAt": "2026-03-01T12:00:00Z", "endTimeAt": "2026-03-01T14:00:00Z"}, [10, 20]),
        ({"timerel": "after", "timeAt": "2026-03-01T13:00:00Z", "lastN": "1"}, [30]),
        ({"lastN": "2"}, [20, 30]),
        ({"lastN": "2", "attrs": "a"}, [20, 30]),
    ],
)
def test_an_interval_holds_its_start_and_not_its_end(api: Api, query: dict[str, str], found: list[int]) -> None:
    made(api, a=hours(10, 20, 30))
    assert values(api.get(ONE, query=query), "a") == found


@pytest.mark.parametrize(
    "query",
    [
        {"timerel": "during", "timeAt": "2026-03-01T13:00:00Z"},
        {"timerel": "after"},
        {"timeAt": "2026-03-01T13:00:00Z"},
        {"timerel": "after", "timeAt": "2026-03-01"},
        {"timerel": "between", "timeAt": "2026-03-01T13:00:00Z"},
        {"timerel": "between", "timeAt": "2026-03-01T13:00:00Z", "endTimeAt": "2026-03-01T12:00:00Z"},
        {"timeproperty": "location"},
        {"lastN": "0"},
        {"options": "aggregatedValues"},
        {"options": "aggregatedValues", "aggrMethods": "median"},
        {"options": "aggregatedValues", "aggrMethods": "avg", "aggrPeriodDuration": "1H"},
        {"options": "temporalValues,aggregatedValues"},
        {"pick": "owner{name}"},
        {"pick": "a", "attrs": "a"},
    ],
)
def test_what_makes_no_sense_is_refused(api: Api, query: dict[str, str]) -> None:
    made(api, a=hours(10))
    assert api.get(ONE, query=query).is_problem(400, "BadRequestData")


def test_a_query_needs_a_time_and_something_that_narrows_it(api: Api) -> None:
    made(api, a=hours(10))
    assert api.get("temporal/entities", query={"type": "Station"}).is_problem(400, "BadRequestData")
    assert api.get("temporal/entities", query={**ALL, "id": "urn:ngsi-ld:Station:1"}).is_problem(400, "BadRequestData")
    assert len(api.get("temporal/entities", query={**ALL, "local": "true"}).json) == 1
    assert api.get("temporal/entities", query={**ALL, "type": "Station", "orderBy": "a"}).is_problem(400, "BadRequestData")
    assert api.get("temporal/entities", query={**ALL, "type": "Station", "format": "gold"}).is_problem(400, "InvalidRequest")
    assert api.get("temporal/entities/nonsense").is_problem(400, "BadRequestData")
    assert api.get("temporal/entities/urn:x:nobody").is_problem(404, "ResourceNotFound")
    assert api.get(ONE, query={"attrs": "nothing"}).is_problem(404, "ResourceNotFound")


def found_by(api: Api, **query: str) -> list[str]:
    answer = api.get("temporal/entities", query={"type": "Station", **ALL, **query})
    assert answer.status == 200, answer.body
    return [one["id"].rpartition(":")[2] for one in answer.json]


def test_filters_look_at_the_interval_alone(api: Api) -> None:
    made(api, 1, a=hours(10, 90))
    made(api, 2, a=[*hours(90, day="2026-01-01"), *hours(10)])
    march = {"timerel": "between", "timeAt": "2026-03-01T00:00:00Z", "endTimeAt": "2026-04-01T00:00:00Z"}
    assert found_by(api, q="a>50") == ["1", "2"] and found_by(api, q="a>50", **march) == ["1"]
    assert found_by(api, q="a==10", **march) == ["1", "2"] and found_by(api, q="a>95") == []
    assert found_by(api, q="!b;a>50", **march) == ["1"] and found_by(api, attrs="b") == []


def test_a_place_without_a_time_holds_at_any_time(api: Api) -> None:
    """A station that does not move is found by its place, though its location bears no observedAt (C.5.5)."""
    near = {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[100.5,13.7]"}
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [100.5, 13.7]}}
    made(api, 1, a=hours(1), location=place, name="Old market")
    made(api, 2, a=hours(1), location={**place, "value": {"type": "Point", "coordinates": [99.0, 18.0]}})
    assert found_by(api, **near) == ["1"] and found_by(api, q='name=="Old market"', attrs="a") == ["1"]


def test_a_scope_counts_while_it_is_valid(api: Api) -> None:
    scope = [
        {"type": "Property", "value": "/North", "observedAt": "2026-03-01T10:00:00Z"},
        {"type": "Property", "value": "/South", "observedAt": "2026-03-01T12:30:00Z"},
    ]
    made(api, a=hours(1, 2), scope=scope)
    north = api.get("temporal/entities", query={"type": "Station", **ALL, "scopeQ": "/North"}).json
    assert [one["value"] for one in north[0]["a"]] == [1] and north[0]["scope"][0]["value"] == "/North"
    south = api.get("temporal/entities", query={"type": "Station", **ALL, "scopeQ": "/South"}).json
    assert [one["value"] for one in south[0]["a"]] == [2]
    assert found_by(api, scopeQ="/West") == []


def test_pages_of_entities_are_linked_and_counted(api: Api) -> None:
    for n in range(5):
        made(api, n, a=hours(n))
    made(api, 9, b=hours(1))
    query = {"type": "Station", **ALL, "attrs": "a", "limit": "2", "count": "true"}
    page = api.get("temporal/entities", query=query)
    assert page.headers["ngsild-results-count"] == "5" and 'rel="next"' in page.headers["link"]
    assert found_by(api, attrs="a", limit="2", offset="4") == ["4"]
    assert found_by(api, orderBy="id;desc", limit="3") == ["9", "4", "3"]
    assert api.get("temporal/entities", query={**query, "limit": "0"}).json == []


def test_pairs_of_values_and_times(api: Api) -> None:
    word = [{"type": "LanguageProperty", "languageMap": {"th": "ร้อน", "en": "hot"}, "observedAt": "2026-03-01T12:00:00Z"}]
    link = [{"type": "Relationship", "object": "urn:x:1", "observedAt": "2026-03-01T12:00:00Z"}]
    made(api, a=[*hours(10, 20), *hours(5, datasetId="urn:x:d")], word=word, link=link)
    found = api.get(ONE, query={"format": "temporalValues"}).json
    noon = "2026-03-01T12:00:00Z"
    assert found["a"] == [
        {"type": "Property", "values": [[10, noon], [20, "2026-03-01T13:00:00Z"]]},
        {"type": "Property", "datasetId": "urn:x:d", "values": [[5, noon]]},
    ]
    assert found["word"] == {"type": "LanguageProperty", "languageMaps": [[{"languageMap": {"th": "ร้อน", "en": "hot"}}, noon]]}
    assert found["link"] == {"type": "Relationship", "objects": [["urn:x:1", noon]]}
    assert api.get(ONE, query={"format": "temporalValues", "lang": "th"}).json["word"]["values"] == [["ร้อน", noon]]
    assert api.get(ONE, query={"format": "temporalValues", "datasetId": "urn:x:d"}).json["a"]["values"] == [[5, noon]]
    assert api.post("temporal/entities", {**found, "id": "urn:ngsi-ld:Station:2"}).status == 201
    again = api.get("temporal/entities/urn:ngsi-ld:Station:2", query={"format": "temporalValues"}).json
    assert {**again, "id": found["id"]} == found


def test_concise_instances_leave_their_type_out(api: Api) -> None:
    made(api, a=hours(10))
    (one,) = api.get(ONE, query={"format": "concise"}).json["a"]
    assert {**one, "instanceId": ""} == {"value": 10, "observedAt": "2026-03-01T12:00:00Z", "instanceId": ""}


def aggregated(api: Api, methods: str, attr: str = "a", **query: str) -> Any:
    answer = api.get(ONE, query={"format": "aggregatedValues", "aggrMethods": methods, "attrs": attr, **query})
    assert answer.status == 200, answer.body
    return answer.json[attr]


def test_aggregates_of_numbers(api: Api) -> None:
    made(api, a=hours(1, 2, 3, 6))
    methods = "totalCount,distinctCount,sum,avg,min,max,stddev,sumsq"
    found = aggregated(api, methods)
    whole = ["2026-03-01T12:00:00Z", "2026-03-01T15:00:00.000001Z"]
    expected = {"totalCount": 4, "distinctCount": 4, "sum": 12, "avg": 3, "min": 1, "max": 6, "sumsq": 50}
    assert {name: pairs for name, pairs in found.items() if name in expected} == {n: [[v, *whole]] for n, v in expected.items()}
    assert found["stddev"][0][0] == pytest.approx(3.5**0.5)
    steps = aggregated(api, "sum", aggrPeriodDuration="PT2H", timerel="after", timeAt="2026-03-01T11:00:00Z")["sum"]
    assert steps == [
        [1, "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"],
        [5, "2026-03-01T13:00:00Z", "2026-03-01T15:00:00Z"],
        [6, "2026-03-01T15:00:00Z", "2026-03-01T17:00:00Z"],
    ]


def test_aggregates_by_months_of_the_calendar(api: Api) -> None:
    days = ["2026-01-31", "2026-02-27", "2026-03-30", "2026-03-31"]
    made(api, a=[one for i, day in enumerate(days) for one in hours(i + 1, day=day)])
    found = aggregated(api, "sum", aggrPeriodDuration="P1M", timerel="after", timeAt="2026-01-31T00:00:00Z")["sum"]
    assert [(value, start[:10], end[:10]) for value, start, end in found] == [
        (3, "2026-01-31", "2026-02-28"),
        (3, "2026-02-28", "2026-03-31"),
        (4, "2026-03-31", "2026-04-30"),
    ]


def test_aggregates_of_what_is_no_number(api: Api) -> None:
    links = [{"type": "Relationship", "object": "urn:x:1", "observedAt": f"2026-03-01T{hour}:00:00Z"} for hour in (10, 11)]
    made(api, a=hours("b", "a", "b"), b=hours(True, False), c=hours([1, 2], [1, 2, 3]), d=links)
    texts = aggregated(api, "min,max,distinctCount,totalCount")
    assert [texts[name][0][0] for name in ("min", "max", "distinctCount", "totalCount")] == ["a", "b", 2, 3]
    assert aggregated(api, "avg", "b")["avg"][0][0] == 0.5
    sizes = aggregated(api, "sum,stddev", "c")
    assert sizes["sum"][0][0] == 5 and sizes.keys() == {"type", "sum"}
    targets = aggregated(api, "distinctCount,avg", "d")
    assert targets["distinctCount"][0][0] == 1 and targets.keys() == {"type", "distinctCount"} and targets["type"] == "Relationship"
    refused = api.get(ONE, query={"format": "aggregatedValues", "aggrMethods": "avg,stddev", "attrs": "a"})
    assert refused.is_problem(400, "InvalidRequest") and "min" in refused.json["detail"]


def test_aggregates_of_a_query_and_of_what_it_filters(api: Api) -> None:
    made(api, 1, a=hours(1, 3))
    made(api, 2, a=hours(5, 7))
    query = {"type": "Station", **ALL, "format": "aggregatedValues", "aggrMethods": "avg", "attrs": "a"}
    assert [one["a"]["avg"][0][0] for one in api.get("temporal/entities", query=query).json] == [2, 6]
    assert [one["a"]["avg"][0][0] for one in api.get("temporal/entities", query={**query, "q": "a>4"}).json] == [6]


def test_a_query_by_post_says_the_same(api: Api) -> None:
    made(api, 1, a=hours(1, 3))
    made(api, 2, a=hours(5, 7))
    body = {"type": "Query", "entities": [{"type": "Station"}], "q": "a>4", "temporalQ": {**ALL, "lastN": 1}}
    answer = api.post("temporal/entityOperations/query", body)
    assert [(one["id"][-1], [each["value"] for each in one["a"]]) for one in answer.json] == [("2", [7])]
    body["aggrParams"] = {"aggrMethods": ["max"], "aggrPeriodDuration": "P1D"}
    assert api.post("temporal/entityOperations/query", body).json[0]["a"]["max"][0][0] == 7
    assert api.post("temporal/entityOperations/query", {"type": "Query", "entities": [{"type": "Station"}]}).is_problem(400)
    assert api.post("temporal/entityOperations/query", {**body, "temporalQ": {**ALL, "lastN": 0.5}}).is_problem(400)


def test_an_instance_is_corrected_and_keeps_its_number(api: Api) -> None:
    made(api, a=hours(10, 20))
    first = api.get(ONE).json["a"][0]["instanceId"]
    place = f"{ONE}/attrs/a/{first}"
    new = {"type": "Property", "value": 11, "observedAt": "2026-03-01T12:00:00Z"}
    assert api.patch(place, {"a": [new]}).status == 204
    assert api.patch(place, {"value": 12, "observedAt": "2026-03-01T15:00:00Z"}).status == 204
    found = api.get(ONE, query={"options": "sysAttrs"}).json["a"]
    assert [(one["value"], one["instanceId"] == first) for one in found] == [(20, False), (12, True)]
    assert found[1]["createdAt"] < found[1]["modifiedAt"]
    assert api.delete(place).status == 204 and values(api.get(ONE), "a") == [20]
    assert api.delete(place).is_problem(404) and api.patch(place, new).is_problem(404)
    assert api.patch(f"{ONE}/attrs/a/nonsense", new).is_problem(400)
    assert api.patch(f"{ONE}/attrs/b/{first}", new).is_problem(404)


def test_attributes_and_evolutions_are_deleted(api: Api) -> None:
    made(api, a=[*hours(10), *hours(5, datasetId="urn:x:d")], b=hours(1), c=hours(1))
    assert api.delete(f"{ONE}/attrs/a").status == 204
    assert [one["value"] for one in api.get(ONE).json["a"]] == [5]
    assert api.delete(f"{ONE}/attrs/a").is_problem(404)
    assert api.delete(f"{ONE}/attrs/a", query={"deleteAll": "true"}).status == 204
    assert "a" not in api.get(ONE).json
    full = "https://uri.etsi.org/ngsi-ld/default-context/b"
    assert api.delete(f"{ONE}/attrs/{full.replace('/', '%2F').replace(':', '%3A')}").status == 204
    assert api.get(ONE).json.keys() == {"id", "type", "c"}
    assert api.delete(ONE).status == 204 and api.get(ONE).is_problem(404) and api.delete(ONE).is_problem(404)
    made(api, a=hours(7))
    assert values(api.get(ONE), "a") == [7] and "c" not in api.get(ONE).json


def test_a_history_that_was_deleted_begins_again_with_the_next_write(api: Api) -> None:
    api.made(station(1, a=1))
    assert api.delete(ONE).status == 204 and api.get("entities/urn:ngsi-ld:Station:1").status == 200
    assert api.get("temporal/entities", query={"type": "Station", **WRITTEN}).json == []
    assert api.patch("entities/urn:ngsi-ld:Station:1/attrs", {"a": 2}).status == 204
    assert values(api.get(ONE), "a") == [2]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A broker that puts five instances into one answer."""
    found = Running(tmp_path_factory.mktemp("small") / "data", "--open", "--instances", "5")
    yield found
    found.stop()


def pages(api: Api, path: str, query: dict[str, str], move: str) -> list[list[Any]]:
    """The values of `a` on each part of an answer, asking on from where the last one ended."""
    found = []
    for _ in range(10):
        answer = api.get(path, query=query)
        found.append(values(answer, "a"))
        if answer.status == 200:
            return found
        unit, _, rest = answer.headers["content-range"].partition(" ")
        assert unit == "date-time"
        query = {**query, move: rest[28:55]}
    raise AssertionError("the answer has no end")


def test_a_long_history_is_answered_in_parts_forwards(small: Running) -> None:
    api = small.api("forwards")
    made(api, a=hours(*range(12)), b=hours(*range(2)))
    first = api.get(ONE)
    assert first.status == 206 and values(first, "a") == [0, 1, 2] and values(first, "b") == [0, 1]
    assert first.headers["content-range"] == "date-time 2026-03-01T12:00:00.000000Z-2026-03-01T14:00:00.000000Z/*"
    later = api.get(ONE, query={"timerel": "after", "timeAt": "2026-03-01T13:30:00Z"})
    assert values(later, "a") == [2, 3, 4, 5, 6] and later.json["b"] == []
    query = {"timerel": "after", "timeAt": "2026-03-01T00:00:00Z", "attrs": "a"}
    found = pages(api, ONE, query, "timeAt")
    assert list(dict.fromkeys(value for page in found for value in page)) == list(range(12))
    assert all(len(page) <= 5 for page in found)


def test_the_last_ones_are_answered_in_parts_backwards(small: Running) -> None:
    api = small.api("backwards")
    made(api, a=hours(*range(12)))
    answer = api.get(ONE, query={"lastN": "9", "timerel": "before", "timeAt": "2027-01-01T00:00:00Z"})
    assert answer.status == 206 and values(answer, "a") == [7, 8, 9, 10, 11]
    assert answer.headers["content-range"] == "date-time 2027-01-01T00:00:00.000000Z-2026-03-01T19:00:00.000000Z/9"
    assert api.get(ONE, query={"lastN": "5"}).status == 200


def test_more_at_one_time_than_a_part_holds_do_not_stop_the_reader(small: Running) -> None:
    api = small.api("crowd")
    for n in range(8):
        made(api, n, a=hours(n, n + 100))
    answer = api.get("temporal/entities", query={"type": "Station", **ALL, "format": "temporalValues"})
    assert answer.status in (200, 206)
    times = {at for one in answer.json for _, at in one["a"]["values"]}
    assert times == {"2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"}


def test_an_upgraded_store_keeps_its_history(tmp_path: Path) -> None:
    """A file that knows nothing yet of times and files is brought up to date when it is opened."""
    path = tmp_path / "old.sqlite"
    old = sqlite3.connect(path, isolation_level=None)
    old.executescript(SCHEMA)
    old.executescript("""
        INSERT INTO name VALUES (1, 'urn:T'), (2, 'urn:a');
        INSERT INTO entity VALUES (1, 'urn:x:1', 5, NULL, '{}');
        INSERT INTO entity_type VALUES (1, 1);
        INSERT INTO observation VALUES (1, 1, 5, '{"attrs":{"2":[{"type":"Property","value":1}]}}');
        PRAGMA user_version = 1;
    """)
    old.close()
    store = Store(path)
    assert store.write.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)
    assert store.write.execute("SELECT home FROM entity").fetchall() == [(1,)]
    assert store.write.execute("SELECT seq, mixed, observed FROM observation").fetchall() == [(1, 1, None)]
    asyncio.run(store.close())


def test_what_was_transient_leaves_the_history_when_its_time_is_over(api: Api) -> None:
    ends = iso(now_us() + 1_000_000)
    lasting = {"type": "Property", "value": 1}
    api.made(station(1, flash=lasting, steady=lasting))
    assert api.patch("entities/urn:ngsi-ld:Station:1/attrs", {"flash": {"type": "Property", "value": 2, "expiresAt": ends}}).status == 204
    soon(lambda: "urn:ngsi-ld:null" in values(api.get(ONE), "flash"))
    found = api.get(ONE, query=WRITTEN)
    assert values(found, "flash") == [1] and values(found, "steady") == [1]
    assert values(api.get(ONE), "flash") == [1, "urn:ngsi-ld:null"]


def test_a_deletion_has_no_other_time_than_its_own(api: Api) -> None:
    api.made(station(1, a=1))
    assert api.delete("entities/urn:ngsi-ld:Station:1/attrs/a").status == 204
    assert values(api.get(ONE, query=WRITTEN), "a") == [1]
    assert values(api.get(ONE, query={"timeproperty": "deletedAt"}), "a") == ["urn:ngsi-ld:null"]


def test_an_entity_map_fixes_the_entities_of_a_temporal_query(api: Api) -> None:
    made(api, 1, a=hours(1))
    made(api, 2, a=hours(1))
    query = {"type": "Station", **ALL}
    first = api.get("temporal/entities", query={**query, "id": "urn:ngsi-ld:Station:1", "entityMap": "true"})
    assert first.status == 201
    again = api.get("temporal/entities", query=query, NGSILD_EntityMap=first.headers["ngsild-entitymap"])
    assert again.status == 200 and [one["id"][-1] for one in again.json] == ["1"]
    assert api.get(ONE, query={"entityMap": "true"}).headers["ngsild-entitymap"]
