"""Which entities a temporal query selects, told from their instances within its interval (5.7.4.4, S1 to S4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nagara.broker.history.moments import OBSERVED, SCOPE, Moment
from nagara.broker.history.reading import Evolution, History, Wanted
from nagara.broker.history.window import Window
from nagara.broker.model.incoming import Entity, Instance
from nagara.broker.query.geo import GeoQuery
from nagara.broker.query.matching import matches
from nagara.broker.query.q import Node
from nagara.broker.query.scopes import ScopeQuery


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters that look at instances."""

    q: Node | None = None
    geo: GeoQuery | None = None
    scope: ScopeQuery | None = None

    def __bool__(self) -> bool:
        return self.q is not None or self.geo is not None or self.scope is not None


def passing(history: History, some: list[Evolution], wanted: Wanted, filters: Filters) -> Iterator[tuple[Evolution, list[Moment] | None]]:
    """The entities that pass, each with those of its instances that are shown; None for these where no filter had to look at them."""
    if not filters:
        keys = history.exist(some, wanted)
        yield from ((one, None) for one in some if one.key in keys)
        return
    everything = wanted if filters.q is None and filters.geo is None else replace(wanted, attrs=None, datasets=None)
    series = history.read(some, everything)
    scopes = history.read(some, Wanted(Window(), frozenset({SCOPE}))).by_key if filters.scope is not None else {}
    for one in some:
        moments = series.by_key[one.key]
        shown = [each for each in moments if wanted.holds(each)]
        if not shown:
            continue
        if filters.q is not None or filters.geo is not None:
            entity = _within(one.entity, moments, wanted.window)
            if filters.q is not None and not matches(filters.q, entity):
                continue
            if filters.geo is not None and not filters.geo.matches(entity):
                continue
        if filters.scope is not None:
            shown = _in_scope(shown, scopes[one.key], filters.scope, wanted)
            if not shown:
                continue
        yield one, shown


def _within(entity: Entity, moments: list[Moment], window: Window) -> Entity:
    """An entity that holds all its instances of the interval at once, and what it holds without any observedAt (C.5.5)."""
    attrs: dict[str, list[Instance]] = {}
    for each in moments:
        if each.deleted is None:
            attrs.setdefault(each.attr, []).append(each.instance)
    if window.timeproperty == OBSERVED:
        for name, instances in entity["attrs"].items():
            if name not in attrs:
                timeless = [one for one in instances if "observedAt" not in one]
                if timeless:
                    attrs[name] = timeless
    return {**entity, "attrs": attrs}


def _in_scope(shown: list[Moment], scopes: list[Moment], query: ScopeQuery, wanted: Wanted) -> list[Moment]:
    """The instances from times at which a scope that fits was valid, and that scope (4.18, C.5.16)."""
    window = wanted.window
    found: list[Moment] = []
    for i, scope in enumerate(scopes):
        value = scope.instance["value"]
        if not value or not query.matches(value if isinstance(value, list) else [value]):
            continue
        start = scope.time
        end = scopes[i + 1].time if i + 1 < len(scopes) else None
        inside = [each for each in shown if each.attr != SCOPE and each.time >= start and (end is None or each.time < end)]
        overlaps = (window.end is None or start < window.end) and (end is None or window.start is None or end > window.start)
        if overlaps and inside:
            found += inside
            if wanted.attrs is None or SCOPE in wanted.attrs:
                found.append(scope)
    found.sort(key=lambda each: (each.time, each.seq, each.n))
    return found
