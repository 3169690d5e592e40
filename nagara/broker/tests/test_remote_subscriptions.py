"""Subscriptions over several brokers: a copy goes to each source, what it notifies goes on to the subscriber (5.8.1.4, 5.8.5.4, 5.8.6)."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import Any

from nagara.broker.tests.conftest import Api, Running, station
from nagara.broker.tests.receiver import Receiver, subscribed, subscription
from nagara.broker.tests.test_distributed import LOCAL, second, there
from nagara.broker.tests.test_registrations import registration

__all__ = ["second", "there"]
ONE = "urn:ngsi-ld:Station:1"


def _join(api: Api, there: Api, **members: Any) -> str:
    doc = registration(f"http://127.0.0.1:{there.port}", tenant=there.tenant, **members)
    answer = api.post("csourceRegistrations", doc)
    assert answer.status == 201, answer.body
    return answer.headers["location"]


def _until(what: Callable[[], Any], seconds: float = 5.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, found
        time.sleep(0.02)
    return found


def _copies(there: Api) -> list[dict[str, Any]]:
    answer = there.get("subscriptions")
    return list(answer.json) if answer.status == 200 else []


def test_what_changes_at_a_source_is_told_to_the_subscriber_here(api: Api, there: Api, receiver: Receiver) -> None:
    _join(api, there, propertyNames=["pm25"])
    location = subscribed(api, subscription(receiver, q="pm25>25", notification={"format": "keyValues"}))
    copy = _until(lambda: _copies(there))[0]
    assert copy["watchedAttributes"] == ["pm25"] and copy["q"] == "pm25>25"
    assert copy["notification"]["endpoint"]["uri"] == f"http://127.0.0.1:{api.port}/ngsi-ld/ex/remote-notify"
    there.made(station(1, pm25=10, name="East"))
    there.made(station(1, pm25=30, name="East"))
    api.post("entities", station(2, pm25=40), query=LOCAL)
    told = receiver.wait(2)
    found = {one.data[0]["id"][-1]: one for one in told}
    assert found["1"].data == [{"id": ONE, "type": "Station", "pm25": 30}]  # no more than the source is registered for
    assert {one.json["subscriptionId"] for one in told} == {location.rpartition("/")[2]}
    assert api.get("csourceSubscriptions").json  # that it stands on
    assert api.delete(location).status == 204
    _until(lambda: not _copies(there))
    assert api.get("csourceSubscriptions").json == []


def test_split_entities_are_put_together_before_they_are_told(api: Api, there: Api, receiver: Receiver) -> None:
    _join(api, there)
    subscribed(api, subscription(receiver, q='pm25>25;name=="East"', splitEntities=True))
    copy = _until(lambda: _copies(there))[0]
    assert "q" not in copy and copy["splitEntities"] is True
    api.post("entities", station(1, name="East"), query=LOCAL)
    there.made(station(1, pm25=10))
    there.made(station(1, pm25=30))
    entity = receiver.wait()[0].data[0]
    assert (entity["pm25"]["value"], entity["name"]["value"]) == (30, "East")


def test_copies_follow_the_registrations_and_the_subscription(api: Api, there: Api, receiver: Receiver) -> None:
    location = subscribed(api, subscription(receiver))
    subscribed(api, subscription(receiver, "/local", localOnly=True))
    source = _join(api, there)
    first = _until(lambda: _copies(there))
    assert len(first) == 1
    api.patch(location, {"q": "pm25>25"})
    assert _until(lambda: [one for one in _copies(there) if one.get("q") == "pm25>25"])
    _until(lambda: len(_copies(there)) == 1)
    api.delete(source)
    _until(lambda: not _copies(there))


def test_nobody_notifies_in_the_name_of_a_source(api: Api, receiver: Receiver) -> None:
    subscribed(api, subscription(receiver))
    body = {"type": "Notification", "subscriptionId": "urn:x:guess", "data": [station(1, a=1)]}
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=5)
    connection.request("POST", "/ngsi-ld/ex/remote-notify", json.dumps(body), {"Content-Type": "application/json"})
    assert connection.getresponse().status == 404
    connection.close()
    assert receiver.all == []


def test_copies_outlive_the_broker(start: Callable[..., Running], tmp_path: Any, there: Api, receiver: Receiver) -> None:
    broker = start("--open", data=tmp_path / "data")
    api = broker.api()
    _join(api, there)
    location = subscribed(api, subscription(receiver))
    _until(lambda: _copies(there))
    broker.stop()
    api = start("--open", data=tmp_path / "data").api()
    assert api.delete(location).status == 204
    _until(lambda: not _copies(there))
