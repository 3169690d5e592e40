"""/csourceRegistrations: register, query, retrieve, update, delete (5.9, 5.10; 6.8, 6.9)."""

from __future__ import annotations

import uuid
from typing import Any

from nagara.broker.api.call import Call
from nagara.broker.api.querying import read_page, read_q, read_selection
from nagara.broker.api.remote_subscriptions import follow
from nagara.broker.api.subscriptions import page_headers, post_of
from nagara.broker.clock import now_us
from nagara.broker.doors.outgoing import Forbidden
from nagara.broker.http import LD_JSON, Params, Response
from nagara.broker.ld.context import Context
from nagara.broker.model.names import NULL
from nagara.broker.model.values import uri
from nagara.broker.problems import Problem, bad_data, not_found
from nagara.broker.query import q as language
from nagara.broker.query.finding import find
from nagara.broker.query.matching import matches
from nagara.broker.query.selecting import Selection, Selector
from nagara.broker.query.types import TypeSelector
from nagara.broker.settings import Limits
from nagara.broker.sources.matching import Wanted, about
from nagara.broker.sources.registration import EXCLUSIVE, REDIRECT, Registration, compiled, kept, shown_registration, with_names
from nagara.broker.sources.registry import Registry, alter, erase, insert
from nagara.broker.sources.telling import changes, interval_of
from nagara.broker.subscriptions.document import plain_source

_SPATIAL = frozenset({"coordinates", "geometry", "geoproperty", "georel", "geometryProperty"})
_TEMPORAL = frozenset({"timerel", "timeAt", "endTimeAt", "timeproperty"})
_QUERY = frozenset({"attrs", "csf", "id", "idPattern", "lang", "omit", "pick", "q", "scopeQ", "type"}) | _SPATIAL | _TEMPORAL
_PAGE = frozenset({"limit", "offset", "count", "options"})
_MANDATORY = frozenset({"id", "type", "information", "endpoint"})


async def registry_of(call: Call) -> Registry:
    """The context sources of the tenant."""
    return await call.broker.registry(call.store)


async def _context(call: Call, raw: dict[str, Any], kind: str) -> Context:
    context = await call.context_of(raw, kind)
    source = plain_source(context.source)
    return context if source == context.source else await call.resolver.resolve(source)


def _not_past(one: Registration) -> None:
    if one.expires is not None and one.expires <= now_us():
        raise bad_data(f"expiresAt {one.doc['expiresAt']} is in the past (5.9.2.4).")


def _reachable(call: Call, one: Registration) -> None:
    try:
        call.broker.outgoing.check(one.base)
    except Forbidden as e:
        raise bad_data(f"endpoint: {e}") from None


def _overlap(one: Registration, other: Registration) -> bool:
    """Whether an exclusive registration claims an attribute of an entity that another, proxied one has (4.3.6.3)."""
    for info in one.information:
        for entities in info.entities or ():
            if entities.id is not None and info.attrs is not None and other.attributes(entities.id, entities.types, info.attrs):
                return True
    return False


async def _check_conflicts(call: Call, registry: Registry, one: Registration) -> None:
    """An exclusive or redirect registration takes over what nobody else has, neither here nor elsewhere (5.9.2.4)."""
    if one.mode not in (EXCLUSIVE, REDIRECT):
        return
    for other in registry.all():
        if other.id == one.id or not other.proxied:
            continue
        if (one.mode == EXCLUSIVE and _overlap(one, other)) or (other.mode == EXCLUSIVE and _overlap(other, one)):
            raise Problem("Conflict", f"The registration {other.id} covers some of it already (5.9.2.4).", instance=other.id)
    for info in one.information:
        selectors = tuple(
            Selector(
                (each.id,) if each.id is not None else None, each.pattern, TypeSelector(tuple(frozenset({name}) for name in each.types))
            )
            for each in info.entities or ()
        )
        selection = Selection(selectors or (Selector(),), attrs=info.attrs)
        found = await call.store.read(find(call.store, selection, limit=1, offset=0, count=False))
        if found.keys:
            raise Problem("Conflict", "An entity is stored here that the registration would put elsewhere (5.9.2.4).")


async def create_registration(call: Call) -> Response:
    """POST /csourceRegistrations: Register Context Source (5.9.2, 6.8.3.1)."""
    call.params(frozenset())
    raw, kind = call.body()
    if not isinstance(raw, dict) or not raw:
        raise bad_data("The body must be a context source registration, a JSON object (5.2.9).")
    context = await _context(call, raw, kind)
    doc = kept(raw)
    doc.setdefault("id", f"urn:ngsi-ld:ContextSourceRegistration:{uuid.uuid4()}")
    one = compiled(doc, context, call.broker.settings.limits)
    _not_past(one)
    _reachable(call, one)
    registry = await registry_of(call)
    if registry.get(one.id) is not None:
        raise Problem("AlreadyExists", f"The registration {one.id} exists already.", instance=one.id)
    await _check_conflicts(call, registry, one)
    one.key = await call.store.writer.do(lambda txn: insert(txn, one))
    registry.put(one)
    await _tell(call, None, one)
    return Response(201, [call.location("csourceRegistrations", one.id)])


async def _tell(call: Call, before: Registration | None, after: Registration | None) -> None:
    """Tell those who subscribed to registrations of a change (5.11.7)."""
    post = await post_of(call)
    if not call.snapshot:
        call.broker.copies.beside(follow(call, before, after, post.all(csource=False)))
    if post.csource:
        for one, body in changes(list(post.csource.values()), before, after, call.broker.settings.limits):
            await post.deliver(one, body)


async def _find(call: Call) -> tuple[Registry, Registration]:
    id_ = uri(call.args["id"], "The id of the registration")
    registry = await registry_of(call)
    one = registry.get(id_)
    if one is None:
        raise not_found(f"There is no context source registration {id_}.", instance=id_)
    return registry, one


async def retrieve_registration(call: Call) -> Response:
    """GET /csourceRegistrations/{registrationId}: Retrieve Context Source Registration (5.10.1, 6.9.3.1)."""
    call.params(frozenset({"options"})).options(frozenset({"sysAttrs"}))
    kind = call.accepts()
    context = await call.linked()
    _, one = await _find(call)
    return await call.answer(shown_registration(one, context), context, kind, call.preference())


async def update_registration(call: Call) -> Response:
    """PATCH /csourceRegistrations/{registrationId}: Update Context Source Registration (5.9.3, 6.9.3.2)."""
    call.params(frozenset())
    uri(call.args["id"], "The id of the registration")
    raw, kind = call.body(patch=True)
    if not isinstance(raw, dict) or not raw:
        raise bad_data("The body must be a fragment of a registration, a JSON object with members.")
    context = await _context(call, raw, kind)
    registry, one = await _find(call)
    gone = {name for name, value in raw.items() if value is None or value == NULL}
    if gone & _MANDATORY:
        raise bad_data(f"{', '.join(sorted(gone & _MANDATORY))} cannot be taken from a registration (5.9.3.4).")
    fragment = {name: value for name, value in kept(raw).items() if name not in gone}
    if fragment.get("id", one.id) != one.id:
        raise bad_data(f"The body is about {fragment['id']}, the address about {one.id}.")
    compiled({**one.doc, **fragment}, context, call.broker.settings.limits)  # sound, before its names are looked at
    before = {name: value for name, value in one.doc.items() if name not in gone}
    doc = {**with_names(before, one.context.full), **with_names(fragment, context.full)}
    new = compiled(doc, one.context, call.broker.settings.limits)
    if "expiresAt" in fragment:
        _not_past(new)
    _reachable(call, new)
    await _check_conflicts(call, registry, new)
    new.key, new.state = one.key, one.state
    await call.store.writer.do(lambda txn: alter(txn, new))
    registry.put(new)
    await _tell(call, one, new)
    return Response(204)


async def delete_registration(call: Call) -> Response:
    """DELETE /csourceRegistrations/{registrationId}: Delete Context Source Registration (5.9.4, 6.9.3.3)."""
    call.params(frozenset())
    registry, one = await _find(call)
    await call.store.writer.do(lambda txn: erase(txn, one))
    registry.drop(one)
    await _tell(call, one, None)
    return Response(204)


async def query_registrations(call: Call) -> Response:
    """GET /csourceRegistrations: Query Context Source Registrations (5.10.2, 6.8.3.2)."""
    params = call.params(_QUERY | _PAGE)
    params.options(frozenset({"sysAttrs"}))
    kind = call.accepts()
    context = await call.linked()
    limits = call.broker.settings.limits
    wanted, node = _wanted(params, context, limits)
    limit, offset, count = read_page(params, limits)
    registrations = (await registry_of(call)).all()
    found = [(one, infos) for one, infos in about(registrations, wanted) if node is None or _answers(one, node, registrations)]
    page = [shown_registration(one, context) for one, _ in found[offset : offset + limit]]
    headers = page_headers(call, LD_JSON, limit, offset, len(found), count=count)
    return await call.answer(page, context, kind, [*headers, *call.preference()])


def _wanted(params: Params, context: Context, limits: Limits) -> tuple[Wanted, language.Node | None]:
    if not any(params.has(name) for name in ("type", "attrs", "q", "georel", "geometry", "id")):
        raise bad_data("The query is too wide: give a type, attrs, q or a geoquery (5.10.2.4).")
    selection = read_selection(params, context, limits, narrow=True)
    csf = params.text("csf")
    return Wanted(
        selectors=selection.selectors,
        attrs=selection.attrs,
        geo=selection.geo,
        scope=selection.scope,
        filter=read_q(csf, context, limits) if csf is not None else None,
        strict=True,
        interval=interval_of(*(params.text(name) for name in ("timerel", "timeAt", "endTimeAt", "timeproperty"))),
    ), selection.q


def _answers(one: Registration, node: language.Node, all_: list[Registration]) -> bool:
    """Whether a source may have entities that fit q: by its own properties where q speaks of such, else by what it is registered for."""
    own = {name for each in all_ for name in each.description["attrs"]}
    parts = node.parts if isinstance(node, language.All) else (node,)
    for part in parts:
        names = {term.path.name for term in language.terms(part) if not term.path.member}
        if names and names <= own:
            if not matches(part, one.description):
                return False
        elif names and not any(info.attrs is None or not info.attrs.isdisjoint(names) for info in one.information):
            return False
    return True
