"""Writes of history over two brokers and a registration between them (5.6.11 to 5.6.16; 4.3.6, 6.3.17)."""

from __future__ import annotations

from typing import Any

import pytest

from nagara.broker.tests.conftest import Api, free_port
from nagara.broker.tests.test_distributed import LOCAL, _join, second, there
from nagara.broker.tests.test_federated_history import BOTH, SINCE
from nagara.broker.tests.test_registrations import registration

__all__ = ["second", "there"]

WRITES = ["upsertTemporal", "appendAttrsTemporal", "deleteAttrsTemporal", "updateAttrInstanceTemporal", "deleteAttrInstanceTemporal"]
ALL = [*BOTH, *WRITES, "deleteTemporal"]
ID = "urn:ngsi-ld:Station:1"
ONE = f"temporal/entities/{ID}"


def seen(value: float, day: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": f"2026-05-{day:02d}T00:00:00Z", **more}


def evolution(**attrs: Any) -> dict[str, Any]:
    return {"id": ID, "type": "Station", **attrs}


def held(api: Api) -> dict[str, list[Any]]:
    """What one broker itself keeps: values by attribute."""
    answer = api.get(ONE, query={**SINCE, **LOCAL})
    if answer.status == 404:
        return {}
    return {name: [one["value"] for one in some] for name, some in answer.json.items() if name not in ("id", "type", "@context")}


def exclusive(api: Api, there: Api, **members: Any) -> None:
    _join(api, there, mode="exclusive", entities=[{"type": "Station", "id": ID}], propertyNames=["pm25"], **{"operations": ALL, **members})


def test_an_inclusive_source_gets_every_write_as_well(api: Api, there: Api) -> None:
    _join(api, there, operations=ALL)
    made = api.post("temporal/entities", evolution(pm25=[seen(1), seen(2, 2)]))
    assert made.status == 201 and made.headers["location"].endswith(f"/{ONE}")
    assert api.post("temporal/entities", evolution(pm25=[seen(3, 3)])).status == 204
    assert api.post(f"{ONE}/attrs", {"pm25": [seen(4, 4)], "name": [seen(0)]}).status == 204
    assert held(api) == held(there) == {"pm25": [1, 2, 3, 4], "name": [0]}
    assert api.delete(f"{ONE}/attrs/name").status == 204
    assert held(api) == held(there) == {"pm25": [1, 2, 3, 4]}
    assert api.delete(ONE).status == 204 and held(api) == held(there) == {}
    assert api.delete(ONE).is_problem(404, "ResourceNotFound")


def test_an_instance_is_corrected_where_it_is(api: Api, there: Api) -> None:
    _join(api, there, operations=ALL)
    api.post("temporal/entities", evolution(pm25=[seen(1)]), query=LOCAL)
    there.post("temporal/entities", evolution(pm25=[seen(2, 2), seen(3, 3)]))
    found = api.get(ONE, query=SINCE).json["pm25"]
    assert [one["value"] for one in found] == [1, 2, 3]
    for one, value in zip(found[:2], (10, 20), strict=True):
        place = f"{ONE}/attrs/pm25/{one['instanceId']}"
        assert api.patch(place, {"pm25": seen(value, 5)}).status == 204
    assert api.delete(f"{ONE}/attrs/pm25/{found[2]['instanceId']}").status == 204
    assert held(api) == {"pm25": [10]} and held(there) == {"pm25": [20]}
    assert api.delete(f"{ONE}/attrs/pm25/{found[2]['instanceId']}").is_problem(404, "ResourceNotFound")
    assert api.patch(f"{ONE}/attrs/pm25/{found[1]['instanceId']}", {"pm25": [seen(1), seen(2)]}).is_problem(400, "BadRequestData")


def test_an_exclusive_source_holds_its_attributes_and_a_redirect_all(api: Api, there: Api) -> None:
    exclusive(api, there)
    assert api.post("temporal/entities", evolution(pm25=[seen(1)], name=[seen(7)])).status == 201
    assert api.post(f"{ONE}/attrs", {"pm25": [seen(2, 2)]}).status == 204
    assert held(api) == {"name": [7]} and held(there) == {"pm25": [1, 2]}
    assert api.delete(f"{ONE}/attrs/pm25").status == 204 and held(there) == {}
    _join(api, there, mode="redirect", entities=[{"type": "Bus"}], operations=ALL)
    bus = {"id": "urn:x:bus", "type": "Bus", "speed": [seen(50)]}
    assert api.post("temporal/entities", bus).status == 201 and api.post("temporal/entities", bus).status == 204
    assert api.get("temporal/entities/urn:x:bus", query={**SINCE, **LOCAL}).status == 404
    assert api.delete("temporal/entities/urn:x:bus").status == 204
    assert there.get("temporal/entities/urn:x:bus", query=SINCE).status == 404


def test_with_local_true_nothing_is_sent(api: Api, there: Api) -> None:
    exclusive(api, there)
    assert api.post("temporal/entities", evolution(pm25=[seen(1)]), query=LOCAL).status == 201
    assert api.post(f"{ONE}/attrs", {"pm25": [seen(2, 2)]}, query=LOCAL).status == 204
    assert held(api) == {"pm25": [1, 2]} and held(there) == {}
    assert api.delete(ONE, query=LOCAL).status == 204 and held(api) == {}


def test_what_failed_is_told_attribute_by_attribute(api: Api, there: Api) -> None:
    gone = registration(
        f"http://127.0.0.1:{free_port()}",
        id="urn:x:gone",
        mode="exclusive",
        entities=[{"type": "Station", "id": ID}],
        propertyNames=["pm10"],
        operations=ALL,
    )
    assert api.post("csourceRegistrations", gone).status == 201
    exclusive(api, there)
    answer = api.post("temporal/entities", evolution(pm10=[seen(1)], pm25=[seen(2)], name=[seen(3)]))
    assert answer.status == 207 and answer.json["success"] == [ID]
    (error,) = answer.json["errors"]
    assert (error["entityId"], error["registrationId"], error["error"]["status"]) == (ID, "urn:x:gone", 504)
    answer = api.post(f"{ONE}/attrs", {"pm10": [seen(1)], "pm25": [seen(5, 5)], "name": [seen(6, 6)]})
    assert answer.status == 207
    short = [name.rpartition("/")[2] for name in answer.json["updated"]]
    assert short == ["name", "pm25"]
    assert [one["attributeName"].rpartition("/")[2] for one in answer.json["notUpdated"]] == ["pm10"]
    assert held(api) == {"name": [3, 6]} and held(there) == {"pm25": [2, 5]}
    assert api.post(f"{ONE}/attrs", {"pm10": [seen(1)]}).status == 504  # all of it failed


def test_what_is_held_elsewhere_and_not_taken_there_is_a_conflict(api: Api, there: Api) -> None:
    exclusive(api, there, operations=["retrieveOps"])
    assert api.post("temporal/entities", evolution(pm25=[seen(1)])).is_problem(409, "Conflict")
    answer = api.post("temporal/entities", evolution(pm25=[seen(1)], name=[seen(2)]))
    assert answer.status == 207 and answer.json["success"] == [ID] and answer.json["errors"][0]["error"]["status"] == 409
    assert api.delete(f"{ONE}/attrs/pm25").is_problem(409, "Conflict")
    assert held(api) == {"name": [2]} and held(there) == {}


@pytest.mark.parametrize(
    ("interval", "goes"),
    [
        ({"observationInterval": {"startAt": "2026-05-01T00:00:00Z", "endAt": "2026-05-31T00:00:00Z"}}, True),
        ({"observationInterval": {"startAt": "2020-01-01T00:00:00Z", "endAt": "2020-12-31T00:00:00Z"}}, False),
        ({"managementInterval": {"startAt": "2020-01-01T00:00:00Z", "endAt": "2020-12-31T00:00:00Z"}}, False),
    ],
)
def test_a_source_gets_what_lies_in_its_interval(api: Api, there: Api, interval: dict[str, Any], goes: bool) -> None:
    _join(api, there, operations=ALL, **interval)
    assert api.post("temporal/entities", evolution(pm25=[seen(1)])).status == 201
    assert held(api) == {"pm25": [1]} and bool(held(there)) is goes


def test_writes_of_history_do_not_go_in_circles(api: Api, there: Api) -> None:
    _join(api, there, operations=ALL)
    _join(there, api, operations=ALL)
    assert api.post("temporal/entities", evolution(pm25=[{"type": "Property", "value": 1}])).status == 201
    assert [len(one.get(ONE, query={**LOCAL}).json["pm25"]) for one in (api, there)] == [1, 1]
    name = api.get("info/sourceIdentity").json["contextSourceAlias"]
    _join(api, there, mode="redirect", entities=[{"type": "Bus"}], operations=ALL)
    bus = {"id": "urn:x:bus", "type": "Bus", "speed": [seen(50)]}
    assert api.post("temporal/entities", bus, Via=f"1.1 {name}").status == 508


def test_what_is_malformed_is_sent_to_nobody(api: Api, there: Api) -> None:
    _join(api, there, operations=ALL)
    for body in (
        {"id": ID, "pm25": [seen(1)]},
        evolution(pm25=[{"value": 1, "observedAt": "yesterday"}]),
        {"id": "no uri", "type": "Station"},
    ):
        assert api.post("temporal/entities", body).is_problem(400, "BadRequestData")
    assert api.post(f"{ONE}/attrs", {"id": "urn:x:other", "pm25": [seen(1)]}).is_problem(400, "BadRequestData")
    assert api.delete(f"{ONE}/attrs/pm25", query={"datasetId": "no uri"}).is_problem(400, "BadRequestData")
    assert held(there) == {}
