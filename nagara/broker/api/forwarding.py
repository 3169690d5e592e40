"""Writes that concern context sources: each gets its part, what is left is done here, and the answer tells of all (5.6; 4.3.6, 6.3.17)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import orjson

from nagara.broker.api import entities as local
from nagara.broker.api.call import Call, partial_result
from nagara.broker.api.entities import error_of
from nagara.broker.api.querying import purge_entities, read_selection
from nagara.broker.http import Params, Response, json_response, parameters
from nagara.broker.ld.context import Context
from nagara.broker.model import incoming
from nagara.broker.model.values import uri
from nagara.broker.problems import Problem, http_problem
from nagara.broker.query.types import type_selector
from nagara.broker.sources.asking import NO_ANSWER, Asker, Failure, Pairs, without_context
from nagara.broker.sources.matching import Wanted, about
from nagara.broker.sources.registration import AUXILIARY_MODE, EXCLUSIVE, REDIRECT, Registration
from nagara.broker.sources.registry import Registry

Handler = Callable[[Call], Awaitable[Response]]
#: What follows the root of a source's API, in its own names of attributes.
Path = str | Callable[[Context], str]
_HEAD = frozenset({"id", "@id", "type", "@type", "scope", "expiresAt", "@context", "createdAt", "modifiedAt", "deletedAt"})


@dataclass(slots=True)
class Shares:
    """Who gets what of one entity."""

    sources: list[tuple[Registration, set[str]]] = field(default_factory=list)  # with full names of attributes
    refused: list[tuple[Registration, set[str]]] = field(default_factory=list)  # hold it, and do not support the operation
    remaining: set[str] = field(default_factory=set)
    proxied: bool = False  # whether some of it is held elsewhere alone

    @property
    def here(self) -> bool:
        """Whether something is left to be done here."""
        return bool(self.remaining) or not self.proxied


def shares(registrations: list[Registration], operation: tuple[str, ...], id_: str, types: list[str] | None, names: set[str]) -> Shares:
    """Divide an entity among the sources: exclusive ones first, then redirects, then all inclusive ones (5.6.1.4 and the like)."""
    found = Shares(remaining=set(names))
    for mode in (EXCLUSIVE, REDIRECT):
        taken: set[str] = set()
        for one in registrations:
            if one.mode != mode or not one.knows(id_, types):
                continue
            part = one.attributes(id_, types, found.remaining)
            whole = any(info.attrs is None and info.has(id_, types) for info in one.information)
            if not part and not (whole and not names):
                continue
            found.proxied = True
            taken |= part
            if one.operations.isdisjoint(operation):
                found.refused.append((one, part))
            else:
                found.sources.append((one, part))
        found.remaining -= taken
    for one in registrations:
        if one.proxied or one.mode == AUXILIARY_MODE or one.operations.isdisjoint(operation) or not one.knows(id_, types):
            continue
        part = one.attributes(id_, types, found.remaining)
        whole = any(info.attrs is None and info.has(id_, types) for info in one.information)
        if part or (whole and not names and not found.proxied):
            found.sources.append((one, part))
    return found


class Forwarding:
    """One write, and what became of its parts."""

    def __init__(self, call: Call, registry: Registry, context: Context) -> None:
        self.call = call
        self.context = context
        self.asker = Asker(call, registry, context)
        self.registrations = [one for one in self.asker.open_to() if not one.temporal]
        given = parameters(call.request.query)
        self.created = False  # whether a source made something new
        self.pairs: Pairs = [(name, value) for name, value in given.items() if name not in ("local", "type")]

    def check_loop(self, found: Shares) -> None:
        """A request that was here before is not sent on again: what was to be done here is done (6.3.17)."""
        if self.asker.looped and (found.proxied or found.sources):
            raise http_problem(508, "Loop detected", "The request came here before, and would be sent on again (6.3.17).")

    def types(self, id_: str, raw: Any = None) -> list[str] | None:
        """The types of an entity, as far as they are known: from what is sent, or from what is kept here."""
        if isinstance(raw, dict):
            given = raw.get("type", raw.get("@type"))
            names: list[Any] = given if isinstance(given, list) else [given]
            if names and all(isinstance(name, str) for name in names):  # else it is refused where it is read
                return [self.context.full(name) for name in names]
        held = self.call.store.get(id_)
        return list(self.call.store.names.unpack(held[1])["type"]) if held is not None else None

    def reduced(self, raw: dict[str, Any], names: set[str]) -> dict[str, Any]:
        """An entity with only these attributes."""
        return {name: value for name, value in raw.items() if name in _HEAD or self.context.full(name) in names}

    def names(self, raw: dict[str, Any]) -> set[str]:
        return {self.context.full(name) for name in raw if name not in _HEAD}

    async def send(self, one: Registration, method: str, path: Path, document: Any = None, pairs: Pairs | None = None) -> Failure | None:
        """Send a part to its source; None where it went well."""
        if not isinstance(path, str):
            try:
                path = path(await self.asker.target(one))
            except Problem as problem:
                return Failure(one, 502, NO_ANSWER, problem.detail, "about:blank", "Bad gateway")
        reply = await self.asker.ask(one, method, path, self.pairs if pairs is None else pairs, without_context(document))
        if isinstance(reply, Failure):
            return reply
        if reply.status == 508 and not one.proxied:
            return None  # it was there already
        if reply.status >= 300 or reply.status == 207:
            return self.asker.refused(one, reply)
        self.created = self.created or reply.status == 201
        return None

    async def here(self, handler: Handler, document: Any = None) -> tuple[Response | None, Problem | None]:
        """Do what is left here, by the same function that serves it where there are no sources."""
        request = self.call.request
        if document is not None:
            body = orjson.dumps(document)
            headers = {**request.headers, "content-length": str(len(body))}
            request = replace(request, body=body, headers=headers)
        inner = Call(self.call.broker, request, self.call.tenant, self.call.args, self.call.creates)
        try:
            return await handler(inner), None
        except Problem as problem:
            return None, problem


def conflict(one: Registration) -> Failure:
    """A source that holds what is written, and does not take it."""
    return Failure(one, 409, 299, f"{one.id} holds this and does not support the operation (4.20).", "Conflict")


@dataclass(slots=True)
class Done:
    """What became of the parts of a write."""

    plain: Response  # the answer where nothing went wrong
    well: int = 0  # so many parts
    names: set[str] = field(default_factory=set)  # full ones, of the attributes in these parts
    problems: list[tuple[Problem, set[str]]] = field(default_factory=list)  # with the attributes that each is about

    def add(self, outcome: Failure | Problem | None, names: set[str]) -> None:
        if outcome is None:
            self.well += 1
            self.names |= names
        else:
            self.problems.append((outcome.problem() if isinstance(outcome, Failure) else outcome, names))


def combined(id_: str, done: Done) -> Response:
    """The answer to a write of one entity: as usual, as its only part went, or told part by part (6.3.17)."""
    if not done.problems:
        return done.plain
    if len(done.problems) == 1 and not done.well:
        raise done.problems[0][0]
    return partial_result([id_] if done.well else [], [error_of(id_, problem) for problem, _ in done.problems])


async def distribute(
    forwarding: Forwarding, found: Shares, method: str, path: Path, raw: Any, handler: Handler, plain: Response, *, cut: bool
) -> Done:
    """Send each source its share and do the rest here."""
    forwarding.check_loop(found)
    done = Done(plain)
    for one, names in found.refused:
        done.add(conflict(one), names)
    jobs = []
    for one, names in found.sources:
        document = forwarding.reduced(raw, names) if cut else raw
        jobs.append(forwarding.send(one, method, path, document))
    if found.here:
        # First here: what is malformed is refused before anything is sent on.
        document = forwarding.reduced(raw, found.remaining) if cut and found.proxied else raw
        response, problem = await forwarding.here(handler, document if raw is not None else None)
        if problem is not None and problem.status in (400, 415):
            for job in jobs:
                job.close()
            raise problem
        if response is not None and response.status == 207:
            problem = Problem("Conflict", "Some attributes were left as they were.", status=207, answer=orjson.loads(response.body))
        elif response is not None:
            done.plain = response
        done.add(problem, found.remaining)
    for (_, names), failure in zip(found.sources, await asyncio.gather(*jobs), strict=True):
        done.add(failure, names)
    return done


async def create(call: Call, registry: Registry) -> Response:
    """POST /entities, distributed (5.6.1.4)."""
    call.params(frozenset({"local"}))
    raw, context = await call.document()
    entity = incoming.entity(raw, context, call.broker.settings.limits.vertices)
    forwarding = Forwarding(call, registry, context)
    found = shares(forwarding.registrations, ("createEntity",), entity["id"], entity["type"], set(entity["attrs"]))
    plain = Response(201, [call.location("entities", entity["id"])])
    return combined(entity["id"], await distribute(forwarding, found, "POST", "entities", raw, local.create_entity, plain, cut=True))


def path_of(id_: str, *more: str) -> str:
    return "/".join(["entities", quote(id_, safe=":"), *(quote(part, safe=":/") for part in more)])


async def _whole(call: Call, registry: Registry, operation: str, method: str, handler: Handler, mode: int) -> Response:
    """Replace or merge an entity, distributed."""
    id_ = uri(call.args["id"], "The id of the entity")
    raw, context = await call.document(patch=method == "PATCH")
    incoming.fragment(raw, context, mode, call.broker.settings.limits.vertices, simplified=mode == incoming.MERGE and _simplified(call))
    forwarding = Forwarding(call, registry, context)
    found = shares(forwarding.registrations, (operation,), id_, forwarding.types(id_, raw), forwarding.names(raw))
    return combined(id_, await distribute(forwarding, found, method, path_of(id_), raw, handler, Response(204), cut=True))


def _simplified(call: Call) -> bool:
    return any(word in call.request.query for word in ("simplified", "keyValues"))


async def replace_entity(call: Call, registry: Registry) -> Response:
    """PUT /entities/{entityId}, distributed (5.6.18.4)."""
    return await _whole(call, registry, "replaceEntity", "PUT", local.replace_entity, incoming.CREATE)


async def merge_entity(call: Call, registry: Registry) -> Response:
    """PATCH /entities/{entityId}, distributed (5.6.17.4)."""
    return await _whole(call, registry, "mergeEntity", "PATCH", local.merge_entity, incoming.MERGE)


async def delete_entity(call: Call, registry: Registry) -> Response:
    """DELETE /entities/{entityId}, distributed (5.6.6.4)."""
    id_ = uri(call.args["id"], "The id of the entity")
    context = await call.linked()
    forwarding = Forwarding(call, registry, context)
    found = known_by(forwarding, ("deleteEntity",), id_, await _types_asked(call, context) or forwarding.types(id_))
    forwarding.check_loop(found)
    done = Done(Response(204))
    for one, names in found.refused:
        done.add(conflict(one), names)
    _, problem = await forwarding.here(local.delete_entity)
    if problem is None or problem.status != 404 or not found.proxied:
        done.add(problem, set())
    for failure in await asyncio.gather(*(forwarding.send(one, "DELETE", path_of(id_)) for one, _ in found.sources)):
        done.add(failure, set())
    return combined(id_, done)


async def _types_asked(call: Call, context: Context) -> list[str] | None:
    text = parameters(call.request.query).get("type")
    if not text:
        return None
    return [name for some in type_selector(text, context).any_of for name in some] or None


def known_by(forwarding: Forwarding, operation: tuple[str, ...], id_: str, types: list[str] | None) -> Shares:
    """Who may hold anything of an entity."""
    found = Shares()
    for one in forwarding.registrations:
        if one.mode == AUXILIARY_MODE or not one.knows(id_, types):
            continue
        if one.operations.isdisjoint(operation):
            if one.proxied:
                found.refused.append((one, set()))
                found.proxied = True
            continue
        found.proxied = found.proxied or one.proxied
        found.sources.append((one, set()))
    return found


# Attributes


def result(done: Done) -> Response:
    """The answer to a write of attributes: an UpdateResult (5.2.18) where only some of it was done."""
    if not done.problems:
        return done.plain
    if len(done.problems) == 1 and not done.well and "answer" not in done.problems[0][0].more:
        raise done.problems[0][0]
    updated = set(done.names)
    not_updated: list[dict[str, Any]] = []
    for problem, names in done.problems:
        said = problem.more.get("answer")
        if said is not None:
            left = [one for one in said["notUpdated"] if isinstance(one, dict) and "attributeName" in one]
            not_updated += left
            updated |= {name for name in said["updated"] if isinstance(name, str)}
            updated -= {one["attributeName"] for one in left}
        else:
            more = {"registrationId": problem.more["registrationId"]} if "registrationId" in problem.more else {}
            not_updated += [{"attributeName": name, "reason": problem.detail, **more} for name in sorted(names)]
    return json_response(207, {"updated": sorted(updated), "notUpdated": not_updated})


async def _attributes(call: Call, registry: Registry, operation: str, method: str, handler: Handler) -> Response:
    """Append or update attributes, distributed."""
    id_ = uri(call.args["id"], "The id of the entity")
    raw, context = await call.document(patch=method == "PATCH")
    incoming.fragment(raw, context, incoming.UPDATE, call.broker.settings.limits.vertices)
    forwarding = Forwarding(call, registry, context)
    names = forwarding.names(raw)
    types = await _types_asked(call, context) or forwarding.types(id_, raw)
    found = shares(forwarding.registrations, (operation,), id_, types, names)
    return result(await distribute(forwarding, found, method, path_of(id_, "attrs/"), raw, handler, Response(204), cut=True))


async def append_attributes(call: Call, registry: Registry) -> Response:
    """POST /entities/{entityId}/attrs, distributed (5.6.3.4)."""
    return await _attributes(call, registry, "appendAttrs", "POST", local.append_attributes)


async def update_attributes(call: Call, registry: Registry) -> Response:
    """PATCH /entities/{entityId}/attrs, distributed (5.6.2.4)."""
    return await _attributes(call, registry, "updateEntity", "PATCH", local.update_attributes)


async def _attribute(call: Call, registry: Registry, operation: str, method: str, handler: Handler) -> Response:
    """Update, replace or delete one attribute, distributed."""
    id_ = uri(call.args["id"], "The id of the entity")
    raw: Any = None
    if method == "DELETE":
        context = await call.linked()
    else:
        raw, context = await call.document(patch=method == "PATCH")
    forwarding = Forwarding(call, registry, context)
    name = context.full(call.args["attr"])
    types = await _types_asked(call, context) or forwarding.types(id_)
    found = shares(forwarding.registrations, (operation,), id_, types, {name})

    def path(target: Context) -> str:
        return path_of(id_, "attrs", call.args["attr"] if target is context else target.short(name))

    return result(await distribute(forwarding, found, method, path, raw, handler, Response(204), cut=False))


async def update_attribute(call: Call, registry: Registry) -> Response:
    """PATCH /entities/{entityId}/attrs/{attrId}, distributed (5.6.4.4)."""
    return await _attribute(call, registry, "updateAttrs", "PATCH", local.update_attribute)


async def replace_attribute(call: Call, registry: Registry) -> Response:
    """PUT /entities/{entityId}/attrs/{attrId}, distributed (5.6.19.4)."""
    return await _attribute(call, registry, "replaceAttrs", "PUT", local.replace_attribute)


async def delete_attribute(call: Call, registry: Registry) -> Response:
    """DELETE /entities/{entityId}/attrs/{attrId}, distributed (5.6.5.4)."""
    return await _attribute(call, registry, "deleteAttrs", "DELETE", local.delete_attribute)


# Many entities


async def purge(call: Call, registry: Registry) -> Response:
    """DELETE /entities, distributed (5.6.21.4)."""
    context = await call.linked()
    given = parameters(call.request.query)
    params = Params(call.request.query, frozenset(given))
    selection = read_selection(params, context, call.broker.settings.limits, narrow=True)
    forwarding = Forwarding(call, registry, context)
    matched = about(forwarding.registrations, Wanted(selection.selectors, selection.attrs, None, selection.geo, selection.scope))
    sources = [one for one, _ in matched if "purgeEntity" in one.operations and one.mode != AUXILIARY_MODE]
    refused = [one for one, _ in matched if one.proxied and "purgeEntity" not in one.operations]
    forwarding.check_loop(Shares(proxied=bool(sources or refused)))
    response, problem = await forwarding.here(purge_entities)
    if problem is not None:
        raise problem
    pairs = [(name, value) for name, value in given.items() if name != "local"]
    failures = [conflict(one) for one in refused]
    failures += [one for one in await asyncio.gather(*(forwarding.send(one, "DELETE", "entities", None, pairs) for one in sources)) if one]
    if not failures and response is not None:
        return response
    said = orjson.loads(response.body) if response is not None and response.status == 207 else {"success": [], "errors": []}
    return partial_result(said["success"], said["errors"] + [error_of(failure.one.id, failure.problem()) for failure in failures])
