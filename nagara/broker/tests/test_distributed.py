"""Operations over several brokers: two Nagara brokers and a registration between them; one that is down (4.3.6, 5.6, 5.7, 6.3.17, 6.3.18)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from nagara.broker.tests.conftest import Answer, Api, Running, free_port, station
from nagara.broker.tests.receiver import Receiver
from nagara.broker.tests.test_registrations import registration

ALL = ["federationOps", "redirectionOps", "createBatch", "upsertBatch", "updateBatch", "mergeBatch", "deleteBatch"]


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Another broker, which the first one knows as a context source."""
    found = Running(tmp_path_factory.mktemp("second") / "data", "--open")
    yield found
    found.stop()
    assert "Traceback" not in found.log.read_text()


@pytest.fixture
def there(second: Running) -> Api:
    """A client of the other broker, for a tenant of its own."""
    found = second.api(f"r{uuid.uuid4().hex[:12]}")
    found.made(station("x"))
    found.delete("entities/urn:ngsi-ld:Station:x")
    return found


def _join(api: Api, there: Api, **members: Any) -> str:
    """Register the other broker as a source."""
    members.setdefault("operations", ALL)
    doc = registration(f"http://127.0.0.1:{there.port}", tenant=there.tenant, **members)
    answer = api.post("csourceRegistrations", doc)
    assert answer.status == 201, answer.body
    return answer.headers["location"]


def _one(answer: Answer) -> Any:
    assert answer.status == 200, answer.body
    return answer.json


def _id(number: int) -> str:
    return f"urn:ngsi-ld:Station:{number}"


LOCAL = {"local": "true"}


def test_a_query_is_answered_by_both(api: Api, there: Api) -> None:
    _join(api, there)
    api.post("entityOperations/create", [station(1, a=1), station(2, a=2)], query=LOCAL)
    there.made(station(2, b=2), station(3, a=3))
    found = {one["id"]: one for one in _one(api.get("entities", query={"type": "Station"}))}
    assert set(found) == {_id(1), _id(2), _id(3)} and {"a", "b"} <= found[_id(2)].keys()
    assert [one["id"] for one in _one(api.get("entities", query={"type": "Station", **LOCAL}))] == [_id(1), _id(2)]
    assert api.get("entities", query={"type": "Station", "count": "true", "limit": "0"}).headers["ngsild-results-count"] == "3"
    pages = [_one(api.get("entities", query={"type": "Station", "limit": "1", "offset": str(n)}))[0] for n in range(3)]
    assert [one["id"] for one in pages] == [_id(1), _id(2), _id(3)] and "b" in pages[1]
    body = {"type": "Query", "entities": [{"type": "Station"}], "q": "a>1"}
    assert [one["id"] for one in _one(api.post("entityOperations/query", body))] == [_id(2), _id(3)]
    assert api.get("entities", query={"type": "Station", "orderBy": "a"}).is_problem(400, "BadRequestData")


def test_split_entities_are_put_together_before_they_are_filtered(api: Api, there: Api) -> None:
    _join(api, there)
    api.post("entities", station(1, a=1), query=LOCAL)
    there.made(station(1, b=2))
    assert _one(api.get("entities", query={"type": "Station", "q": "a==1;b==2"})) == []
    found = _one(api.get("entities", query={"type": "Station", "q": "a==1;b==2", "splitEntities": "true"}))
    assert [one["id"] for one in found] == [_id(1)]


def test_an_entity_is_retrieved_from_all_that_hold_some_of_it(api: Api, there: Api) -> None:
    _join(api, there, propertyNames=["a", "b"])
    api.post("entities", station(1, a={"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00Z"}), query=LOCAL)
    there.made(station(1, a={"type": "Property", "value": 2, "observedAt": "2026-01-02T00:00:00Z"}, b=3, c=4))
    found = _one(api.get(f"entities/{_id(1)}"))
    assert found["a"]["value"] == 2 and found["b"]["value"] == 3  # the later observation
    assert "c" not in found  # which the source is not registered for
    assert api.get(f"entities/{_id(9)}").is_problem(404, "ResourceNotFound")


def test_an_auxiliary_source_only_adds(api: Api, there: Api) -> None:
    _join(api, there, mode="auxiliary", operations=["retrieveOps"])
    api.post("entities", station(1, a=1))
    there.made(station(1, a=2, b=3))
    found = _one(api.get(f"entities/{_id(1)}"))
    assert found["a"]["value"] == 1 and found["b"]["value"] == 3
    assert api.delete(f"entities/{_id(1)}").status == 204 and there.get(f"entities/{_id(1)}").status == 200


def test_an_inclusive_source_gets_what_is_written_as_well(api: Api, there: Api) -> None:
    _join(api, there)
    assert api.post("entities", station(1, a=1)).status == 201
    assert api.patch(f"entities/{_id(1)}/attrs", {"a": {"type": "Property", "value": 2}}).status == 204
    assert api.post(f"entities/{_id(1)}/attrs", {"b": {"type": "Property", "value": 3}}).status == 204
    assert api.patch(f"entities/{_id(1)}/attrs/b", {"value": 4}).status == 204
    for client in (api, there):
        found = _one(client.get(f"entities/{_id(1)}", query=LOCAL))
        assert (found["a"]["value"], found["b"]["value"]) == (2, 4)
    answer = api.post("entities", station(1, a=1))
    assert answer.status == 207 and [one["error"]["status"] for one in answer.json["errors"]] == [409, 409]
    assert api.delete(f"entities/{_id(1)}").status == 204
    assert there.get(f"entities/{_id(1)}").status == 404


def test_a_redirect_holds_all_and_an_exclusive_source_its_attributes(api: Api, there: Api) -> None:
    _join(api, there, mode="redirect", entities=[{"type": "Bus"}])
    bus = {"id": "urn:x:bus", "type": "Bus", "speed": {"type": "Property", "value": 50}}
    assert api.post("entities", bus).status == 201
    assert api.get("entities/urn:x:bus", query=LOCAL).status == 404
    assert _one(api.get("entities/urn:x:bus"))["speed"]["value"] == 50
    _join(api, there, mode="exclusive", entities=[{"type": "Station", "id": _id(1)}], propertyNames=["pm25"])
    assert api.post("entities", station(1, pm25=10, name="East")).status == 201
    assert "pm25" not in _one(api.get(f"entities/{_id(1)}", query=LOCAL)) and "name" not in _one(there.get(f"entities/{_id(1)}"))
    assert {"pm25", "name"} <= _one(api.get(f"entities/{_id(1)}")).keys()
    assert api.patch(f"entities/{_id(1)}/attrs/pm25", {"value": 20}).status == 204
    assert _one(there.get(f"entities/{_id(1)}"))["pm25"]["value"] == 20


def test_what_is_held_elsewhere_and_not_taken_there_is_a_conflict(api: Api, there: Api) -> None:
    _join(api, there, mode="redirect", operations=["retrieveOps"])
    answer = api.post("entities", station(1, a=1))
    assert answer.is_problem(409, "Conflict") and answer.json["registrationId"]
    assert there.get(f"entities/{_id(1)}").status == 404


def test_what_a_source_left_as_it_was_is_told(api: Api, there: Api) -> None:
    _join(api, there, mode="redirect")
    there.made(station(1, a=1))
    answer = api.post("entities/urn:ngsi-ld:Station:1/attrs", {"a": {"value": 2}, "b": {"value": 3}}, query={"options": "noOverwrite"})
    assert answer.status == 207, answer.body
    assert [name.rpartition("/")[2] for name in answer.json["updated"]] == ["b"]
    assert [one["attributeName"].rpartition("/")[2] for one in answer.json["notUpdated"]] == ["a"]
    assert there.get("entities/urn:ngsi-ld:Station:1", query={"options": "keyValues"}).json["a"] == 1


def test_batches_are_divided(api: Api, there: Api) -> None:
    _join(api, there, mode="redirect", entities=[{"type": "Station", "idPattern": ":[12]$"}])
    assert sorted(api.post("entityOperations/create", [station(n, a=n) for n in (1, 2, 3)]).json) == [_id(1), _id(2), _id(3)]
    assert sorted(there.ids(type="Station")) == ["1", "2"]
    assert [one["id"] for one in _one(api.get("entities", query={"type": "Station", **LOCAL}))] == [_id(3)]
    assert api.post("entityOperations/upsert", [station(n, a=n + 10) for n in (1, 3)]).status == 204
    assert api.post("entityOperations/merge", [station(n, b=n) for n in (2, 3)]).status == 204
    found = {one["id"][-1]: one for one in _one(api.get("entities", query={"type": "Station", "options": "keyValues"}))}
    assert (found["1"]["a"], found["2"]["b"], found["3"]["a"], found["3"]["b"]) == (11, 2, 13, 3)
    answer = api.post("entityOperations/delete", [_id(1), _id(3), _id(4)])
    assert answer.status == 207 and sorted(answer.json["success"]) == [_id(1), _id(3)]
    assert api.delete("entities", query={"type": "Station"}).status == 204
    assert there.ids(type="Station") == []


def test_a_source_that_is_down_costs_its_timeout_and_a_warning_not_the_answer(api: Api, there: Api, receiver: Receiver) -> None:
    _join(api, there)
    hanging = registration(receiver.url("/hang"), id="urn:x:hanging", management={"timeout": 400, "cooldown": 60_000})
    assert api.post("csourceRegistrations", hanging).status == 201
    assert api.post("csourceRegistrations", registration(f"http://127.0.0.1:{free_port()}", id="urn:x:gone")).status == 201
    api.post("entities", station(1, a=1), query=LOCAL)
    there.made(station(2, a=2))
    begun = time.monotonic()
    answer = api.get("entities", query={"type": "Station"})
    took = time.monotonic() - begun
    assert sorted(one["id"] for one in _one(answer)) == [_id(1), _id(2)]
    assert answer.headers["ngsild-warning"].count("199") >= 2 and 0.3 < took < 3
    begun = time.monotonic()
    answer = api.get("entities", query={"type": "Station"})  # the one that hung is left alone for a while
    assert len(_one(answer)) == 2 and time.monotonic() - begun < 0.3
    assert len(receiver.all) <= 1
    state = api.get("csourceRegistrations/urn:x:hanging").json
    assert state["status"] == "failed" and state["timesFailed"] == 1 and "lastFailure" in state


def test_requests_do_not_go_in_circles(api: Api, there: Api) -> None:
    _join(api, there)
    _join(there, api)
    assert api.post("entities", station(1, a=1)).status == 201
    assert [one["id"] for one in _one(there.get("entities", query={"type": "Station"}))] == [_id(1)]
    name = api.get("info/sourceIdentity").json["contextSourceAlias"]
    assert name != there.get("info/sourceIdentity").json["contextSourceAlias"]
    _join(api, there, mode="redirect", entities=[{"type": "Bus"}])
    answer = api.post("entities", {"id": "urn:x:b", "type": "Bus", "a": {"type": "Property", "value": 1}}, Via=f"1.1 {name}")
    assert answer.status == 508


def test_what_a_registration_says_of_itself_is_observed(api: Api, there: Api) -> None:
    info = [{"key": "X-Api-Key", "value": "abc"}, {"key": "Via", "value": "evil"}]
    _join(api, there, contextSourceInfo=info, management={"localOnly": True}, alias="north", contextSourceAlias="north")
    there.made(station(1, a=1))
    assert len(_one(api.get("entities", query={"type": "Station"}))) == 1
    assert _one(api.get("entities", query={"type": "Station"}, Via="1.1 north")) == []  # it has been asked already
    assert _one(api.get("entities", query={"type": "Station", "csf": 'alias=="south"'})) == []
    assert len(_one(api.get("entities", query={"type": "Station", "csf": 'alias=="north"'}))) == 1
