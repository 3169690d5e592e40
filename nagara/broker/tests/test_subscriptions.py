"""Subscriptions: create, query, retrieve, update, delete (5.8.1 to 5.8.5; 6.10, 6.11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nagara.broker.tests.conftest import Api, soon
from nagara.broker.tests.receiver import Receiver, subscribed, subscription

OFFICE = "urn:ngsi-ld:Subscription:office"


def _endpoint(uri: str = "http://127.0.0.1:9/notify", **more: Any) -> dict[str, Any]:
    return {"uri": uri, **more}


def _doc(**members: Any) -> dict[str, Any]:
    return {"id": OFFICE, "type": "Subscription", "entities": [{"type": "Station"}], "notification": {"endpoint": _endpoint()}, **members}


def _soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_a_subscription_is_kept_as_it_was_given_and_says_what_became_of_it(api: Api) -> None:
    doc = _doc(
        watchedAttributes=["pm25"],
        q="pm25>25",
        throttling=2.5,
        description="air",
        notification={"format": "concise", "attributes": ["pm25"], "endpoint": _endpoint(accept="application/ld+json")},
    )
    answer = api.post("subscriptions", doc)
    assert answer.status == 201 and answer.headers["location"] == f"/ngsi-ld/v1/subscriptions/{OFFICE}"
    found = api.get(f"subscriptions/{OFFICE}").json
    assert {name: found[name] for name in doc} == doc
    assert found["status"] == "active"
    assert found["notificationTrigger"] == ["attributeCreated", "attributeUpdated"]


def test_one_without_an_id_is_given_one(api: Api) -> None:
    location = subscribed(api, {name: value for name, value in _doc().items() if name != "id"})
    assert api.get(location).json["id"].startswith("urn:ngsi-ld:Subscription:")


def test_an_id_is_taken_once_and_what_is_not_there_is_not_found(api: Api) -> None:
    subscribed(api, _doc())
    assert api.post("subscriptions", _doc()).is_problem(409, "AlreadyExists")
    assert api.get("subscriptions/urn:x:none").is_problem(404, "ResourceNotFound")
    assert api.patch("subscriptions/urn:x:none", {"isActive": False}).is_problem(404, "ResourceNotFound")
    assert api.delete("subscriptions/urn:x:none").is_problem(404, "ResourceNotFound")
    assert api.get("subscriptions/none").is_problem(400, "BadRequestData")


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Subscriptions"},
        {"entities": []},
        {"entities": [{"id": "urn:x:1"}]},
        {"watchedAttributes": []},
        {"notificationTrigger": ["entityChanged"]},
        {"q": "a>"},
        {"csf": "(("},
        {"geoQ": {"georel": "near", "geometry": "Point", "coordinates": [1, 2]}},
        {"scopeQ": "//"},
        {"datasetId": ["none"]},
        {"throttling": 0},
        {"throttling": -1},
        {"timeInterval": "5"},
        {"timeInterval": 5, "throttling": 5},
        {"timeInterval": 5, "watchedAttributes": ["a"]},
        {"isActive": "yes"},
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"expiresAt": "soon"},
        {"jsonldContext": "mine"},
        {"temporalQ": {"timerel": "before", "timeAt": "2020-01-01T00:00:00Z"}},
        {"ngsildConformance": "latest"},
        {"notification": {}},
        {"notification": {"endpoint": {}}},
        {"notification": {"endpoint": _endpoint("ftp://example.org/")}},
        {"notification": {"endpoint": _endpoint("http://127.0.0.1]:9/")}}, {"jsonldContext": "http://["},
        {"notification": {"endpoint": _endpoint("mqtt://example.org")}},
        {"notification": {"endpoint": _endpoint("http://10.0.0.1/notify")}},
        {"notification": {"endpoint": _endpoint(accept="text/html")}},
        {"notification": {"endpoint": _endpoint(timeout=0)}},
        {"notification": {"endpoint": _endpoint(receiverInfo=[{"key": "a"}])}},
        {"notification": {"endpoint": _endpoint(receiverInfo=[{"key": "a b", "value": "c"}])}},
        {"notification": {"endpoint": _endpoint(receiverInfo=[{"key": "a", "value": "b\r\nc: d"}])}},
        {"notification": {"endpoint": _endpoint("mqtt://h/t", notifierInfo=[{"key": "MQTT-QoS", "value": "3"}])}},
        {"notification": {"format": "short", "endpoint": _endpoint()}},
        {"notification": {"format": "keyValues", "showChanges": True, "endpoint": _endpoint()}},
        {"notification": {"attributes": [], "endpoint": _endpoint()}},
        {"notification": {"attributes": ["a"], "pick": ["a"], "endpoint": _endpoint()}},
        {"notification": {"pick": ["a"], "omit": ["a"], "endpoint": _endpoint()}},
        {"notification": {"join": "deep", "endpoint": _endpoint()}},
    ],
)  # fmt: skip
def test_what_breaks_a_rule_of_the_data_type_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    assert api.post("subscriptions", _doc(**wrong)).is_problem(400, "BadRequestData")
    assert api.get("subscriptions").json == []


def test_it_needs_entities_or_attributes_unless_it_is_local(api: Api) -> None:
    doc = {name: value for name, value in _doc().items() if name != "entities"}
    assert api.post("subscriptions", doc).is_problem(400, "BadRequestData")
    assert api.post("subscriptions", {**doc, "watchedAttributes": ["a"]}).status == 201
    assert api.post("subscriptions", {**doc, "id": "urn:x:local", "localOnly": True}).status == 201


def test_a_context_that_cannot_be_had_is_told_apart_from_one_that_is_none(api: Api) -> None:
    assert api.post("subscriptions", _doc(jsonldContext="http://127.0.0.1:9/c.jsonld")).is_problem(504, "LdContextNotAvailable")


def test_names_are_shown_in_the_words_of_the_one_who_asks(api: Api) -> None:
    context = {"Station": "https://example.org/Station", "pm25": "https://example.org/pm25"}
    doc = _doc(watchedAttributes=["pm25"], notification={"pick": ["id", "pm25"], "endpoint": _endpoint()})
    location = subscribed(api, {**doc, "@context": context}, ld=True)
    found = api.get(location).json
    assert found["entities"] == [{"type": "https://example.org/Station"}] and found["watchedAttributes"] == ["https://example.org/pm25"]
    assert found["notification"]["pick"] == ["id", "https://example.org/pm25"]
    hosted = api.post("jsonldContexts", {"@context": context}).headers["location"]
    link = f'<http://127.0.0.1:{api.port}{hosted}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    assert api.get(location, Link=link).json["entities"] == [{"type": "Station"}]


def test_an_update_replaces_its_members_and_leaves_the_others(api: Api) -> None:
    location = subscribed(api, _doc(q="pm25>25", description="air"))
    other = {"endpoint": _endpoint("http://127.0.0.1:9/other"), "format": "concise"}
    assert api.patch(location, {"description": "dust", "notification": other, "q": "urn:ngsi-ld:null"}).status == 204
    found = api.get(location).json
    assert (found["description"], found["notification"], "q" in found) == ("dust", other, False)
    assert api.patch(location, {"notification": {"format": "concise"}}).is_problem(400, "BadRequestData")
    assert api.patch(location, {"notification": None}).is_problem(400, "BadRequestData")
    assert api.patch(location, {"expiresAt": "2020-01-01T00:00:00Z"}).is_problem(400, "BadRequestData")
    assert api.get(location).json == found


def test_its_status_follows_what_it_says_and_the_clock(api: Api) -> None:
    location = subscribed(api, _doc(isActive=False))
    assert api.get(location).json["status"] == "paused"
    api.patch(location, {"isActive": True, "expiresAt": _soon(60)})
    assert api.get(location).json["status"] == "active"
    api.patch(location, {"expiresAt": _soon(0.3)})
    soon(lambda: api.get(location).json["status"] == "expired")
    assert api.patch(location, {"isActive": True}).status == 204
    assert api.get(location).json["status"] == "expired"
    assert api.patch(location, {"expiresAt": _soon(60)}).status == 204
    assert api.get(location).json["status"] == "active"


def test_they_come_in_pages_with_their_count(api: Api) -> None:
    for number in range(5):
        subscribed(api, _doc(id=f"urn:x:{number}"))
    answer = api.get("subscriptions", query={"limit": "2", "offset": "2", "count": "true"})
    assert [one["id"] for one in answer.json] == ["urn:x:2", "urn:x:3"]
    assert answer.headers["ngsild-results-count"] == "5"
    assert 'rel="prev"' in answer.headers["link"] and 'rel="next"' in answer.headers["link"]


def test_they_are_kept_by_tenant(api: Api, running: Any) -> None:
    subscribed(api, _doc())
    other = running.api(f"{api.tenant}b")
    subscribed(other, _doc(id="urn:x:other"))
    assert [one["id"] for one in other.get("subscriptions").json] == ["urn:x:other"]


def test_only_a_key_that_may_subscribe_subscribes(start: Any, receiver: Receiver) -> None:
    from nagara.broker.doors.keys import Keys

    broker = start()
    keys = Keys(broker.data)
    reader, _ = keys.add(label="reader", scopes=["read", "write"], tenant="default", expires=None)
    keys.close()
    answer = broker.api(Authorization=f"Bearer {reader}").post("subscriptions", subscription(receiver))
    assert answer.status == 403
