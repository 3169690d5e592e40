"""Entities as a whole: create, retrieve, replace, merge, delete, purge (5.6.1, 5.6.6, 5.6.17, 5.6.18, 5.6.21, 5.7.1)."""

from __future__ import annotations

import pytest

from nagara.broker.tests.conftest import CORE, Api, station

ONE = "entities/urn:ngsi-ld:Station:1"
ATTRS = "https://uri.etsi.org/ngsi-ld/default-context/"


def test_a_created_entity_is_found_at_its_location(api: Api) -> None:
    answer = api.post("entities", station(1, pm25=12.5))
    assert answer.status == 201 and answer.body == b""
    assert answer.headers["location"] == "/ngsi-ld/v1/entities/urn:ngsi-ld:Station:1"
    found = api.get(answer.headers["location"])
    assert found.json == {"id": "urn:ngsi-ld:Station:1", "type": "Station", "pm25": {"type": "Property", "value": 12.5}}
    assert found.headers["content-type"] == "application/json"
    assert CORE[:40] in found.headers["link"]


def test_an_id_that_is_taken_is_a_conflict(api: Api) -> None:
    api.made(station(1))
    assert api.post("entities", station(1)).is_problem(409, "AlreadyExists")


def test_an_entity_that_was_deleted_may_come_again(api: Api) -> None:
    api.made(station(1, a=1))
    assert api.delete(ONE).status == 204
    assert api.get(ONE).is_problem(404, "ResourceNotFound")
    assert api.delete(ONE).is_problem(404, "ResourceNotFound")
    assert api.post("entities", station(1, b=2)).status == 201
    assert set(api.get(ONE).json) == {"id", "type", "b"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"type": "Station"}, "id"),
        ({"id": "urn:x:1"}, "type"),
        ({"id": "no uri", "type": "Station"}, "URI"),
        ({"id": "urn:x:1", "type": []}, "type"),
        ({"id": "urn:x:1", "type": "St<ation"}, "name"),
        ({"id": "urn:x:1", "type": "T", "a": None}, "null"),
        ({"id": "urn:x:1", "type": "T", "a": "urn:ngsi-ld:null"}, "Null"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "Property"}}, "value"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "Property", "value": None}}, "null"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "Property", "value": 1, "object": "urn:x:2"}}, "both"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "Propperty", "value": 1}}, "Propperty"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "Relationship", "object": "not a uri"}}, "URI"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "Property", "value": 1, "observedAt": "yesterday"}}, "DateTime"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "Property", "value": 1, "observedAt": "2026-11-09T07:00:00+07:00"}}, "DateTime"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "Property", "value": 1, "unitCode": 5}}, "unitCode"),
        ({"id": "urn:x:1", "type": "T", "location": {"type": "Property", "value": 1}}, "GeoProperty"),
        ({"id": "urn:x:1", "type": "T", "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [200, 0]}}}, "Point"),
        ({"id": "urn:x:1", "type": "T", "p": {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}}}, "ring"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "LanguageProperty", "languageMap": {"english!": "x"}}}, "language"),
        ({"id": "urn:x:1", "type": "T", "a": [{"type": "Property", "value": 1}, {"type": "Property", "value": 2}]}, "datasetId"),
        ({"id": "urn:x:1", "type": "T", "scope": "not/a scope"}, "Scope"),
        ({"id": "urn:x:1", "type": "T", "datasetId": {"value": 1}}, "datasetId"),
        ({"id": "urn:x:1", "type": "T", "expiresAt": "soon"}, "DateTime"),
        ([], "empty"),
        ("text", "object"),
        (7, "object"),
    ],
)  # fmt: skip
def test_what_is_no_entity_is_refused_in_words_to_act_on(api: Api, body: object, said: str) -> None:
    answer = api.post("entities", body)
    assert answer.status == 400 and said in answer.json["detail"], answer.body
    assert answer.json["type"].startswith("https://uri.etsi.org/ngsi-ld/errors/")


def test_a_document_that_is_no_json_is_an_invalid_request(api: Api) -> None:
    for raw in (b"{", b"", b"\xff\xfe", b'{"id": NaN}', b"   "):
        assert api.post("entities", raw=raw).is_problem(400, "InvalidRequest")


def test_all_kinds_of_attributes_come_back_as_they_were(api: Api) -> None:
    entity = station(
        1,
        value={"type": "Property", "value": {"deep": [1, {"er": "x"}]}, "unitCode": "CEL", "observedAt": "2026-11-09T07:00:00Z"},
        near={"type": "Relationship", "object": "urn:x:2", "since": {"type": "Property", "value": 2020}},
        many={"type": "Relationship", "object": ["urn:x:2", "urn:x:3"]},
        location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [100.5, 13.75]}},
        name={"type": "LanguageProperty", "languageMap": {"th": "เชียงใหม่", "en": "Chiang Mai"}},
        kind={"type": "VocabProperty", "vocab": "Market"},
        raw={"type": "JsonProperty", "json": {"id": "kept as it is", "null": None}},
        steps={"type": "ListProperty", "valueList": [1, [2, 3], "x"]},
        ring={"type": "ListRelationship", "objectList": [{"object": "urn:x:2"}, {"object": "urn:x:3"}]},
        both=[{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:1"}],
    )
    api.made(entity)
    found = api.get(ONE).json
    found["both"].sort(key=lambda one: one["value"])
    assert found == entity


def test_concise_and_normalized_mean_the_same(api: Api) -> None:
    api.made(
        {"id": "urn:ngsi-ld:Station:1", "type": "Station", "a": 5, "b": {"value": 6, "unitCode": "CEL"}, "c": {"object": "urn:x:2"},
         "place": {"type": "Point", "coordinates": [1, 2]}, "name": {"languageMap": {"en": "x"}}}
    )  # fmt: skip
    found = api.get(ONE).json
    assert found["a"] == {"type": "Property", "value": 5}
    assert found["b"] == {"type": "Property", "value": 6, "unitCode": "CEL"}
    assert found["c"] == {"type": "Relationship", "object": "urn:x:2"}
    assert found["place"] == {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}}
    assert found["name"] == {"type": "LanguageProperty", "languageMap": {"en": "x"}}


def test_times_are_the_brokers_and_shown_when_asked_for(api: Api) -> None:
    api.made({**station(1, a=1), "createdAt": "1999-01-01T00:00:00Z"})
    plain = api.get(ONE).json
    assert "createdAt" not in plain and "createdAt" not in plain["a"]
    first = api.get(ONE, query={"options": "sysAttrs"}).json
    assert first["createdAt"] == first["modifiedAt"] == first["a"]["createdAt"] > "2020"
    assert api.get(ONE, query={"sysAttrs": "true"}).json == first  # as coraine asks when it forwards
    assert api.get(ONE, query={"sysAttrs": "false"}).json == plain
    assert api.get(ONE, query={"sysAttrs": "yes"}).is_problem(400, "BadRequestData")
    api.patch(f"{ONE}/attrs/a", {"value": 2})
    then = api.get(ONE, query={"options": "sysAttrs"}).json
    assert then["createdAt"] == first["createdAt"] < then["modifiedAt"] == then["a"]["modifiedAt"]
    assert then["a"]["createdAt"] == first["a"]["createdAt"]


def test_replacing_an_entity_leaves_nothing_of_it_but_its_birth(api: Api) -> None:
    api.made(station(1, a=1, b=2))
    born = api.get(ONE, query={"options": "sysAttrs"}).json["createdAt"]
    assert api.put(ONE, station(1, c=3)).status == 204
    found = api.get(ONE, query={"options": "sysAttrs"}).json
    assert {"a", "b"}.isdisjoint(found) and found["c"]["value"] == 3 and found["createdAt"] == born
    assert api.put("entities/urn:ngsi-ld:Station:2", station(2)).is_problem(404, "ResourceNotFound")
    assert api.put(ONE, station(2)).is_problem(400, "BadRequestData")


def test_a_merge_reaches_to_every_depth(api: Api) -> None:
    api.made(
        station(
            1, a={"type": "Property", "value": {"x": 1, "y": {"z": 2}}, "unitCode": "CEL"}, b=1, n={"languageMap": {"en": "x", "fr": "y"}}
        )
    )
    answer = api.patch(
        ONE,
        {"a": {"value": {"y": {"z": 3, "w": 4}, "x": "urn:ngsi-ld:null"}}, "b": "urn:ngsi-ld:null", "c": {"type": "Property", "value": 9},
         "n": {"type": "LanguageProperty", "languageMap": {"fr": "urn:ngsi-ld:null", "de": "z"}}},
    )  # fmt: skip
    assert answer.status == 204, answer.body
    found = api.get(ONE).json
    assert found["a"] == {"type": "Property", "value": {"y": {"z": 3, "w": 4}}, "unitCode": "CEL"}
    assert "b" not in found and found["c"]["value"] == 9
    assert found["n"]["languageMap"] == {"en": "x", "de": "z"}
    assert api.patch("entities/urn:x:none", {"a": {"type": "Property", "value": 1}}).is_problem(404, "ResourceNotFound")


def test_a_merge_takes_bare_values_and_a_time_for_all(api: Api) -> None:
    api.made(station(1, a={"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00Z"}, b=2))
    answer = api.patch(ONE, {"a": 5, "b": 6}, query={"options": "keyValues", "observedAt": "2026-02-02T00:00:00Z"})
    assert answer.status == 204, answer.body
    found = api.get(ONE).json
    assert found["a"] == {"type": "Property", "value": 5, "observedAt": "2026-02-02T00:00:00Z"}
    assert found["b"] == {"type": "Property", "value": 6}


def test_several_types_are_added_and_asked_for(api: Api) -> None:
    api.made({**station(1), "type": ["Station", "Landmark"]})
    assert set(api.get(ONE).json["type"]) == {"Station", "Landmark"}
    assert api.post(f"{ONE}/attrs", {"type": "Shop"}).status == 204
    assert set(api.get(ONE).json["type"]) == {"Station", "Landmark", "Shop"}
    assert api.get(ONE, query={"type": "Shop"}).status == 200
    assert api.delete(ONE, query={"type": "House"}).is_problem(404)


def test_purge_takes_what_a_query_finds_and_needs_one(api: Api) -> None:
    api.made(station(1, a=1), station(2, a=2), {"id": "urn:x:h", "type": "House", "a": {"value": 3}})
    assert api.delete("entities").is_problem(400, "BadRequestData")
    assert api.delete("entities", query={"type": "Station", "q": "a>1"}).status == 204
    assert api.ids(type="Station") == ["1"] and api.ids(type="House") == ["h"]
    assert api.delete("entities", query={"type": "Station", "drop": "a"}).status == 204
    assert "a" not in api.get(ONE).json


def test_an_entity_that_expired_is_gone(api: Api) -> None:
    past = "2020-01-01T00:00:00Z"
    assert api.post("entities", {**station(1), "expiresAt": past}).status in (201, 400)  # it may be refused, or end at once
    assert api.get(ONE).status == 404
    api.made(station(2, a={"type": "Property", "value": 1, "expiresAt": "2099-01-01T00:00:00Z"}))
    assert api.get("entities/urn:ngsi-ld:Station:2", query={"options": "sysAttrs"}).json["a"]["expiresAt"] == "2099-01-01T00:00:00Z"


def test_ids_of_any_script_and_with_slashes_are_reached(api: Api) -> None:
    from urllib.parse import quote

    for id_ in ("https://example.org/stations/1", "urn:ngsi-ld:สถานี:๑", "urn:x:a%20b"):
        assert api.post("entities", {"id": id_, "type": "Station"}).status == 201
        found = api.get("entities/" + quote(id_, safe=""))
        assert found.status == 200 and found.json["id"] == id_
        assert api.post(f"entities/{quote(id_, safe='')}/attrs", {"a": {"type": "Property", "value": 1}}).status == 204
        assert api.delete("entities/" + quote(id_, safe="")).status == 204
