"""Which subscriptions a change concerns (5.8.6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nagara.broker.model.incoming import Entity, Instance
from nagara.broker.query.matching import Lookup
from nagara.broker.store.changes import Change
from nagara.broker.subscriptions.document import (
    ATTRIBUTE_CREATED,
    ATTRIBUTE_DELETED,
    ATTRIBUTE_UPDATED,
    ENTITY_CREATED,
    ENTITY_DELETED,
    Subscription,
)

_TIMES = frozenset({"createdAt", "modifiedAt"})


class Index:
    """Subscriptions by what they watch for, so that a change is only laid before those that it may concern."""

    def __init__(self) -> None:
        self._by_id: dict[str, dict[str, Subscription]] = {}
        self._by_type: dict[str, dict[str, Subscription]] = {}
        self._any: dict[str, Subscription] = {}
        self.all: dict[str, Subscription] = {}

    def _places(self, one: Subscription) -> list[dict[str, Subscription]]:
        found = []
        for selector in one.selection.selectors:
            if selector.ids is not None:
                found += [self._by_id.setdefault(id_, {}) for id_ in selector.ids]
            elif selector.types is not None and not selector.types.every:
                found += [self._by_type.setdefault(min(some), {}) for some in selector.types.any_of]
            else:
                found.append(self._any)
        return found

    def add(self, one: Subscription) -> None:
        self.drop(one.id)
        self.all[one.id] = one
        if one.interval is None:
            for place in self._places(one):
                place[one.id] = one

    def drop(self, id_: str) -> None:
        known = self.all.pop(id_, None)
        if known is not None:
            for place in self._places(known):
                place.pop(id_, None)

    def concerned(self, id_: str, types: Iterable[str]) -> list[Subscription]:
        """Subscriptions whose selectors an entity of this id and these types may fit."""
        found = dict(self._any)
        found.update(self._by_id.get(id_, {}))
        for name in types:
            found.update(self._by_type.get(name, {}))
        return list(found.values())


@dataclass(slots=True)
class Facts:
    """What a change did to an entity, in the terms of the triggers."""

    entity: Entity  # as it is now; as it was, where it was deleted
    before: Entity | None
    created: bool = False
    deleted: bool = False
    attributes: dict[str, set[str]] = field(default_factory=dict)  # trigger -> full names


def _same(a: Instance, b: Instance) -> bool:
    """Whether two instances differ in nothing but their times (5.8.6: "updated with a value different than the existing one")."""
    return {k: v for k, v in a.items() if k not in _TIMES} == {k: v for k, v in b.items() if k not in _TIMES}


def instance_of(entity: Entity | None, name: str, dataset: str | None) -> Instance | None:
    """The instance of an attribute for one dataset."""
    if entity is not None:
        for one in entity["attrs"].get(name, ()):
            if one.get("datasetId") == dataset:
                found: Instance = one
                return found
    return None


def facts_of(change: Change) -> Facts:
    """What a change did."""
    outcome = change.outcome
    before = None if outcome.created else change.entity_before()
    if outcome.entity is None and before is not None:
        return Facts(before, before, deleted=True, attributes={ATTRIBUTE_DELETED: set(before["attrs"])})
    created: set[str] = set()
    updated: set[str] = set()
    for name, instances in outcome.written.items():
        for one in instances:
            old = instance_of(before, name, one.get("datasetId"))
            if old is None:
                created.add(name)
            elif not _same(old, one):
                updated.add(name)
    removed = {name for name, _, _ in outcome.removed}
    entity: Entity = outcome.entity or {}
    found = Facts(entity, before, created=outcome.created)
    for trigger, names in ((ATTRIBUTE_CREATED, created), (ATTRIBUTE_UPDATED, updated), (ATTRIBUTE_DELETED, removed)):
        if names:
            found.attributes[trigger] = names
    return found


def fires(one: Subscription, facts: Facts) -> bool:
    """Whether what was done is what the subscription waits for."""
    watched = one.watched
    if facts.created and ENTITY_CREATED in one.triggers and (watched is None or not watched.isdisjoint(facts.entity["attrs"])):
        return True
    if facts.deleted and ENTITY_DELETED in one.triggers and (watched is None or not watched.isdisjoint(facts.entity["attrs"])):
        return True
    for trigger, names in facts.attributes.items():
        if trigger in one.triggers and (watched is None or not watched.isdisjoint(names)):
            return True
    return False


def wanted(one: Subscription, facts: Facts, lookup: Lookup) -> bool:
    """Whether a change is to be told to a subscription."""
    return fires(one, facts) and one.selection.matches(facts.entity, lookup)
