"""Snapshots of history: what temporal queries found, frozen with the times that it had (5.16.1.4)."""

from __future__ import annotations

from typing import Any

from nagara.broker.tests.conftest import Api, station
from nagara.broker.tests.test_distributed import LOCAL, _join, second, there
from nagara.broker.tests.test_federated_history import BOTH, SINCE, observed, values
from nagara.broker.tests.test_snapshots import QUERY, _made, _ready

__all__ = ["second", "there"]
HISTORY = {**QUERY, "temporalQ": SINCE}
ONE = "temporal/entities/urn:ngsi-ld:Station:1"


def frozen(api: Api, *queries: dict[str, Any], **members: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The snapshot, and the header by which it is worked on."""
    snapshot = _made(api, snapshotTemporalQueries=list(queries), **members)[1]
    return snapshot, {"NGSILD_Snapshot": snapshot["id"]}


def only(api: Api, *queries: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    answer = api.post("snapshots", {"type": "Snapshot", "snapshotTemporalQueries": list(queries)})
    assert answer.status == 201, answer.body
    snapshot = _ready(api, answer.headers["location"])
    return snapshot, {"NGSILD_Snapshot": snapshot["id"]}


def test_history_is_frozen_with_its_times_and_can_be_worked_on(api: Api) -> None:
    observed(api, 1, d1=10, d2=20, d3=30)
    observed(api, 2, d1=5)
    api.patch("entities/urn:ngsi-ld:Station:2/attrs/pm25", {"value": 7, "observedAt": "2026-05-09T00:00:00Z"})
    before = api.get(ONE, query={**SINCE, "options": "sysAttrs"}).json
    between = {"timerel": "between", "timeAt": "2026-05-01T00:00:00Z", "endTimeAt": "2026-05-03T00:00:00Z"}
    snapshot, within = only(api, {**HISTORY, "q": "pm25>15"}, {**QUERY, "temporalQ": between}, {**HISTORY, "q": "pm25>99"})
    assert snapshot["snapshotStatus"] == "partial"
    assert [one["resultStatus"] for one in snapshot["snapshotTemporalQueriesDetails"]] == ["success", "success", "empty"]
    observed(api, 1, d4=40)
    after = api.get(ONE, query={**SINCE, "options": "sysAttrs"}, **within).json
    assert values(after) == [10, 20, 30]  # each once, though two queries found two of them
    times = ("createdAt", "modifiedAt", "observedAt")
    assert [[one[name] for name in times] for one in after["pm25"]] == [[one[name] for name in times] for one in before["pm25"]]
    assert "deletedAt" not in after and after["createdAt"] == before["createdAt"]
    assert [len(one["pm25"]) for one in api.get("temporal/entities", query={"type": "Station", **SINCE}, **within).json] == [3, 1]
    assert api.get("entities", query={"type": "Station"}, **within).json == []  # the state was not asked for
    first = after["pm25"][0]["instanceId"]
    assert api.delete(f"{ONE}/attrs/pm25/{first}", **within).status == 204
    assert api.post(f"{ONE}/attrs", {"pm25": [{"value": 1, "observedAt": "2026-05-08T00:00:00Z"}]}, **within).status == 204
    assert values(api.get(ONE, query=SINCE, **within).json) == [20, 30, 1]
    assert values(api.get(ONE, query=SINCE).json) == [10, 20, 30, 40]
    total = {**SINCE, "attrs": "pm25", "format": "aggregatedValues", "aggrMethods": "sum"}
    assert api.get(ONE, query=total, **within).json["pm25"]["sum"][0][0] == 51


def test_state_and_history_are_frozen_together(api: Api) -> None:
    observed(api, 1, d1=10, d2=20)
    api.made(station(3, a=1))
    snapshot, within = frozen(api, {**HISTORY, "attrs": ["pm25"]})
    assert snapshot["snapshotStatus"] == "success"
    assert values(api.get(ONE, query=SINCE, **within).json) == [10, 20]
    assert api.get("entities/urn:ngsi-ld:Station:1", query={"options": "keyValues"}, **within).json["pm25"] == 20


def test_what_sources_hold_and_what_was_deleted_is_frozen_too(api: Api, there: Api) -> None:
    _join(api, there, operations=BOTH)
    observed(api, 1, d1=10)
    observed(there, 1, d2=20)
    observed(there, 2, d2=5)
    api.delete("entities/urn:ngsi-ld:Station:1", query=LOCAL)
    _, within = only(api, HISTORY)
    there.delete("temporal/entities/urn:ngsi-ld:Station:2")
    assert values(api.get(ONE, query=SINCE, **within).json) == [10, 20]
    assert values(api.get("temporal/entities/urn:ngsi-ld:Station:2", query=SINCE, **within).json) == [5]
    assert "deletedAt" in api.get(ONE, query={**SINCE, "options": "sysAttrs"}, **within).json


def test_a_temporal_query_that_cannot_be_read_fails_alone(api: Api) -> None:
    observed(api, 1, d1=10)
    snapshot, _ = only(api, HISTORY, {**QUERY, "temporalQ": {"timerel": "sometime"}})
    assert snapshot["snapshotStatus"] == "partial"
    failed = snapshot["snapshotTemporalQueriesDetails"][1]
    assert failed["resultStatus"] == "failure" and failed["problemDetails"]["status"] == 400
