"""The broker as an ASGI application, for mounting beside others (`/ngsi-ld/v1` in front of the pages)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nagara.broker.core import Broker
from nagara.broker.http import ROOT, Request, Response
from nagara.broker.rsgi import too_large

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class AsgiApp:
    """Serves what is under /ngsi-ld/v1, and hands everything else to `beside`."""

    def __init__(self, broker: Broker, beside: App | None = None) -> None:
        self._broker = broker
        self._beside = beside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http" and (self._beside is None or scope["path"].startswith(ROOT)):
            await self._serve(scope, receive, send)
        elif self._beside is not None:
            await self._beside(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._broker.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._broker.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[str, str] = {}
        links = []
        for name, value in scope["headers"]:
            text = value.decode("latin-1")
            headers[name.decode("latin-1").lower()] = text
            if name.lower() == b"link":
                links.append(text)
        client = scope.get("client")
        request = Request(
            scope["method"],
            scope["path"],
            scope.get("query_string", b"").decode("latin-1"),
            headers,
            b"",
            f"{client[0]}:{client[1]}" if client else "",
            scope.get("scheme", "http"),
            links if len(links) > 1 else [],
        )
        limit = self._broker.settings.limits.body
        response: Response | None = None
        told = headers.get("content-length", "")
        if told.isdecimal() and int(told) > limit:
            response = too_large(limit)
        elif request.method in ("POST", "PATCH", "PUT", "DELETE"):
            parts, size = [], 0
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > limit:
                    response = too_large(limit)
                    break
                if not message.get("more_body", False):
                    break
            request.body = b"".join(parts)
        if response is None:
            response = await self._broker.handle(request)
        raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in response.headers]
        if response.status != 204:
            raw.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": raw})
        await send({"type": "http.response.body", "body": response.body})
