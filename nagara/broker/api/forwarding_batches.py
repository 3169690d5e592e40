"""Batches that concern context sources (5.6.7 to 5.6.10, 5.6.20; 4.3.6)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson

from nagara.broker.api import batch as local_batch
from nagara.broker.api.call import Call, partial_result
from nagara.broker.api.entities import error_of
from nagara.broker.api.forwarding import Forwarding, Handler, conflict, known_by, path_of, shares
from nagara.broker.doors.outgoing import Reply
from nagara.broker.http import LD_JSON, Response, json_response, parameters
from nagara.broker.ld.context import Context
from nagara.broker.model.values import is_uri
from nagara.broker.sources.asking import Failure, without_context
from nagara.broker.sources.registration import Registration
from nagara.broker.sources.registry import Registry


@dataclass(slots=True)
class _Outcome:
    """What became of a batch."""

    created: list[str] = field(default_factory=list)
    success: list[str] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)


_SINGLE = {
    "create": ("createBatch", ("createEntity",), "POST"),
    "upsert": ("upsertBatch", ("createEntity", "replaceEntity", "updateEntity"), "POST"),
    "update": ("updateBatch", ("updateEntity",), "PATCH"),
    "merge": ("mergeBatch", ("mergeEntity",), "PATCH"),
    "delete": ("deleteBatch", ("deleteEntity",), "DELETE"),
}


async def _one_by_one(forwarding: Forwarding, what: str, one: Registration, document: Any) -> Failure | None:
    """One entity of a batch for a source that takes no batches (5.6.7.4 to 5.6.10.4)."""
    id_ = document if isinstance(document, str) else document["id"]
    if what == "delete":
        return await forwarding.send(one, "DELETE", path_of(id_), None, [])
    if what == "merge":
        return await forwarding.send(one, "PATCH", path_of(id_), document)
    if what == "update":
        return await forwarding.send(one, "PATCH", path_of(id_, "attrs/"), document, [])
    failure: Failure | None = None
    if "createEntity" in one.operations:
        failure = await forwarding.send(one, "POST", "entities", document, [])
        if failure is None or what == "create" or failure.kind != "AlreadyExists":
            return failure
    if "update" in parameters(forwarding.call.request.query).get("options", ""):
        if "updateEntity" in one.operations:
            return await forwarding.send(one, "PATCH", path_of(id_, "attrs/"), document, [])
    elif "replaceEntity" in one.operations:
        return await forwarding.send(one, "PUT", path_of(id_), document, [])
    return failure or Failure(one, 422, 299, f"{one.id} does not support the operation for an entity that exists.", "OperationNotSupported")


async def _send_batch(forwarding: Forwarding, what: str, one: Registration, documents: list[Any], outcome: _Outcome) -> None:
    ids = [document if isinstance(document, str) else document["id"] for document in documents]
    if _SINGLE[what][0] not in one.operations:
        for id_, document in zip(ids, documents, strict=True):
            failure = await _one_by_one(forwarding, what, one, document)
            if failure is None:
                outcome.success.append(id_)
            else:
                outcome.errors.append(error_of(id_, failure.problem()))
        return
    reply = await forwarding.asker.ask(one, "POST", f"entityOperations/{what}", forwarding.pairs, without_context(documents))
    failure = reply if isinstance(reply, Failure) else None
    if isinstance(reply, Reply):
        said = _said(reply)
        if reply.status == 207 and isinstance(said, dict):
            outcome.success += [id_ for id_ in said.get("success") or () if id_ in ids]
            outcome.errors += [error for error in said.get("errors") or () if isinstance(error, dict)]
            return
        if reply.status < 300 or (reply.status == 508 and not one.proxied):
            outcome.success += ids
            if isinstance(said, list):
                outcome.created += [id_ for id_ in said if id_ in ids]
            return
        failure = forwarding.asker.refused(one, reply)
    if failure is not None:
        outcome.errors += [error_of(id_, failure.problem()) for id_ in ids]


def _said(reply: Reply) -> Any:
    try:
        return orjson.loads(reply.body) if reply.body else None
    except orjson.JSONDecodeError:
        return None


async def _batch(call: Call, registry: Registry, what: str, handler: Handler) -> Response:
    raw, kind = call.body()
    if not isinstance(raw, list) or not raw or any(one is None for one in raw):
        return await handler(call)  # which refuses it
    context = await call.linked() if kind != LD_JSON else await _shared_context(call, raw)
    forwarding = Forwarding(call, registry, context)
    by_source: dict[str, tuple[Registration, list[Any]]] = {}
    outcome = _Outcome()
    here: list[Any] = []
    operations = (_SINGLE[what][0], *_SINGLE[what][1])
    for one in raw:
        id_ = one if isinstance(one, str) else one.get("id") if isinstance(one, dict) else None
        if not isinstance(id_, str) or not is_uri(id_):
            here.append(one)  # where it is told what is wrong with it
            continue
        if what == "delete":
            found = known_by(forwarding, operations, id_, forwarding.types(id_))
        else:
            found = shares(forwarding.registrations, operations, id_, forwarding.types(id_, one), forwarding.names(one))
        forwarding.check_loop(found)
        for source, _ in found.refused:
            outcome.errors.append(error_of(id_, conflict(source).problem()))
        for source, names in found.sources:
            document = one if what == "delete" else forwarding.reduced(one, names)
            by_source.setdefault(source.id, (source, []))[1].append(document)
        if what == "delete":
            if not found.proxied or call.store.get(id_) is not None:
                here.append(one)
        elif found.here:
            here.append(forwarding.reduced(one, found.remaining) if found.proxied else one)
    if here:
        await _batch_here(forwarding, handler, here, outcome)
    await asyncio.gather(*(_send_batch(forwarding, what, source, documents, outcome) for source, documents in by_source.values()))
    failed = {error["entityId"] for error in outcome.errors}
    success = [id_ for id_ in dict.fromkeys(outcome.success) if id_ not in failed or what != "create"]
    if outcome.errors:
        return partial_result(success, outcome.errors)
    if what == "create":
        return json_response(201, success)
    created = list(dict.fromkeys(outcome.created))
    return json_response(201, created) if what == "upsert" and created else Response(204)


async def _shared_context(call: Call, raw: list[Any]) -> Context:
    """The @context of a batch of JSON-LD documents: that of its first, by which names are told apart."""
    first = next((one for one in raw if isinstance(one, dict) and "@context" in one), None)
    if first is None:
        return await call.resolver.resolve(None)
    return await call.context_of(first, LD_JSON)


async def _batch_here(forwarding: Forwarding, handler: Handler, documents: list[Any], outcome: _Outcome) -> None:
    response, problem = await forwarding.here(handler, documents)
    if problem is not None:
        raise problem
    ids = [one if isinstance(one, str) else one.get("id") for one in documents if isinstance(one, str | dict)]
    if response is None:
        return
    said: Any = orjson.loads(response.body) if response.body else None
    if response.status == 207:
        outcome.success += said["success"]
        outcome.errors += said["errors"]
        return
    outcome.success += [id_ for id_ in ids if isinstance(id_, str)]
    if response.status == 201:
        outcome.created += said


async def batch_create(call: Call, registry: Registry) -> Response:
    """POST /entityOperations/create, distributed (5.6.7.4)."""
    return await _batch(call, registry, "create", local_batch.batch_create)


async def batch_upsert(call: Call, registry: Registry) -> Response:
    """POST /entityOperations/upsert, distributed (5.6.8.4)."""
    return await _batch(call, registry, "upsert", local_batch.batch_upsert)


async def batch_update(call: Call, registry: Registry) -> Response:
    """POST /entityOperations/update, distributed (5.6.9.4)."""
    return await _batch(call, registry, "update", local_batch.batch_update)


async def batch_merge(call: Call, registry: Registry) -> Response:
    """POST /entityOperations/merge, distributed (5.6.20.4)."""
    return await _batch(call, registry, "merge", local_batch.batch_merge)


async def batch_delete(call: Call, registry: Registry) -> Response:
    """POST /entityOperations/delete, distributed (5.6.10.4)."""
    return await _batch(call, registry, "delete", local_batch.batch_delete)
