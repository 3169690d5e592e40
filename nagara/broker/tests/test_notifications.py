"""What is notified, when and how (5.8.6; 6.3.8)."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest

from nagara.broker.tests.conftest import CORE, Api, soon, station
from nagara.broker.tests.receiver import Receiver, subscribed, subscription

ONE = "urn:ngsi-ld:Station:1"


def _prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def test_a_change_of_a_watched_attribute_is_told_with_the_whole_entity(api: Api, receiver: Receiver) -> None:
    location = subscribed(api, subscription(receiver, watchedAttributes=["pm25"]))
    api.made(station(1, pm25=10, name="East"))
    api.patch(f"entities/{ONE}/attrs", {"name": _prop("West")})
    api.patch(f"entities/{ONE}/attrs", {"pm25": _prop(30)})
    first, second = receiver.wait(2)
    assert first.data == [{"id": ONE, "type": "Station", "pm25": _prop(10), "name": _prop("East")}]
    assert second.data == [{"id": ONE, "type": "Station", "pm25": _prop(30), "name": _prop("West")}]
    told = second.json
    assert told["type"] == "Notification" and told["subscriptionId"] == location.rpartition("/")[2] and told["id"].startswith("urn:")
    assert told["notifiedAt"].endswith("Z") and first.json["id"] != told["id"]
    assert second.headers["content-type"] == "application/json" and CORE in second.headers["link"]
    assert second.headers["ngsild-tenant"] == api.tenant


def test_an_attribute_that_is_written_with_the_value_it_has_did_not_change(api: Api, receiver: Receiver) -> None:
    subscribed(api, subscription(receiver))
    api.made(station(1, a=1))
    api.patch(f"entities/{ONE}/attrs", {"a": _prop(1)})
    api.patch(f"entities/{ONE}/attrs", {"a": _prop(2)})
    assert [one.data[0]["a"]["value"] for one in receiver.wait(2)] == [1, 2]


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("entityCreated", ["created"]),
        ("attributeCreated", ["created", "appended"]),
        ("attributeUpdated", ["updated"]),
        ("attributeDeleted", ["removed", "deleted"]),
        ("entityUpdated", ["created", "appended", "updated", "removed", "deleted"]),
        ("entityDeleted", ["deleted"]),
    ],
)
def test_each_trigger_tells_of_what_it_is_named_after(api: Api, receiver: Receiver, trigger: str, expected: list[str]) -> None:
    subscribed(api, subscription(receiver, "/one", notificationTrigger=[trigger], notification={"format": "keyValues"}))
    subscribed(api, subscription(receiver, "/all", notificationTrigger=["entityUpdated", "entityDeleted"]))
    api.made(station(1, step="created"))
    api.post(f"entities/{ONE}/attrs", {"more": _prop("appended")})
    api.patch(f"entities/{ONE}/attrs", {"more": _prop("updated")})
    api.delete(f"entities/{ONE}/attrs/more")
    api.delete(f"entities/{ONE}")
    receiver.wait(5, "/all")
    told = []
    for one in receiver.wait(len(expected), "/one"):
        entity = one.data[0]
        what = "deleted" if "deletedAt" in entity else entity.get("more", entity.get("step"))
        told.append("removed" if what == "urn:ngsi-ld:null" else what)
    assert told == expected


def test_conditions_on_value_place_scope_and_id_are_met_by_what_is_told(api: Api, receiver: Receiver) -> None:
    subscribed(api, subscription(receiver, "/q", q='pm25>25;name=="East"'))
    near = {"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": [100.5, 13.75]}
    subscribed(api, subscription(receiver, "/geo", geoQ=near))
    subscribed(api, subscription(receiver, "/scope", scopeQ="/Bangkok/#"))
    subscribed(api, subscription(receiver, "/id", entities=[{"type": "Station", "id": "urn:ngsi-ld:Station:2"}]))
    subscribed(api, subscription(receiver, "/pattern", entities=[{"type": "Station", "idPattern": "3$"}]))
    here = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [100.501, 13.751]}}
    api.made(
        station(1, pm25=30, name="East"), station(2, pm25=30, name="West", location=here), {**station(3, pm25=1), "scope": "/Bangkok/Dusit"}
    )
    for path, number in (("/q", 1), ("/geo", 2), ("/id", 2), ("/scope", 3), ("/pattern", 3)):
        assert [one["id"] for one in receiver.wait(1, path)[0].data] == [f"urn:ngsi-ld:Station:{number}"]
    assert len(receiver.all) == 5


def test_conditions_may_follow_relationships(api: Api, receiver: Receiver) -> None:
    subscribed(api, subscription(receiver, q='isIn{name}=="Bangkok"'))
    api.made({"id": "urn:x:b", "type": "City", "name": _prop("Bangkok")})
    api.made(station(1, isIn={"type": "Relationship", "object": "urn:x:b"}), station(2, isIn={"type": "Relationship", "object": "urn:x:c"}))
    assert [one.data[0]["id"] for one in receiver.wait()] == [ONE]


def test_forms_and_projections(api: Api, receiver: Receiver) -> None:
    subscribed(api, subscription(receiver, "/concise", notification={"format": "concise", "sysAttrs": True, "pick": ["id", "a"]}))
    subscribed(api, subscription(receiver, "/simple", notification={"format": "simplified", "omit": ["b"]}))
    subscribed(api, subscription(receiver, "/old", notification={"format": "keyValues", "attributes": ["a"]}))
    api.made(station(1, a=1, b=2))
    concise = receiver.wait(1, "/concise")[0].data[0]
    assert {"id", "a", "createdAt", "modifiedAt"} == set(concise) and concise["a"]["value"] == 1
    assert receiver.wait(1, "/simple")[0].data == [{"id": ONE, "type": "Station", "a": 1}]
    assert receiver.wait(1, "/old")[0].data == [{"id": ONE, "type": "Station", "a": 1}]


def test_json_ld_holds_its_context_and_geojson_its_features(api: Api, receiver: Receiver) -> None:
    subscribed(api, subscription(receiver, "/ld", endpoint={"accept": "application/ld+json"}))
    subscribed(api, subscription(receiver, "/geo", endpoint={"accept": "application/geo+json"}))
    prefer = {"accept": "application/geo+json", "receiverInfo": [{"key": "Prefer", "value": "body=json"}]}
    subscribed(api, subscription(receiver, "/bare", endpoint=prefer))
    point = {"type": "Point", "coordinates": [100.5, 13.75]}
    api.made(station(1, location={"type": "GeoProperty", "value": point}))
    ld = receiver.wait(1, "/ld")[0]
    assert ld.json["@context"] == CORE and ld.data[0]["@context"] == CORE and "link" not in ld.headers
    geo = receiver.wait(1, "/geo")[0]
    assert geo.data["type"] == "FeatureCollection" and geo.data["features"][0]["geometry"] == point and geo.data["@context"] == CORE
    bare = receiver.wait(1, "/bare")[0]
    assert "@context" not in bare.data and CORE in bare.headers["link"] and bare.headers["prefer"] == "body=json"


def test_the_receiver_gets_the_headers_that_the_subscriber_names(api: Api, receiver: Receiver) -> None:
    info = [{"key": "Authorization", "value": "Bearer abc"}, {"key": "Content-Length", "value": "1"}]
    subscribed(api, subscription(receiver, endpoint={"receiverInfo": info}))
    api.made(station(1, a=1))
    assert receiver.wait()[0].headers["authorization"] == "Bearer abc"


def test_the_context_of_notifications_can_be_another(api: Api, receiver: Receiver) -> None:
    context = {"Station": "https://example.org/Station", "pm25": "https://example.org/pm25"}
    subscribed(api, {**subscription(receiver), "@context": context, "jsonldContext": CORE}, ld=True)
    subscribed(api, {**subscription(receiver, "/own"), "@context": context}, ld=True)
    api.post("entities", {**station(1, pm25=1), "@context": context}, ld=True)
    assert receiver.wait()[0].data[0]["https://example.org/pm25"] == _prop(1)
    own = receiver.wait(1, "/own")[0]
    assert own.data[0]["pm25"] == _prop(1)
    named = own.headers["link"].partition(">")[0][1:]
    assert api.get(named.partition(f":{api.port}")[2]).json["@context"] == context


def test_what_is_deleted_is_told_as_null_and_what_changed_with_its_value_before(api: Api, receiver: Receiver) -> None:
    every = ["entityUpdated", "entityDeleted"]
    subscribed(api, subscription(receiver, notificationTrigger=every, notification={"showChanges": True}))
    subscribed(api, subscription(receiver, "/plain", notificationTrigger=["entityDeleted"]))
    api.made(station(1, a=1, r={"type": "Relationship", "object": "urn:x:1"}))
    api.patch(f"entities/{ONE}/attrs", {"a": _prop(2)})
    api.delete(f"entities/{ONE}/attrs/r")
    api.delete(f"entities/{ONE}")
    created, updated, removed, deleted = receiver.wait(4)
    assert created.data[0]["a"] == _prop(1)
    assert updated.data[0]["a"] == _prop(2, previousValue=1)
    assert removed.data[0]["r"] == {"type": "Relationship", "object": "urn:ngsi-ld:null", "previousObject": "urn:x:1"}
    assert deleted.data[0]["a"] == _prop("urn:ngsi-ld:null", previousValue=2) and deleted.data[0]["deletedAt"].endswith("Z")
    assert set(receiver.wait(1, "/plain")[0].data[0]) == {"id", "type", "deletedAt"}


def test_datasets_are_chosen(api: Api, receiver: Receiver) -> None:
    subscribed(api, subscription(receiver, datasetId=["urn:x:night"], notification={"format": "concise"}))
    api.made(station(1, a=[_prop(1), _prop(2, datasetId="urn:x:night")]))
    assert receiver.wait()[0].data[0]["a"] == {"value": 2, "datasetId": "urn:x:night"}


def test_linked_entities_come_along(api: Api, receiver: Receiver) -> None:
    api.made({"id": "urn:x:c", "type": "City", "name": _prop("Bangkok")})
    subscribed(api, subscription(receiver, "/flat", notification={"join": "flat", "format": "keyValues"}))
    subscribed(api, subscription(receiver, "/inline", notification={"join": "inline", "format": "keyValues"}))
    api.made(station(1, isIn={"type": "Relationship", "object": "urn:x:c"}))
    city = {"id": "urn:x:c", "type": "City", "name": "Bangkok"}
    assert receiver.wait(1, "/flat")[0].data == [{"id": ONE, "type": "Station", "isIn": "urn:x:c"}, city]
    assert receiver.wait(1, "/inline")[0].data == [{"id": ONE, "type": "Station", "isIn": city}]


def test_an_older_receiver_is_spared_what_it_does_not_know(api: Api, receiver: Receiver) -> None:
    subscribed(api, subscription(receiver, ngsildConformance="1.3"))
    api.made({**station(1, n={"type": "LanguageProperty", "languageMap": {"th": "x"}}), "scope": "/a"})
    entity = receiver.wait()[0].data[0]
    assert entity["n"]["type"] == "Property" and "scope" not in entity


def test_throttling_keeps_quiet_between_two(api: Api, receiver: Receiver) -> None:
    subscribed(api, subscription(receiver, throttling=0.5))
    subscribed(api, subscription(receiver, "/all"))
    written = itertools.count()

    def told_twice() -> bool:
        api.made(station(1, a=next(written)))
        return len(receiver.on("/")) >= 2

    soon(told_twice)
    first, second = receiver.on("/")[:2]
    assert second.at - first.at > 0.45
    between = second.data[0]["a"]["value"] - first.data[0]["a"]["value"]
    assert between > 1 and len(receiver.wait(between, "/all")) >= between  # none of those in between


def test_by_the_clock_all_that_fit_are_told_whether_or_not_they_changed(api: Api, receiver: Receiver) -> None:
    api.made(station(1, a=1), station(2, a=5))
    location = subscribed(api, subscription(receiver, timeInterval=0.2, q="a>2"))
    first, second = receiver.wait(2)[:2]
    assert [one["id"] for one in first.data] == [one["id"] for one in second.data] == ["urn:ngsi-ld:Station:2"]
    assert api.delete(location).status == 204
    time.sleep(0.1)
    count = len(receiver.all)
    time.sleep(0.5)
    assert len(receiver.all) == count


def test_paused_expired_and_deleted_ones_are_silent(api: Api, receiver: Receiver) -> None:
    location = subscribed(api, subscription(receiver))
    api.patch(location, {"isActive": False})
    api.made(station(1, a=1))
    api.patch(location, {"isActive": True})
    api.made(station(1, a=2))
    assert [one.data[0]["a"]["value"] for one in receiver.wait()] == [2]
    api.delete(location)
    api.made(station(1, a=3))
    subscribed(api, subscription(receiver, "/last"))
    api.made(station(1, a=4))
    receiver.wait(1, "/last")
    assert len(receiver.on("/")) == 1


def test_a_batch_tells_of_each_of_its_entities(api: Api, receiver: Receiver) -> None:
    subscribed(api, subscription(receiver))
    api.made(*[station(number, a=number) for number in range(150)])
    assert [one.data[0]["a"]["value"] for one in receiver.wait(150)] == list(range(150))
