"""Batch operations (5.6.7 to 5.6.10, 5.6.20; 6.14 to 6.17, 6.31)."""

from __future__ import annotations

from nagara.broker.tests.conftest import Api, station


def _id(number: int) -> str:
    return f"urn:ngsi-ld:Station:{number}"


def test_a_batch_creates_all_and_lists_their_ids(api: Api) -> None:
    answer = api.post("entityOperations/create", [station(n, a=n) for n in range(5)])
    assert answer.status == 201 and sorted(answer.json) == [_id(n) for n in range(5)]
    assert len(api.ids(type="Station")) == 5


def test_what_cannot_be_created_does_not_hold_up_the_rest(api: Api) -> None:
    api.made(station(1))
    answer = api.post("entityOperations/create", [station(1), station(2), {"id": "urn:x:3"}, {"type": "T"}, 5])
    assert answer.status == 207
    assert answer.json["success"] == [_id(2)]
    errors = {one["entityId"]: one["error"] for one in answer.json["errors"]}
    assert errors[_id(1)]["type"].endswith("AlreadyExists") and errors["urn:x:3"]["type"].endswith("BadRequestData")


def test_upsert_creates_replaces_or_updates(api: Api) -> None:
    assert api.post("entityOperations/upsert", [station(1, a=1, b=1)]).json == [_id(1)]
    assert api.post("entityOperations/upsert", [station(1, a=2)]).status == 204
    assert "b" not in api.get(f"entities/{_id(1)}").json
    answer = api.post("entityOperations/upsert", [station(1, c=3), station(2)], query={"options": "update"})
    assert answer.status == 201 and answer.json == [_id(2)]
    assert {"a", "c"} <= set(api.get(f"entities/{_id(1)}").json)


def test_update_and_merge_ask_for_entities_that_are_there(api: Api) -> None:
    api.made(station(1, a={"type": "Property", "value": {"x": 1, "y": 2}}))
    answer = api.post("entityOperations/update", [station(1, b=1), station(2)])
    assert answer.status == 207 and answer.json["success"] == [_id(1)]
    assert answer.json["errors"][0]["error"]["type"].endswith("ResourceNotFound")
    assert api.post("entityOperations/merge", [{"id": _id(1), "a": {"value": {"x": 9}}}]).status == 204
    assert api.get(f"entities/{_id(1)}").json["a"]["value"] == {"x": 9, "y": 2}
    api.post("entityOperations/update", [station(1, a=0, c=1)], query={"options": "noOverwrite"})
    found = api.get(f"entities/{_id(1)}").json
    assert found["c"]["value"] == 1 and found["a"]["value"] == {"x": 9, "y": 2}


def test_delete_takes_ids_and_tells_of_those_unknown(api: Api) -> None:
    api.made(station(1), station(2))
    answer = api.post("entityOperations/delete", [_id(1), "urn:x:none"])
    assert answer.status == 207 and answer.json["success"] == [_id(1)]
    assert api.post("entityOperations/delete", [_id(2)]).status == 204
    assert api.ids(type="Station") == []


def test_the_same_entity_twice_in_a_batch_is_written_in_their_order(api: Api) -> None:
    assert api.post("entityOperations/upsert", [station(1, a=1), station(1, a=2)], query={"options": "update"}).status == 201
    assert api.get(f"entities/{_id(1)}").json["a"]["value"] == 2


def test_many_thousands_go_in_one_batch(api: Api) -> None:
    answer = api.post("entityOperations/create", [station(n, a=n) for n in range(6_000)])
    assert answer.status == 201 and len(answer.json) == 6_000
    counted = api.get("entities", query={"type": "Station", "count": "true", "limit": "1"})
    assert counted.headers["ngsild-results-count"] == "6000"


def test_a_batch_that_is_no_list_of_entities_is_refused(api: Api) -> None:
    for body in ({}, [], [None], "x"):
        assert api.post("entityOperations/upsert", body).is_problem(400), body
    assert api.post("entityOperations/upsert", [station(1)], query={"options": "replace,update"}).is_problem(400)


def test_each_entity_of_a_json_ld_batch_brings_its_own_context(api: Api) -> None:
    one = {**station(1), "speed": {"type": "Property", "value": 1}, "@context": {"speed": "https://example.org/speed"}}
    other = {**station(2), "speed": {"type": "Property", "value": 2}, "@context": {"speed": "https://example.org/pace"}}
    assert api.post("entityOperations/create", [one, other], ld=True).status == 201
    assert "https://example.org/speed" in api.get(f"entities/{_id(1)}").json
    assert "https://example.org/pace" in api.get(f"entities/{_id(2)}").json
