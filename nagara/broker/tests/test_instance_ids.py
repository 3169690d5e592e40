"""An instance of history is known by one id among all brokers (4.5.7, 5.6.14, 5.6.15)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nagara.broker.copying import copy
from nagara.broker.store.naming import Naming
from nagara.broker.tests.conftest import Api, Running
from nagara.broker.tests.receiver import Receiver
from nagara.broker.tests.test_distributed import LOCAL, _join, second, there
from nagara.broker.tests.test_federated_history import BOTH, SINCE, observed
from nagara.broker.tests.test_registrations import registration

__all__ = ["second", "there"]
ONE = "temporal/entities/urn:ngsi-ld:Station:1"


def ids(api: Api, **query: str) -> list[str]:
    return [one["instanceId"] for one in api.get(ONE, query={**SINCE, **query}).json["pm25"]]


def test_two_brokers_never_use_the_same_id(api: Api, there: Api) -> None:
    observed(api, 1, d1=10, d2=20)
    observed(there, 1, d3=30, d4=40)
    assert not set(ids(api)) & set(ids(there))
    before = ids(api)
    _join(api, there, operations=BOTH)
    assert ids(api, **LOCAL) == before and len(set(ids(api))) == 4
    assert there.delete(f"{ONE}/attrs/pm25/{before[0]}").is_problem(404, "ResourceNotFound")
    assert api.delete(f"{ONE}/attrs/pm25/{before[0]}", query=LOCAL).status == 204


def test_what_was_kept_before_keeps_its_id_and_a_copy_goes_on_with_others(start: Callable[..., Running], tmp_path: Path) -> None:
    old = start(data=tmp_path / "old")
    old.stop()
    with closing(sqlite3.connect(tmp_path / "old/tenants/_.sqlite")) as file:
        file.execute("DELETE FROM fact WHERE name = 'marks'")  # as a broker left it that knew of no marks
        file.execute("INSERT OR REPLACE INTO sqlite_sequence (name, seq) VALUES ('observation', 7)")
        file.commit()
    api = start("--open", data=tmp_path / "old").api()
    observed(api, 1, d1=10)
    (made,) = ids(api)
    copy(tmp_path / "old", tmp_path / "copy")
    other = start("--open", data=tmp_path / "copy").api()
    observed(api, 1, d2=20)
    observed(other, 1, d2=20)
    assert ids(api)[0] == ids(other)[0] == made and ids(api)[1] != ids(other)[1]
    with closing(sqlite3.connect(tmp_path / "copy/tenants/_.sqlite")) as file:
        naming = Naming.of(file)
    assert naming.id(7, 0) == "urn:ngsi-ld:Instance:7-0" and naming.place("urn:ngsi-ld:Instance:7-0") == (7, 0)
    assert naming.place("urn:ngsi-ld:Instance:8-0") is None and naming.place(made) == (8, 0)


@pytest.fixture
def told(api: Api, receiver: Receiver) -> Callable[..., None]:
    """Registers a source that tells of some instances: told("first", (day, value, instanceId), …)."""

    def make(name: str, *instances: tuple[int, int, str], operations: list[str]) -> None:
        some = [
            {"type": "Property", "value": value, "observedAt": f"2026-05-0{day}T00:00:00Z", "instanceId": id_}
            for day, value, id_ in instances
        ]
        receiver.said[name] = (200, {"id": "urn:ngsi-ld:Station:1", "type": "Station", "pm25": some})
        answer = api.post("csourceRegistrations", registration(receiver.url(f"/{name}"), id=f"urn:x:{name}", operations=operations))
        assert answer.status == 201, answer.body

    return make


class TestTwoSourcesThatCallDifferentInstancesTheSame:
    """Stand-ins for brokers of other makes: receivers that answer with what they were given."""

    def test_both_are_shown_and_told_apart(self, api: Api, receiver: Receiver, told: Callable[..., None]) -> None:
        operations = [*BOTH, "deleteAttrInstanceTemporal"]
        told("first", (1, 1, "urn:x:same"), (3, 3, "urn:x:only"), operations=operations)
        told("second", (2, 2, "urn:x:same"), (4, 4, "urn:ngsi-ld:Instance:4-0"), operations=operations)
        found: list[dict[str, Any]] = api.get(ONE, query=SINCE).json["pm25"]
        assert [one["value"] for one in found] == [1, 2, 3, 4]
        names = [one["instanceId"] for one in found]
        assert len(set(names)) == 4 and names[2] == "urn:x:only"
        assert names[0].endswith(":urn:x:same") and names[3].startswith("urn:ngsi-ld:Instance:at:")
        # An id of one that was set apart leads to its source alone, under the name that it has there.
        receiver.all.clear()
        assert api.delete(f"{ONE}/attrs/pm25/{names[1]}").status == 204
        assert [one.path for one in receiver.all] == [f"/second/ngsi-ld/v1/{ONE}/attrs/pm25/urn:x:same"]
