"""Which index to walk for a query, and what the indexes tell of the rest.

Every filter offers a source of candidates, a probe of one candidate, or neither (query/indexes.py). The source
is taken that should cost least until the page is full: walking along a type costs the entities that are looked
at and do not fit, gathering from an index costs its rows and their sorting.
"""
# ruff: noqa: S608 (the SQL put together here is ours throughout; what clients send is only ever bound)

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import NamedTuple

from nagara.broker.model.incoming import Entity
from nagara.broker.query.indexes import Probe, Source, of_attrs, of_geo, of_q, of_scope, of_selector, probe_q, probe_types, union
from nagara.broker.query.matching import Check, Lookup, check_of
from nagara.broker.query.selecting import Selection
from nagara.broker.store.tenant import Store

SMALL = 20_000  # candidates that may be gathered and sorted before the first is shown
_ROW, _ENTITY = 0.5, 8.0  # microseconds that it takes to gather a candidate, and to look at an entity

EVERYTHING = Source("SELECT key AS entity FROM entity WHERE key > 0 AND doc IS NOT NULL", (), True, True)


class Filter(NamedTuple):
    """One filter of a query: what an index offers for it, what can be probed of it, and how an entity is checked for it."""

    source: Source | None
    probe: Probe | None
    check: Check


@dataclass(slots=True)
class Plan:
    """How one query is answered."""

    driver: Source
    probes: list[Probe]
    checks: tuple[Check, ...]  # what each entity is to be checked for as well
    counter: Source | None  # an exact source of which, with its probes, all can be counted without looking at any entity
    counter_probes: list[Probe]


def plan(store: Store, selection: Selection, connection: sqlite3.Connection, most: int | None, *, count: bool = False) -> Plan:
    """Choose the index to walk. `most`: so many entities are needed; None where all are. `count`: how many there are is asked too."""
    filters = _filters(store, selection)
    if not filters:
        return Plan(EVERYTHING, [], (), EVERYTHING, [])
    counter, counter_probes = _counter(store, connection, filters) if count else (None, [])
    if count and counter is None:
        most = None
    driver = _cheapest(store, connection, filters, most)
    # What the driver does not prove and no probe tells has to be checked.
    rest = [one for one in filters if one.source is not driver or not driver.exact]
    probes = [one.probe for one in rest if one.probe is not None]
    checks = tuple(one.check for one in rest if one.probe is None)
    return Plan(driver, probes, checks, counter, counter_probes)


def _filters(store: Store, selection: Selection) -> list[Filter]:
    names = store.names.numbers

    def count(number: int) -> int:
        return store.tally[number, 0, 0]

    by_selector = [of_selector(selector, names, count) for selector in selection.selectors]
    whole = None if any(source is None for source in by_selector) else union([source for source in by_selector if source is not None])
    one = selection.selectors[0] if len(selection.selectors) == 1 else None
    types = one.types if one is not None and one.types is not None and not one.types.every and one.ids is None else None
    filters: list[Filter] = []

    def selected(entity: Entity, _: Lookup) -> bool:
        return any(selector.matches(entity) for selector in selection.selectors)

    if whole is not None:
        probe = probe_types(types, names) if types is not None and one is not None and one.pattern is None else None
        filters.append(Filter(whole, probe, selected))
    elif one is None or one.pattern is not None:
        filters.append(Filter(None, None, selected))
    filters += [Filter(of_q(part, names), probe_q(part, names), check_of(part)) for part in selection.q_parts]
    scope, geo, attrs = selection.scope, selection.geo, selection.attrs
    if scope is not None:
        filters.append(Filter(of_scope(scope), None, lambda entity, _: scope.matches(entity.get("scope", []))))
    if geo is not None:
        filters.append(Filter(of_geo(geo, names), None, lambda entity, _: geo.matches(entity)))
    if attrs is not None:
        filters.append(Filter(of_attrs(attrs, names), None, lambda entity, _: not attrs.isdisjoint(entity["attrs"])))
    return filters


def _counter(store: Store, connection: sqlite3.Connection, filters: list[Filter]) -> tuple[Source | None, list[Probe]]:
    """The smallest exact source, and what narrows it down to the answer; None where an entity must be looked at for that."""
    exact = [one for one in filters if one.source is not None and one.source.exact]
    if not exact or any(one.probe is None and one not in exact for one in filters):
        return None, []
    best = exact[0] if len(filters) == 1 else min(exact, key=lambda one: _size(store, connection, one.source))
    probes = []
    for one in filters:
        if one is best:
            continue
        if one.probe is not None:
            probes.append(one.probe)
        elif one.source is not None:
            probes.append(Probe(f"s.entity IN ({one.source.sql})", one.source.args))
    return best.source, probes


def _cheapest(store: Store, connection: sqlite3.Connection, filters: list[Filter], most: int | None) -> Source:
    sources = [one.source for one in filters if one.source is not None]
    if not sources:
        return EVERYTHING
    if len(filters) == 1 and sources[0].ordered:
        return sources[0]
    everything = max(1, store.tally[0, 0, 0])
    sizes = [_size(store, connection, source) for source in sources]
    shares = [min(1.0, max(size, 1) / everything) for size in sizes]
    costs = []
    for i, (source, size) in enumerate(zip(sources, sizes, strict=True)):
        if not source.ordered and size > SMALL:
            continue
        rest = 1.0
        for j, share in enumerate(shares):
            rest *= share if j != i else 1.0
        looked = size if most is None else min(size, most / rest)
        costs.append((looked * _ENTITY + (0 if source.ordered else size * _ROW), i))
    return sources[min(costs)[1]] if costs else EVERYTHING


def _size(store: Store, connection: sqlite3.Connection, source: Source | None) -> int:
    """About how many candidates, counted no further than matters and remembered for a while."""
    if source is None:
        return SMALL
    if source.size is not None:
        return source.size
    known = store.sizes.get((source.sql, source.args))
    if known is None:
        sql = f"SELECT count(*) FROM (SELECT 1 FROM ({source.sql}) LIMIT {SMALL + 1})"
        known = connection.execute(sql, source.args).fetchone()[0]
        if known > SMALL:
            known = max(known, store.tally[0, 0, 0] // 2)
        store.sizes.put((source.sql, source.args), known)
    return known
