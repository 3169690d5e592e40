"""Query Entities by GET and by POST, and Purge Entities (5.7.2, 5.6.21; 6.4.3.2, 6.4.3.3, 6.23.3.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from nagara.broker.api.call import ENTITY_KINDS, Call, partial_result
from nagara.broker.api.entities import change_in, delete_in, error_of
from nagara.broker.api.viewing import VIEW, Showing, answer_entities, read_view, showing
from nagara.broker.http import GEO_JSON, LD_JSON, Headers, Params, Response, parameters
from nagara.broker.ld.context import Context
from nagara.broker.ld.core import NGSI_LD
from nagara.broker.model import changing
from nagara.broker.model.changing import Outcome
from nagara.broker.model.incoming import Entity
from nagara.broker.model.showing import View, show
from nagara.broker.model.values import geometry, shown, uri
from nagara.broker.problems import Problem, bad_data
from nagara.broker.query import q as language
from nagara.broker.query.finding import Found, find, find_all, load
from nagara.broker.query.geo import GeoQuery, geo_query
from nagara.broker.query.ordering import OrderTerm, check_collation, order_terms, sorter
from nagara.broker.query.patterns import pattern
from nagara.broker.query.q import Node
from nagara.broker.query.scopes import scope_query
from nagara.broker.query.selecting import Selection, Selector
from nagara.broker.query.types import type_selector
from nagara.broker.settings import Limits
from nagara.broker.store.transaction import Txn

FILTERS = frozenset(
    {"attrs", "coordinates", "csf", "geometry", "geoproperty", "georel", "id", "idPattern", "local", "q", "scopeQ", "type"}
    | {"expandValues", "jsonKeys"}
)
PAGING = frozenset({"count", "limit", "offset"})
ORDERING = frozenset({"collation", "orderBy", "orderFrom", "orderGeometry"})
QUERY = FILTERS | PAGING | ORDERING | VIEW | frozenset({"splitEntities"})
PURGE = FILTERS | frozenset({"drop", "keep", "geometryProperty"})
_SYSTEM = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt", "observedAt"})
_PURGE_SLICE = 200


@dataclass(frozen=True, slots=True)
class Ordering:
    """How the answer is sorted (4.23)."""

    terms: tuple[OrderTerm, ...]
    reference: dict[str, Any] | None = None
    collation: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was read: which entities, how shown, how sorted, which page."""

    selection: Selection
    showing: Showing
    limit: int
    offset: int
    count: bool
    ordering: Ordering | None = None
    links: dict[bool, Headers] = field(default_factory=dict)  # to the pages around it, by whether there are more


async def query_entities(call: Call) -> Response:
    """GET /entities (6.4.3.2)."""
    kind = call.accepts(ENTITY_KINDS)
    context = await call.linked()
    return await select_page(call, read_get_query(call, context, kind), context, kind)


def read_get_query(call: Call, context: Context, kind: str) -> Query:
    """The query of an address."""
    found: Query = call.broker.compiled(call.request.query, context, kind, lambda: _read(call, context, kind))
    return found


def _read(call: Call, context: Context, kind: str) -> Query:
    params = call.params(QUERY)
    limits = call.broker.settings.limits
    selection = read_selection(params, context, limits)
    wanted = read_view(params, context, kind)
    _check_linked(selection.q, wanted)
    limit, offset, count = read_page(params, limits)
    params.flag("splitEntities")
    ordering = None
    order = params.text("orderBy")
    if order is not None:
        ordering = read_ordering(
            order, params.text("orderFrom"), params.text("orderGeometry"), params.text("collation") or "", context, limits
        )
    return Query(selection, wanted, limit, offset, count, ordering)


def read_selection(params: Params, context: Context, limits: Limits, *, narrow: bool = False) -> Selection:
    """The filters of a query string, of which at least one must narrow it (5.7.2.4)."""
    local = params.flag("local")
    types = params.text("type")
    attrs = params.names("attrs")
    q = params.text("q")
    georel = params.text("georel")
    geometry_type, coordinates = params.text("geometry"), params.text("coordinates")
    ids = params.names("id")
    id_pattern = params.text("idPattern")
    scope = params.text("scopeQ")
    check_csf(params.text("csf"), context, limits)
    selector = Selector(
        tuple(dict.fromkeys(uri(one, "id") for one in ids)) if ids is not None else None,
        pattern(id_pattern, limits.pattern) if id_pattern is not None else None,
        type_selector(types, context) if types is not None else None,
    )
    expand = frozenset(context.full(one) for one in params.names("expandValues") or ())
    for one in params.names("jsonKeys") or ():
        context.full(one)
    node = read_q(q, context, limits, expand) if q is not None else None
    geo = None
    if georel is not None or geometry_type is not None or coordinates is not None:
        if georel is None or geometry_type is None or coordinates is None:
            raise bad_data("A geoquery needs georel, geometry and coordinates together (4.10).")
        geo = geo_query(georel, geometry_type, coordinates, _geo_property(params.text("geoproperty"), context), limits.vertices)
    if attrs is not None:
        for one in attrs:
            if "{" in one or "}" in one:
                raise bad_data("attrs names attributes only; for members of linked entities use pick with join (4.21).")
    selection = Selection(
        (selector,),
        node,
        geo,
        scope_query(scope) if scope is not None else None,
        frozenset(context.full(one) for one in attrs) if attrs is not None else None,
    )
    if selector.types is not None and selector.types.every and params.has("local") and not local:
        raise bad_data("type=* asks for what is stored here, so local cannot be false (6.4.3.2).")
    narrowed = (
        narrow
        or local
        or selector.types is not None
        or geo is not None
        or (attrs is not None and any(one not in _SYSTEM for one in attrs))
        or (node is not None and any(not term.path.member for term in language.terms(node)))
    )
    if not narrowed:
        raise bad_data("The query is too wide: give a type, attrs, q or a geoquery on some attribute, or local=true (5.7.2.4).")
    return selection


def read_q(text: str, context: Context, limits: Limits, expand: frozenset[str] = frozenset()) -> Node:
    """q, within the limits of this broker."""
    return language.parse(text, context, expand=expand, max_length=limits.expression, max_terms=limits.terms, max_pattern=limits.pattern)


def check_csf(text: str | None, context: Context, limits: Limits) -> None:
    """A context source filter must be well-formed, also where no source is asked (5.7.2.4)."""
    if text is not None:
        read_q(text, context, limits)


def _geo_property(name: str | None, context: Context) -> str:
    return context.full(name) if name is not None else NGSI_LD + "location"


def _check_linked(node: Node | None, wanted: Showing) -> None:
    depth = language.linked_depth(node) if node is not None else 0
    if depth > wanted.level:
        raise bad_data("q follows relationships further than join and joinLevel retrieve linked entities (5.7.2.4).")


def read_page(params: Params, limits: Limits) -> tuple[int, int, bool]:
    """limit, offset and count (6.3.10, 6.3.13)."""
    limit, offset, count = params.number("limit"), params.number("offset"), params.flag("count")
    if limit == 0 and not count:
        raise bad_data("limit=0 goes with count=true only (6.3.13).")
    if limit is not None and limit > limits.page:
        raise Problem("TooManyResults", f"limit {limit} is more than the {limits.page} entities that this broker puts on one page.")
    return limits.page_default if limit is None else limit, offset or 0, count


def read_ordering(order: str, origin: Any, origin_type: str | None, collation: str, context: Context, limits: Limits) -> Ordering:
    """orderBy and what goes with it (4.23.3)."""
    terms = order_terms(order, context)
    reference = None
    if origin is not None:
        if isinstance(origin, str):
            try:
                origin = orjson.loads(origin)
            except orjson.JSONDecodeError:
                raise bad_data(f"orderFrom must be a JSON array such as [8,40], not {shown(origin)} (4.23.3).") from None
        reference = geometry({"type": origin_type or "Point", "coordinates": origin}, "orderFrom", limits.vertices)
    if reference is None and any(term.distance for term in terms):
        raise bad_data("To order by distance, orderFrom must say from where (4.23.3).")
    if collation:
        check_collation(collation)
    return Ordering(terms, reference, collation)


async def select_page(call: Call, query: Query, context: Context, kind: str) -> Response:
    """The page that a query asks for, with its count and the links to the pages around it."""
    store = call.store
    epoch = store.shown.epoch
    if query.ordering is not None:
        found = await _sorted_page(call, query, query.ordering)
    else:
        found = await store.read(find(store, query.selection, limit=query.limit, offset=query.offset, count=query.count))
    headers: Headers = []
    if query.count:
        headers.append(("ngsild-results-count", str(found.count)))
    headers += page_links(call, kind)(query, found.more)
    wanted = query.showing
    if kind != GEO_JSON and wanted.view.plain and not wanted.join and "prefer" not in call.request.headers:
        return await _plain_answer(call, found, wanted.view, context, kind, headers, epoch)
    await _load(call, found)
    entities = [found.entities[key] for key in found.keys if key in found.entities]
    return await answer_entities(call, entities, kind, context, wanted, headers=headers)


async def _load(call: Call, found: Found) -> None:
    missing = [key for key in found.keys if key not in found.entities]
    if missing:
        found.entities.update(await call.store.read(lambda connection: load(call.store, connection, missing)))


async def _plain_answer(call: Call, found: Found, view: View, context: Context, kind: str, headers: Headers, epoch: int) -> Response:
    """Whole entities: each as it was shown last, or shown now and kept."""
    memory = call.store.shown
    name = f"{kind}|{view.key}"
    bodies = memory.several(found.keys, name)
    if len(bodies) < len(found.keys):
        missing = [key for key in found.keys if key not in bodies]
        unread = [key for key in missing if key not in found.entities]
        if unread:
            found.entities.update(await call.store.read(lambda connection: load(call.store, connection, unread)))
        for key in missing:
            entity = found.entities.get(key)
            if entity is None:
                continue
            value = show(entity, view)
            if kind == LD_JSON:
                value["@context"] = context.source
            bodies[key] = body = orjson.dumps(value)
            memory.put(key, entity["id"], name, body, epoch)
    whole = [("content-type", kind), *headers]
    if kind != LD_JSON:
        whole.append(await call.context_link(context))
    return Response(200, whole, b"[" + b",".join([bodies[key] for key in found.keys if key in bodies]) + b"]")


async def _sorted_page(call: Call, query: Query, ordering: Ordering) -> Found:
    most = call.broker.settings.limits.ordered
    everything = await call.store.read(find_all(call.store, query.selection, most=most))
    entities = [everything.entities[key] for key in everything.keys]
    arranged = sorter(ordering.terms, ordering.reference, ordering.collation)(entities)
    by_id = {entity["id"]: key for key, entity in everything.entities.items()}
    page = arranged[query.offset : query.offset + query.limit]
    keys = [by_id[entity["id"]] for entity in page]
    more = query.limit > 0 and len(arranged) > query.offset + query.limit
    return Found(keys, {key: everything.entities[key] for key in keys}, more, len(arranged))


def page_links(call: Call, kind: str) -> Any:
    """A function that gives the Link headers to the next and previous pages (6.3.10)."""

    def links(query: Query, more: bool) -> Headers:
        found: Headers = []
        if query.limit == 0 or not (more or query.offset):
            return found
        if more in query.links:
            return query.links[more]
        given = dict(parameters(call.request.query))

        def link(offset: int, rel: str) -> tuple[str, str]:
            params = {**given, "limit": str(query.limit), "offset": str(offset)}
            pairs = "&".join(f"{name}={quote(value, safe=':/,;@!$()*~')}" for name, value in sorted(params.items()))
            return "link", f'<{call.request.path.rstrip("/")}?{pairs}>;rel="{rel}";type="{kind}"'

        if query.offset:
            found.append(link(max(0, query.offset - query.limit), "prev"))
        if more:
            found.append(link(query.offset + query.limit, "next"))
        query.links[more] = found
        return found

    return links


# By POST


async def post_query(call: Call) -> Response:
    """POST /entityOperations/query (6.23.3.1): the query in the body (5.2.23), paging and form in the address."""
    kind = call.accepts(ENTITY_KINDS)
    raw, context = await call.document()
    return await select_page(call, read_body_query(call, raw, context, kind)[0], context, kind)


def read_body_query(call: Call, raw: dict[str, Any], context: Context, kind: str) -> tuple[Query, Params]:
    """The query of a body, and what the address adds to it."""
    params = call.params(PAGING | frozenset({"options", "format", "local", "splitEntities", "lang", "geometryProperty", "sysAttrs"}))
    return _read_body(raw, params, context, kind, call.broker.settings.limits), params


def texts_of(raw: dict[str, Any], name: str, *, joined: bool = False) -> list[str] | None:
    """A member that is a list of texts that are not empty."""
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, str) and joined:
        value = [part.strip() for part in value.split(",")]
    if not isinstance(value, list) or not value or any(not isinstance(one, str) or not one for one in value):
        raise bad_data(f"{name} must be a list of texts that is not empty (5.2.23).")
    return value


def text_of(raw: dict[str, Any], name: str) -> str | None:
    value = raw.get(name)
    if value is not None and (not isinstance(value, str) or not value):
        raise bad_data(f"{name} must be a text that is not empty (5.2.23).")
    return value


def _read_body(raw: dict[str, Any], params: Params, context: Context, kind: str, limits: Limits) -> Query:
    for name in ("temporalQ", "aggrParams"):
        if name in raw:
            raise bad_data(f"{name} belongs to temporal queries only (5.2.23).")
    attrs = texts_of(raw, "attrs")
    selection = body_selection(raw, params.flag("local"), context, limits)
    node = selection.q
    pick, omit = texts_of(raw, "pick"), texts_of(raw, "omit")
    level = raw.get("joinLevel")
    if level is not None and (isinstance(level, bool) or not isinstance(level, int) or level < 1):
        raise bad_data("joinLevel must be a whole number of 1 or more (5.2.23).")
    base = read_view(params, context, kind)
    wanted = showing(
        context,
        kind,
        form=base.view.form,
        times=base.view.times,
        attrs=attrs,
        pick=",".join(pick) if pick else None,
        omit=",".join(omit) if omit else None,
        datasets=texts_of(raw, "datasetId", joined=True),
        lang=text_of(raw, "lang") or params.text("lang"),
        geometry=text_of(raw, "geometryProperty") or params.text("geometryProperty"),
        join=text_of(raw, "join"),
        level=level,
        contained_by=texts_of(raw, "containedBy", joined=True),
    )
    _check_linked(node, wanted)
    limit, offset, count = read_page(params, limits)
    return Query(selection, wanted, limit, offset, count, _body_ordering(raw.get("ordering"), context, limits))


def body_selection(raw: dict[str, Any], local: bool, context: Context, limits: Limits) -> Selection:
    """The filters of a query in a body, of which at least one must narrow it unless it is local (5.2.23, 5.7.2.4)."""
    if raw.get("type", raw.get("@type")) != "Query":
        raise bad_data("The body must be an object of the type 'Query' (5.2.23).")
    attrs = texts_of(raw, "attrs")
    q = text_of(raw, "q")
    expand = frozenset(context.full(one) for one in texts_of(raw, "expandValues", joined=True) or ())
    for one in texts_of(raw, "jsonKeys", joined=True) or ():
        context.full(one)
    node = read_q(q, context, limits, expand) if q is not None else None
    scope = text_of(raw, "scopeQ")
    check_csf(text_of(raw, "csf"), context, limits)
    geo = body_geo(raw.get("geoQ"), context, limits)
    selection = Selection(
        selectors(raw.get("entities"), context, limits),
        node,
        geo,
        scope_query(scope) if scope is not None else None,
        frozenset(context.full(one) for one in attrs) if attrs is not None else None,
    )
    if not (
        local
        or geo is not None
        or any(selector.types is not None for selector in selection.selectors)
        or (attrs is not None and any(one not in _SYSTEM for one in attrs))
        or (node is not None and any(not term.path.member for term in language.terms(node)))
    ):
        raise bad_data("The query is too wide: give entities with a type, attrs, q or geoQ on some attribute, or local=true (5.7.2.4).")
    return selection


def selectors(raw: Any, context: Context, limits: Limits) -> tuple[Selector, ...]:
    """The entities of a query: each by type, and perhaps id or pattern of ids (5.2.33)."""
    if raw is None:
        return (Selector(),)
    if not isinstance(raw, list) or not raw:
        raise bad_data("entities must be a list of entity selectors that is not empty (5.2.23).")
    found = []
    for one in raw:
        if not isinstance(one, dict):
            raise bad_data("Each member of entities must be an object (5.2.33).")
        types = one.get("type", one.get("@type"))
        if not isinstance(types, str) or not types:
            raise bad_data("Each member of entities needs a type; '*' stands for any (5.2.33).")
        ids = one.get("id", one.get("@id"))
        if ids is not None:
            ids = ids if isinstance(ids, list) else [ids]
            if not ids:
                raise bad_data("The id of a member of entities must not be an empty list.")
        id_pattern = one.get("idPattern")
        if id_pattern is not None and not isinstance(id_pattern, str):
            raise bad_data("idPattern must be a text that holds a regular expression (5.2.33).")
        found.append(
            Selector(
                tuple(dict.fromkeys(uri(each, "The id of a member of entities") for each in ids)) if ids is not None else None,
                pattern(id_pattern, limits.pattern) if id_pattern is not None else None,
                type_selector(types, context),
            )
        )
    return tuple(found)


def body_geo(raw: Any, context: Context, limits: Limits) -> GeoQuery | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise bad_data("geoQ must be an object with georel, geometry and coordinates (5.2.13).")
    georel, kind, coordinates = raw.get("georel"), raw.get("geometry"), raw.get("coordinates")
    if not isinstance(georel, str) or not isinstance(kind, str) or not isinstance(coordinates, list | str):
        raise bad_data("geoQ needs georel and geometry as texts, and coordinates (5.2.13).")
    return geo_query(georel, kind, coordinates, _geo_property(text_of(raw, "geoproperty"), context), limits.vertices)


def _body_ordering(raw: Any, context: Context, limits: Limits) -> Ordering | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise bad_data("ordering must be an object with orderBy (5.2.43).")
    order = texts_of(raw, "orderBy", joined=True)
    if order is None:
        raise bad_data("ordering needs orderBy, a list of members (5.2.43).")
    coordinates, kind = raw.get("coordinates"), raw.get("geometry")
    if kind is not None and not isinstance(kind, str):
        raise bad_data("ordering: geometry must be the name of a geometry type (5.2.43).")
    if coordinates is not None and not isinstance(coordinates, list):
        raise bad_data("ordering: coordinates must be a list (5.2.43).")
    return read_ordering(",".join(order), coordinates, kind, text_of(raw, "collation") or "", context, limits)


# Purge


async def purge_entities(call: Call) -> Response:
    """DELETE /entities: Purge Entities (5.6.21, 6.4.3.3)."""
    params = call.params(PURGE)
    context = await call.linked()
    limits = call.broker.settings.limits
    keep, drop = params.names("keep"), params.names("drop")
    if keep is not None and drop is not None:
        raise bad_data("keep and drop exclude each other (6.4.3.3).")
    # Attributes to keep or drop narrow a purge where the entities are named as well (5.6.21.4 b).
    narrow = (keep is not None or drop is not None) and params.has("id")
    selection = read_selection(params, context, limits, narrow=narrow)
    if selection.q is not None and language.linked_depth(selection.q):
        raise bad_data("A purge cannot select by attributes of linked entities (5.6.21.4).")
    kept = frozenset(context.full(name) for name in keep) if keep is not None else None
    dropped = frozenset(context.full(name) for name in drop) if drop is not None else None
    found = await call.store.read(find_all(call.store, selection, most=limits.batch))
    ids = [found.entities[key]["id"] for key in found.keys]
    errors: list[dict[str, Any]] = []
    for i in range(0, len(ids), _PURGE_SLICE):
        some = ids[i : i + _PURGE_SLICE]
        errors += await call.store.writer.do(lambda txn, some=some: _purge_in(txn, some, kept, dropped))  # type: ignore[misc]
    if errors:
        failed = {error["entityId"] for error in errors}
        return partial_result([id_ for id_ in ids if id_ not in failed], errors)
    return Response(204)


def _purge_in(txn: Txn, ids: list[str], kept: frozenset[str] | None, dropped: frozenset[str] | None) -> list[dict[str, Any]]:
    errors = []
    for id_ in ids:

        def op(current: Entity, now: int) -> Outcome:
            names = set(dropped) if dropped is not None else set(current["attrs"]) - (kept or frozenset())
            return changing.reduced(current, names, now)

        try:
            if kept is None and dropped is None:
                delete_in(txn, id_)
            else:
                change_in(txn, id_, op)
        except Problem as problem:
            if problem.status != 404:  # one that went in the meantime is as good as purged
                errors.append(error_of(id_, problem))
    return errors
