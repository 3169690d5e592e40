"""What listens on PORT: the broker itself, and the way to the pages, which live in a process of their own.

Imports no Django. While a page is made (tens of milliseconds of Python), a broker in the same process would wait for it:
measured, one of both answers 330 requests a second beside two readers of pages, and this one 5,300 (ARCHITECTURE.md).
A page loses a third of a millisecond on the way.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import ClientConnectionError, ClientError, ClientSession, ClientTimeout, DummyCookieJar, UnixConnector
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from yarl import URL

from nagara.broker.alone import alone
from nagara.broker.asgi import AsgiApp, Receive, Scope, Send
from nagara.broker.core import Broker
from nagara.broker.serve import tune
from nagara.broker.settings import Limits, Settings, Tokens

_OF_ONE_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer", b"transfer-encoding", b"upgrade")
)
"""Headers that concern one connection and not the message (RFC 9110, 7.6.1)."""

_PATIENCE = 15.0
"""Seconds that a request waits for the pages to start."""


class Pages:
    """Hands a request to the pages behind `socket`, piece by piece, and their answer back."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._session: ClientSession | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = _body(receive) if _has_body(scope) else None
        answer = await self._asked(scope, body)
        if answer is None:
            await send(
                {"type": "http.response.start", "status": 503, "headers": [(b"content-type", b"text/plain"), (b"retry-after", b"5")]}
            )
            await send({"type": "http.response.body", "body": b"The pages do not answer. Try again in a moment.\n"})
            return
        async with answer:
            headers = [(name.lower(), value) for name, value in answer.raw_headers if name.lower() not in _OF_ONE_HOP]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            async for piece in answer.content.iter_chunked(1 << 16):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    async def _asked(self, scope: Scope, body: AsyncIterator[bytes] | None) -> Any:
        if self._session is None:
            self._session = ClientSession(
                connector=UnixConnector(self._socket, limit=0, keepalive_timeout=20),
                timeout=ClientTimeout(total=None, sock_connect=5),
                auto_decompress=False,
                cookie_jar=DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
        path = scope.get("raw_path") or scope["path"].encode()
        query = scope.get("query_string", b"")
        target = URL(f"http://pages{path.decode('latin-1')}{'?' + query.decode('latin-1') if query else ''}", encoded=True)
        until = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            try:
                return await self._session.request(scope["method"], target, headers=_forwarded(scope), data=body, allow_redirects=False)
            except (ClientConnectionError, FileNotFoundError) as error:
                # Only what was never sent is tried again: the pages were not there yet, or are starting anew.
                unsent = isinstance(error, FileNotFoundError) or "Cannot connect" in str(error) or "connect" in str(error).lower()
                if not unsent or body is not None or asyncio.get_running_loop().time() > until:
                    return None
                await asyncio.sleep(0.1)
            except ClientError:
                return None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _has_body(scope: Scope) -> bool:
    names = {name.lower() for name, _ in scope["headers"]}
    return b"content-length" in names or b"transfer-encoding" in names


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    """The body as it comes. Where the visitor goes away half way, the pages see it cut off and not ended."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("the visitor went away")
        if piece := message.get("body", b""):
            yield piece
        if not message.get("more_body", False):
            return


def _forwarded(scope: Scope) -> list[tuple[str, str]]:
    """The headers of the visitor, and who that is: the pages count one proxy more than stands before us."""
    found, came_through = [], ""
    for raw, value in scope["headers"]:
        name = raw.lower()
        if name == b"x-forwarded-for":
            came_through = value.decode("latin-1")
        elif name not in _OF_ONE_HOP:
            found.append((name.decode("latin-1"), value.decode("latin-1")))
    client = (scope.get("client") or ("",))[0]
    found.append(("x-forwarded-for", ", ".join(part for part in (came_through, client) if part)))
    return found


async def _serve(settings: Settings, socket: str) -> None:
    broker, pages = Broker(settings), Pages(socket)
    app = AsgiApp(broker, beside=pages)
    await broker.start()
    server = Server(
        app,
        settings.host,
        settings.port,
        interface=Interfaces.ASGINL,
        log_enabled=False,
        websockets=False,
        http=HTTPModes.http1,
        backlog=1024,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    try:
        await server.serve()
    finally:
        await pages.close()
        await broker.stop()


def serve(settings: Settings, socket: str) -> None:
    """Serve the broker and the way to the pages until SIGINT or SIGTERM."""
    tune()
    with alone(settings):
        uvloop.run(_serve(settings, socket))


def settings_from(environment: Mapping[str, str]) -> Settings:
    """The broker as the environment wants it (docs/broker.md)."""
    allowed = {host.strip().lower() for host in environment.get("NAGARA_ALLOW_HOSTS", "").split(",") if host.strip()}
    rate = float(environment.get("NAGARA_BROKER_RATE") or 0)
    names = ("NAGARA_BROKER_JWKS", "NAGARA_BROKER_ISSUER", "NAGARA_BROKER_AUDIENCE")
    return Settings(
        data=Path(environment["NAGARA_BROKER_DATA"]),
        history=Path(folder) if (folder := environment.get("NAGARA_BROKER_HISTORY")) else None,
        host=environment.get("NAGARA_HOST") or "127.0.0.1",
        port=int(environment["PORT"]),
        base_url=environment.get("NAGARA_ADDRESS", ""),
        allow_hosts=frozenset(allowed),
        tokens=Tokens(*(environment.get(name, "") for name in names)),
        limits=Limits(rate=rate, burst=rate * 2),
    )


def main() -> None:
    """`python -m nagara.config.front`: everything comes from the environment, set by `nagara serve`."""
    serve(settings_from(os.environ), os.environ["NAGARA_PAGES"])


if __name__ == "__main__":
    main()
