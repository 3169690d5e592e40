"""Our history of entities together with what other context sources told of the same ones (4.5.5, 5.7.3.4, 5.7.4.4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nagara.broker.history.moments import Moment
from nagara.broker.history.reading import Evolution, History, Series, Wanted, newest
from nagara.broker.model.incoming import Entity
from nagara.broker.query.selecting import Selection
from nagara.broker.store.tenant import Store


@dataclass(slots=True)
class Told:
    """What sources told of one entity: the entity without instances, and these."""

    entity: Entity
    moments: list[Moment] = field(default_factory=list)


class Joined(History):
    """`told`: by the id of the entity. Entities that only others know of come after ours, and have keys below 0."""

    def __init__(self, store: Store, connection: sqlite3.Connection, folder: Path, told: dict[str, Told], *, counted: bool = False) -> None:
        super().__init__(store, connection, folder, counted=counted)
        self._told = told
        self._numbers = {id_: -place for place, id_ in enumerate(sorted(told), 1)}
        self._more: dict[int, list[Moment]] = {}

    def find(self, id_: str) -> Evolution | None:
        return self._with(super().find(id_), id_)

    def candidates(self, selection: Selection) -> Iterator[Evolution]:
        ours: set[str] = set()
        for one in super().candidates(selection):
            ours.add(one.entity["id"])
            yield self._with(one, one.entity["id"]) or one
        for id_ in sorted(self._told.keys() - ours):
            entity = self._told[id_].entity
            if any(selector.matches(entity) for selector in selection.selectors):
                found = self._with(super().find(id_), id_)
                if found is not None:
                    yield found

    def _with(self, one: Evolution | None, id_: str) -> Evolution | None:
        told = self._told.get(id_)
        if told is None:
            return one
        if one is None:
            one = Evolution(self._numbers[id_], 0, told.entity)
        else:
            types = list(dict.fromkeys([*one.entity["type"], *told.entity["type"]]))
            one = Evolution(one.key, one.home, {**one.entity, "type": types})
        self._more[one.key] = told.moments
        return one

    def read(self, some: list[Evolution], wanted: Wanted, *, first: int | None = None, last: int | None = None) -> Series:
        found = super().read([one for one in some if one.key > 0], wanted, first=first, last=last)
        time = wanted.window.time
        for one in some:
            more = [
                each for each in self._more.get(one.key, ()) if wanted.holds(each) and (found.bound is None or time(each) <= found.bound)
            ]
            if one.key < 0 or more:
                moments = sorted(_once(found.by_key.get(one.key, []) + more), key=lambda each: (time(each), each.seq, each.n))
                found.by_key[one.key] = moments if last is None else newest(moments, last)
        return found

    def exist(self, some: list[Evolution], wanted: Wanted) -> set[int]:
        found = super().exist([one for one in some if one.key > 0], wanted)
        found.update(one.key for one in some if any(wanted.holds(each) for each in self._more.get(one.key, ())))
        return found


def _once(moments: list[Moment]) -> list[Moment]:
    """Of instances of one attribute, dataset and instant, the one that was modified last (4.5.5)."""
    found: dict[object, Moment] = {}
    for each in moments:
        key = (each.attr, each.dataset, each.observed) if each.observed is not None and each.deleted is None else id(each)
        there = found.get(key)
        if there is None or each.modified > there.modified:
            found[key] = each
    return list(found.values())
