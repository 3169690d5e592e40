"""A receiver of notifications in the test's own process, which behaves as the address asks it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Received:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        return self.json["data"]


class Receiver:
    """Takes what comes. Below /hang it does not answer, below /flood without end, below /status/404 with that status."""

    def __init__(self, port: int = 0) -> None:
        receiver = self
        self.all: list[Received] = []
        self.said: dict[str, tuple[int, Any]] = {}  # (status, document) that everything below a first part of the path is answered with
        self.failing = 0  # so many of the next requests are answered with 503
        self.ended = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.all.append(Received(self.path, headers, body, time.monotonic()))
                if self.path.startswith("/hang"):
                    receiver.ended.wait(60)
                    return
                status = int(self.path.split("/")[2]) if self.path.startswith("/status/") else 200
                if receiver.failing > 0:
                    receiver.failing -= 1
                    status = 503
                answer = b""
                if (first := self.path.split("/")[1]) in receiver.said:
                    status, document = receiver.said[first]
                    answer = json.dumps(document).encode()
                self.send_response(status)
                if self.path.startswith("/to/"):
                    self.send_header("Location", self.path[3:])
                if self.path.startswith("/flood"):
                    self.end_headers()
                    with suppress(OSError):
                        while not receiver.ended.is_set():
                            self.wfile.write(b"x" * 65536)
                    return
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_PATCH = do_DELETE = do_PUT = do_POST

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def on(self, path: str) -> list[Received]:
        """What came to one address."""
        return [one for one in list(self.all) if one.path == path]

    def wait(self, count: int = 1, path: str = "/", seconds: float = 5.0) -> list[Received]:
        """The first `count` requests to an address, once they came."""
        until = time.monotonic() + seconds
        while len(self.on(path)) < count and time.monotonic() < until:
            time.sleep(0.005)
        found = self.on(path)
        assert len(found) >= count, f"{len(found)} of {count} came to {path}"
        return found

    def stop(self) -> None:
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.stop()


def subscription(receiver: Receiver, path: str = "/", *, endpoint: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """A subscription to stations: subscription(receiver, watchedAttributes=["pm25"], notification={"format": "concise"})."""
    notification = {**members.pop("notification", {}), "endpoint": {"uri": receiver.url(path), **(endpoint or {})}}
    return {"type": "Subscription", "entities": [{"type": "Station"}], "notification": notification, **members}


def subscribed(api: Any, doc: dict[str, Any], folder: str = "subscriptions", **rest: Any) -> str:
    """The address of a subscription that was made."""
    answer = api.post(folder, doc, **rest)
    assert answer.status == 201, answer.body
    return str(answer.headers["location"])
