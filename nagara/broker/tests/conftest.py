"""A broker in a process of its own, and clients that speak HTTP to it."""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from nagara.broker.core import Broker
from nagara.broker.http import Request
from nagara.broker.ld.core import CORE
from nagara.broker.settings import Settings
from nagara.broker.tests.receiver import receiver

ROOT = "/ngsi-ld/v1"
__all__ = ["CORE", "ROOT", "Answer", "Api", "Inside", "Running", "free_port", "receiver", "soon", "station"]
_RUN = "import sys; from nagara.broker.cli import main; main(sys.argv[1:])"


@dataclass
class Answer:
    """What the broker answered. Header names are in lower case; several of one name are joined."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def is_problem(self, status: int, kind: str = "") -> bool:
        """Whether it is a ProblemDetails of that status and type, with a detail to act on."""
        if self.status != status or self.headers["content-type"] != "application/json":
            return False
        said = self.json
        right = said["type"].endswith("/" + kind) if kind else True
        return right and said["status"] == status and len(said["detail"]) > 10 and bool(said["title"])


class Api:
    """A client for one tenant."""

    def __init__(self, port: int, tenant: str = "", **headers: str) -> None:
        self.port = port
        self.tenant = tenant
        self.headers = {**({"NGSILD-Tenant": tenant} if tenant else {}), **headers}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, str] | None = None,
        ld: bool = False,
        raw: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """One request. `ld`: the body holds its @context. Header names are given with '_' for '-'."""
        address = path if path.startswith(ROOT) else f"{ROOT}/{path}"
        if query:
            address += "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        if data is not None:
            sent.setdefault("Content-Type", "application/ld+json" if ld else "application/json")
        for attempt in (1, 2):
            try:
                self._connection.request(method, address, data, sent)
                reply = self._connection.getresponse()
                break
            except (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest):
                self._connection.close()
                if attempt == 2:
                    raise
        found: dict[str, str] = {}
        for name, value in reply.getheaders():
            name = name.lower()
            found[name] = f"{found[name]}, {value}" if name in found else value
        return Answer(reply.status, found, reply.read())

    def get(self, path: str, **rest: Any) -> Answer:
        return self("GET", path, **rest)

    def post(self, path: str, body: Any = None, **rest: Any) -> Answer:
        return self("POST", path, body, **rest)

    def patch(self, path: str, body: Any = None, **rest: Any) -> Answer:
        return self("PATCH", path, body, **rest)

    def put(self, path: str, body: Any = None, **rest: Any) -> Answer:
        return self("PUT", path, body, **rest)

    def delete(self, path: str, **rest: Any) -> Answer:
        return self("DELETE", path, **rest)

    def made(self, *entities: dict[str, Any]) -> None:
        """Create entities that a test is about."""
        answer = self.post("entityOperations/upsert", list(entities))
        assert answer.status in (201, 204), answer.body

    def ids(self, **query: str) -> list[str]:
        """The last parts of the ids that a query finds, in the order of the answer."""
        answer = self.get("entities", query={name.rstrip("_"): value for name, value in query.items()})
        assert answer.status == 200, answer.body
        return [one["id"].rpartition(":")[2] for one in answer.json]


def soon(holds: Callable[[], Any], seconds: float = 15.0) -> Any:
    """What `holds` says as soon as it is true; the limit is for machines that are busy with other things."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)
    return found


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Running:
    """A broker process."""

    def __init__(self, data: Path, *options: str) -> None:
        self.port = free_port()
        self.data = data
        self.log = data.parent / f"{data.name}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _RUN, "--port", str(self.port), "--data", str(data), *options], stderr=log, stdout=log
            )
        for _ in range(1500):
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.01)
        raise RuntimeError(f"the broker did not start: {self.log.read_text()}")

    def api(self, tenant: str = "", **headers: str) -> Api:
        return Api(self.port, tenant, **headers)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(20)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The broker that all tests share, each with a tenant of its own; open, on loopback."""
    found = Running(tmp_path_factory.mktemp("broker") / "data", "--open")
    yield found
    found.stop()
    assert "Traceback" not in found.log.read_text(), "the broker met something that it did not foresee"


@pytest.fixture
def api(running: Running) -> Api:
    """A client whose tenant holds nothing yet."""
    found = running.api(f"t{uuid.uuid4().hex[:12]}")
    found.made({"id": "urn:x:first", "type": "First"})
    assert found.delete("entities/urn:x:first").status == 204
    return found


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts brokers of a test's own: start('--rate', '5', data=folder)."""
    begun: list[Running] = []

    def run(*options: str, data: Path | None = None) -> Running:
        begun.append(Running(data or tmp_path / "data", *options))
        return begun[-1]

    yield run
    for one in begun:
        one.stop()


def station(number: int | str, **attrs: Any) -> dict[str, Any]:
    """A small entity: station(1, pm25=12.5)."""
    return {
        "id": f"urn:ngsi-ld:Station:{number}",
        "type": "Station",
        **{name: value if isinstance(value, dict | list) else {"type": "Property", "value": value} for name, value in attrs.items()},
    }


class Inside:
    """A broker within the test's own process, asked without a server in between."""

    def __init__(self, settings: Settings) -> None:
        self.loop = asyncio.new_event_loop()
        self.broker = Broker(settings)

    def do(self, task: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(task)

    def ask(self, method: str, path: str, body: Any = None, *, query: str = "", **headers: str) -> Answer:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"host": "here", "content-type": "application/json", "content-length": str(len(data))}
        sent.update({name.replace("_", "-").lower(): value for name, value in headers.items()})
        reply = self.do(self.broker.handle(Request(method, f"{ROOT}/{path}", query, sent, data, "1.1.1.1:1")))
        return Answer(reply.status, dict(reply.headers), reply.body)

    def stop(self) -> None:
        self.do(self.broker.stop())
        self.loop.close()


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    """An open broker that the tests of one file share."""
    found = Inside(Settings(data=tmp_path_factory.mktemp("inside"), open=True))
    yield found
    found.stop()
