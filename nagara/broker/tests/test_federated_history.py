"""The history of entities over two brokers and a registration between them (5.7.3.4, 5.7.4.4)."""

from __future__ import annotations

from typing import Any

import pytest

from nagara.broker.tests.conftest import Api, free_port
from nagara.broker.tests.test_distributed import LOCAL, _join, second, there
from nagara.broker.tests.test_registrations import registration

__all__ = ["second", "there"]

BOTH = ["retrieveTemporal", "queryTemporal"]
SINCE = {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}


def observed(api: Api, number: int, **by_day: Any) -> None:
    """Observations of pm25 at a station: observed(api, 1, d3=10) on 3 May."""
    some = [{"type": "Property", "value": value, "observedAt": f"2026-05-{int(day[1:]):02d}T00:00:00Z"} for day, value in by_day.items()]
    made = api.post("temporal/entities", {"id": f"urn:ngsi-ld:Station:{number}", "type": "Station", "pm25": some}, query=LOCAL)
    assert made.status in (201, 204), made.body


def values(entity: dict[str, Any]) -> list[Any]:
    return [one["value"] for one in entity["pm25"]]


@pytest.fixture
def joined(api: Api, there: Api) -> Api:
    """Station 1 is known by both brokers, station 2 by the other alone."""
    _join(api, there, operations=BOTH)
    observed(api, 1, d1=10)
    observed(there, 1, d2=20, d3=30)
    observed(there, 2, d2=5)
    return api


def test_one_evolution_is_put_together_in_the_order_of_time(joined: Api, there: Api) -> None:
    assert values(joined.get("temporal/entities/urn:ngsi-ld:Station:1", query=SINCE).json) == [10, 20, 30]
    assert values(joined.get("temporal/entities/urn:ngsi-ld:Station:1", query={**SINCE, "lastN": "2"}).json) == [20, 30]
    observed(there, 1, d1=11)  # the same instant at both: what was written last
    assert values(joined.get("temporal/entities/urn:ngsi-ld:Station:1", query=SINCE).json) == [11, 20, 30]
    between = {"timerel": "between", "timeAt": "2026-05-02T00:00:00Z", "endTimeAt": "2026-05-03T00:00:00Z"}
    assert values(joined.get("temporal/entities/urn:ngsi-ld:Station:1", query=between).json) == [20]
    assert values(joined.get("temporal/entities/urn:ngsi-ld:Station:1", query={**SINCE, **LOCAL}).json) == [10]
    assert values(joined.get("temporal/entities/urn:ngsi-ld:Station:2", query=SINCE).json) == [5]
    assert joined.get("temporal/entities/urn:ngsi-ld:Station:2", query={**SINCE, **LOCAL}).status == 404


def test_a_query_filters_aggregates_and_pages_over_all(joined: Api) -> None:
    def ids(**query: str) -> list[str]:
        answer = joined.get("temporal/entities", query={"type": "Station", **SINCE, **query})
        assert answer.status == 200, answer.body
        return [one["id"][-1] for one in answer.json]

    assert ids() == ["1", "2"] and ids(**LOCAL) == ["1"]
    assert ids(q="pm25>25") == ["1"] and ids(q="pm25<8") == ["2"] and ids(limit="1", offset="1") == ["2"]
    found = joined.get(
        "temporal/entities",
        query={
            "type": "Station",
            **SINCE,
            "attrs": "pm25",
            "format": "aggregatedValues",
            "aggrMethods": "sum,max",
            "aggrPeriodDuration": "PT0S",
        },
    ).json
    assert [(one["pm25"]["sum"][0][0], one["pm25"]["max"][0][0]) for one in found] == [(60, 30), (5, 5)]
    body = {"type": "Query", "entities": [{"type": "Station"}], "temporalQ": SINCE, "q": "pm25==20"}
    assert [one["id"][-1] for one in joined.post("temporal/entityOperations/query", body).json] == ["1"]
    assert joined.get("temporal/entities", query={"type": "Station", **SINCE, "orderBy": "id"}).is_problem(400, "BadRequestData")


def test_a_source_that_is_down_or_has_other_times_does_not_hold_up_the_answer(joined: Api, there: Api) -> None:
    gone = registration(f"http://127.0.0.1:{free_port()}", id="urn:x:gone", operations=BOTH)
    assert joined.post("csourceRegistrations", gone).status == 201
    answer = joined.get("temporal/entities/urn:ngsi-ld:Station:1", query=SINCE)
    assert values(answer.json) == [10, 20, 30] and answer.headers["ngsild-warning"].startswith("199 ")
    other = joined.get("temporal/entities/urn:ngsi-ld:Station:9", query=SINCE)
    assert other.status == 404 and "ngsild-warning" in other.headers


def test_a_source_is_asked_for_the_interval_that_it_is_registered_for(api: Api, there: Api) -> None:
    _join(api, there, operations=BOTH, observationInterval={"startAt": "2026-05-01T00:00:00Z", "endAt": "2026-05-10T00:00:00Z"})
    observed(there, 1, d2=20, d20=30)
    early = {"timerel": "before", "timeAt": "2026-05-05T00:00:00Z"}
    late = {"timerel": "after", "timeAt": "2026-05-15T00:00:00Z"}
    assert values(api.get("temporal/entities/urn:ngsi-ld:Station:1", query=early).json) == [20]
    assert api.get("temporal/entities/urn:ngsi-ld:Station:1", query=late).status == 404
