"""Context source registrations, and subscriptions to them (5.9 to 5.12; 6.8, 6.9, 6.12, 6.13)."""

from __future__ import annotations

from typing import Any

import pytest

from nagara.broker.clock import iso, now_us
from nagara.broker.tests.conftest import Api, soon, station
from nagara.broker.tests.receiver import Receiver, subscribed

SOURCE = "urn:ngsi-ld:ContextSourceRegistration:north"


def registration(endpoint: str = "http://127.0.0.1:9", **members: Any) -> dict[str, Any]:
    """A source of stations: registration(mode="redirect", entities=[{"type": "Station"}])."""
    info = {"entities": members.pop("entities", [{"type": "Station"}])}
    for name in ("propertyNames", "relationshipNames"):
        if name in members:
            info[name] = members.pop(name)
    return {"type": "ContextSourceRegistration", "endpoint": endpoint, "information": [info], **members}


def registered(api: Api, **members: Any) -> str:
    answer = api.post("csourceRegistrations", registration(**members))
    assert answer.status == 201, answer.body
    return answer.headers["location"]


def _ids(api: Api, **query: str) -> list[str]:
    answer = api.get("csourceRegistrations", query=query)
    assert answer.status == 200, answer.body
    return [one["id"].rpartition(":")[2] for one in answer.json]


def test_a_source_is_registered_changed_and_forgotten(api: Api) -> None:
    location = registered(api, id=SOURCE, propertyNames=["pm25"], registrationName="north", management={"timeout": 500})
    found = api.get(location).json
    assert found == {**registration(propertyNames=["pm25"], registrationName="north", management={"timeout": 500}), "id": SOURCE}
    assert api.patch(location, {"registrationName": "south", "management": None}).status == 204
    assert api.get(location).json["registrationName"] == "south" and "management" not in api.get(location).json
    assert api.post("csourceRegistrations", registration(id=SOURCE)).is_problem(409, "AlreadyExists")
    assert api.delete(location).status == 204
    assert api.get(location).is_problem(404, "ResourceNotFound") and api.delete(location).is_problem(404, "ResourceNotFound")


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Registration"}, {"endpoint": "none"}, {"endpoint": "http://127.0.0.1]:9"}, {"endpoint": "http://127.0.0.1:99999"}, {"endpoint": "http://10.0.0.1"}, {"information": []}, {"information": [{}]}, {"information": [{"entities": [{"type": "T"}], "relationshipNames": None}]}, {"information": [{"entities": None}]}, {"mode": "own"},
        {"entities": [{"id": "urn:x:1"}]}, {"entities": []}, {"propertyNames": []}, {"operations": ["all"]}, {"expiresAt": "2020-01-01T00:00:00Z"},
        {"contextSourceInfo": [{"key": "a", "value": 1}]}, {"contextSourceInfo": [{"key": "accept", "value": "text/html"}]}, {"datasetId": ["x"]},
        {"management": {"timeout": -1}}, {"management": {"cacheDuration": "5"}}, {"location": {"type": "Point"}}, {"refreshRate": "often"},
        {"observationInterval": {"endAt": "2020-01-01T00:00:00Z"}}, {"mode": "exclusive"}, {"mode": "auxiliary", "operations": ["redirectionOps"]},
    ],
)  # fmt: skip
def test_what_breaks_a_rule_of_the_data_type_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    assert api.post("csourceRegistrations", registration(**wrong)).is_problem(400, "BadRequestData")


def test_a_registration_ends_when_it_says(api: Api) -> None:
    location = registered(api, expiresAt=iso(now_us() + 1_000_000))
    soon(lambda: api.get(location).is_problem(404, "ResourceNotFound"))


def test_what_is_held_elsewhere_is_held_there_alone(api: Api) -> None:
    one = [{"type": "Station", "id": "urn:x:1"}]
    registered(api, mode="exclusive", entities=one, propertyNames=["pm25"])
    assert api.post("csourceRegistrations", registration(mode="exclusive", entities=one, propertyNames=["pm25"])).is_problem(
        409, "Conflict"
    )
    assert api.post("csourceRegistrations", registration(mode="redirect", entities=one)).is_problem(409, "Conflict")
    registered(api, mode="exclusive", entities=one, propertyNames=["pm10"])
    api.post("entities", station(2, pm25=1), query={"local": "true"})
    redirect = registration(mode="redirect", entities=[{"type": "Station"}], propertyNames=["pm25"])
    assert api.post("csourceRegistrations", redirect).is_problem(409, "Conflict")


def test_sources_are_found_by_what_they_may_have(api: Api) -> None:
    registered(api, id="urn:x:a", entities=[{"type": "Station", "idPattern": "^urn:x:1"}], propertyNames=["pm25"], scope="/Bangkok")
    registered(api, id="urn:x:b", entities=[{"type": "Bus"}], location={"type": "Point", "coordinates": [100.5, 13.75]}, owner="city")
    interval = {"startAt": "2020-01-01T00:00:00Z", "endAt": "2021-01-01T00:00:00Z"}
    registered(api, id="urn:x:c", observationInterval=interval)
    assert _ids(api, type="Station") == ["a"] and _ids(api, type="Bus|Tram") == ["b"]
    assert _ids(api, type="Station", id="urn:x:12") == ["a"] and _ids(api, type="Station", id="urn:x:2") == []
    assert _ids(api, attrs="pm25") == ["a", "b"] and _ids(api, attrs="pm10") == ["b"]
    assert _ids(api, q="pm25>1", type="Station") == ["a"] and _ids(api, type="Bus", csf='owner=="city"') == ["b"]
    assert _ids(api, type="Station", scopeQ="/Bangkok") == ["a"] and _ids(api, type="Bus", scopeQ="/Bangkok") == []
    near = {"georel": "near;maxDistance==100", "geometry": "Point", "coordinates": "[100.5,13.75]"}
    assert _ids(api, **near) == ["b"]
    assert _ids(api, type="Station", timerel="after", timeAt="2020-06-01T00:00:00Z") == ["c"]
    assert _ids(api, type="Station", timerel="after", timeAt="2022-06-01T00:00:00Z") == []
    assert api.get("csourceRegistrations").is_problem(400, "BadRequestData")
    answer = api.get("csourceRegistrations", query={"attrs": "pm25", "limit": "1", "count": "true"})
    assert answer.headers["ngsild-results-count"] == "2" and 'rel="next"' in answer.headers["link"]


def test_who_subscribes_to_registrations_is_told_of_them(api: Api, receiver: Receiver) -> None:
    registered(api, id="urn:x:a")
    doc = {"type": "Subscription", "entities": [{"type": "Station"}], "notification": {"endpoint": {"uri": receiver.url()}}}
    location = subscribed(api, doc, "csourceSubscriptions")
    other = registered(api, id="urn:x:b", entities=[{"type": "Bus"}])
    api.patch(other, {"information": [{"entities": [{"type": "Station"}]}, {"entities": [{"type": "Bus"}]}]})
    api.patch(other, {"registrationName": "b"})
    api.delete(other)
    told = [(one.json["triggerReason"], [each["id"] for each in one.data]) for one in receiver.wait(4)]
    assert told == [
        ("newlyMatching", ["urn:x:a"]), ("newlyMatching", ["urn:x:b"]), ("updated", ["urn:x:b"]), ("noLongerMatching", ["urn:x:b"])
    ]  # fmt: skip
    assert receiver.all[1].data[0]["information"] == [{"entities": [{"type": ["Station"]}]}]
    assert receiver.all[0].json["type"] == "ContextSourceNotification"
    assert api.get(location).json["notification"]["endpoint"]["uri"] == receiver.url()
    assert [one["id"] for one in api.get("csourceSubscriptions").json] == [location.rpartition("/")[2]]
    assert api.get(location.replace("csourceSubscriptions", "subscriptions")).status == 404
    assert api.delete(location).status == 204


@pytest.mark.parametrize("wrong", [None, True, [], [["Station"]], [{"a": 1}], ["Station", None]])
def test_a_batch_with_strange_types_is_refused_in_words_beside_a_source(api: Api, wrong: Any) -> None:
    registered(api)
    for what in ("create", "upsert"):
        answer = api.post(f"entityOperations/{what}", [{"id": "urn:x:1", "type": wrong}])
        assert answer.status == 207 and answer.json["errors"][0]["error"]["type"].endswith("BadRequestData")
