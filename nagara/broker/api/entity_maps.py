"""/entityMaps: which sources hold which entities of a query, fixed for the requests that follow (5.14, 5.5.14, 4.5.25; 6.32, 6.34, 6.35).

Entity maps live in memory, bounded in number and time: one that is gone is made anew by whoever refers to it (5.5.14).
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from nagara.broker.api.call import ENTITY_KINDS, Call
from nagara.broker.api.entities import retrieve_entity
from nagara.broker.api.federating import HERE, Gathered, gather_body, gather_get
from nagara.broker.api.federating import retrieve as retrieve_distributed
from nagara.broker.api.querying import Query, page_links, read_page
from nagara.broker.api.temporal import query_evolutions, retrieve_evolution
from nagara.broker.api.viewing import answer_entities
from nagara.broker.clock import iso, now_us, parse_us
from nagara.broker.http import Headers, Params, Response, json_response, parameters
from nagara.broker.model.values import shown, uri
from nagara.broker.problems import bad_data, not_found
from nagara.broker.sources.registry import Registry

HEADER = "ngsild-entitymap"
_DEFAULT_SECONDS, _LONGEST_SECONDS = 3_600, 24 * 3_600
_MAPS = 1_000
_PARAMS = frozenset({"entityMap", "entityMapLifetime"})
_DURATION = re.compile(
    r"P(?=.)(?:(?P<y>\d+)Y)?(?:(?P<mo>\d+)M)?(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?(?:T(?=.)(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?\Z"
)
_UNITS = {"y": 365 * 86_400, "mo": 30 * 86_400, "w": 7 * 86_400, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


@dataclass(slots=True)
class EntityMap:
    """Entities and the sources that hold them."""

    id: str
    tenant: str
    expires: int
    entities: dict[str, list[str]] = field(default_factory=dict)  # entity -> registrations, or HERE
    linked: dict[str, str] = field(default_factory=dict)  # registration -> the map that its source uses

    def shown(self) -> dict[str, Any]:
        return {"id": self.id, "type": "EntityMap", "expiresAt": iso(self.expires), "entityMap": self.entities, "linkedMaps": self.linked}


class EntityMaps:
    """The entity maps of a broker."""

    def __init__(self) -> None:
        self._all: dict[str, EntityMap] = {}

    def find(self, reference: str, tenant: str) -> EntityMap | None:
        """The map of an id or address; None where there is none, or no longer."""
        found = self._all.get(reference.rstrip("/").rpartition("/")[2])
        if found is None or found.tenant != tenant:
            return None
        if found.expires <= now_us():
            del self._all[found.id]
            return None
        return found

    def make(self, tenant: str, lifetime: float) -> EntityMap:
        if len(self._all) >= _MAPS:
            now = now_us()
            self._all = {id_: one for id_, one in self._all.items() if one.expires > now}
            while len(self._all) >= _MAPS:
                del self._all[next(iter(self._all))]
        made = EntityMap(f"urn:ngsi-ld:EntityMap:{uuid.uuid4()}", tenant, now_us() + int(lifetime * 1_000_000))
        self._all[made.id] = made
        return made

    def drop(self, one: EntityMap) -> None:
        self._all.pop(one.id, None)


def duration(text: str, what: str) -> float:
    """Seconds of an ISO 8601 duration."""
    found = _DURATION.match(text)
    if found is None:
        raise bad_data(f"{what} must be a duration such as PT10M, not {shown(text)} (ISO 8601).")
    return sum(float(value) * _UNITS[unit] for unit, value in found.groupdict().items() if value)


def _lifetime(call: Call) -> float:
    text = parameters(call.request.query).get("entityMapLifetime")
    seconds = duration(text, "entityMapLifetime") if text is not None else _DEFAULT_SECONDS
    return max(1.0, min(seconds, _LONGEST_SECONDS))


def _without_params(call: Call) -> Call:
    """The same request without what concerns entity maps."""
    given = {name: value for name, value in parameters(call.request.query).items() if name not in _PARAMS}
    request = replace(call.request, query=urlencode(given, quote_via=quote))
    return replace(call, request=request)


def concerned(call: Call) -> bool:
    """Whether a request asks for an entity map, or refers to one."""
    return HEADER in call.request.headers or "entityMap" in call.request.query


def _flag(call: Call) -> bool:
    return Params(call.request.query, frozenset(parameters(call.request.query))).flag("entityMap")


def _header(call: Call, one: EntityMap) -> tuple[str, str]:
    return HEADER, f"{call.base}/entityMaps/{one.id}"


def _filled(call: Call, gathered: Gathered, lifetime: float) -> EntityMap:
    one = call.broker.entity_maps.make(call.tenant, lifetime)
    one.entities = {id_: gathered.sources[id_] for id_ in gathered.entities}
    return one


async def query(call: Call, registry: Registry) -> Response:
    """GET /entities with an entity map: made, or made use of (5.7.2.4, 5.5.9.3)."""
    reference = call.request.headers.get(HEADER)
    one = call.broker.entity_maps.find(reference, call.tenant) if reference else None
    lifetime = _lifetime(call)
    if one is None and reference is None and not _flag(call):
        raise bad_data("entityMap=false asks for nothing; leave it out (6.4.3.2).")
    inner = _without_params(call)
    kind = call.accepts(ENTITY_KINDS)
    context = await call.linked()
    gathered = await gather_get(inner, registry, context, kind, None if one is None else one.entities)
    status = 200
    if one is None:
        one = _filled(call, gathered, lifetime)
        status = 201
        header = _header(call, one)
    else:
        header = (HEADER, reference or "")
        one.entities = {id_: held for id_, held in one.entities.items() if id_ in gathered.entities}
    response = await _page(inner, gathered, list(one.entities), kind, [header])
    if response.status == 200:
        response.status = status
    return response


async def _page(call: Call, gathered: Gathered, ids: list[str], kind: str, headers: Headers) -> Response:
    read: Query = gathered.read
    page = ids[read.offset : read.offset + read.limit]
    if read.count:
        headers.append(("ngsild-results-count", str(len(ids))))
    headers += page_links(call, kind)(read, len(ids) > read.offset + read.limit)
    headers += gathered.warnings
    return await answer_entities(call, [gathered.entities[id_] for id_ in page], kind, gathered.context, read.showing, headers=headers)


async def retrieve(call: Call, registry: Registry) -> Response:
    """GET /entities/{entityId} with an entity map (5.7.1.4)."""
    reference = call.request.headers.get(HEADER)
    one = call.broker.entity_maps.find(reference, call.tenant) if reference else None
    lifetime = _lifetime(call)
    inner = _without_params(call)
    id_ = call.args["id"]
    only = None if one is None else set(one.entities.get(id_, ()))
    if registry.empty or (only is not None and only <= {HERE}):
        response = await retrieve_entity(inner)
        sources = [HERE]
    else:
        sources = []
        response = await retrieve_distributed(inner, registry, only=only, told=sources)
    if one is None:
        if reference is None and not _flag(call):
            return response
        one = call.broker.entity_maps.make(call.tenant, lifetime)
        one.entities = {id_: sources}
        response.headers.append(_header(call, one))
    else:
        response.headers.append((HEADER, reference or ""))
    return response


async def _created(call: Call, one: EntityMap) -> Response:
    return json_response(201, one.shown(), [_header(call, one), await call.context_link(call.broker.core_context)])


async def create_map(call: Call) -> Response:
    """GET /entityMaps: Create EntityMap for Query Entities (5.14.4, 6.34.3.1)."""
    lifetime = _lifetime(call)
    inner = _without_params(call)
    context = await call.linked()
    kind = call.accepts()
    gathered = await gather_get(inner, await call.broker.registry(call.store), context, kind, None)
    return await _created(call, _filled(call, gathered, lifetime))


async def post_map(call: Call) -> Response:
    """POST /entityMaps: Create EntityMap for Query Entities (5.14.4, 6.34.3.2)."""
    lifetime = _lifetime(call)
    inner = _without_params(call)
    raw, context = await call.document()
    kind = call.accepts()
    gathered = await gather_body(inner, await call.broker.registry(call.store), raw, context, kind)
    return await _created(call, _filled(call, gathered, lifetime))


async def create_temporal_map(call: Call) -> Response:
    """GET /temporal/entityMaps: Create EntityMap for Query Temporal Evolution of Entities (5.14.5, 6.35.3.1)."""
    one = await _temporal_map(call)
    return await _created(call, one)


async def _temporal_map(call: Call) -> EntityMap:
    lifetime = _lifetime(call)
    inner = _without_params(call)
    given = parameters(inner.request.query)
    if "timerel" not in given:
        raise bad_data("A temporal query is needed: timerel and timeAt (5.14.5.4).")
    page = read_page(Params("", frozenset()), call.broker.settings.limits)[0]
    ids: list[str] = []
    limit = max(page, 100)
    while True:
        asked = {**given, "limit": str(limit), "offset": str(len(ids)), "options": "temporalValues"}
        request = replace(inner.request, query=urlencode(asked, quote_via=quote))
        response = await query_evolutions(replace(call, request=request))
        found = [one["id"] for one in orjson.loads(response.body)]
        ids += found
        if len(found) < limit:
            break
    one = call.broker.entity_maps.make(call.tenant, lifetime)
    one.entities = {id_: [HERE] for id_ in ids}
    return one


async def query_temporal(call: Call, _: Registry) -> Response:
    """GET /temporal/entities with an entity map: made, or made use of (5.7.4.4)."""
    reference = call.request.headers.get(HEADER)
    one = call.broker.entity_maps.find(reference, call.tenant) if reference else None
    inner = _without_params(call)
    if one is None:
        if reference is None and not _flag(call):
            return await query_evolutions(inner)
        one = await _temporal_map(call)
        response = await query_evolutions(inner)
        response.status = 201 if response.status == 200 else response.status
        response.headers.append(_header(call, one))
        return response
    given = parameters(inner.request.query)
    named = {part.strip() for part in given["id"].split(",")} if "id" in given else None
    ids = [id_ for id_ in one.entities if named is None or id_ in named]
    if ids:
        request = replace(inner.request, query=urlencode({**given, "id": ",".join(ids)}, quote_via=quote))
        response = await query_evolutions(replace(inner, request=request))
    else:
        response = json_response(200, [])
    response.headers.append((HEADER, reference or ""))
    return response


async def retrieve_temporal(call: Call, _: Registry) -> Response:
    """GET /temporal/entities/{entityId} with an entity map (5.7.3.4)."""
    reference = call.request.headers.get(HEADER)
    one = call.broker.entity_maps.find(reference, call.tenant) if reference else None
    lifetime = _lifetime(call)
    response = await retrieve_evolution(_without_params(call))
    if one is not None:
        response.headers.append((HEADER, reference or ""))
    elif reference is not None or _flag(call):
        one = call.broker.entity_maps.make(call.tenant, lifetime)
        one.entities = {call.args["id"]: [HERE]}
        response.headers.append(_header(call, one))
    return response


def _find(call: Call) -> EntityMap:
    id_ = uri(call.args["id"], "The id of the entity map")
    one = call.broker.entity_maps.find(id_, call.tenant)
    if one is None:
        raise not_found(f"There is no entity map {id_}, or no longer.", instance=id_)
    return one


async def retrieve_map(call: Call) -> Response:
    """GET /entityMaps/{entityMapId}: Retrieve EntityMap (5.14.1, 6.32.3.1)."""
    call.params(frozenset())
    kind = call.accepts()
    return await call.answer(_find(call).shown(), call.broker.core_context, kind)


async def update_map(call: Call) -> Response:
    """PATCH /entityMaps/{entityMapId}: Update EntityMap (5.14.2, 6.32.3.2)."""
    call.params(frozenset())
    one = _find(call)
    raw, _ = await call.document(patch=True)
    if "expiresAt" in raw:
        at = parse_us(raw["expiresAt"])
        if at is None:
            raise bad_data(f"expiresAt must be a DateTime such as 2026-11-09T07:00:00Z, not {shown(raw['expiresAt'])} (4.6.3).")
        one.expires = min(at, now_us() + _LONGEST_SECONDS * 1_000_000)
    return Response(204)


async def delete_map(call: Call) -> Response:
    """DELETE /entityMaps/{entityMapId}: Delete EntityMap (5.14.3, 6.32.3.3)."""
    call.params(frozenset())
    call.broker.entity_maps.drop(_find(call))
    return Response(204)
