"""Mounted beside other pages (ASGI)."""

from __future__ import annotations

import json
from typing import Any

from nagara.broker.asgi import AsgiApp
from nagara.broker.tests.conftest import Inside, station


async def _pages(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"a page"})


def _ask(inside: Inside, app: AsgiApp, method: str, path: str, *bodies: bytes, **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[dict[str, Any]] = []
    parts = list(bodies or (b"",))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    found = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": found,
        "client": ("1.1.1.1", 5),
        "scheme": "https",
    }
    inside.do(app(scope, receive, send))
    return sent[0]["status"], {k.decode(): v.decode() for k, v in sent[0]["headers"]}, b"".join(one.get("body", b"") for one in sent[1:])


def test_the_broker_answers_under_its_root_and_the_pages_elsewhere(inside: Inside) -> None:
    app = AsgiApp(inside.broker, _pages)
    whole = json.dumps(station(1, a=1)).encode()
    common = {"Content_Type": "application/json", "Content_Length": str(len(whole)), "Host": "data.example.org"}
    status, headers, _ = _ask(inside, app, "POST", "/ngsi-ld/v1/entities", whole[:9], whole[9:], **common)
    assert status == 201 and headers["location"] == "/ngsi-ld/v1/entities/urn:ngsi-ld:Station:1"
    status, headers, body = _ask(inside, app, "GET", "/ngsi-ld/v1/entities/urn:ngsi-ld:Station:1", Host="data.example.org")
    assert status == 200 and json.loads(body)["a"]["value"] == 1 and headers["content-length"] == str(len(body))
    assert _ask(inside, app, "GET", "/")[2] == b"a page"
    assert _ask(inside, app, "GET", "/ngsi-ld/v2/x")[2] == b"a page"
    status, _, body = _ask(inside, app, "DELETE", "/ngsi-ld/v1/entities/urn:ngsi-ld:Station:1", Host="x")
    assert status == 204 and body == b""


def test_a_body_over_the_limit_is_cut_off(inside: Inside) -> None:
    app = AsgiApp(inside.broker)
    big = b"x" * (inside.broker.settings.limits.body // 3)
    assert _ask(inside, app, "POST", "/ngsi-ld/v1/entities", big, big, big, big, Content_Type="application/json")[0] == 413
    assert _ask(inside, app, "POST", "/ngsi-ld/v1/entities", b"", Content_Length="999999999")[0] == 413


def test_its_life_follows_the_servers(inside: Inside) -> None:
    app = AsgiApp(inside.broker)
    messages = [{"type": "lifespan.startup"}]
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        raise EOFError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    async def run() -> None:
        try:
            await app({"type": "lifespan"}, receive, send)
        except EOFError:
            return

    inside.do(run())
    assert sent == ["lifespan.startup.complete"]
