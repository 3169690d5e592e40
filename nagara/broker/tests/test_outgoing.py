"""The one way out, and what it refuses to be used for."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nagara.broker.doors.outgoing import Forbidden, Outgoing, Reply, Unreachable, is_internal


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.8.8", "::1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "fe80::1", "fe80::1%eth0", "fc00::1", "0.0.0.0", "::",
     "100.64.0.1", "224.0.0.1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "198.18.0.1", "255.255.255.255", "240.0.0.1"],
)  # fmt: skip
def test_internal_addresses_are_known(address: str) -> None:
    assert is_internal(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111"])
def test_public_addresses_are_known(address: str) -> None:
    assert not is_internal(address)


@pytest.fixture
def site() -> Iterator[tuple[int, list[str]]]:
    """A server that answers, redirects, dawdles or floods, as the path says; and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if self.path.startswith("/to/"):
                self.send_response(302)
                self.send_header("Location", self.path.removeprefix("/to/"))
                self.end_headers()
                return
            if self.path == "/slow":
                threading.Event().wait(2)
            self.send_response(200)
            self.end_headers()
            with suppress(ConnectionError):  # who asked may have gone
                self.wfile.write(b"x" * 100_000 if self.path == "/big" else (self.headers.get("Authorization") or "hello").encode())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def _call(outgoing: Outgoing, url: str, **how: Any) -> Reply:
    async def run() -> Reply:
        try:
            return await outgoing.call("GET", url, **how)
        finally:
            await outgoing.close()

    return asyncio.run(run())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1", "127.1"])
def test_this_machine_cannot_be_called_however_it_is_written(site: tuple[int, list[str]], host: str) -> None:
    port, asked = site
    with pytest.raises(Unreachable):
        _call(Outgoing(), f"http://{host}:{port}/")
    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "http:///x",
        "gopher://x",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://[",
        "http://a]b/",
    ],
)
def test_only_the_web_can_be_called(url: str) -> None:
    with pytest.raises(Forbidden):
        _call(Outgoing(), url)


def test_a_name_that_leads_inside_is_refused_after_its_look_up(site: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    port, asked = site
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))])
    with pytest.raises(Forbidden, match=r"--allow-host innocent\.example\.org"):
        _call(Outgoing(), f"http://innocent.example.org:{port}/")
    assert asked == []
    assert _call(Outgoing(["innocent.example.org"]), f"http://innocent.example.org:{port}/").body == b"hello"


def test_a_redirect_inside_is_refused(site: tuple[int, list[str]]) -> None:
    port, asked = site
    outside = Outgoing(["localhost"])  # may be called by that name only
    with pytest.raises(Forbidden):
        _call(outside, f"http://localhost:{port}/to/http://127.0.0.1:{port}/secret")
    assert asked == [f"/to/http://127.0.0.1:{port}/secret"]


def test_redirects_are_followed_a_few_times_without_the_credentials(site: tuple[int, list[str]]) -> None:
    port, _ = site
    trial = Outgoing(allow_loopback=True)
    assert _call(trial, f"http://127.0.0.1:{port}/to//fine").body == b"hello"
    secret = {"Authorization": "secret"}
    assert _call(trial, f"http://127.0.0.1:{port}/to//fine", headers=secret).body == b"secret"
    assert _call(trial, f"http://127.0.0.1:{port}/to/http://localhost:{port}/other", headers=secret).body == b"hello"
    assert _call(trial, f"http://127.0.0.1:{port}/{'to//' * 9}x").status == 302


def test_answers_are_bounded_in_size_and_time(site: tuple[int, list[str]]) -> None:
    port, _ = site
    with pytest.raises(Unreachable, match="more than 1000 bytes"):
        _call(Outgoing(allow_loopback=True), f"http://127.0.0.1:{port}/big", limit=1000)
    with pytest.raises(Unreachable, match=r"within 0\.3 seconds"):
        _call(Outgoing(allow_loopback=True), f"http://127.0.0.1:{port}/slow", timeout=0.3)
    with pytest.raises(Unreachable, match="could not be reached"):
        _call(Outgoing(allow_loopback=True), "http://127.0.0.1:9/")


def test_open_mode_allows_loopback_but_no_other_inside() -> None:
    trial = Outgoing(allow_loopback=True)
    assert trial.permits("127.0.0.1", "127.0.0.1") and not trial.permits("10.0.0.1", "10.0.0.1")
