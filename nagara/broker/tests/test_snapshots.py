"""Snapshots: what queries found, frozen, and open to all operations (5.16, 5.5.15; 6.36 to 6.38, 6.3.22)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nagara.broker.tests.conftest import Api, Running, station
from nagara.broker.tests.receiver import Receiver, subscribed, subscription

ONE = "urn:ngsi-ld:Station:1"
QUERY = {"type": "Query", "entities": [{"type": "Station"}]}


def _made(api: Api, **members: Any) -> tuple[str, dict[str, Any]]:
    """The address of a snapshot, and how it stands once it is filled."""
    answer = api.post("snapshots", {"type": "Snapshot", "snapshotQueries": [QUERY], **members})
    assert answer.status == 201, answer.body
    return answer.headers["location"], _ready(api, answer.headers["location"])


def _ready(api: Api, location: str) -> dict[str, Any]:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        found: dict[str, Any] = api.get(location).json
        if found["snapshotStatus"] != "preparing":
            return found
        time.sleep(0.02)
    raise AssertionError("the snapshot is not ready")


def test_a_snapshot_keeps_what_was_there_and_can_be_worked_on(api: Api) -> None:
    api.made(station(1, a=1), station(2, a=5))
    location, snapshot = _made(api, snapshotQueries=[{**QUERY, "q": "a>2"}, {**QUERY, "q": "a>100"}])
    assert snapshot["snapshotStatus"] == "partial" and [one["resultStatus"] for one in snapshot["snapshotQueriesDetails"]] == [
        "success",
        "empty",
    ]
    assert snapshot["snapshotPriority"] == 5 and snapshot["lastUsedAt"] and snapshot["expiresAt"]
    api.made(station(2, a=9))
    within = {"NGSILD_Snapshot": snapshot["id"]}
    answer = api.get("entities", query={"type": "Station"}, **within)
    assert [(one["id"][-1], one["a"]["value"]) for one in answer.json] == [("2", 5)] and answer.headers["ngsild-snapshot"] == snapshot["id"]
    assert api.post("entities", station(3, a=7), **within).status == 201  # what if
    assert len(api.get("entities", query={"type": "Station"}, **within).json) == 2 and api.ids(type="Station") == ["1", "2"]
    assert api.delete(location).status == 204
    assert api.get("entities", query={"type": "Station"}, **within).is_problem(404, "ResourceNotFound")


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Query"}, {"snapshotQueries": []}, {"snapshotQueries": [{**QUERY, "temporalQ": {}}]}, {"snapshotPriority": 11},
        {"snapshotLifetime": "long"}, {"endpoint": "none"}, {"id": "none"},
    ],
)  # fmt: skip
def test_what_breaks_a_rule_of_the_data_type_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    assert api.post("snapshots", {"type": "Snapshot", "snapshotQueries": [QUERY], **wrong}).is_problem(400, "BadRequestData")


def test_snapshots_are_changed_cloned_and_purged(api: Api) -> None:
    api.made(station(1, a=1))
    location, snapshot = _made(api)
    changed = api.patch(location, {"snapshotPriority": 2, "snapshotLifetime": "PT1H"})
    assert changed.status == 200 and changed.json["snapshotPriority"] == 2 and changed.json["expiresAt"] < snapshot["expiresAt"]
    assert api.patch(location, {"snapshotQueries": []}).is_problem(400, "BadRequestData")
    clone = api.post(f"{location}/clone", {"type": "Snapshot", "snapshotPriority": 9}).headers["location"]
    id_ = _ready(api, clone)["id"]
    assert api.delete("snapshots", query={"q": "speed>5"}).is_problem(400, "BadRequestData")
    assert api.delete("snapshots", query={"q": "snapshotPriority<5"}).status == 204
    assert api.get(location).status == 404
    assert [one["id"] for one in api.get("entities", query={"type": "Station"}, NGSILD_Snapshot=id_).json] == [ONE]


def test_who_asked_for_a_snapshot_is_told_when_it_is_ready(api: Api, receiver: Receiver) -> None:
    api.made(station(1, a=1))
    _made(api, endpoint=receiver.url("/ready"), receiverInfo=[{"key": "X-Key", "value": "abc"}])
    told = receiver.wait(1, "/ready")[0]
    assert told.json["type"] == "SnapshotNotification" and told.data["snapshotStatus"] == "success" and told.headers["x-key"] == "abc"


def test_what_changes_in_a_snapshot_is_told_to_those_who_subscribed_there(api: Api, receiver: Receiver) -> None:
    api.made(station(1, a=1))
    within = {"NGSILD_Snapshot": _made(api)[1]["id"]}
    subscribed(api, subscription(receiver), **within)
    api.patch(f"entities/{ONE}/attrs", {"a": {"type": "Property", "value": 2}})
    api.patch(f"entities/{ONE}/attrs", {"a": {"type": "Property", "value": 3}}, **within)
    told = receiver.wait()[0]
    assert told.data[0]["a"]["value"] == 3 and len(receiver.all) == 1
    assert told.headers["ngsild-snapshot"] == within["NGSILD_Snapshot"] and told.headers["ngsild-tenant"] == api.tenant


def test_a_snapshot_outlives_the_broker(start: Any, tmp_path: Any) -> None:
    broker: Running = start("--open", data=tmp_path / "data")
    api = broker.api()
    api.made(station(1, a=1))
    id_ = _made(api)[1]["id"]
    broker.stop()
    api = start("--open", data=tmp_path / "data").api()
    assert [one["id"] for one in api.get("entities", query={"type": "Station"}, NGSILD_Snapshot=id_).json] == [ONE]
