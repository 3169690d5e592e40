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
from nagara.broker.query.indexes import Probe, Source
from nagara.broker.query.planning import EVERYTHING, Plan, plan
from nagara.broker.query.selecting import Selection
from nagara.broker.store.names import Names
from nagara.broker.store.tenant import Store

_FIRST, _CHUNK = 50, 400  # entities loaded at a time: at first, and at most


@dataclass(slots=True)
class Found:
    """Entities of one page."""

    keys: list[int]
    entities: dict[int, Entity] = field(default_factory=dict)  # those that had to be looked at
    more: bool = False
    count: int | None = None


def find(store: Store, selection: Selection, *, limit: int, offset: int, count: bool) -> Callable[[sqlite3.Connection], Found]:
    """A query for `Store.read` that gives one page of a selection."""

    def run(connection: sqlite3.Connection) -> Found:
        way = plan(store, selection, connection, limit + offset + 1, count=count)
        if way.checks:
            found = _checked_page(store, connection, way, limit, offset, count)
        else:
            found = _plain_page(store, connection, way, limit, offset)
        if count and found.count is None:
            found.count = _count(store, connection, way)
        return found

    return run


def find_all(store: Store, selection: Selection, *, most: int) -> Callable[[sqlite3.Connection], Found]:
    """A query for `Store.read` that gives all entities of a selection, refused where they are more than `most`."""

    def run(connection: sqlite3.Connection) -> Found:
        way = plan(store, selection, connection, None)
        found = Found([])
        for key, entity in _passing(store, connection, way):
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


def load(store: Store, connection: sqlite3.Connection, keys: list[int]) -> dict[int, Entity]:
    """The entities of some keys. They are shared: whoever reads them must not change them."""
    memory = store.parsed if connection is store.inline else None  # a query in a thread may see an older state than memory follows
    found: dict[int, Entity] = {}
    if memory is not None:
        found = memory.some(keys)
        if len(found) == len(keys):
            return found
        keys = [key for key in keys if key not in found]
    for i in range(0, len(keys), _CHUNK):
        some = keys[i : i + _CHUNK]
        sql = f"SELECT key, doc FROM entity WHERE key IN ({','.join('?' * len(some))}) AND doc IS NOT NULL"
        for key, doc in connection.execute(sql, some):
            found[key] = entity = store.names.unpack(doc)
            if memory is not None:
                memory.put(key, entity, len(doc))
    return found


def load_ids(connection: sqlite3.Connection, names: Names, ids: list[str]) -> dict[str, Entity]:
    """The entities of some ids."""
    found: dict[str, Entity] = {}
    for i in range(0, len(ids), _CHUNK):
        some = ids[i : i + _CHUNK]
        sql = f"SELECT id, doc FROM entity WHERE id IN ({','.join('?' * len(some))}) AND doc IS NOT NULL"
        found.update((id_, names.unpack(doc)) for id_, doc in connection.execute(sql, some))
    return found


def lookup_in(connection: sqlite3.Connection, names: Names) -> Callable[[str], Entity | None]:
    seen: dict[str, Entity | None] = {}

    def lookup(id_: str) -> Entity | None:
        if id_ not in seen:
            if len(seen) > 10_000:
                seen.clear()
            row = connection.execute("SELECT doc FROM entity WHERE id = ? AND doc IS NOT NULL", (id_,)).fetchone()
            seen[id_] = names.unpack(row[0]) if row else None
        return seen[id_]

    return lookup


def _select(source: Source, probes: list[Probe]) -> tuple[str, tuple[object, ...]]:
    where = " AND ".join(probe.sql for probe in probes)
    args = (*source.args, *(arg for probe in probes for arg in probe.args))
    if source.ordered and not probes:
        return source.sql, args
    distinct = "" if source.ordered else "DISTINCT "
    return f"SELECT {distinct}s.entity FROM ({source.sql}) s{' WHERE ' + where if where else ''}", args


def keys_of(connection: sqlite3.Connection, way: Plan) -> Iterator[int]:
    """The keys that a plan's indexes tell, in their order."""
    for some in _chunks(connection, way):
        yield from some


def _chunks(connection: sqlite3.Connection, way: Plan) -> Iterator[list[int]]:
    """The same, some at a time, the first few at once since most pages need no more."""
    sql, args = _select(way.driver, way.probes)
    size = _FIRST
    keys = _some(connection, f"{sql} ORDER BY entity LIMIT ?", (*args, size))
    while keys:
        yield keys
        if len(keys) < size:
            return
        after = f"SELECT entity FROM ({sql}) WHERE entity > ? ORDER BY entity"
        args_after = (*args, keys[-1])
        if not way.driver.ordered:  # gathered and sorted, so it is better gone through in one go
            rows = connection.execute(after, args_after)
            while some := [key for (key,) in rows.fetchmany(_CHUNK)]:
                yield some
            return
        size = min(2 * size, _CHUNK)
        keys = _some(connection, f"{after} LIMIT ?", (*args_after, size))


def _some(connection: sqlite3.Connection, sql: str, args: tuple[object, ...]) -> list[int]:
    """The keys that a query gives, as one row: each row asked for would let go of Python's lock and wait to have it back."""
    text = connection.execute(f"SELECT group_concat(entity) FROM ({sql})", args).fetchone()[0]
    return [] if text is None else [int(key) for key in text.split(",")]


def _plain_page(store: Store, connection: sqlite3.Connection, way: Plan, limit: int, offset: int) -> Found:
    """A page that the indexes alone tell."""
    if limit == 0:
        return Found([])
    sql, args = _select(way.driver, way.probes)
    mark_key = (sql, args)
    mark = store.marks.get((mark_key, offset)) if offset else None
    if mark is not None and way.driver.ordered and not way.probes:
        # The page before this one ended at a known entity: go on from there instead of counting up to it.
        keys = _some(connection, f"SELECT entity FROM ({sql}) WHERE entity > ? ORDER BY entity LIMIT ?", (*args, mark, limit + 1))
    else:
        keys = _some(connection, f"{sql} ORDER BY entity LIMIT ? OFFSET ?", (*args, limit + 1, offset))
    more = len(keys) > limit
    keys = keys[:limit]
    if more:
        store.mark((mark_key, offset + limit), keys[-1])
    return Found(keys, more=more)


def _entities(store: Store, connection: sqlite3.Connection, way: Plan) -> Iterator[tuple[int, Entity]]:
    """The candidates of a plan, loaded some at a time."""
    for keys in _chunks(connection, way):
        loaded = load(store, connection, keys)
        for key in keys:
            entity = loaded.get(key)
            if entity is not None:
                yield key, entity


def _passing(store: Store, connection: sqlite3.Connection, way: Plan) -> Iterator[tuple[int, Entity]]:
    """Those of them that pass what has to be checked."""
    lookup = lookup_in(connection, store.names)
    if len(way.checks) == 1:
        (check,) = way.checks
        return (one for one in _entities(store, connection, way) if check(one[1], lookup))
    return (one for one in _entities(store, connection, way) if all(check(one[1], lookup) for check in way.checks))


def _checked_page(store: Store, connection: sqlite3.Connection, way: Plan, limit: int, offset: int, count: bool) -> Found:
    """A page for which entities have to be looked at; all of them where they are counted and no index tells the count."""
    found = Found([])
    to_the_end = count and way.counter is None
    passed = 0
    for key, entity in _passing(store, connection, way):
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


def _count(store: Store, connection: sqlite3.Connection, way: Plan) -> int:
    source = way.counter
    if source is None:
        return sum(1 for _ in _passing(store, connection, way))
    if source is EVERYTHING:
        return store.tally[0, 0, 0]
    if not way.counter_probes and source.ordered and source.size is not None and source.sql.count("?") <= 1:
        return source.size  # one type: its count is kept
    sql, args = _select(source, way.counter_probes)
    found: int = connection.execute(f"SELECT count(*) FROM ({sql})", args).fetchone()[0]
    return found
