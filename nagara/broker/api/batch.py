"""Batch operations: create, upsert, update, merge, delete (5.6.7 to 5.6.10, 5.6.20; 6.14 to 6.17, 6.31).

A batch of any size goes to the disk in slices that share group commits with the writes of others, so that a
large one neither holds up the rest nor is answered before all of it is durable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from nagara.broker.api.call import Call, partial_result
from nagara.broker.api.entities import change_in, create_in, delete_in, error_of
from nagara.broker.clock import parse_us
from nagara.broker.http import LD_JSON, Response, json_response
from nagara.broker.ld.context import Context
from nagara.broker.model import changing, incoming
from nagara.broker.model.changing import Outcome
from nagara.broker.model.incoming import Entity
from nagara.broker.model.values import is_uri, shown, uri
from nagara.broker.problems import Problem, bad_data, invalid
from nagara.broker.store.transaction import Txn

_SLICE = 100
_READ_AT_ONCE = 200  # entities read before other requests get their turn

Write = Callable[[Txn, Entity], str | Problem]  # gives "created" or "updated", or what was not done of it


class _Batch:
    """The entities of one batch, and what became of them."""

    def __init__(self) -> None:
        self.entities: list[Entity] = []
        self.errors: list[dict[str, Any]] = []
        self.created: list[str] = []
        self.updated: list[str] = []


async def _read(call: Call, mode: int, *, simplified: bool = False) -> _Batch:
    """The entities of the body; those that cannot be read are errors of the batch, not of the request."""
    raw, kind = call.body()
    limits = call.broker.settings.limits
    if not isinstance(raw, list):
        raise bad_data("The body must be a list of entities.")
    if not raw:
        raise bad_data("The list of entities is empty.")
    if any(one is None for one in raw):
        raise bad_data("The list of entities holds null.")
    if len(raw) > limits.batch:
        raise Problem(
            "TooManyResults", f"{len(raw)} entities are more than the {limits.batch} that this broker takes in one batch.", status=413
        )
    batch = _Batch()
    context: Context | None = await call.linked() if kind != LD_JSON else None
    if kind == LD_JSON:
        await call.context_of({"@context": []}, kind)  # refuses a Link header that names a @context
    for i, one in enumerate(raw):
        if i and i % _READ_AT_ONCE == 0:
            await asyncio.sleep(0)
        id_ = one.get("id", one.get("@id")) if isinstance(one, dict) else None
        try:
            if not isinstance(one, dict):
                raise bad_data(f"{shown(one)} is no entity.")
            if context is None or "@context" in one:
                used = await call.context_of(one, kind)
            else:
                used = context
            if mode == incoming.CREATE:
                entity = incoming.entity(one, used, limits.vertices)
            else:
                entity = incoming.fragment(one, used, mode, limits.vertices, simplified)
                if "id" not in entity:
                    raise bad_data("The entity has no id.")
            batch.entities.append(entity)
        except Problem as problem:
            if problem.kind == "InvalidRequest":
                raise
            batch.errors.append(error_of(id_ if isinstance(id_, str) else "urn:ngsi-ld:unknown", problem))
    return batch


async def _apply(call: Call, batch: _Batch, write: Write) -> None:
    """Write the entities in their order, slice by slice."""
    writer = call.store.writer

    def job(some: list[Entity]) -> Callable[[Txn], list[tuple[str, str | Problem]]]:
        def run(txn: Txn) -> list[tuple[str, str | Problem]]:
            done: list[tuple[str, str | Problem]] = []
            for entity in some:
                try:
                    done.append((entity["id"], write(txn, entity)))
                except Problem as problem:
                    done.append((entity["id"], problem))
            return done

        return run

    slices = [batch.entities[i : i + _SLICE] for i in range(0, len(batch.entities), _SLICE)]
    results = await asyncio.gather(*(writer.do(job(some)) for some in slices), return_exceptions=True)
    for some, result in zip(slices, results, strict=True):
        if isinstance(result, Problem):
            batch.errors += [error_of(entity["id"], result) for entity in some]
        elif isinstance(result, BaseException):
            raise result
        else:
            for id_, outcome in result:
                if isinstance(outcome, Problem):
                    batch.errors.append(error_of(id_, outcome))
                else:
                    (batch.created if outcome == "created" else batch.updated).append(id_)


def _unique(ids: list[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _create(txn: Txn, entity: Entity) -> str:
    create_in(txn, entity)
    return "created"


async def batch_create(call: Call) -> Response:
    """POST /entityOperations/create: Batch Entity Creation (5.6.7, 6.14.3.1)."""
    call.params(frozenset({"local"}))
    batch = await _read(call, incoming.CREATE)
    await _apply(call, batch, _create)
    if batch.errors:
        return partial_result(batch.created, batch.errors)
    return json_response(201, batch.created)


def _replace(txn: Txn, entity: Entity) -> str:
    found = txn.find(entity["id"])
    if found is None or found[1] is None:
        create_in(txn, entity)
        return "created"
    txn.replace(found[0], found[1], entity)
    return "updated"


def _upsert(txn: Txn, entity: Entity) -> str:
    found = txn.find(entity["id"])
    if found is None or found[1] is None:
        create_in(txn, entity)
        return "created"
    txn.change(found[0], found[1], lambda current, now: changing.updated(current, entity, now), entity["attrs"])
    return "updated"


async def batch_upsert(call: Call) -> Response:
    """POST /entityOperations/upsert: Batch Entity Creation or Update (5.6.8, 6.15.3.1)."""
    options = call.params(frozenset({"options", "local"})).options(frozenset({"replace", "update"}))
    if len(options) > 1:
        raise invalid("options: replace and update exclude each other (6.15.3.1).")
    batch = await _read(call, incoming.CREATE)
    await _apply(call, batch, _upsert if options == {"update"} else _replace)
    created, updated = _unique(batch.created), _unique(batch.updated)
    if batch.errors:
        return partial_result(_unique(created + updated), batch.errors)
    if created:
        return json_response(201, created)
    return Response(204)


async def batch_update(call: Call) -> Response:
    """POST /entityOperations/update: Batch Entity Update, by appending attributes (5.6.9, 6.16.3.1)."""
    overwrite = "noOverwrite" not in call.params(frozenset({"options", "local"})).options(frozenset({"noOverwrite", "replace", "update"}))
    batch = await _read(call, incoming.UPDATE)

    def write(txn: Txn, entity: Entity) -> str | Problem:
        def op(current: Entity, now: int) -> Outcome:
            return changing.appended(current, entity, now, overwrite=overwrite)

        outcome = change_in(txn, entity["id"], op, entity["attrs"])
        if outcome.refused:
            names = ", ".join(name for name, _ in outcome.refused)
            return Problem("BadRequestData", f"Left as they were, since nothing was to be overwritten: {names}.")
        return "updated"

    await _apply(call, batch, write)
    return _updated(batch)


async def batch_merge(call: Call) -> Response:
    """POST /entityOperations/merge: Batch Entity Merge (5.6.20, 6.31.3.1)."""
    params = call.params(frozenset({"format", "lang", "local", "observedAt", "options"}))
    options = params.options(frozenset({"simplified", "keyValues", "noOverwrite", "normalized", "concise"}))
    form = params.text("format")
    simplified = form in ("simplified", "keyValues") or (form is None and not options.isdisjoint({"simplified", "keyValues"}))
    lang, observed_at = params.text("lang"), params.text("observedAt")
    if observed_at is not None and parse_us(observed_at) is None:
        raise bad_data(f"observedAt must be a DateTime such as 2026-11-09T07:00:00Z, not {shown(observed_at)} (4.6.3).")
    batch = await _read(call, incoming.MERGE, simplified=simplified)

    def write(txn: Txn, entity: Entity) -> str:
        def op(current: Entity, now: int) -> Outcome:
            return changing.merged(current, entity, now, lang=lang, observed_at=observed_at, overwrite="noOverwrite" not in options)

        change_in(txn, entity["id"], op, entity["attrs"])
        return "updated"

    await _apply(call, batch, write)
    return _updated(batch)


def _updated(batch: _Batch) -> Response:
    if batch.errors:
        return partial_result(_unique(batch.updated), batch.errors)
    return Response(204)


async def batch_delete(call: Call) -> Response:
    """POST /entityOperations/delete: Batch Entity Delete (5.6.10, 6.17.3.1)."""
    call.params(frozenset({"local"}))
    raw, _ = call.body()
    if not isinstance(raw, list) or not raw:
        raise bad_data("The body must be a list of ids of entities that is not empty.")
    if any(one is None for one in raw):
        raise bad_data("The list of ids holds null.")
    if len(raw) > call.broker.settings.limits.batch:
        raise bad_data(f"{len(raw)} ids are more than the {call.broker.settings.limits.batch} that this broker takes in one batch.")
    batch = _Batch()
    for one in raw:
        id_ = one.get("id") if isinstance(one, dict) else one
        if is_uri(id_):
            batch.entities.append({"id": id_})
        else:
            try:
                uri(id_, "An id")
            except Problem as problem:
                batch.errors.append(error_of(id_ if isinstance(id_, str) else orjson.dumps(one).decode()[:80], problem))

    def write(txn: Txn, entity: Entity) -> str:
        delete_in(txn, entity["id"])
        return "updated"

    await _apply(call, batch, write)
    return _updated(batch)
