"""Retrieve and query the temporal evolution of entities over this broker and the context sources that it knows of (5.7.3.4, 5.7.4.4)."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any
from urllib.parse import quote

import orjson

from nagara.broker.api.call import PLAIN_KINDS, Call
from nagara.broker.api.federating import Federation, Part, _one_each, _pairs, parts_of, types_text
from nagara.broker.api.temporal import TemporalQuery, post_temporal_query, query_evolutions, read_body, read_request, retrieve_evolution
from nagara.broker.clock import iso, now_us, parse_us
from nagara.broker.history.joined import Told
from nagara.broker.history.moments import SCOPE, Moment, is_deleted
from nagara.broker.http import Headers, Response
from nagara.broker.ld.context import Context
from nagara.broker.model.history_in import HEAD, evolution
from nagara.broker.model.values import uri
from nagara.broker.problems import Problem, bad_data
from nagara.broker.query.selecting import Selection, Selector
from nagara.broker.sources.asking import Failure, Pairs, warnings
from nagara.broker.sources.instances import Taken, place_of, set_apart
from nagara.broker.sources.matching import Interval, Wanted
from nagara.broker.sources.registry import Registry

_PAGE, _MOST = 500, 10_000  # entities of one request to a source, and of one source for one answer


class Histories(Federation):
    """One request for history, asked of all that may have some."""

    def __init__(self, call: Call, registry: Registry, context: Context, query: TemporalQuery) -> None:
        super().__init__(call, registry, context)
        self.query = query
        self.told: dict[str, Told] = {}
        self._known: set[tuple[str, ...]] = set()
        self._taken: list[Taken] = []
        self._numbers = count()

    def wanted(self, selection: Selection) -> Wanted:
        """What of the sources is asked. Where a filter looks at other attributes, they are to tell all that they have."""
        window = self.query.window
        at = window.start if window.start is not None else window.end
        until = window.end if window.relation == "between" else None
        interval = Interval(window.relation, at, until, window.timeproperty) if at is not None else Interval("after", 0)
        attrs = None if self._filtered else self.query.wanted.attrs
        return Wanted(selection.selectors, attrs, self.query.view.datasets, interval=interval)

    @property
    def _filtered(self) -> bool:
        selection = self.query.selection
        return selection.q is not None or selection.geo is not None or selection.scope is not None

    def _times(self) -> Pairs:
        window = self.query.window
        pairs: Pairs = [("options", "sysAttrs")]
        if window.relation:
            pairs.append(("timerel", window.relation))
            first = window.end if window.relation == "before" else window.start
            pairs.append(("timeAt", iso(first or 0)))
            if window.relation == "between":
                pairs.append(("endTimeAt", iso(window.end or 0)))
        if window.timeproperty != "observedAt":
            pairs.append(("timeproperty", window.timeproperty))
        if self.query.last is not None and not self._filtered:
            pairs.append(("lastN", str(self.query.last)))
        return pairs

    async def ask(self, parts: list[Part], id_: str | None) -> None:
        await asyncio.gather(*(self._retrieve(part, id_) if id_ is not None else self._query(part) for part in parts))
        set_apart(self._taken)

    async def _retrieve(self, part: Part, id_: str) -> None:
        if "retrieveTemporal" not in part.one.operations:
            part.ids = [id_]
            await self._query(part)
            return
        target = await self.asker.target(part.one)
        attrs = types_text(part, target)[1]
        pairs: Pairs = [("attrs", ",".join(attrs))] if attrs else []
        await self._take(part, target, f"temporal/entities/{quote(id_, safe=':')}", [*pairs, *self._times()])

    async def _query(self, part: Part) -> None:
        target = await self.asker.target(part.one)
        pairs = [*_pairs(part, target), *self._times(), ("limit", str(_PAGE))]
        for offset in range(0, _MOST, _PAGE):
            if await self._take(part, target, "temporal/entities", [*pairs, ("offset", str(offset))]) < _PAGE:
                return

    async def _take(self, part: Part, target: Context, path: str, pairs: Pairs) -> int:
        """Ask a source once, and keep what it tells; how many entities that were."""
        reply = await self.asker.ask(part.one, "GET", path, pairs)
        if isinstance(reply, Failure):
            self.failures.append(reply)
            return 0
        if reply.status == 404:
            return 0
        if reply.status >= 300:
            self.failures.append(self.asker.refused(part.one, reply))
            return 0
        if reply.status == 206:
            self.failures.append(self.asker.partial(part.one))
        try:
            raw = orjson.loads(reply.body or b"[]")
            rows = raw if isinstance(raw, list) else [raw]
            for each in rows:
                if not isinstance(each, dict):
                    raise bad_data("it is no entity.")
                context = await self.call.resolver.resolve(each["@context"]) if "@context" in each else target
                self._keep(part, each, context)
        except (orjson.JSONDecodeError, Problem) as e:
            self.failures.append(self.asker.unreadable(part.one, str(e)))
            return 0
        return len(rows)

    def _keep(self, part: Part, raw: dict[str, Any], context: Context) -> None:
        given = evolution(raw, context, self.call.broker.settings.limits.vertices)
        if "id" not in given or "type" not in given:
            raise bad_data("the entity has no id or no type.")
        id_, now = given["id"], now_us()
        told = self.told.get(id_)
        if told is None:
            created = parse_us(raw.get("createdAt")) or now
            entity = {"id": id_, "type": [], "attrs": {}, "createdAt": created, "modifiedAt": parse_us(raw.get("modifiedAt")) or created}
            told = self.told[id_] = Told(entity)
        told.entity["type"] += [name for name in given["type"] if name not in told.entity["type"]]
        rows = {SCOPE if name == "scope" else context.full(name): value for name, value in raw.items() if name not in HEAD}
        names = part.one.attributes(id_, None, given["attrs"]) | {SCOPE}
        for name in names & given["attrs"].keys():
            instances = given["attrs"][name]
            shown = rows.get(name)
            shown = shown if isinstance(shown, list) else [shown]
            for place, one in enumerate(instances):
                was = shown[place] if len(shown) == len(instances) else None
                was = was if isinstance(was, dict) else {}
                key = (place_of(part.one), id_, name, str(was.get("instanceId", len(self._known))))
                if key not in self._known:  # a source may be asked twice, for two of its registrations
                    self._known.add(key)
                    moment = _moment(name, one, was, now, next(self._numbers))
                    told.moments.append(moment)
                    self._taken.append((id_, moment, part.one))


def _moment(name: str, instance: dict[str, Any], was: dict[str, Any], now: int, number: int) -> Moment:
    kept = {member: value for member, value in instance.items() if member != "deletedAt"}
    created = parse_us(was.get("createdAt")) or parse_us(was.get("observedAt")) or now
    deleted = parse_us(was.get("deletedAt"))
    if deleted is None and is_deleted(kept):
        deleted = created
    id_ = was.get("instanceId")
    return Moment(
        0,
        number,
        name,
        kept,
        created,
        parse_us(was.get("modifiedAt")) or created,
        deleted,
        parse_us(kept.get("observedAt")),
        told=str(id_ or ""),
    )


async def _served(call: Call, registry: Registry, query: TemporalQuery, context: Context, id_: str | None, serve: Any) -> Response:
    """Ask the sources, and let the same function that serves the request alone answer with what they told."""
    call.told, headers = await told_by_sources(call, registry, query, context, id_)
    try:
        response: Response = await serve(call)
    except Problem as problem:
        problem.headers += headers
        raise
    response.headers += headers
    return response


async def told_by_sources(
    call: Call, registry: Registry, query: TemporalQuery, context: Context, id_: str | None = None
) -> tuple[dict[str, Told], Headers]:
    """What the sources tell that have a part in a temporal query, and warnings of those that failed."""
    histories = Histories(call, registry, context, query)
    selection = query.selection if id_ is None else Selection((Selector((id_,)),))
    wanted = histories.wanted(selection)
    operations = ("queryTemporal",) if id_ is None else ("retrieveTemporal", "queryTemporal")
    parts = parts_of(histories.sources(wanted, *operations), wanted)
    if parts and query.order:
        raise bad_data("An order can be asked of this broker alone: add local=true (5.7.4.4).")
    await histories.ask(_one_each(parts) if id_ is not None else parts, id_)
    return histories.told, warnings(histories.failures)


async def retrieve(call: Call, registry: Registry) -> Response:
    """GET /temporal/entities/{entityId}, distributed (5.7.3.4)."""
    id_ = uri(call.args["id"], "The id of the entity")
    context = await call.linked()
    query = read_request(call, context, call.accepts(PLAIN_KINDS), query=False)
    return await _served(call, registry, query, context, id_, retrieve_evolution)


async def query(call: Call, registry: Registry) -> Response:
    """GET /temporal/entities, distributed (5.7.4.4)."""
    context = await call.linked()
    asked = read_request(call, context, call.accepts(PLAIN_KINDS), query=True)
    return await _served(call, registry, asked, context, None, query_evolutions)


async def post_query(call: Call, registry: Registry) -> Response:
    """POST /temporal/entityOperations/query, distributed (5.7.4.4)."""
    asked, context, _ = await read_body(call)
    return await _served(call, registry, asked, context, None, post_temporal_query)
