"""What the broker says of itself: its identity as a context source (5.15.1, 6.33.3.1), its health, its OpenAPI description."""

from __future__ import annotations

from nagara.broker.api.call import Call
from nagara.broker.api.openapi import description
from nagara.broker.clock import iso, now_us
from nagara.broker.http import JSON, Response, json_response


def _duration(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    return f"P{days}DT{hours}H{minutes}M{seconds}S" if days else f"PT{hours}H{minutes}M{seconds}S"


async def source_identity(call: Call) -> Response:
    """GET /info/sourceIdentity: Retrieve Context Source Identity Information."""
    call.params(frozenset())
    kind = call.accepts()
    name = call.broker.alias_of(call.tenant)
    now = now_us()
    found = {
        "id": f"urn:ngsi-ld:ContextSourceIdentity:{name}",
        "type": "ContextSourceIdentity",
        "contextSourceAlias": name,
        "contextSourceUptime": _duration((now - call.broker.started) // 1_000_000),
        "contextSourceTimeAt": iso(now),
    }
    return await call.answer(found, call.broker.core_context, kind)


async def openapi(call: Call) -> Response:
    """GET /openapi.json: this API as an OpenAPI 3.1 document."""
    call.params(frozenset())
    call.accepts((JSON,))
    return json_response(200, description(call.broker.routes, call.base))


async def health(call: Call) -> Response:
    """GET /health: whether the broker reads and writes; for those who watch over it."""
    call.params(frozenset())
    store = call.broker.tenants.get("")
    await store.read(lambda connection: connection.execute("SELECT 1").fetchone())
    return json_response(200, {"status": "up", "tenants": len(call.broker.tenants.names()) + 1})
