"""Writes of history that concern context sources (5.6.11 to 5.6.16; 4.3.6, 6.3.17): each gets its part, what is left is done here.

A source that knows nothing of what is to be corrected or deleted has nothing to do, and is no failure as long as another one had.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from nagara.broker.api import temporal_writing as local
from nagara.broker.api.call import Call
from nagara.broker.api.forwarding import Done, Forwarding, Handler, combined, conflict, distribute, known_by, result, shares
from nagara.broker.clock import now_us, parse_us
from nagara.broker.http import Params, Response
from nagara.broker.ld.context import Context
from nagara.broker.model.incoming import Entity
from nagara.broker.model.values import uri
from nagara.broker.problems import not_found
from nagara.broker.sources.instances import named_source, place_of
from nagara.broker.sources.registration import Registration
from nagara.broker.sources.registry import Registry

_LOCAL = frozenset({"local"})


def _in_time(one: Registration, given: Entity | None) -> bool:
    """Whether a source takes part in what is written now: by the interval that its registration names (5.2.9), if any."""

    def within(name: str, first: int, last: int) -> bool:
        held = one.doc.get(name)
        if held is None:
            return True
        end = parse_us(held.get("endAt"))
        return last >= (parse_us(held["startAt"]) or 0) and (end is None or first <= end)

    now = now_us()
    if given is None:
        return True  # what is there already is corrected or deleted, whenever it was observed
    times = [at for some in given["attrs"].values() for each in some if (at := parse_us(each.get("observedAt"))) is not None]
    return within("managementInterval", now, now) and (not times or within("observationInterval", min(times), max(times)))


def _forwarding(call: Call, registry: Registry, context: Context, given: Entity | None = None) -> Forwarding:
    found = Forwarding(call, registry, context)
    found.registrations = [one for one in found.asker.open_to() if _in_time(one, given)]
    return found


def _path(id_: str, *more: str) -> str:
    return "/".join(["temporal/entities", quote(id_, safe=":"), *(quote(part, safe=":/") for part in more)])


async def _types(call: Call, id_: str) -> list[str] | None:
    """The types of an entity whose history is kept here."""
    found = await local.ask_history(call, lambda history: history.find(id_))
    return None if found is None else list(found.entity["type"])


def _settled(done: Done, *, everywhere: bool) -> Done:
    """Without the parts that had nothing to do, where another had. `everywhere`: also those of sources, not only what is not known here."""
    missing = [one for one in done.problems if one[0].status == 404]
    if done.well:
        done.problems = [one for one in done.problems if one not in missing or not (everywhere or "registrationId" not in one[0].more)]
    elif len(missing) == len(done.problems):
        done.problems = missing[:1]
    return done


async def create(call: Call, registry: Registry) -> Response:
    """POST /temporal/entities, distributed (5.6.11.4)."""
    call.params(_LOCAL)
    raw, context = await call.document()
    given = local.whole(raw, context, call)
    forwarding = _forwarding(call, registry, context, given)
    found = shares(forwarding.registrations, ("upsertTemporal",), given["id"], given["type"], forwarding.names(raw))
    location = call.location("temporal", "entities", given["id"])
    done = await distribute(forwarding, found, "POST", "temporal/entities", raw, local.create_evolution, Response(204), cut=True)
    if not found.here and forwarding.created:
        done.plain = Response(201, [location])
    return combined(given["id"], done)


async def add_instances(call: Call, registry: Registry) -> Response:
    """POST /temporal/entities/{entityId}/attrs, distributed (5.6.12.4)."""
    id_, raw, context, given = await local.addition(call)
    forwarding = _forwarding(call, registry, context, given)
    types = given.get("type") or await _types(call, id_)
    found = shares(forwarding.registrations, ("appendAttrsTemporal",), id_, types, forwarding.names(raw))
    done = await distribute(forwarding, found, "POST", _path(id_, "attrs"), raw, local.add_instances, Response(204), cut=True)
    return result(_settled(done, everywhere=False))


async def delete_evolution(call: Call, registry: Registry) -> Response:
    """DELETE /temporal/entities/{entityId}, distributed (5.6.16.4)."""
    id_ = uri(call.args["id"], "The id of the entity")
    call.params(_LOCAL)
    forwarding = _forwarding(call, registry, await call.linked())
    found = known_by(forwarding, ("deleteTemporal",), id_, await _types(call, id_))
    # What is kept here of an entity that others hold goes as well.
    found.proxied = False
    done = await distribute(forwarding, found, "DELETE", _path(id_), None, local.delete_evolution, Response(204), cut=False)
    return combined(id_, _settled(done, everywhere=True))


async def _one_attribute(
    call: Call,
    registry: Registry,
    operation: str,
    method: str,
    more: tuple[str, ...],
    handler: Handler,
    raw: Any,
    context: Context,
    name: str,
) -> Response:
    id_ = uri(call.args["id"], "The id of the entity")
    full = local.attribute(name, context)
    forwarding = _forwarding(call, registry, context)

    def path(target: Context) -> str:
        return _path(id_, "attrs", name if target is context else target.short(full), *more)

    elsewhere = named_source(more[0]) if more else None
    if elsewhere is not None:
        return await _at_its_source(forwarding, operation, method, elsewhere, id_, name, full, raw)
    found = shares(forwarding.registrations, (operation,), id_, await _types(call, id_), {full})
    done = await distribute(forwarding, found, method, path, raw, handler, Response(204), cut=False)
    return result(_settled(done, everywhere=True))


async def _at_its_source(
    forwarding: Forwarding, operation: str, method: str, elsewhere: tuple[str, str], id_: str, name: str, full: str, raw: Any
) -> Response:
    """Correct or delete an instance that is at one source, which knows it by another name (sources/instances.py)."""
    place, instance = elsewhere
    there = [one for one in forwarding.registrations if place_of(one) == place and full in one.attributes(id_, None, {full})]
    if not there:
        raise not_found(f"The history of {id_} holds no such instance of {name!r}.")
    one = next((one for one in there if operation in one.operations), None)
    if one is None:
        raise conflict(there[0]).problem()

    def path(target: Context) -> str:
        return _path(id_, "attrs", name if target is forwarding.context else target.short(full), instance)

    failure = await forwarding.send(one, method, path, raw)
    if failure is not None:
        raise failure.problem()
    return Response(204)


async def delete_attribute(call: Call, registry: Registry) -> Response:
    """DELETE /temporal/entities/{entityId}/attrs/{attrId}, distributed (5.6.13.4)."""
    return await _delete_attribute(call, registry, call.args["attr"], local.delete_attribute)


async def _delete_attribute(call: Call, registry: Registry, name: str, handler: Handler) -> Response:
    _check_dataset(call.params(frozenset({"datasetId", "deleteAll", "local"})))
    return await _one_attribute(call, registry, "deleteAttrsTemporal", "DELETE", (), handler, None, await call.linked(), name)


def _check_dataset(params: Params) -> None:
    params.flag("deleteAll")
    dataset = params.text("datasetId") or "@none"
    if dataset != "@none":
        uri(dataset, "datasetId")


async def delete_instance(call: Call, registry: Registry) -> Response:
    """DELETE /temporal/entities/{entityId}/attrs/{attrId}/{instanceId}, distributed (5.6.15.4)."""
    name, instance = call.args["attr"], call.args["instance"]
    if local.is_name(name, instance):
        return await _delete_attribute(call, registry, f"{name}/{instance}", local.delete_instance)
    call.params(_LOCAL)
    more = (uri(instance, "The instanceId"),)
    context = await call.linked()
    return await _one_attribute(call, registry, "deleteAttrInstanceTemporal", "DELETE", more, local.delete_instance, None, context, name)


async def modify_instance(call: Call, registry: Registry) -> Response:
    """PATCH /temporal/entities/{entityId}/attrs/{attrId}/{instanceId}, distributed (5.6.14.4)."""
    call.params(_LOCAL)
    more = (uri(call.args["instance"], "The instanceId"),)
    raw, context = await call.document(patch=True)
    name = call.args["attr"]
    local.replacing(name, raw, context, call)
    return await _one_attribute(call, registry, "updateAttrInstanceTemporal", "PATCH", more, local.modify_instance, raw, context, name)
