"""/entities/{entityId} and its attributes: create, retrieve, replace, merge, delete; append, update, partial update (6.4 to 6.7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nagara.broker.api.call import ENTITY_KINDS, Call, partial_result
from nagara.broker.api.viewing import RETRIEVE, answer_entity, read_view
from nagara.broker.clock import now_us, parse_us
from nagara.broker.http import Params, Response, json_response
from nagara.broker.ld.context import Context
from nagara.broker.model import changing, incoming
from nagara.broker.model.changing import Outcome
from nagara.broker.model.incoming import Entity
from nagara.broker.model.names import RESERVED_NAMES
from nagara.broker.model.values import shown, uri
from nagara.broker.problems import Problem, bad_data, not_found
from nagara.broker.query.types import TypeSelector, type_selector
from nagara.broker.store.transaction import Op, Txn

_LOCAL = frozenset({"local", "type"})
_NO_PARAMS = frozenset({"local"})


def unknown(id_: str) -> Problem:
    """The refusal for an entity that is not here."""
    return not_found(f"There is no entity {id_}.", instance=id_)


def create_in(txn: Txn, entity: Entity) -> Outcome:
    """Create an entity (5.6.1)."""
    found = txn.find(entity["id"])
    if found is not None and found[1] is not None:
        raise Problem("AlreadyExists", f"The entity {entity['id']} exists already.", instance=entity["id"])
    at = now_us()
    outcome = changing.created(entity, at)
    txn.create(entity, outcome, at, found[0] if found else None)
    return outcome


def find_in(txn: Txn, id_: str, types: TypeSelector | None = None) -> tuple[int, bytes, Entity]:
    """Key, document and content of an entity that is to change."""
    found = txn.find(id_)
    if found is None or found[1] is None:
        raise unknown(id_)
    current = txn.unpack(found[1])
    if types is not None and not types.matches(current["type"]):
        raise unknown(id_)
    return found[0], found[1], current


def change_in(txn: Txn, id_: str, op: Op, names: Iterable[str] | None = None, types: TypeSelector | None = None) -> Outcome:
    """Change an entity by `op`, which may touch the attributes of these full names."""
    key, doc, current = find_in(txn, id_, types)
    return txn.change(key, doc, op, names, current=current)


def delete_in(txn: Txn, id_: str, types: TypeSelector | None = None) -> Outcome:
    """Delete an entity (5.6.6)."""
    found = txn.find(id_)
    if found is None or found[1] is None:
        raise unknown(id_)
    if types is not None and not types.matches(txn.unpack(found[1])["type"]):
        raise unknown(id_)
    return txn.remove(found[0], found[1])


async def _selected_types(params: Params, context: Context) -> TypeSelector | None:
    text = params.text("type")
    return type_selector(text, context) if text is not None else None


async def create_entity(call: Call) -> Response:
    """POST /entities: Create Entity (5.6.1, 6.4.3.1)."""
    call.params(_NO_PARAMS)
    raw, context = await call.document()
    entity = incoming.entity(raw, context, call.broker.settings.limits.vertices)
    await call.store.writer.do(lambda txn: create_in(txn, entity))
    return Response(201, [call.location("entities", entity["id"])])


async def retrieve_entity(call: Call) -> Response:
    """GET /entities/{entityId}: Retrieve Entity (5.7.1, 6.5.3.1)."""
    id_ = call.args["id"]
    context = await call.linked()
    if not call.request.query:
        # The common case: a whole entity, perhaps shown before.
        kind = call.accepts(ENTITY_KINDS)
        reply = await answer_entity(call, id_, kind, context, None, None)
        if reply is not None:
            return reply
    params = call.params(RETRIEVE)
    kind = call.accepts(ENTITY_KINDS)
    uri(id_, "The id of the entity")
    view = read_view(params, context, kind)
    reply = await answer_entity(call, id_, kind, context, params, view)
    if reply is None:
        raise unknown(id_)
    return reply


async def delete_entity(call: Call) -> Response:
    """DELETE /entities/{entityId}: Delete Entity (5.6.6, 6.5.3.2)."""
    id_ = uri(call.args["id"], "The id of the entity")
    params = call.params(_LOCAL)
    types = await _selected_types(params, await call.linked())
    await call.store.writer.do(lambda txn: delete_in(txn, id_, types))
    return Response(204)


async def replace_entity(call: Call) -> Response:
    """PUT /entities/{entityId}: Replace Entity (5.6.18, 6.5.3.3)."""
    id_ = uri(call.args["id"], "The id of the entity")
    params = call.params(_LOCAL)
    raw, context = await call.document()
    raw.setdefault("id", raw.pop("@id", id_))
    entity = incoming.fragment(raw, context, incoming.CREATE, call.broker.settings.limits.vertices)
    if entity["id"] != id_:
        raise bad_data(f"The body is about {entity['id']}, the address about {id_}.")
    types = await _selected_types(params, context)

    def job(txn: Txn) -> Outcome:
        key, doc, current = find_in(txn, id_, types)
        entity.setdefault("type", current["type"])
        return txn.replace(key, doc, entity, current)

    await call.store.writer.do(job)
    return Response(204)


async def merge_entity(call: Call) -> Response:
    """PATCH /entities/{entityId}: Merge Entity (5.6.17, 6.5.3.4)."""
    id_ = uri(call.args["id"], "The id of the entity")
    params = call.params(frozenset({"format", "lang", "observedAt", "options", "type", "local"}))
    options = params.options(frozenset({"simplified", "keyValues", "noOverwrite", "concise", "normalized"}))
    form = params.text("format")
    if form not in (None, "simplified", "keyValues", "normalized", "concise"):
        raise bad_data(f"format: {shown(form)} is not 'simplified', 'keyValues', 'normalized' or 'concise'.")
    simplified = form in ("simplified", "keyValues") or (form is None and not options.isdisjoint({"simplified", "keyValues"}))
    observed_at = params.text("observedAt")
    if observed_at is not None and parse_us(observed_at) is None:
        raise bad_data(f"observedAt must be a DateTime such as 2026-11-09T07:00:00Z, not {shown(observed_at)} (4.6.3).")
    lang = params.text("lang")
    raw, context = await call.document(patch=True)
    fragment = incoming.fragment(raw, context, incoming.MERGE, call.broker.settings.limits.vertices, simplified)
    _same_id(fragment, id_)
    types = await _selected_types(params, context)

    def op(current: Entity, now: int) -> Outcome:
        return changing.merged(current, fragment, now, lang=lang, observed_at=observed_at, overwrite="noOverwrite" not in options)

    await call.store.writer.do(lambda txn: change_in(txn, id_, op, fragment["attrs"], types))
    return Response(204)


def _same_id(fragment: Entity, id_: str) -> None:
    if fragment.get("id", id_) != id_:
        raise bad_data(f"The body is about {fragment['id']}, the address about {id_}.")


def _update_result(outcome: Outcome) -> Response:
    """An UpdateResult (5.2.18) where some attributes were left as they were; names are full, as no @context goes with it (6.3.6)."""
    if not outcome.refused:
        return Response(204)
    refused = [{"attributeName": name, "reason": why} for name, why in outcome.refused]
    left = {name for name, _ in outcome.refused}
    return json_response(207, {"updated": sorted(outcome.touched - left), "notUpdated": refused})


async def append_attributes(call: Call) -> Response:
    """POST /entities/{entityId}/attrs: Append Attributes (5.6.3, 6.6.3.1)."""
    id_ = uri(call.args["id"], "The id of the entity")
    params = call.params(frozenset({"options", "type", "local"}))
    overwrite = "noOverwrite" not in params.options(frozenset({"noOverwrite"}))
    raw, context = await call.document()
    fragment = incoming.fragment(raw, context, incoming.UPDATE, call.broker.settings.limits.vertices)
    _same_id(fragment, id_)
    types = await _selected_types(params, context)

    def op(current: Entity, now: int) -> Outcome:
        return changing.appended(current, fragment, now, overwrite=overwrite)

    return _update_result(await call.store.writer.do(lambda txn: change_in(txn, id_, op, fragment["attrs"], types)))


async def update_attributes(call: Call) -> Response:
    """PATCH /entities/{entityId}/attrs: Update Attributes (5.6.2, 6.6.3.2)."""
    id_ = uri(call.args["id"], "The id of the entity")
    params = call.params(_LOCAL)
    raw, context = await call.document(patch=True)
    fragment = incoming.fragment(raw, context, incoming.UPDATE, call.broker.settings.limits.vertices)
    _same_id(fragment, id_)
    types = await _selected_types(params, context)

    def op(current: Entity, now: int) -> Outcome:
        return changing.updated(current, fragment, now)

    return _update_result(await call.store.writer.do(lambda txn: change_in(txn, id_, op, fragment["attrs"], types)))


def _attribute_name(call: Call, context: Context) -> tuple[str, str]:
    """The name of the attribute in the address, as written and in full."""
    written = call.args["attr"]
    if written == "scope" or written in RESERVED_NAMES or written in ("id", "type", "@id", "@type"):
        raise bad_data(f"{written!r} is no attribute (5.6.4).")
    return written, context.full(written)


async def update_attribute(call: Call) -> Response:
    """PATCH /entities/{entityId}/attrs/{attrId}: Partial Attribute Update (5.6.4, 6.7.3.1)."""
    id_ = uri(call.args["id"], "The id of the entity")
    params = call.params(_LOCAL)
    raw, context = await call.document(patch=True)
    written, full = _attribute_name(call, context)
    change = incoming.attribute_fragment(written, full, raw, context, incoming.PARTIAL, call.broker.settings.limits.vertices)
    types = await _selected_types(params, context)

    def op(current: Entity, now: int) -> Outcome:
        return changing.partially_updated(current, full, written, change, now)

    await call.store.writer.do(lambda txn: change_in(txn, id_, op, (full,), types))
    return Response(204)


async def replace_attribute(call: Call) -> Response:
    """PUT /entities/{entityId}/attrs/{attrId}: Replace Attribute (5.6.19, 6.7.3.3)."""
    id_ = uri(call.args["id"], "The id of the entity")
    params = call.params(_LOCAL)
    raw, context = await call.document()
    written, full = _attribute_name(call, context)
    instance = incoming.attribute_fragment(written, full, raw, context, incoming.CREATE, call.broker.settings.limits.vertices)
    types = await _selected_types(params, context)

    def op(current: Entity, now: int) -> Outcome:
        return changing.attribute_replaced(current, full, written, instance, now)

    await call.store.writer.do(lambda txn: change_in(txn, id_, op, (full,), types))
    return Response(204)


async def delete_attribute(call: Call) -> Response:
    """DELETE /entities/{entityId}/attrs/{attrId}: Delete Attribute (5.6.5, 6.7.3.2)."""
    id_ = uri(call.args["id"], "The id of the entity")
    params = call.params(frozenset({"datasetId", "deleteAll", "type", "local"}))
    every = params.flag("deleteAll")
    dataset: str | None = params.text("datasetId")
    if dataset == "@none":
        dataset = None
    if dataset is not None:
        uri(dataset, "datasetId")
    context = await call.linked()
    types = await _selected_types(params, context)
    if call.args["attr"] == "scope":
        await call.store.writer.do(lambda txn: change_in(txn, id_, changing.scope_deleted, (), types))
        return Response(204)
    written, full = _attribute_name(call, context)

    def op(current: Entity, now: int) -> Outcome:
        return changing.attribute_deleted(current, full, written, now, dataset=dataset, every=every)

    await call.store.writer.do(lambda txn: change_in(txn, id_, op, (full,), types))
    return Response(204)


def error_of(id_: str, problem: Problem) -> dict[str, Any]:
    """A BatchEntityError (5.2.17)."""
    found = {"entityId": id_, "error": problem.details()}
    if "registrationId" in problem.more:
        found["registrationId"] = problem.more["registrationId"]
    return found


__all__ = [
    "append_attributes",
    "change_in",
    "create_entity",
    "create_in",
    "delete_attribute",
    "delete_entity",
    "delete_in",
    "error_of",
    "merge_entity",
    "partial_result",
    "replace_attribute",
    "replace_entity",
    "retrieve_entity",
    "update_attribute",
    "update_attributes",
]
