"""Queries (5.7.2; 4.9, 4.10, 4.17, 4.19, 4.21, 4.23; 6.4.3.2, 6.23)."""

from __future__ import annotations

import json

import pytest

from nagara.broker.tests.conftest import Api, station

PARK = {"type": "Polygon", "coordinates": [[[100, 13], [101, 13], [101, 14], [100, 14], [100, 13]]]}


def _point(x: float, y: float) -> dict[str, object]:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [x, y]}}


@pytest.fixture
def town(api: Api) -> Api:
    """Five stations and a house."""
    api.made(
        station(1, pm25=10, name="Alpha", on=True, address={"type": "Property", "value": {"city": "Chiang Mai", "no": 5}}, location=_point(100.5, 13.5)),
        station(2, pm25=20, name="Beta", on=False, location=_point(100.6, 13.5), seen={"type": "Property", "value": "2026-01-02T00:00:00Z"}),
        station(3, pm25=30.5, name="Gamma", tags={"type": "Property", "value": ["red", "blue"]}, location=_point(102, 13.5)),
        station(4, pm25={"type": "Property", "value": 40, "unitCode": "GQ", "observedAt": "2026-11-09T07:00:00Z", "by": {"type": "Property", "value": "lab"}}),
        station(5, title={"type": "LanguageProperty", "languageMap": {"en": "Park", "th": "สวน"}}, near={"type": "Relationship", "object": "urn:ngsi-ld:House:h"}),
        {"id": "urn:ngsi-ld:House:h", "type": ["House", "Landmark"], "pm25": 20, "rooms": 3, "scope": "/North/Chiang_Mai"},
    )  # fmt: skip
    return api


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("pm25==20", ["2"]),
        ("pm25>20", ["3", "4"]),
        ("pm25>=20", ["2", "3", "4"]),
        ("pm25<20", ["1"]),
        ("pm25<=20", ["1", "2"]),
        ("pm25!=20", ["1", "3", "4"]),
        ("pm25==15..35", ["2", "3"]),
        ("pm25==10,40", ["1", "4"]),
        ("pm25", ["1", "2", "3", "4"]),
        ("!pm25", ["5"]),
        ("pm25>15;name", ["2", "3"]),
        ("pm25<15|pm25>35", ["1", "4"]),
        ("(pm25<15|pm25>35);name", ["1"]),
        ('name=="Beta"', ["2"]),
        ('name=="Alpha","Gamma"', ["1", "3"]),
        ('name=="Alpha".."Beta"', ["1", "2"]),
        ("name~=^[AB]", ["1", "2"]),
        ('name~="et"', ["2"]),
        ("name!~=et", ["1", "3"]),
        ("on==true", ["1"]),
        ("on==false", ["2"]),
        ('address[city]=="Chiang Mai"', ["1"]),
        ("address[no]>4", ["1"]),
        ("address[no]>5", []),
        ('tags=="red"', ["3"]),
        ('tags!="red"', []),
        ("seen>2026-01-01T00:00:00Z", ["2"]),
        ("seen<2026-01-01T00:00:00Z", []),
        ("pm25.observedAt==2026-11-09T07:00:00Z", ["4"]),
        ("pm25.observedAt>2026-11-09T06:59:59.5Z", ["4"]),
        ('pm25.unitCode=="GQ"', ["4"]),
        ('pm25.by=="lab"', ["4"]),
        ('title[th]=="สวน"', ["5"]),
        ('title[*]=="Park"', ["5"]),
        ('near=="urn:ngsi-ld:House:h"', ["5"]),
        ("near{House:rooms}>2", ["5"]),
        ("near{rooms}>3", []),
        ('id=="urn:ngsi-ld:Station:3"', ["3"]),
        ("createdAt>2020-01-01T00:00:00Z", ["1", "2", "3", "4", "5"]),
        ("modifiedAt<2020-01-01T00:00:00Z", []),
        ("unheardOf==1", []),
    ],
)
def test_q_finds(town: Api, q: str, found: list[str]) -> None:
    join = {"join": "flat"} if "{" in q else {}  # the house that is joined is not one of those found
    assert [one for one in town.ids(type="Station", q=q, **join) if one != "h"] == found


@pytest.mark.parametrize(
    "q",
    ["pm25==", "==5", "pm25>", "pm25>1..5", "(pm25>1", "pm25>1)", "pm25>1;;pm25<2", "pm25=5", "pm25~=(", "pm25~=" + "a" * 600, "a b==1",
     ";".join(["a==1"] * 300), "(" * 40 + "a" + ")" * 40, 'name=="open', "pm25==5..", "near{rooms>2"],
)  # fmt: skip
def test_a_q_that_is_none_is_refused(town: Api, q: str) -> None:
    answer = town.get("entities", query={"type": "Station", "q": q})
    assert answer.status in (400, 403) and answer.json["detail"], answer.body


def test_a_pattern_that_would_run_for_ever_is_told_at_once(town: Api) -> None:
    town.made(station(9, name="a" * 5_000))
    assert town.ids(type="Station", q="name~=^(a+)+b$") == []


@pytest.mark.parametrize(
    ("type_", "count"),
    [("Station", 5), ("House", 1), ("House,Station", 6), ("House|Station", 6), ("(House;Landmark)", 1), ("(House;Station)", 0), ("*", 6),
     ("(House;Landmark),Station", 6), ("Nothing", 0)],
)  # fmt: skip
def test_types_are_selected(town: Api, type_: str, count: int) -> None:
    answer = town.get("entities", query={"type": type_, "count": "true", "local": "true"})
    assert answer.headers["ngsild-results-count"] == str(count) and len(answer.json) == count


@pytest.mark.parametrize("type_", ["House;Station", "(House", "House)", ",", "(House;)"])
def test_a_type_selection_that_is_none_is_refused(town: Api, type_: str) -> None:
    assert town.get("entities", query={"type": type_}).is_problem(400, "BadRequestData")


@pytest.mark.parametrize(
    ("scope", "found"),
    [("/North/Chiang_Mai", 1), ("/North/#", 1), ("/North/+", 1), ("/North", 0), ("/#", 1), ("/South/#", 0), ("/North/Chiang_Mai;/South", 0),
     ("/South,/North/#", 1)],
)  # fmt: skip
def test_scopes_are_selected(town: Api, scope: str, found: int) -> None:
    assert len(town.ids(type="House,Station", scopeQ=scope)) == found


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates", "found"),
    [
        ("near;maxDistance==1000", "Point", [100.5, 13.5], ["1"]),
        ("near;maxDistance==20000", "Point", [100.5, 13.5], ["1", "2"]),
        ("near;minDistance==20000", "Point", [100.5, 13.5], ["3"]),
        ("within", "Polygon", PARK["coordinates"], ["1", "2"]),
        ("disjoint", "Polygon", PARK["coordinates"], ["3"]),
        ("intersects", "LineString", [[100.4, 13.5], [100.7, 13.5]], ["1", "2"]),
        ("equals", "Point", [102, 13.5], ["3"]),
        ("contains", "Point", [102, 13.5], ["3"]),
        ("overlaps", "Polygon", PARK["coordinates"], []),
    ],
)
def test_geoqueries_find(town: Api, georel: str, geometry: str, coordinates: list[object], found: list[str]) -> None:
    assert town.ids(type="Station", georel=georel, geometry=geometry, coordinates=json.dumps(coordinates)) == found


def test_a_geoquery_may_name_its_property(api: Api) -> None:
    api.made(station(1, operationSpace={"type": "GeoProperty", "value": PARK}, location=_point(10, 10)))
    near = {"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": "[100.5,13.5]", "type": "Station"}
    assert api.ids(**near) == [] and api.ids(**near, geoproperty="operationSpace") == ["1"]


@pytest.mark.parametrize(
    "query",
    [
        {"georel": "near", "geometry": "Point", "coordinates": "[1,2]"},
        {"georel": "near;maxDistance==-1", "geometry": "Point", "coordinates": "[1,2]"},
        {"georel": "beside", "geometry": "Point", "coordinates": "[1,2]"},
        {"georel": "within", "geometry": "Blob", "coordinates": "[1,2]"},
        {"georel": "within", "geometry": "Polygon", "coordinates": "[1,2]"},
        {"georel": "within", "geometry": "Polygon", "coordinates": "no json"},
        {"georel": "within"},
    ],
)
def test_a_geoquery_that_is_none_is_refused(town: Api, query: dict[str, str]) -> None:
    assert town.get("entities", query={"type": "Station", **query}).is_problem(400)


def test_ids_patterns_and_attributes_narrow(town: Api) -> None:
    assert town.ids(id="urn:ngsi-ld:Station:2,urn:ngsi-ld:Station:4", type="Station") == ["2", "4"]
    assert town.ids(idPattern="Station:[12]$", type="Station") == ["1", "2"]
    assert town.ids(attrs="tags,seen") == ["2", "3"]
    assert town.get("entities").is_problem(400, "BadRequestData")
    assert town.get("entities", query={"idPattern": "(", "type": "Station"}).is_problem(400)


def test_pick_and_omit_choose_what_is_shown(town: Api) -> None:
    shown = town.get("entities", query={"type": "Station", "pick": "id,pm25"}).json
    assert all(set(one) <= {"id", "pm25"} for one in shown)
    hidden = town.get("entities", query={"type": "Station", "omit": "pm25,location"}).json
    assert all({"pm25", "location"}.isdisjoint(one) and "type" in one for one in hidden)
    assert town.get("entities", query={"type": "Station", "pick": "id", "omit": "id"}).is_problem(400)


def test_the_order_is_the_one_asked_for(town: Api) -> None:
    assert town.ids(type="Station", q="pm25", orderBy="pm25;desc") == ["4", "3", "2", "1"]
    assert town.ids(type="Station", q="name", orderBy="name;desc,pm25") == ["3", "2", "1"]
    assert town.ids(type="Station", q="location", orderBy="location;dist-asc", orderFrom="[102,13.5]", orderGeometry="Point") == [
        "3",
        "2",
        "1",
    ]


def test_pages_are_walked_by_their_links(api: Api) -> None:
    api.made(*(station(n) for n in range(25)))
    seen, path = [], "entities?type=Station&limit=10&count=true"
    while path:
        answer = api.get(path)
        seen += [one["id"] for one in answer.json]
        assert answer.headers["ngsild-results-count"] == "25"
        following = [link for link in answer.headers["link"].split(", ") if 'rel="next"' in link]
        path = following[0].partition("<")[2].partition(">")[0] if following else ""
    assert len(seen) == len(set(seen)) == 25
    last = api.get("entities", query={"type": "Station", "limit": "10", "offset": "20"})
    assert 'rel="prev"' in last.headers["link"] and 'rel="next"' not in last.headers["link"]
    only = api.get("entities", query={"type": "Station", "limit": "0", "count": "true"})
    assert only.json == [] and only.headers["ngsild-results-count"] == "25"
    assert api.get("entities", query={"type": "Station", "limit": "0"}).is_problem(400)
    assert api.get("entities", query={"type": "Station", "limit": "100000"}).is_problem(403, "TooManyResults")
    assert api.get("entities", query={"type": "Station", "offset": "-1"}).is_problem(400)


def test_linked_entities_are_joined(api: Api) -> None:
    api.made(
        {"id": "urn:x:a", "type": "Room", "inside": {"type": "Relationship", "object": "urn:x:b"}},
        {"id": "urn:x:b", "type": "House", "at": {"type": "Relationship", "object": "urn:x:c"}},
        {"id": "urn:x:c", "type": "Street", "name": {"type": "Property", "value": "S"}},
    )
    inline = api.get("entities/urn:x:a", query={"join": "inline", "joinLevel": "2"}).json
    assert inline["inside"]["entity"]["at"]["entity"]["name"]["value"] == "S"
    flat = api.get("entities", query={"type": "Room", "join": "flat", "joinLevel": "1"}).json
    assert {one["id"] for one in flat} == {"urn:x:a", "urn:x:b"}
    assert api.get("entities/urn:x:a", query={"join": "sideways"}).is_problem(400)


def test_a_query_by_post_finds_the_same(town: Api) -> None:
    body = {"type": "Query", "entities": [{"type": "Station"}, {"type": "House", "id": "urn:ngsi-ld:House:h"}], "q": "pm25==20"}
    answer = town.post("entityOperations/query", body)
    assert answer.status == 200 and {one["id"] for one in answer.json} == {"urn:ngsi-ld:Station:2", "urn:ngsi-ld:House:h"}
    body = {
        "type": "Query",
        "entities": [{"type": "Station"}],
        "geoQ": {"georel": "within", "geometry": "Polygon", "coordinates": PARK["coordinates"]},
    }
    assert len(town.post("entityOperations/query", body).json) == 2
    assert town.post("entityOperations/query", {"type": "Subscription"}).is_problem(400)
    assert town.post("entityOperations/query", {"type": "Query", "entities": [{"idPattern": ".*"}]}).is_problem(400)


def test_a_parameter_that_is_unknown_or_comes_twice_is_refused(town: Api) -> None:
    assert town.get("entities?type=Station&colour=red").is_problem(400, "InvalidRequest")
    assert town.get("entities?type=Station&type=House").is_problem(400, "InvalidRequest")
    assert town.get("entities?type=Station&q=").is_problem(400)
