"""/jsonldContexts: @contexts that the broker keeps and serves (5.13, 6.29, 6.30)."""

from __future__ import annotations

from nagara.broker.api.call import Call
from nagara.broker.clock import now_us
from nagara.broker.http import JSON, Response, json_response
from nagara.broker.ld.core import core_document, core_version
from nagara.broker.ld.resolver import check_document
from nagara.broker.ld.stored import CACHED, HOSTED, KINDS, Stored, new_stored
from nagara.broker.model.values import shown
from nagara.broker.problems import Problem, bad_data, invalid, not_found


async def add_context(call: Call) -> Response:
    """POST /jsonldContexts: Add @context (5.13.2, 6.29.3.1)."""
    call.params(frozenset())
    raw, _ = call.body()
    if not isinstance(raw, dict) or "@context" not in raw:
        raise invalid("The body must be an object with a member '@context' (5.13.2.3).")
    check_document(raw, "The body")
    resolver = call.resolver
    stored = new_stored(HOSTED, raw)
    await call.store.writer.do(lambda txn: resolver.stored.write(txn.connection, stored))
    resolver.stored.keep(stored)
    return Response(201, [call.location("jsonldContexts", stored.id)])


async def list_contexts(call: Call) -> Response:
    """GET /jsonldContexts: List @contexts (5.13.3, 6.29.3.2)."""
    params = call.params(frozenset({"details", "kind"}))
    call.accepts((JSON,))
    details = params.flag("details")
    kind = params.text("kind")
    if kind is not None and kind not in KINDS:
        raise bad_data(f"kind: {shown(kind)} is not one of {', '.join(KINDS)} (6.29.3.2).")
    if not call.broker.tenants.exists(call.tenant):
        return json_response(200, [])
    found = sorted((one for one in call.resolver.stored.all() if kind in (None, one.kind)), key=lambda one: (one.created, one.id))
    base = f"{call.base}/jsonldContexts"
    if details:
        return json_response(200, [one.details(base) for one in found])
    return json_response(200, [one.url or f"{base}/{one.id}" for one in found])


def _find(call: Call) -> Stored:
    id_ = call.args["id"]
    if core_version(id_):
        return Stored(id_, id_, CACHED, core_document(core_version(id_) or ""), call.broker.started)
    found = call.resolver.stored.find(id_)
    if found is None and "/jsonldContexts/" in id_:
        found = call.resolver.stored.find(id_.rpartition("/jsonldContexts/")[2])
    if found is None:
        raise not_found(f"There is no stored @context {id_!r}.")
    return found


async def serve_context(call: Call) -> Response:
    """GET /jsonldContexts/{contextId}: Serve @context (5.13.4, 6.30.3.1)."""
    params = call.params(frozenset({"details"}))
    call.accepts((JSON, "application/ld+json"))
    details = params.flag("details")
    found = _find(call)
    if details:
        if found.kind != HOSTED and not core_version(found.id):
            response = json_response(200, found.details(f"{call.base}/jsonldContexts"))
            call.resolver.stored.touch(found, now_us())  # a copy was found in the storage once more
            return response
        return json_response(200, found.details(f"{call.base}/jsonldContexts"))
    if found.kind == CACHED:
        raise Problem("OperationNotSupported", f"The @context {call.args['id']} is a cached copy: ask {found.url} for it (5.13.4.4).")
    return json_response(200, found.document)


async def delete_context(call: Call) -> Response:
    """DELETE /jsonldContexts/{contextId}: Delete and Reload @context (5.13.5, 6.30.3.2)."""
    params = call.params(frozenset({"reload"}))
    reload = params.flag("reload")
    resolver = call.resolver
    if core_version(call.args["id"]):
        if reload:
            return Response(204)  # it is part of the broker: there is nothing newer to load
        raise bad_data("The core @context is part of the broker and cannot be deleted (4.4).")
    if reload:
        try:
            found = _find(call)
        except Problem as problem:
            raise bad_data(f"{problem.detail} Only a cached one can be reloaded (5.13.5.4).") from None
        if found.kind != CACHED or found.url is None:
            raise bad_data(f"The @context {call.args['id']} is {found.kind}; only cached ones can be reloaded (5.13.5.4).")
        try:
            await resolver.fetch(found.url)
        except Problem as problem:
            raise Problem("LdContextNotAvailable", f"{problem.detail} The stored copy stays in use.") from None
        resolver.forget()
        return Response(204)
    found = _find(call)
    await call.store.writer.do(lambda txn: resolver.stored.erase(txn.connection, found))
    resolver.stored.drop(found)
    resolver.forget()
    return Response(204)
