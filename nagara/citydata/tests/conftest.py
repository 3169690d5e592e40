"""A broker in a process of its own, asked over HTTP as in an installation."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="session")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    data, port = tmp_path_factory.mktemp("broker"), _free_port()
    run = "import sys; from nagara.broker.cli import main; main(sys.argv[1:])"
    words = ["--data", str(data), "--port", str(port), "--allow-host", "127.0.0.1"]
    process = subprocess.Popen([sys.executable, "-c", run, *words], env={**os.environ, "NAGARA_LOG": "WARNING"})
    until = time.monotonic() + 20
    while True:
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=2).request("GET", "/ngsi-ld/v1/health")
            break
        except OSError:
            assert time.monotonic() < until, "the broker did not start"
            time.sleep(0.05)
    yield port, data
    process.send_signal(signal.SIGTERM)
    process.wait(10)


@pytest.fixture
def broker(_broker: tuple[int, Path], settings: Any) -> str:
    """The address of a running broker, whose keys this installation makes."""
    port, data = _broker
    settings.BROKER_ADDRESS = f"http://127.0.0.1:{port}"
    settings.BROKER_DATA = data
    settings.KEYS = data / "own"
    settings.IMPORTS_BESIDE = False
    return settings.BROKER_ADDRESS


@pytest.fixture
def slug() -> str:
    """An address that no other test used: the broker outlives the rows."""
    return f"town-{uuid.uuid4().hex[:8]}"
