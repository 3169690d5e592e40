"""Notifications by MQTT (7.2): against mosquitto, where it is installed; CI installs it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nagara.broker.tests.conftest import Api, Running, free_port, station
from nagara.broker.tests.receiver import subscribed

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(
    MOSQUITTO is None and not os.environ.get("NAGARA_REQUIRE_MQTT"),
    reason="mosquitto is not installed: notifications by MQTT are NOT tested here (apt install mosquitto)",
)


@contextmanager
def mosquitto(folder: Path, port: int) -> Iterator[None]:
    """An MQTT broker that listens at a port."""
    assert MOSQUITTO is not None, "CI installs mosquitto"
    config = folder / "conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen([MOSQUITTO, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            break
        except OSError:
            assert time.monotonic() < until, "mosquitto did not start"
            time.sleep(0.01)
    yield
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an MQTT broker."""
    found = free_port()
    with mosquitto(tmp_path_factory.mktemp("mqtt"), found):
        yield found


async def _heard(port: int, topic: str, act: Any, count: int) -> list[dict[str, Any]]:
    from aiomqtt import Client

    found: list[dict[str, Any]] = []
    async with asyncio.timeout(10), Client("127.0.0.1", port) as client:
        await client.subscribe(topic, qos=2)
        await asyncio.to_thread(act)
        async for message in client.messages:
            found.append(json.loads(message.payload))  # type: ignore[arg-type]
            if len(found) == count:
                return found
    return found


@pytest.mark.parametrize("version", ["mqtt3.1.1", "mqtt5.0"])
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_a_change_is_published_with_its_metadata(api: Api, port: int, version: str, qos: str) -> None:
    topic = f"nagara/{api.tenant}/air"
    notifier = [{"key": "MQTT-Version", "value": version}, {"key": "MQTT-QoS", "value": qos}]
    endpoint = {
        "uri": f"mqtt://user:secret@127.0.0.1:{port}/{topic}",
        "notifierInfo": notifier,
        "receiverInfo": [{"key": "site", "value": "east"}],
    }
    location = subscribed(api, {"type": "Subscription", "entities": [{"type": "Station"}], "notification": {"endpoint": endpoint}})

    def act() -> None:
        api.made(station(1, a=1))
        api.made(station(1, a=2))

    first, second = asyncio.run(_heard(port, topic, act, 2))
    assert first["metadata"]["Content-Type"] == "application/json" and "json-ld#context" in first["metadata"]["Link"]
    assert first["metadata"]["site"] == "east" and first["body"]["type"] == "Notification"
    assert [one["body"]["data"][0]["a"]["value"] for one in (first, second)] == [1, 2]
    until = time.monotonic() + 5
    while api.get(location).json["notification"].get("timesSent") != 2 and time.monotonic() < until:
        time.sleep(0.02)
    assert api.get(location).json["notification"]["status"] == "ok"


def test_an_mqtt_broker_that_was_away_is_told_what_comes_next(api: Api, running: Running, tmp_path: Path) -> None:
    port = free_port()
    subscribed(
        api,
        {"type": "Subscription", "entities": [{"type": "Station"}], "notification": {"endpoint": {"uri": f"mqtt://127.0.0.1:{port}/t"}}},
    )
    for value in (1, 2):
        with mosquitto(tmp_path, port):
            (heard,) = asyncio.run(_heard(port, "t", lambda value=value: api.made(station(1, a=value)), 1))
        assert heard["body"]["data"][0]["a"]["value"] == value
    assert "never retrieved" not in running.log.read_text()


def test_an_mqtt_broker_that_is_not_there_is_a_failure(api: Api) -> None:
    endpoint = {"uri": f"mqtt://127.0.0.1:{free_port()}/t"}
    location = subscribed(api, {"type": "Subscription", "entities": [{"type": "Station"}], "notification": {"endpoint": endpoint}})
    api.made(station(1, a=1))
    until = time.monotonic() + 5
    while "status" not in api.get(location).json["notification"] and time.monotonic() < until:
        time.sleep(0.02)
    assert api.get(location).json["notification"]["status"] == "failed"
