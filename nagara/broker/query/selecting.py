"""Which entities a request means: all its filters together, and whether one entity passes them (5.7.2)."""

from __future__ import annotations

from dataclasses import dataclass

from nagara.broker.model.incoming import Entity
from nagara.broker.query.geo import GeoQuery
from nagara.broker.query.matching import Lookup, matches
from nagara.broker.query.patterns import Pattern
from nagara.broker.query.q import All, Node
from nagara.broker.query.scopes import ScopeQuery
from nagara.broker.query.types import TypeSelector


@dataclass(frozen=True, slots=True)
class Selector:
    """Entities by id or pattern of ids, and by type (5.2.33). An id takes precedence over a pattern."""

    ids: tuple[str, ...] | None = None
    pattern: Pattern | None = None
    types: TypeSelector | None = None

    def matches(self, entity: Entity) -> bool:
        if self.ids is not None:
            if entity["id"] not in self.ids:
                return False
        elif self.pattern is not None and not self.pattern.matches(entity["id"]):
            return False
        return self.types is None or self.types.matches(entity["type"])


@dataclass(frozen=True, slots=True)
class Selection:
    """All filters of a query. An entity passes if it fits one of the selectors and everything else."""

    selectors: tuple[Selector, ...] = (Selector(),)
    q: Node | None = None
    geo: GeoQuery | None = None
    scope: ScopeQuery | None = None
    attrs: frozenset[str] | None = None  # of which at least one is there

    @property
    def q_parts(self) -> tuple[Node, ...]:
        """The parts of q that must all hold."""
        if self.q is None:
            return ()
        return self.q.parts if isinstance(self.q, All) else (self.q,)

    def matches(self, entity: Entity, lookup: Lookup = lambda _: None) -> bool:
        """Whether `entity` passes."""
        if not any(selector.matches(entity) for selector in self.selectors):
            return False
        if self.attrs is not None and self.attrs.isdisjoint(entity["attrs"]):
            return False
        if self.scope is not None and not self.scope.matches(entity.get("scope", [])):
            return False
        if self.q is not None and not matches(self.q, entity, lookup):
            return False
        return self.geo is None or self.geo.matches(entity)
