"""Which registrations concern a request (5.12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nagara.broker.clock import parse_us
from nagara.broker.query.geo import GeoQuery
from nagara.broker.query.matching import matches
from nagara.broker.query.q import Node, terms
from nagara.broker.query.scopes import ScopeQuery
from nagara.broker.query.selecting import Selector
from nagara.broker.query.types import TypeSelector
from nagara.broker.sources.registration import Entities, Information, Registration


@dataclass(frozen=True, slots=True)
class Interval:
    """A temporal query, as far as it concerns registrations (4.11)."""

    relation: str
    at: int
    until: int | None = None
    property: str = "observedAt"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request or a subscription specifies of entities."""

    selectors: tuple[Selector, ...] = (Selector(),)
    attrs: frozenset[str] | None = None
    datasets: frozenset[str] | None = None
    geo: GeoQuery | None = None
    scope: ScopeQuery | None = None
    filter: Node | None = None  # csf, about the sources themselves
    interval: Interval | None = None
    strict: bool = False  # whether a source that says nothing of its place or scope is left out: where sources are looked for, not asked


def _types(selector: TypeSelector | None, types: frozenset[str]) -> bool:
    if selector is None or selector.every:
        return True
    return any(some <= types for some in selector.any_of)


def _fits(selector: Selector, one: Entities) -> bool:
    if not _types(selector.types, one.types):
        return False
    if one.id is None and one.pattern is None:
        return True
    if selector.ids is not None:
        return any(one.has_id(id_) for id_ in selector.ids)
    if selector.pattern is not None:
        return one.id is None or selector.pattern.matches(one.id)
    return True


def fitting(wanted: Wanted, info: Information) -> tuple[tuple[Selector, Entities | None], ...]:
    """The selectors of a request that one RegistrationInfo fits, each with the entities that it fits by."""
    if wanted.attrs is not None and info.attrs is not None and info.attrs.isdisjoint(wanted.attrs):
        return ()
    if info.entities is None:
        return tuple((selector, None) for selector in wanted.selectors)
    return tuple((selector, one) for selector in wanted.selectors for one in info.entities if _fits(selector, one))


def _in_time(one: Registration, interval: Interval | None, *, strict: bool) -> bool:
    """Whether a registration is for the time asked of: for now, or for the interval of a temporal query (5.2.9, 5.10.2.4)."""
    if interval is None:
        return not one.temporal
    held = one.doc.get("observationInterval" if interval.property == "observedAt" else "managementInterval")
    if held is None:
        return not strict and not one.temporal
    start, end = parse_us(held["startAt"]) or 0, parse_us(held.get("endAt"))
    if interval.relation == "between" and interval.until is not None:
        return interval.until >= start and (end is None or interval.at <= end)
    # "before" a time: something held lies before it; "after": something held lies after it.
    return interval.at >= start if interval.relation == "before" else end is None or interval.at <= end


def match(one: Registration, wanted: Wanted) -> tuple[Information, ...]:
    """The members of a registration's information that fit; empty where it does not match."""
    if not _in_time(one, wanted.interval, strict=wanted.strict):
        return ()
    if wanted.datasets is not None and one.datasets is not None and wanted.datasets.isdisjoint(one.datasets):
        return ()
    if wanted.filter is not None and not matches(wanted.filter, one.description):
        return ()
    if wanted.geo is not None:
        held = one.description["attrs"].get(wanted.geo.property)
        if not held:
            if wanted.strict:
                return ()
        elif not any(_possible(wanted.geo, instance["value"]) for instance in held):
            return ()
    if wanted.scope is not None:
        scopes = one.description.get("scope")
        if wanted.strict if scopes is None else not wanted.scope.matches(scopes):
            return ()
    return tuple(info for info in one.information if fitting(wanted, info))


def _possible(geo: GeoQuery, space: dict[str, object]) -> bool:
    """Whether a source whose entities lie in `space` may have one that fits."""
    if geo.fits(space):
        return True
    if space["type"] == "Point":
        return False
    around = GeoQuery("intersects", geo.reference, geo.property)
    return geo.relation == "disjoint" or (geo.max_distance is None and geo.relation == "near") or around.fits(space)


def attributes_of(node: Node | None) -> set[str]:
    """The attributes that a query speaks of."""
    return set() if node is None else {term.path.name for term in terms(node) if not term.path.member}


def about(registrations: Iterable[Registration], wanted: Wanted) -> list[tuple[Registration, tuple[Information, ...]]]:
    """Registrations that match, with what of their information does."""
    found = []
    for one in registrations:
        infos = match(one, wanted)
        if infos:
            found.append((one, infos))
    return found
