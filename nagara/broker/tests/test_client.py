"""The client speaks to any broker by the standard's API; here, to a second one in a process of its own."""

from __future__ import annotations

import pytest

from nagara.broker.client import BrokerError, Client
from nagara.broker.tests.conftest import Api, free_port, station
from nagara.broker.tests.receiver import Receiver, subscription


@pytest.fixture
def client(api: Api) -> Client:
    return Client(f"http://127.0.0.1:{api.port}", api.tenant)


def test_entities_are_written_found_counted_and_deleted(client: Client) -> None:
    assert client.upsert([station(number, a=number) for number in range(5)]) == []
    assert [one["id"][-1] for one in client.entities(type="Station", q="a>2", page=1)] == ["3", "4"]
    assert client.count(type="Station") == 5 and client.types() == ["Station"]
    client.change("urn:ngsi-ld:Station:1", {"b": {"type": "Property", "value": 2}})
    found = client.entity("urn:ngsi-ld:Station:1", options="keyValues")
    assert found == {"id": "urn:ngsi-ld:Station:1", "type": "Station", "a": 1, "b": 2}
    assert client.delete("urn:ngsi-ld:Station:1") and not client.delete("urn:ngsi-ld:Station:1")
    assert client.entity("urn:ngsi-ld:Station:1") is None
    assert client.upsert([{"id": "urn:x:1"}])[0]["entityId"] == "urn:x:1"


def test_a_refusal_says_what_was_wrong_in_the_words_of_the_standard(client: Client) -> None:
    with pytest.raises(BrokerError) as refusal:
        client.count(q="a>")
    assert (refusal.value.status, refusal.value.kind) == (400, "BadRequestData") and "q:" in refusal.value.detail


def test_subscriptions_are_made_and_ended(client: Client, receiver: Receiver) -> None:
    id_ = client.subscribe(subscription(receiver))
    client.upsert([station(1, a=1)])
    assert receiver.wait()[0].json["subscriptionId"] == id_
    client.unsubscribe(id_)


def test_a_broker_that_is_not_there_is_told_from_one_that_refuses() -> None:
    with pytest.raises(BrokerError) as refusal:
        Client(f"http://127.0.0.1:{free_port()}").types()
    assert refusal.value.status == 0


def test_the_environment_names_the_broker() -> None:
    assert Client.from_environment(environment={}) is None
    found = Client.from_environment("city", {"NAGARA_BROKER_URL": "https://data.example.org/ngsi-ld/v1/", "NAGARA_BROKER_KEY": "secret"})
    assert (
        found is not None and found.base == "https://data.example.org/ngsi-ld/v1" and found.tenant == "city" and "secret" not in repr(found)
    )
    with pytest.raises(BrokerError):
        Client.from_environment(environment={"NAGARA_BROKER_URL": "data.example.org"})
