"""Attributes of an entity: append, update, partial update, replace, delete (5.6.2 to 5.6.5, 5.6.19)."""

from __future__ import annotations

import pytest

from nagara.broker.tests.conftest import Api, station

ONE = "entities/urn:ngsi-ld:Station:1"
NULL = "urn:ngsi-ld:null"
CONTEXT = "https://uri.etsi.org/ngsi-ld/default-context/"


def test_appending_adds_and_writes_over(api: Api) -> None:
    api.made(station(1, a=1))
    assert api.post(f"{ONE}/attrs", {"a": {"type": "Property", "value": 2}, "b": {"type": "Property", "value": 3}}).status == 204
    found = api.get(ONE).json
    assert (found["a"]["value"], found["b"]["value"]) == (2, 3)


def test_appending_without_overwriting_tells_what_it_left(api: Api) -> None:
    api.made(station(1, a=1))
    answer = api.post(f"{ONE}/attrs", {"a": {"value": 2}, "b": {"value": 3}}, query={"options": "noOverwrite"})
    assert answer.status == 207
    assert answer.json["updated"] == [CONTEXT + "b"]
    assert answer.json["notUpdated"][0]["attributeName"] == CONTEXT + "a" and answer.json["notUpdated"][0]["reason"]
    assert api.get(ONE).json["a"]["value"] == 1


def test_updating_replaces_an_attribute_with_all_its_members(api: Api) -> None:
    api.made(station(1, a={"type": "Property", "value": 1, "unitCode": "CEL", "note": {"type": "Property", "value": "x"}}))
    assert api.patch(f"{ONE}/attrs", {"a": {"type": "Property", "value": 2}}).status == 204
    assert api.get(ONE).json["a"] == {"type": "Property", "value": 2}


def test_an_ngsi_ld_null_takes_an_attribute_away(api: Api) -> None:
    api.made(station(1, a=1, b=2))
    assert api.patch(f"{ONE}/attrs", {"a": NULL}).status == 204
    assert set(api.get(ONE).json) == {"id", "type", "b"}
    assert api.patch(f"{ONE}/attrs/b", {"type": "Property", "value": NULL}).status == 204
    assert set(api.get(ONE).json) == {"id", "type"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", f"{ONE}/attrs"), ("PATCH", f"{ONE}/attrs"), ("POST", "entityOperations/update"), ("POST", "temporal/entities")],
)
def test_what_is_null_within_an_attribute_written_anew_is_just_not_there(api: Api, method: str, path: str) -> None:
    api.made(station(1, a=1))
    note = {"type": "Property", "value": "x", "unitCode": NULL, "of": {"type": "Property", "value": NULL}}
    change = {"a": {"type": "Property", "value": 2, "observedAt": NULL, "note": note, "gone": {"type": "Relationship", "object": NULL}}}
    body = change if path.startswith(ONE) else station(1, **change)
    assert api(method, path, [body] if "Operations" in path else body).status == 204
    kept = {"type": "Property", "value": 2, "note": {"type": "Property", "value": "x"}}
    if not path.startswith("temporal"):
        assert api.get(ONE).json["a"] == kept
    instances = [{k: v for k, v in one.items() if k != "instanceId"} for one in api.get(f"temporal/{ONE}").json["a"]]
    assert kept in instances and len(instances) == 2


def test_a_partial_update_changes_only_the_members_sent(api: Api) -> None:
    api.made(station(1, a={"type": "Property", "value": 1, "unitCode": "CEL", "note": {"type": "Property", "value": "x"}}))
    assert api.patch(f"{ONE}/attrs/a", {"value": 5, "observedAt": "2026-11-09T07:00:00Z"}).status == 204
    assert api.get(ONE).json["a"] == {
        "type": "Property", "value": 5, "unitCode": "CEL", "observedAt": "2026-11-09T07:00:00Z", "note": {"type": "Property", "value": "x"},
    }  # fmt: skip
    assert api.patch(f"{ONE}/attrs/a", {"unitCode": NULL}).status == 204
    assert "unitCode" not in api.get(ONE).json["a"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{ONE}/attrs/none", {"value": 1}, 404),
        ("entities/urn:x:none/attrs/a", {"value": 1}, 404),
        (f"{ONE}/attrs/a", {"type": "Relationship", "object": "urn:x:1"}, 400),
        (f"{ONE}/attrs/a", {}, 400),
        (f"{ONE}/attrs/a", {"value": 1, "datasetId": "urn:d:unknown"}, 404),
        (f"{ONE}/attrs/type", {"value": 1}, 400),
    ],
)
def test_a_partial_update_that_cannot_be_is_refused(api: Api, path: str, body: object, status: int) -> None:
    api.made(station(1, a=1))
    assert api.patch(path, body).is_problem(status)


def test_instances_are_told_apart_by_their_dataset(api: Api) -> None:
    api.made(station(1, a=[{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:1"}]))
    assert api.patch(f"{ONE}/attrs/a", {"value": 3, "datasetId": "urn:d:1"}).status == 204
    assert sorted(one["value"] for one in api.get(ONE).json["a"]) == [1, 3]
    assert api.delete(f"{ONE}/attrs/a", query={"datasetId": "urn:d:1"}).status == 204
    assert api.get(ONE).json["a"] == {"type": "Property", "value": 1}
    assert api.post(f"{ONE}/attrs", {"a": {"value": 4, "datasetId": "urn:d:2"}}).status == 204
    assert api.delete(f"{ONE}/attrs/a", query={"deleteAll": "true"}).status == 204
    assert "a" not in api.get(ONE).json


def test_replacing_one_attribute_keeps_the_others(api: Api) -> None:
    api.made(station(1, a={"type": "Property", "value": 1, "unitCode": "CEL"}, b=2))
    assert api.put(f"{ONE}/attrs/a", {"type": "Property", "value": 7}).status == 204
    found = api.get(ONE).json
    assert found["a"] == {"type": "Property", "value": 7} and found["b"]["value"] == 2
    assert api.put(f"{ONE}/attrs/none", {"type": "Property", "value": 7}).is_problem(404, "ResourceNotFound")


def test_an_attribute_is_deleted_once(api: Api) -> None:
    api.made(station(1, a=1))
    assert api.delete(f"{ONE}/attrs/a").status == 204
    assert api.delete(f"{ONE}/attrs/a").is_problem(404, "ResourceNotFound")


def test_the_scope_is_set_replaced_and_deleted(api: Api) -> None:
    api.made({**station(1), "scope": "/Chiang_Mai/Parks"})
    assert api.get(ONE).json["scope"] == "/Chiang_Mai/Parks"
    assert api.post(f"{ONE}/attrs", {"scope": ["/Lamphun", "/Lampang"]}).status == 204
    assert api.get(ONE).json["scope"] == ["/Lamphun", "/Lampang"]
    assert api.delete(f"{ONE}/attrs/scope").status == 204
    assert "scope" not in api.get(ONE).json
