"""Finding the entities of a selection: the index that leaves least is walked, the rest is probed or checked.

The order of the answer is that of creation unless the request asks for another. A walk stops as soon as its
page is full; a count is made of counts that are kept, or of an index alone, wherever these tell it.
"""
# ruff: noqa: S608 (the SQL put together here is ours throughout; what clients send is only ever bound)

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from nagara.broker.model.incoming import Entity
from nagara.broker.problems import Problem
from nagara.broker.query.indexes import (
    Probe,
    Source,
    of_attrs,
    of_geo,
    of_q,
    of_scope,
    of_selector,
    probe_q,
    probe_types,
    union,
)
from nagara.broker.query.selecting import Selection
from nagara.broker.store.names import Names
from nagara.broker.store.tenant import Store

SMALL = 20_000  # candidates that may be gathered and sorted before the first is shown
_CHUNK = 200  # entities loaded at a time

_EVERYTHING = Source("SELECT key AS entity FROM entity WHERE key > 0 AND doc IS NOT NULL", (), True, True)


@dataclass(slots=True)
class Found:
    """Entities of one page."""

    keys: list[int]
    entities: dict[int, Entity] = field(default_factory=dict)  # those that had to be looked at
    more: bool = False
    count: int | None = None


@dataclass(slots=True)
class _Plan:
    driver: Source
    probes: list[Probe]
    check: bool  # whether each entity is to be checked as well
    counter: Source | None  # an exact source from which, with its probes, all can be counted
    counter_probes: list[Probe]


def find(store: Store, selection: Selection, *, limit: int, offset: int, count: bool) -> Callable[[sqlite3.Connection], Found]:
    """A query for `Store.read` that gives one page of a selection."""

    def run(connection: sqlite3.Connection) -> Found:
        plan = _plan(store, selection, connection)
        if plan.check:
            found = _checked_page(store, connection, plan, selection, limit, offset, count)
        else:
            found = _plain_page(store, connection, plan, limit, offset)
        if count and found.count is None:
            found.count = _count(store, connection, plan, selection)
        return found

    return run


def find_all(store: Store, selection: Selection, *, most: int) -> Callable[[sqlite3.Connection], Found]:
    """A query for `Store.read` that gives all entities of a selection, refused where they are more than `most`."""

    def run(connection: sqlite3.Connection) -> Found:
        plan = _plan(store, selection, connection)
        found = Found([])
        for key, entity in _entities(connection, store.names, _keys(connection, plan)):
            if not plan.check or selection.matches(entity, _lookup(connection, store.names)):
                found.keys.append(key)
                found.entities[key] = entity
                if len(found.keys) > most:
                    raise Problem(
                        "TooManyResults",
                        f"More than {most} entities fit the query, which is more than this broker sorts or purges at once.",
                    )
        found.count = len(found.keys)
        return found

    return run


def load(connection: sqlite3.Connection, names: Names, keys: list[int]) -> dict[int, Entity]:
    """The entities of some keys."""
    found: dict[int, Entity] = {}
    for i in range(0, len(keys), _CHUNK):
        some = keys[i : i + _CHUNK]
        sql = f"SELECT key, doc FROM entity WHERE key IN ({','.join('?' * len(some))}) AND doc IS NOT NULL"
        found.update((key, names.unpack(doc)) for key, doc in connection.execute(sql, some))
    return found


def load_ids(connection: sqlite3.Connection, names: Names, ids: list[str]) -> dict[str, Entity]:
    """The entities of some ids."""
    found: dict[str, Entity] = {}
    for i in range(0, len(ids), _CHUNK):
        some = ids[i : i + _CHUNK]
        sql = f"SELECT id, doc FROM entity WHERE id IN ({','.join('?' * len(some))}) AND doc IS NOT NULL"
        found.update((id_, names.unpack(doc)) for id_, doc in connection.execute(sql, some))
    return found


def _lookup(connection: sqlite3.Connection, names: Names) -> Callable[[str], Entity | None]:
    seen: dict[str, Entity | None] = {}

    def lookup(id_: str) -> Entity | None:
        if id_ not in seen:
            if len(seen) > 10_000:
                seen.clear()
            row = connection.execute("SELECT doc FROM entity WHERE id = ? AND doc IS NOT NULL", (id_,)).fetchone()
            seen[id_] = names.unpack(row[0]) if row else None
        return seen[id_]

    return lookup


def _plan(store: Store, selection: Selection, connection: sqlite3.Connection) -> _Plan:
    """Choose the index to walk."""
    names = store.names.numbers

    def count(number: int) -> int:
        return store.tally[number, 0, 0]

    by_selector = [of_selector(selector, names, count) for selector in selection.selectors]
    whole = None if any(source is None for source in by_selector) else union([source for source in by_selector if source is not None])
    one = selection.selectors[0] if len(selection.selectors) == 1 else None
    types = one.types if one is not None and one.types is not None and not one.types.every and one.ids is None else None
    # Every filter: what an index offers for it, what can be probed of it. None for both: it can only be checked.
    filters: list[tuple[Source | None, Probe | None]] = []
    if whole is not None:
        probe = probe_types(types, names) if types is not None and one is not None and one.pattern is None else None
        filters.append((whole, probe))
    elif one is None or one.pattern is not None:
        filters.append((None, None))
    filters += [(of_q(part, names), probe_q(part, names)) for part in selection.q_parts]
    if selection.scope is not None:
        filters.append((of_scope(selection.scope), None))
    if selection.geo is not None:
        filters.append((of_geo(selection.geo, names), None))
    if selection.attrs is not None:
        filters.append((of_attrs(selection.attrs, names), None))
    if not filters:
        return _Plan(_EVERYTHING, [], False, _EVERYTHING, [])
    driver = _smallest(store, connection, [source for source, _ in filters if source is not None])
    # What the driver does not prove and no probe tells has to be checked.
    rest = [(source, probe) for source, probe in filters if source is not driver or not driver.exact]
    probes = [probe for _, probe in rest if probe is not None]
    check = any(probe is None for _, probe in rest)
    counter, counter_probes = _counter(filters)
    return _Plan(driver, probes, check, counter, counter_probes)


def _counter(filters: list[tuple[Source | None, Probe | None]]) -> tuple[Source | None, list[Probe]]:
    """A source and probes that tell the count without looking at any entity, where there are such."""
    for i, (source, _) in enumerate(filters):
        others = [probe for j, (_, probe) in enumerate(filters) if j != i]
        if source is not None and source.exact and all(probe is not None for probe in others):
            return source, [probe for probe in others if probe is not None]
    return None, []


def _smallest(store: Store, connection: sqlite3.Connection, sources: list[Source]) -> Source:
    """The source with the fewest candidates; where all have many, one that comes in order and need not be gathered first."""
    if not sources:
        return _EVERYTHING
    if len(sources) == 1 and sources[0].ordered:
        return sources[0]
    ranked = []
    for i, source in enumerate(sources):
        size = source.size if source.size is not None else _size(connection, source)
        ranked.append((size, not source.ordered, i))
    size, _, i = min(ranked)
    if size <= SMALL or sources[i].ordered:
        return sources[i]
    in_order = [source for source in sources if source.ordered]
    return in_order[0] if in_order else _EVERYTHING


def _size(connection: sqlite3.Connection, source: Source) -> int:
    """How many candidates, counted no further than matters."""
    found: int = connection.execute(f"SELECT count(*) FROM (SELECT 1 FROM ({source.sql}) LIMIT {SMALL + 1})", source.args).fetchone()[0]
    return found


def _select(source: Source, probes: list[Probe]) -> tuple[str, tuple[object, ...]]:
    where = " AND ".join(probe.sql for probe in probes)
    args = (*source.args, *(arg for probe in probes for arg in probe.args))
    if source.ordered and not probes:
        return source.sql, args
    distinct = "" if source.ordered else "DISTINCT "
    return f"SELECT {distinct}s.entity FROM ({source.sql}) s{' WHERE ' + where if where else ''}", args


def _keys(connection: sqlite3.Connection, plan: _Plan) -> Iterator[int]:
    sql, args = _select(plan.driver, plan.probes)
    for (key,) in connection.execute(f"{sql} ORDER BY entity", args):
        yield key


def _plain_page(store: Store, connection: sqlite3.Connection, plan: _Plan, limit: int, offset: int) -> Found:
    """A page that the indexes alone tell."""
    if limit == 0:
        return Found([])
    sql, args = _select(plan.driver, plan.probes)
    mark_key = (sql, args)
    mark = store.marks.get((mark_key, offset)) if offset else None
    if mark is not None and plan.driver.ordered and not plan.probes:
        # The page before this one ended at a known entity: go on from there instead of counting up to it.
        column = "t.entity" if " t WHERE" in sql else "key" if sql.startswith("SELECT key") else "entity"
        sql, args, skip = f"{sql} AND {column} > ?", (*args, mark), 0
    else:
        skip = offset
    keys = [key for (key,) in connection.execute(f"{sql} ORDER BY entity LIMIT ? OFFSET ?", (*args, limit + 1, skip))]
    more = len(keys) > limit
    keys = keys[:limit]
    if more:
        store.mark((mark_key, offset + limit), keys[-1])
    return Found(keys, more=more)


def _entities(connection: sqlite3.Connection, names: Names, keys: Iterator[int]) -> Iterator[tuple[int, Entity]]:
    chunk: list[int] = []
    size = 25
    for key in keys:
        chunk.append(key)
        if len(chunk) >= size:
            loaded = load(connection, names, chunk)
            yield from ((k, loaded[k]) for k in chunk if k in loaded)
            chunk, size = [], _CHUNK
    loaded = load(connection, names, chunk) if chunk else {}
    yield from ((k, loaded[k]) for k in chunk if k in loaded)


def _checked_page(
    store: Store, connection: sqlite3.Connection, plan: _Plan, selection: Selection, limit: int, offset: int, count: bool
) -> Found:
    """A page for which entities have to be looked at; all of them where they are counted and no index tells the count."""
    found = Found([])
    to_the_end = count and plan.counter is None
    lookup = _lookup(connection, store.names)
    passed = 0
    for key, entity in _entities(connection, store.names, _keys(connection, plan)):
        if not selection.matches(entity, lookup):
            continue
        passed += 1
        if passed > offset and len(found.keys) < limit:
            found.keys.append(key)
            found.entities[key] = entity
        elif passed > offset + limit:
            found.more = True
            if not to_the_end:
                break
    if to_the_end:
        found.count = passed
    return found


def _count(store: Store, connection: sqlite3.Connection, plan: _Plan, selection: Selection) -> int:
    source = plan.counter
    if source is None:
        lookup = _lookup(connection, store.names)
        return sum(1 for _, entity in _entities(connection, store.names, _keys(connection, plan)) if selection.matches(entity, lookup))
    if source is _EVERYTHING:
        return store.tally[0, 0, 0]
    if not plan.counter_probes and source.ordered and source.size is not None and source.sql.count("?") <= 1:
        return source.size  # one type: its count is kept
    sql, args = _select(source, plan.counter_probes)
    found: int = connection.execute(f"SELECT count(*) FROM ({sql})", args).fetchone()[0]
    return found
