"""The broker behind granian, by its own interface (RSGI)."""

from __future__ import annotations

from typing import Any

from nagara.broker.core import Broker
from nagara.broker.http import JSON, Request, Response, problem_response
from nagara.broker.problems import http_problem


class RsgiApp:
    """What granian calls."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._limit = broker.settings.limits.body

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.proto != "http":
            protocol.close(None)
            return
        headers = dict(scope.headers.items())
        method = scope.method
        request = Request(method, scope.path, scope.query_string, headers, b"", scope.client, scope.scheme)
        if "link" in headers:
            request.links = [value for name, value in scope.headers.items() if name == "link"]
        response: Response | None = None
        if method != "GET":
            response = await self._read(request, protocol)
        if response is None:
            response = await self._broker.handle(request)
        if response.body:
            protocol.response_bytes(response.status, response.headers, response.body)
        else:
            protocol.response_empty(response.status, response.headers)

    async def _read(self, request: Request, protocol: Any) -> Response | None:
        """Read the body; an answer where it is larger than the limit."""
        told = request.headers.get("content-length", "")
        if not told and "transfer-encoding" not in request.headers:
            return None
        if told.isdecimal() and int(told) <= self._limit:
            request.body = await protocol() if told != "0" else b""
            return None
        if told.isdecimal():
            return too_large(self._limit)
        if "transfer-encoding" in request.headers:  # of unknown length: refused by the core, which wants a length (6.3.4)
            async for _ in protocol:
                break
        return None


def too_large(limit: int) -> Response:
    """The answer to a body that is longer than this broker takes (6.3.2)."""
    response = problem_response(
        http_problem(413, "Request entity too large", f"The body is longer than the {limit} bytes that this broker takes.")
    )
    response.headers = [("content-type", JSON), ("connection", "close")]
    return response
