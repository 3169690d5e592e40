"""How answers look: representations, languages, media types, versions (4.5, 4.15, 6.3.4, 6.3.7, 6.3.12)."""

from __future__ import annotations

import pytest

from nagara.broker.tests.conftest import CORE, Api, station

ONE = "entities/urn:ngsi-ld:Station:1"


@pytest.fixture
def one(api: Api) -> Api:
    """A station with one attribute of each kind that looks different."""
    api.made(
        station(
            1,
            a={"type": "Property", "value": 5, "unitCode": "CEL"},
            b=7,
            near={"type": "Relationship", "object": "urn:x:2"},
            location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [100.5, 13.75]}},
            name={"type": "LanguageProperty", "languageMap": {"th": "สวน", "en": "Park", "fr": "Parc"}},
            kind={"type": "VocabProperty", "vocab": "Market"},
            raw={"type": "JsonProperty", "json": {"k": 1}},
            two=[{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:1"}],
        )
    )
    return api


@pytest.mark.parametrize("query", [{"options": "keyValues"}, {"options": "simplified"}, {"format": "simplified"}, {"format": "keyValues"}])
def test_simplified_is_values_alone(one: Api, query: dict[str, str]) -> None:
    assert one.get(ONE, query=query).json == {
        "id": "urn:ngsi-ld:Station:1", "type": "Station", "a": 5, "b": 7, "near": "urn:x:2",
        "location": {"type": "Point", "coordinates": [100.5, 13.75]},
        "name": {"languageMap": {"th": "สวน", "en": "Park", "fr": "Parc"}}, "kind": {"vocab": "Market"}, "raw": {"json": {"k": 1}},
        "two": {"dataset": {"@none": 1, "urn:d:1": 2}},
    }  # fmt: skip


def test_concise_leaves_out_what_goes_without_saying(one: Api) -> None:
    found = one.get(ONE, query={"options": "concise"}).json
    assert found["a"] == {"value": 5, "unitCode": "CEL"} and found["b"] == 7
    assert found["near"] == {"object": "urn:x:2"} and found["name"]["languageMap"]["en"] == "Park" and "type" not in found["name"]


def test_geojson_is_a_feature(one: Api) -> None:
    answer = one.get(ONE, Accept="application/geo+json")
    assert answer.headers["content-type"] == "application/geo+json"
    found = answer.json
    assert found["type"] == "Feature" and found["id"] == "urn:ngsi-ld:Station:1"
    assert found["geometry"] == {"type": "Point", "coordinates": [100.5, 13.75]}
    assert found["properties"]["type"] == "Station" and found["properties"]["a"]["value"] == 5
    assert found["@context"] == CORE
    many = one.get("entities", query={"type": "Station", "options": "keyValues"}, Accept="application/geo+json").json
    assert many["type"] == "FeatureCollection" and many["features"][0]["properties"]["a"] == 5
    assert one.get(ONE, query={"geometryProperty": "none"}, Accept="application/geo+json").json["geometry"] is None


def test_json_ld_brings_its_context(one: Api) -> None:
    answer = one.get(ONE, Accept="application/ld+json")
    assert answer.headers["content-type"] == "application/ld+json" and answer.json["@context"] == CORE
    listed = one.get("entities", query={"type": "Station"}, Accept="application/ld+json").json
    assert listed[0]["@context"] == CORE


@pytest.mark.parametrize(
    ("lang", "value", "used"),
    [("en", "Park", "en"), ("th,en", "สวน", "th"), ("de,fr;q=0.5", "Parc", "fr"), ("fr-CH, fr;q=0.9", "Parc", "fr")],
)
def test_a_language_is_chosen(one: Api, lang: str, value: str, used: str) -> None:
    found = one.get(ONE, query={"lang": lang}).json["name"]
    assert found["type"] == "Property" and found["value"] == value and found["lang"] == used


def test_one_dataset_is_chosen(one: Api) -> None:
    assert one.get(ONE, query={"datasetId": "urn:d:1"}).json["two"]["value"] == 2
    assert one.get(ONE, query={"datasetId": "@none"}).json["two"]["value"] == 1


def test_attrs_of_one_entity(one: Api) -> None:
    assert set(one.get(ONE, query={"attrs": "a,near"}).json) == {"id", "type", "a", "near"}
    assert one.get(ONE, query={"attrs": "none"}).is_problem(404, "ResourceNotFound")
    assert set(one.get(ONE, query={"pick": "a"}).json) == {"a"}


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*"])
def test_what_cannot_be_accepted_is_406(one: Api, accept: str) -> None:
    answer = one.get(ONE, Accept=accept)
    assert answer.status == 406 and "application/json" in answer.json["available"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("*/*", "application/json"), ("application/*", "application/json"), ("application/ld+json, application/json;q=0.5", "application/ld+json"),
     ("text/html, application/geo+json;q=0.1", "application/geo+json")],
)  # fmt: skip
def test_the_best_of_what_is_accepted_is_sent(one: Api, accept: str, kind: str) -> None:
    assert one.get(ONE, Accept=accept).headers["content-type"] == kind


def test_bodies_of_other_kinds_are_415(one: Api) -> None:
    answer = one.post("entities", raw=b"<x/>", Content_Type="application/xml")
    assert answer.status == 415 and "application/ld+json" in answer.headers["accept-post"]
    answer = one.patch(f"{ONE}/attrs/a", raw=b"{}", Content_Type="text/plain")
    assert answer.status == 415 and "application/merge-patch+json" in answer.headers["accept-patch"]


def test_form_options_that_exclude_each_other_are_refused(one: Api) -> None:
    assert one.get(ONE, query={"options": "concise,keyValues"}).is_problem(400)
    assert one.get(ONE, query={"options": "pretty"}).is_problem(400, "InvalidRequest")
    assert one.get(ONE, query={"format": "xml"}).is_problem(400)


def test_discovery_tells_types_and_attributes(one: Api) -> None:
    one.made({"id": "urn:x:h", "type": "House", "b": {"type": "Relationship", "object": "urn:x:2"}})
    assert one.get("types").json["typeList"] == ["House", "Station"]
    details = {entry["typeName"]: entry for entry in one.get("types", query={"details": "true"}).json}
    assert set(details["House"]["attributeNames"]) == {"b"}
    info = one.get("types/House").json
    assert info["entityCount"] == 1 and info["attributeDetails"][0]["attributeTypes"] == ["Relationship"]
    assert one.get("types/Nothing").is_problem(404, "ResourceNotFound")
    assert "location" in one.get("attributes").json["attributeList"]
    attribute = one.get("attributes/b").json
    assert attribute["attributeCount"] == 2 and set(attribute["typeNames"]) == {"House", "Station"}
    assert set(attribute["attributeTypes"]) == {"Property", "Relationship"}
    assert one.get("attributes/nothing").is_problem(404, "ResourceNotFound")
    one.delete("entities/urn:x:h")
    assert one.get("types").json["typeList"] == ["Station"] and one.get("types/House").status == 404


def test_an_older_client_is_told_what_it_may_not_know(one: Api) -> None:
    found = one.get(ONE, Prefer="ngsi-ld=1.3")
    assert found.status == 203 and found.headers["preference-applied"] == "ngsi-ld=1.3"
    assert "kind" in found.json
