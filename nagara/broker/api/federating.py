"""Retrieve and query over this broker and the context sources that it knows of (5.7.1, 5.7.2; 4.3.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import orjson

from nagara.broker.api.call import ENTITY_KINDS, Call
from nagara.broker.api.entities import unknown
from nagara.broker.api.querying import QUERY, Query, page_links, read_body_query, read_get_query, read_q, select_page
from nagara.broker.api.viewing import RETRIEVE, answer_entities, read_view
from nagara.broker.doors.outgoing import Reply
from nagara.broker.http import Headers, Response, parameters
from nagara.broker.ld.context import Context
from nagara.broker.model.incoming import Entity
from nagara.broker.model.values import uri
from nagara.broker.problems import Problem, bad_data, not_found
from nagara.broker.query.finding import find, load, lookup_in
from nagara.broker.query.matching import matches
from nagara.broker.query.projection import Projection
from nagara.broker.query.selecting import Selection, Selector
from nagara.broker.query.types import TypeSelector, type_selector
from nagara.broker.sources.asking import Asker, Failure, Pairs, warnings
from nagara.broker.sources.matching import Wanted, about, fitting
from nagara.broker.sources.merging import dated, merge, received, supplement
from nagara.broker.sources.registration import AUXILIARY_MODE, Entities, Information, Registration
from nagara.broker.sources.registry import Registry

_PLAIN = frozenset({"id", "type", "scope"})
_QUERYING = ("queryEntity", "queryBatch")
_MOST = 10_000  # entities taken from one source for one answer
_PAGE = 1_000
_IDS = 100  # ids in one address
HERE = "@none"  # the source that stands for this broker (5.2.39)


@dataclass(slots=True)
class Part:
    """What one source is asked for: some entities, some of their attributes."""

    one: Registration
    types: list[str] = field(default_factory=list)  # full names, or conjunctions of such in parentheses
    ids: list[str] | None = None
    pattern: str | None = None
    attrs: list[str] | None = None  # full names


def _requested(query_attrs: frozenset[str] | None, pick: Projection | None) -> frozenset[str] | None:
    """The attributes that a request is about; None for all."""
    if query_attrs is not None:
        return query_attrs
    if pick is not None:
        return frozenset(pick.names - _PLAIN)
    return None


def _types(selector: TypeSelector | None, entities: Entities | None) -> list[str]:
    if selector is None or selector.every:
        return sorted(entities.types) if entities is not None else []
    chosen = [some for some in selector.any_of if entities is None or some <= entities.types]
    return [next(iter(some)) if len(some) == 1 else f"({';'.join(sorted(some))})" for some in chosen]


def _part(one: Registration, info: Information, selector: Selector, entities: Entities | None, wanted: frozenset[str] | None) -> Part:
    found = Part(one, _types(selector.types, entities))
    if selector.ids is not None:
        found.ids = [id_ for id_ in selector.ids if entities is None or entities.has_id(id_)]
    elif entities is not None and entities.id is not None:
        found.ids = [entities.id]
    elif selector.pattern is not None:
        found.pattern = selector.pattern.text
    elif entities is not None and entities.pattern is not None:
        found.pattern = entities.pattern.text
    if info.attrs is not None:
        found.attrs = sorted(info.attrs if wanted is None else info.attrs & wanted)
    elif wanted is not None:
        found.attrs = sorted(wanted)
    return found


def parts_of(matched: list[tuple[Registration, tuple[Information, ...]]], wanted: Wanted) -> list[Part]:
    found = []
    for one, infos in matched:
        for info in infos:
            found += [_part(one, info, selector, entities, wanted.attrs) for selector, entities in fitting(wanted, info)]
    return found


def types_text(part: Part, target: Context) -> tuple[str, list[str]]:
    """Types and attributes of a part in the names of the source."""
    types = [
        f"({';'.join(target.short(name) for name in one[1:-1].split(';'))})" if one.startswith("(") else target.short(one)
        for one in part.types
    ]
    return ",".join(types), [target.short(name) for name in part.attrs or ()]


def _pairs(part: Part, target: Context) -> Pairs:
    types, attrs = types_text(part, target)
    pairs: Pairs = []
    if types:
        pairs.append(("type", types))
    if part.ids is not None:
        pairs.append(("id", ",".join(part.ids)))
    elif part.pattern is not None:
        pairs.append(("idPattern", part.pattern))
    if attrs:
        pairs.append(("attrs", ",".join(attrs)))
    return pairs


def _query_document(part: Part, target: Context, more: dict[str, Any]) -> dict[str, Any]:
    types, attrs = types_text(part, target)
    entities = []
    for id_ in part.ids if part.ids is not None else [None]:
        one: dict[str, Any] = {"type": types or "*"}
        if id_ is not None:
            one["id"] = id_
        elif part.pattern is not None:
            one["idPattern"] = part.pattern
        entities.append(one)
    document: dict[str, Any] = {"type": "Query", "entities": entities, **more}
    if attrs:
        document["attrs"] = attrs
    return document


class Federation:
    """One request for entities, asked of all that may have them."""

    def __init__(self, call: Call, registry: Registry, context: Context) -> None:
        self.call = call
        self.context = context
        self.asker = Asker(call, registry, context)
        self.failures: list[Failure] = []

    def sources(self, wanted: Wanted, *operations: str) -> list[tuple[Registration, tuple[Information, ...]]]:
        """The registrations that match and support one of the operations; none where the request was here before."""
        if self.asker.looped:
            return []
        open_to = (one for one in self.asker.open_to() if not one.operations.isdisjoint(operations))
        return about(open_to, wanted)

    async def entities(self, part: Part, reply: Reply | Failure) -> list[Entity]:
        """The entities in what a source answered; a failure is noted."""
        if isinstance(reply, Failure):
            self.failures.append(reply)
            return []
        if reply.status == 404:
            return []
        if reply.status >= 300:
            self.failures.append(self.asker.refused(part.one, reply))
            return []
        try:
            raw = orjson.loads(reply.body or b"[]")
            found = []
            for each in raw if isinstance(raw, list) else [raw]:
                context = await self.asker.target(part.one)
                if isinstance(each, dict) and "@context" in each:
                    context = await self.call.resolver.resolve(each["@context"])
                entity = received(each, context, self.call.broker.settings.limits.vertices) if isinstance(each, dict) else None
                if not isinstance(each, dict):
                    raise bad_data("it is no entity.")
                if entity is not None:
                    found.append(self.allowed(part, entity))
        except (orjson.JSONDecodeError, Problem) as e:
            self.failures.append(self.asker.unreadable(part.one, str(e)))
            return []
        return found

    def allowed(self, part: Part, entity: Entity) -> Entity:
        """An entity with no more than its source is registered for."""
        names = part.one.attributes(entity["id"], None, entity["attrs"])
        entity["attrs"] = {name: instances for name, instances in entity["attrs"].items() if name in names}
        if part.one.datasets is not None:
            held = {
                name: [one for one in instances if one.get("datasetId", "@none") in part.one.datasets]
                for name, instances in entity["attrs"].items()
            }
            entity["attrs"] = {name: instances for name, instances in held.items() if instances}
        return entity

    # Retrieve (5.7.1)

    async def retrieve_part(self, part: Part, id_: str) -> list[Entity]:
        one, target = part.one, await self.asker.target(part.one)
        part.ids = [id_]
        if "retrieveEntity" in one.operations:
            attrs = types_text(part, target)[1]
            pairs: Pairs = [("attrs", ",".join(attrs))] if attrs else []
            reply = await self.asker.ask(one, "GET", f"entities/{quote(id_, safe=':')}", [*pairs, ("options", "sysAttrs")])
        else:
            reply = await self.query_once(part, target, [], {})
        return [entity for entity in await self.entities(part, reply) if entity["id"] == id_]

    async def query_once(self, part: Part, target: Context, pairs: Pairs, more: dict[str, Any]) -> Reply | Failure:
        """One page of a query to a source, by the operation that it supports."""
        if "queryEntity" in part.one.operations:
            return await self.asker.ask(
                part.one, "GET", "entities", [*_pairs(part, target), *_filters(more), *pairs, ("options", "sysAttrs")]
            )
        document = _query_document(part, self.context, more)
        return await self.asker.ask(part.one, "POST", "entityOperations/query", [*pairs, ("options", "sysAttrs")], document)

    # Query (5.7.2)

    async def query_part(self, part: Part, most: int, more: dict[str, Any]) -> tuple[list[Entity], bool]:
        """The first entities of a source that fit, and whether there are more."""
        if part.ids is not None and len(part.ids) > _IDS:
            pieces = [replace(part, ids=part.ids[i : i + _IDS]) for i in range(0, len(part.ids), _IDS)]
            several = await asyncio.gather(*(self.query_part(piece, most, more) for piece in pieces))
            return [entity for entities, _ in several for entity in entities], any(cut for _, cut in several)
        target = await self.asker.target(part.one)
        found: list[Entity] = []
        while len(found) < most:
            limit = min(most - len(found), _PAGE)
            pairs: Pairs = [("limit", str(limit))]
            if found:
                pairs.append(("offset", str(len(found))))
            page = await self.entities(part, await self.query_once(part, target, pairs, more))
            known = {entity["id"] for entity in found}
            new = [entity for entity in page if entity["id"] not in known]
            found += new
            if len(page) < limit or not new:
                return found, False
        return found, True


def _filters(more: dict[str, Any]) -> Pairs:
    """The filters of a query as parameters."""
    pairs: Pairs = [(name, more[name]) for name in ("q", "scopeQ", "lang") if name in more]
    geo = more.get("geoQ")
    if geo:
        for name in ("georel", "geometry", "coordinates", "geoproperty"):
            if name in geo:
                value = geo[name]
                pairs.append((name, value if isinstance(value, str) else orjson.dumps(value).decode()))
    return pairs


def _combined(local: Iterable[Entity], remote: Iterable[tuple[Part, list[Entity]]]) -> dict[str, Entity]:
    """Entities by id, in the order of their first appearance: ours, then those of the sources; auxiliary sources only add."""
    found = {entity["id"]: dated(entity) for entity in local}
    asked = list(remote)
    for part, entities in asked:
        if part.one.mode != AUXILIARY_MODE:
            for entity in entities:
                if entity["id"] in found:
                    merge(found[entity["id"]], entity)
                else:
                    found[entity["id"]] = entity
    for part, entities in asked:
        if part.one.mode == AUXILIARY_MODE:
            for entity in entities:
                if entity["id"] in found:
                    supplement(found[entity["id"]], entity)
                else:
                    found[entity["id"]] = entity
    return found


async def retrieve(call: Call, registry: Registry, *, only: set[str] | None = None, told: list[str] | None = None) -> Response:
    """GET /entities/{entityId}, distributed (5.7.1.4). `only`: sources to ask, HERE for this broker; `told` takes those that had something."""
    id_ = uri(call.args["id"], "The id of the entity")
    context = await call.linked()
    params = call.params(RETRIEVE)
    kind = call.accepts(ENTITY_KINDS)
    view = read_view(params, context, kind)
    text = params.text("type")
    types = type_selector(text, context) if text is not None else None
    attrs = _requested(view.view.attrs, view.view.pick)
    wanted = Wanted((Selector((id_,), None, types),), attrs, view.view.datasets)
    federation = Federation(call, registry, context)
    parts = parts_of(federation.sources(wanted, "retrieveEntity", *_QUERYING), wanted)
    parts = [part for part in _one_each(parts) if only is None or part.one.id in only]
    answers = await asyncio.gather(*(federation.retrieve_part(part, id_) for part in parts))
    held = call.store.get(id_)
    local = [call.store.names.unpack(held[1])] if held is not None and (only is None or HERE in only) else []
    if told is not None:
        told += [HERE] * bool(local) + [part.one.id for part, entities in zip(parts, answers, strict=True) if entities]
    found = _combined(local, zip(parts, answers, strict=True)).get(id_)
    headers = warnings(federation.failures)
    try:
        if found is None or (types is not None and not types.matches(found["type"])):
            raise unknown(id_)
        if view.view.attrs is not None and view.view.attrs.isdisjoint(found["attrs"]):
            raise not_found(f"The entity {id_} has none of the attributes asked for (5.7.1.4).", instance=id_)
        return await answer_entities(call, [found], kind, context, view, one=True, headers=headers)
    except Problem as problem:
        problem.headers += headers
        raise


def _one_each(parts: list[Part]) -> list[Part]:
    """For one entity a source is asked once, for all that it is registered for."""
    found: dict[str, Part] = {}
    for part in parts:
        known = found.setdefault(part.one.id, part)
        if known is not part:
            known.types = list(dict.fromkeys([*known.types, *part.types]))
            known.attrs = None if known.attrs is None or part.attrs is None else sorted({*known.attrs, *part.attrs})
    return list(found.values())


@dataclass(slots=True)
class Gathered:
    """All that a query finds, here and elsewhere."""

    read: Query
    context: Context
    entities: dict[str, Entity]
    sources: dict[str, list[str]]  # of each entity: registrations, or HERE
    warnings: Headers


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query as it came, and what of it sources are to be told."""

    read: Query
    context: Context
    more: dict[str, Any]
    split: bool
    csf: str | None


def _get(call: Call, context: Context, kind: str) -> _Asked:
    params = call.params(QUERY)
    given = parameters(call.request.query)
    more: dict[str, Any] = {name: given[name] for name in ("q", "scopeQ") if name in given}
    geo = {name: given[name] for name in ("georel", "geometry", "coordinates", "geoproperty") if name in given}
    if geo:
        more["geoQ"] = geo
    return _Asked(read_get_query(call, context, kind), context, more, params.flag("splitEntities"), params.text("csf"))


def _body(call: Call, raw: dict[str, Any], context: Context, kind: str) -> _Asked:
    read, params = read_body_query(call, raw, context, kind)
    more: dict[str, Any] = {name: raw[name] for name in ("q", "scopeQ", "geoQ") if name in raw}
    return _Asked(read, context, more, raw.get("splitEntities") is True or params.flag("splitEntities"), raw.get("csf"))


async def query(call: Call, registry: Registry) -> Response:
    """GET /entities, distributed (5.7.2.4)."""
    kind = call.accepts(ENTITY_KINDS)
    return await _query(call, registry, _get(call, await call.linked(), kind), kind)


async def post_query(call: Call, registry: Registry) -> Response:
    """POST /entityOperations/query, distributed (5.7.2.4)."""
    kind = call.accepts(ENTITY_KINDS)
    raw, context = await call.document()
    return await _query(call, registry, _body(call, raw, context, kind), kind)


async def gather_get(call: Call, registry: Registry, context: Context, kind: str, held: dict[str, list[str]] | None) -> Gathered:
    """All entities of the query in an address; `held`: of these alone, and from these sources."""
    return await _gather(call, registry, _get(call, context, kind), _MOST, held)


async def gather_body(call: Call, registry: Registry, raw: dict[str, Any], context: Context, kind: str) -> Gathered:
    """All entities of the query in a body."""
    return await _gather(call, registry, _body(call, raw, context, kind), _MOST, None)


def _wanted(call: Call, asked: _Asked, selection: Selection) -> Wanted:
    view = asked.read.showing.view
    attrs = _requested(selection.attrs, view.pick)
    source_filter = read_q(asked.csf, asked.context, call.broker.settings.limits) if asked.csf is not None else None
    return Wanted(selection.selectors, attrs, view.datasets, selection.geo, selection.scope, source_filter)


async def _query(call: Call, registry: Registry, asked: _Asked, kind: str) -> Response:
    read = asked.read
    if not Federation(call, registry, asked.context).sources(_wanted(call, asked, read.selection), *_QUERYING):
        return await select_page(call, read, asked.context, kind)
    if read.ordering is not None:
        raise bad_data("Entities of several sources cannot be ordered; ask with local=true (5.7.2.4).")
    most = _MOST if read.count or asked.split else min(read.offset + read.limit + 1, _MOST)
    gathered = await _gather(call, registry, asked, most, None)
    ids = list(gathered.entities)
    page = ids[read.offset : read.offset + read.limit]
    headers: Headers = [("ngsild-results-count", str(len(ids)))] if read.count else []
    headers += page_links(call, kind)(read, len(ids) > read.offset + read.limit)
    headers += gathered.warnings
    return await answer_entities(call, [gathered.entities[id_] for id_ in page], kind, asked.context, read.showing, headers=headers)


async def _gather(call: Call, registry: Registry, asked: _Asked, most: int, held: dict[str, list[str]] | None) -> Gathered:
    """The first `most` entities of each source, put together."""
    read, more = asked.read, asked.more
    selection = read.selection
    if held is not None:
        selection = replace(selection, selectors=tuple(replace(one, ids=_among(one, held)) for one in selection.selectors))
    wanted = _wanted(call, asked, selection)
    federation = Federation(call, registry, asked.context)
    named = None if held is None else {source for sources in held.values() for source in sources}
    matched = [(one, infos) for one, infos in federation.sources(wanted, *_QUERYING) if named is None or one.id in named]
    split = asked.split and bool(matched)
    parts = parts_of(matched, wanted)
    if split:
        more = {}
        for part in parts:
            if not any(info.attrs is not None for info in part.one.information):
                part.attrs = None
    chosen = Selection(selection.selectors) if split else selection
    answers, local = await asyncio.gather(
        asyncio.gather(*(federation.query_part(part, most, more) for part in parts)), _local(call, chosen, most)
    )
    found = _combined(local, ((part, entities) for part, (entities, _) in zip(parts, answers, strict=True)))
    # What a source has of the first of these beyond the part of its list that was taken.
    cut = [part for part, (_, more_there) in zip(parts, answers, strict=True) if more_there]
    page = list(found)[read.offset : read.offset + read.limit]
    if cut and page and most < _MOST:
        again = [Part(part.one, part.types, page, None, part.attrs) for part in cut]
        extra = await asyncio.gather(*(federation.query_part(part, len(page), {}) for part in again))
        rest = _combined((found[id_] for id_ in page), ((part, entities) for part, (entities, _) in zip(again, extra, strict=True)))
        found.update((id_, rest[id_]) for id_ in page)
    if split:
        found = await _filtered(call, found, selection)
    sources: dict[str, list[str]] = {entity["id"]: [HERE] for entity in local}
    for part, (entities, _) in zip(parts, answers, strict=True):
        for entity in entities:
            known = sources.setdefault(entity["id"], [])
            if part.one.id not in known:
                known.append(part.one.id)
    return Gathered(read, asked.context, found, sources, warnings(federation.failures))


def _among(selector: Selector, held: dict[str, list[str]]) -> tuple[str, ...]:
    """The entities of a map that a selector may mean."""
    if selector.ids is not None:
        return tuple(id_ for id_ in selector.ids if id_ in held)
    return tuple(id_ for id_ in held if selector.pattern is None or selector.pattern.matches(id_))


async def _local(call: Call, selection: Selection, most: int) -> list[Entity]:
    store = call.store

    def run(connection: Any) -> list[Entity]:
        found = find(store, selection, limit=most, offset=0, count=False)(connection)
        missing = [key for key in found.keys if key not in found.entities]
        if missing:
            found.entities.update(load(store, connection, missing))
        return [found.entities[key] for key in found.keys if key in found.entities]

    return await store.read(run)


async def _filtered(call: Call, found: dict[str, Entity], selection: Selection) -> dict[str, Entity]:
    """Whole entities that fit the filters which no source could apply to its part (5.7.2.4, split entities)."""

    def run(connection: Any) -> dict[str, Entity]:
        lookup = lookup_in(connection, call.store.names)
        return {
            id_: entity
            for id_, entity in found.items()
            if (selection.attrs is None or not selection.attrs.isdisjoint(entity["attrs"]))
            and (selection.scope is None or selection.scope.matches(entity.get("scope", [])))
            and (selection.q is None or matches(selection.q, entity, lookup))
            and (selection.geo is None or selection.geo.matches(entity))
        }

    return await call.store.read(run)
