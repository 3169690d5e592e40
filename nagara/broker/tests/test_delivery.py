"""Notifications get through: whatever the receiver does, and whatever befalls the broker (5.2.14.2, 5.2.15)."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nagara.broker.tests.conftest import Api, Running, free_port, station
from nagara.broker.tests.receiver import Receiver, subscribed, subscription


def _state(api: Api, location: str, until: Callable[[dict[str, Any]], bool], seconds: float = 5.0) -> dict[str, Any]:
    """What a subscription says of its notifications, once it says so."""
    end = time.monotonic() + seconds
    while True:
        found: dict[str, Any] = api.get(location).json["notification"]
        if until(found):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.02)


def test_what_was_sent_is_counted(api: Api, receiver: Receiver) -> None:
    location = subscribed(api, subscription(receiver))
    api.made(station(1, a=1))
    api.made(station(1, a=2))
    found = _state(api, location, lambda state: state.get("timesSent") == 2)
    assert found["status"] == "ok" and found["lastSuccess"] == found["lastNotification"] and "timesFailed" not in found


def test_a_receiver_that_fails_for_a_while_gets_all_in_order(api: Api, receiver: Receiver) -> None:
    receiver.failing = 1
    location = subscribed(api, subscription(receiver))
    for value in range(3):
        api.made(station(1, a=value))
    assert [one.data[0]["a"]["value"] for one in receiver.wait(4)] == [0, 0, 1, 2]
    assert len({one.json["id"] for one in receiver.all}) == 3
    found = _state(api, location, lambda state: state.get("timesSent") == 3 and state["status"] == "ok")
    assert found["timesFailed"] == 1 and found["status"] == "ok" and "lastFailure" in found


def test_a_receiver_that_rejects_one_is_told_the_next(api: Api, receiver: Receiver) -> None:
    location = subscribed(api, subscription(receiver, "/status/404"))
    api.made(station(1, a=1))
    api.made(station(1, a=2))
    assert len(receiver.wait(2, "/status/404")) == 2
    found = _state(api, location, lambda state: state.get("timesFailed") == 2)
    assert found["status"] == "failed" and "lastSuccess" not in found


def test_after_a_failure_the_cooldown_is_kept(api: Api, receiver: Receiver) -> None:
    subscribed(api, subscription(receiver, "/status/400", endpoint={"cooldown": 400}))
    api.made(station(1, a=1))
    api.made(station(1, a=2))
    first, second = receiver.wait(2, "/status/400")
    assert second.at - first.at > 0.35


def test_receivers_that_hang_flood_or_lead_in_circles_hold_up_nobody(api: Api, receiver: Receiver) -> None:
    for number in range(40):  # more than the connections to one host
        subscribed(api, subscription(receiver, f"/hang/{number}", endpoint={"timeout": 60_000}))
    other = Receiver()
    try:
        subscribed(api, subscription(other, "/flood"))
        subscribed(api, subscription(other, "/to//to//to/round"))
        subscribed(api, subscription(other))
        begun = time.monotonic()
        for value in range(50):
            api.made(station(1, a=value))
        written = time.monotonic() - begun
        assert [one.data[0]["a"]["value"] for one in other.wait(50)] == list(range(50))
        assert written < 5
        assert len(other.wait(2, "/flood")) >= 2  # an answer without end is cut off, and the next one sent
    finally:
        other.stop()


def test_an_acknowledged_write_is_told_after_the_broker_was_killed(tmp_path: Path, start: Callable[..., Running]) -> None:
    port = free_port()
    broker = start("--open", data=tmp_path / "data")
    uri = f"http://127.0.0.1:{port}/"
    api = broker.api()
    api.post("subscriptions", {"type": "Subscription", "entities": [{"type": "Station"}], "notification": {"endpoint": {"uri": uri}}})
    for value in range(5):
        api.made(station(value, a=value))
    broker.stop(signal.SIGKILL)
    receiver = Receiver(port)
    try:
        start("--open", data=tmp_path / "data")  # and nobody asks it for anything
        assert [one.data[0]["a"]["value"] for one in receiver.wait(5, seconds=10)] == list(range(5))
        assert len({one.json["id"] for one in receiver.all}) == 5
    finally:
        receiver.stop()


def test_internal_receivers_are_refused_unless_named(tmp_path: Path, start: Callable[..., Running], receiver: Receiver) -> None:
    from nagara.broker.doors.keys import Keys

    closed = start(data=tmp_path / "closed")
    keys = Keys(closed.data)
    secret, _ = keys.add(label="all", scopes=["read", "write", "subscribe"], tenant="default", expires=None)
    keys.close()
    api = closed.api(**{"X-API-Key": secret})
    answer = api.post("subscriptions", subscription(receiver))
    assert answer.is_problem(400, "BadRequestData") and "--allow-host 127.0.0.1" in answer.json["detail"]
    location = subscribed(api, {**subscription(receiver), "notification": {"endpoint": {"uri": f"http://localhost:{receiver.port}/"}}})
    api.made(station(1, a=1))
    assert _state(api, location, lambda state: state.get("timesFailed") == 1)["status"] == "failed"
    assert receiver.all == []
