"""One group of writes on its way to disk: entities, their index rows, their history and the counts, in one transaction."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import orjson

from nagara.broker.clock import now_us, parse_us
from nagara.broker.model.changing import Outcome, replaced
from nagara.broker.model.incoming import Entity, Instance
from nagara.broker.store.changes import Change
from nagara.broker.store.names import Names
from nagara.broker.store.rows import KIND_NUMBER, PLACES, Box, Row, boxes, expiry, scope_rows, value_rows

if TYPE_CHECKING:
    from nagara.broker.store.tenant import Store

#: Changes an entity at a time (microseconds since 1970).
Op = Callable[[Entity, int], Outcome]

_PUT_VALUE = "INSERT OR IGNORE INTO value VALUES (?, ?, ?, ?)"
_UPDATE = "UPDATE entity SET modified = ?, expires = ?, doc = ?, home = coalesce(home, ?) WHERE key = ?"
_OBSERVE = "INSERT INTO observation (seq, entity, at, observed, mixed, doc) VALUES (?, ?, ?, ?, ?, ?)"
_DROP_VALUE = "DELETE FROM value WHERE attr = ? AND value = ? AND entity = ? AND kind = ?"


def observed_at(written: dict[str, list[Instance]]) -> tuple[int | None, bool]:
    """The first observedAt among instances, and whether there is another one."""
    first: str | None = None
    times: set[str] | None = None
    for instances in written.values():
        for one in instances:
            at = one.get("observedAt")
            if at is None or at == first:
                continue
            if first is None:
                first = at
            elif times is None:
                times = {first, at}
            else:
                times.add(at)
    if times is None:
        return (None if first is None else parse_us(first)), False
    moments = [us for us in map(parse_us, times) if us is not None]
    return min(moments), len(set(moments)) > 1


def _indexed_alike(old: list[Instance] | None, new: list[Instance] | None) -> bool:
    """Whether the indexes hold the same of an attribute before and after; no where that is not told at one look."""
    if old is None or new is None or len(old) != 1 or len(new) != 1:
        return False
    one, other = old[0], new[0]
    kind = one["type"]
    if kind != other["type"]:
        return False
    if kind == "Relationship":
        return type(one["object"]) is str and bool(one["object"] == other["object"])
    if kind == "Property":
        value = one["value"]
        return type(value) in _SCALARS and type(value) is type(other["value"]) and bool(value == other["value"])
    return kind == "GeoProperty" and bool(one["value"] == other["value"])


_SCALARS = frozenset({str, float, int, bool})


class _Before:
    """The index rows of an entity before a change, for the attributes that may change."""

    __slots__ = ("boxes", "kinds", "rows", "scopes", "types")

    def __init__(self, entity: Entity, names: Iterable[str] | None) -> None:
        attrs: dict[str, list[Instance]] = entity["attrs"]
        self.types = list(entity["type"])
        self.scopes = scope_rows(entity) if "scope" in entity else set()
        self.rows: dict[str, tuple[Row, ...]] = {}
        self.kinds: dict[str, list[str]] = {}
        for name in attrs if names is None else names:
            if name in attrs:
                instances = attrs[name]
                self.rows[name] = value_rows(instances)
                self.kinds[name] = [instances[0]["type"]] if len(instances) == 1 else [one["type"] for one in instances]
        # Of a change that touches no geometry the boxes are not asked for.
        self.boxes: list[Box] | None = (
            boxes(entity) if names is None or any("GeoProperty" in kinds for kinds in self.kinds.values()) else None
        )


class Txn:
    """The writes of one group, in the one connection that writes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sql = store.write
        self.changes: list[Change] = []
        self.thereafter: list[Callable[[], None]] = []  # to be called once the disk has it
        self._tally: Counter[tuple[int, int, int]] = Counter()
        self._shapes: Counter[tuple[int | tuple[int, int], ...]] = Counter()  # of the entities created, as in _sum()
        self._new_names: list[str] = []
        # What goes to the file together, at the end or before somebody else uses the connection:
        self._values: dict[tuple[int, Any, int, int], bool] = {}  # rows of the table `value` that come (True) or go
        self._updates: dict[int, tuple[Any, ...]] = {}  # by key: rows of `entity` as they are to be
        self._history: list[tuple[Any, ...]] = []  # rows of `observation`
        self._docs: dict[str, tuple[int, bytes | None]] = {}  # by id: (key, document) as this transaction sees it
        self._seq = 0  # of the last row of `observation`; 0 where none was asked for yet

    @property
    def names(self) -> Names:
        """The numbered names of the tenant."""
        return self._store.names

    @property
    def connection(self) -> sqlite3.Connection:
        """For rows of other kinds (contexts, subscriptions, registrations) that are to be written with the rest."""
        self._flush()
        return self._sql

    def _flush(self) -> None:
        """Entities and history as they are so far."""
        if self._updates:
            self._sql.executemany(_UPDATE, self._updates.values())
            self._updates.clear()
        if self._history:
            self._sql.executemany(_OBSERVE, self._history)
            self._history.clear()

    def find(self, id_: str) -> tuple[int, bytes | None] | None:
        """(key, document) of an entity; the document is None where it was deleted."""
        found = self._docs.get(id_) or self._store.docs.get(id_)
        if found is None:
            found = self._sql.execute("SELECT key, doc FROM entity WHERE id = ?", (id_,)).fetchone()
            if found is not None:
                self._docs[id_] = found
        return found

    def unpack(self, doc: bytes) -> Entity:
        """The entity that a document of the table holds."""
        return self._store.names.unpack(doc)

    def name(self, iri: str) -> int:
        """The number of a full name, given now where it has none."""
        known = self._store.names.numbers.get(iri)
        return self._new_name(iri) if known is None else known

    def _new_name(self, iri: str) -> int:
        number: int = self._sql.execute("INSERT INTO name (iri) VALUES (?) RETURNING key", (iri,)).fetchone()[0]
        self._store.names.add(iri, number)
        self._new_names.append(iri)
        return number

    def create(self, entity: Entity, outcome: Outcome, at: int, gone: int | None, *, log: bool = True) -> int:
        """Write a new entity; `gone` is the key of a deleted one with the same id, which it takes over. Gives its key.

        `log`: whether its history is to hold this. It is not where the entity comes out of its history.
        """
        types = [self.name(iri) for iri in entity["type"]]
        attrs = [(self.name(iri), instances) for iri, instances in entity["attrs"].items()]
        found = boxes(entity)
        doc = self._store.names.pack(entity)
        expires = expiry(entity) if b'"expiresAt"' in doc else None
        if gone is None:
            cursor = self._sql.execute(
                "INSERT INTO entity (id, modified, expires, doc, home) VALUES (?, ?, ?, ?, ?)", (entity["id"], at, expires, doc, types[0])
            )
            key = cursor.lastrowid or 0
        else:
            key = gone
            self._sql.execute(
                "UPDATE entity SET modified = ?, expires = ?, doc = ?, home = coalesce(home, ?), past = NULL WHERE key = ?",
                (at, expires, doc, types[0], key),
            )
            self._sql.execute("DELETE FROM past_type WHERE entity = ?", (key,))
        self._docs[entity["id"]] = (key, doc)
        for t in types:
            self._sql.execute("INSERT INTO entity_type VALUES (?, ?)", (t, key))
        values = self._values
        for attr, instances in attrs:
            for value, kind in value_rows(instances):
                values[attr, value, key, kind] = True
        self._shapes[(*types, 0, *[(attr, KIND_NUMBER[one["type"]]) for attr, instances in attrs for one in instances])] += 1
        if "scope" in entity:
            self._sql.executemany("INSERT OR IGNORE INTO entity_scope VALUES (?, ?)", [(s, key) for s in scope_rows(entity)])
        if found:
            self._put_places(key, found)
        self._record(key, entity["id"], at, None, outcome, doc, log=log)
        self._store.expire_at(expires)
        return key

    def change(
        self, key: int, doc: bytes, op: Op, names: Iterable[str] | None = None, at: int | None = None, current: Entity | None = None
    ) -> Outcome:
        """Apply `op` to an entity and write what came of it. `names`: full names of all attributes that it may touch; None for any."""
        if current is None:
            current = self._store.names.unpack(doc)
        at = at or now_us()
        before = _Before(current, names)
        outcome = op(current, at)
        entity = outcome.entity
        if entity is None:
            raise ValueError("use remove() to delete an entity")
        attrs: dict[str, list[Instance]] = entity["attrs"]
        if before.boxes is None and any(one["type"] == "GeoProperty" for some in outcome.written.values() for one in some):
            before.boxes = boxes({**entity, "attrs": {iri: some for iri, some in attrs.items() if iri not in outcome.written}})
        self._write(key, doc, entity, before, outcome, at, before.rows.keys() | outcome.written.keys())
        return outcome

    def replace(self, key: int, doc: bytes, entity: Entity, current: Entity | None = None) -> Outcome:
        """Put an entity in the place of the one that is there (5.6.18)."""
        if current is None:
            current = self._store.names.unpack(doc)
        at = now_us()
        outcome = replaced(current, entity, at)
        old, new = current["attrs"], entity["attrs"]
        touched = [iri for iri in {**old, **new} if not _indexed_alike(old.get(iri), new.get(iri))]
        before = _Before(current, touched)
        if before.boxes is None and any(one["type"] == "GeoProperty" for iri in touched for one in new.get(iri, ())):
            before.boxes = boxes(current)
        self._write(key, doc, entity, before, outcome, at, touched)
        return outcome

    def _write(self, key: int, doc: bytes, entity: Entity, before: _Before, outcome: Outcome, at: int, touched: Iterable[str]) -> None:
        """`touched`: full names of the attributes of which the indexes may hold something else than before."""
        now = boxes(entity) if before.boxes is not None else None  # which may refuse, so it comes first
        for iri in (*entity["type"], *outcome.written):
            self.name(iri)
        packed = self._store.names.pack(entity)
        expires = expiry(entity) if b'"expiresAt"' in packed else None
        self._updates[key] = (at, expires, packed, self.name(entity["type"][0]), key)
        self._docs[entity["id"]] = (key, packed)
        attrs: dict[str, list[Instance]] = entity["attrs"]
        for iri in touched:
            self._reindex(key, iri, before, attrs.get(iri))
        if entity["type"] != before.types:
            self._retype(key, entity, before.types)
        if outcome.scope:
            scopes = scope_rows(entity)
            self._sql.executemany("DELETE FROM entity_scope WHERE scope = ? AND entity = ?", [(s, key) for s in before.scopes - scopes])
            self._sql.executemany("INSERT OR IGNORE INTO entity_scope VALUES (?, ?)", [(s, key) for s in scopes - before.scopes])
        if before.boxes is not None and now is not None and now != before.boxes:
            self._drop_places(key, len(before.boxes))
            self._put_places(key, now)
        self._record(key, entity["id"], at, doc, outcome)
        self._store.expire_at(expires)

    def _reindex(self, key: int, iri: str, before: _Before, instances: list[Instance] | None) -> None:
        """The index rows and the counts of one attribute that may have changed."""
        old = before.rows.get(iri, ())
        new = value_rows(instances) if instances else ()
        old_kinds = before.kinds.get(iri, [])
        new_kinds = [one["type"] for one in instances] if instances else []
        attr = self.name(iri)
        if old != new:
            values = self._values
            for value, kind in old:
                values[attr, value, key, kind] = False
            for value, kind in new:
                values[attr, value, key, kind] = True
        if old_kinds != new_kinds:
            self._count(before.types, attr, old_kinds, -1)
            self._count(before.types, attr, new_kinds, 1)

    def remove(self, key: int, doc: bytes, at: int | None = None) -> Outcome:
        """Delete an entity. Its row stays, empty, for the history to refer to."""
        entity = self._store.names.unpack(doc)
        before = _Before(entity, None)
        at = at or now_us()
        outcome = Outcome(None)
        outcome.removed = [(name, one.get("datasetId"), one["type"]) for name, some in entity["attrs"].items() for one in some]
        types = [self.name(t) for t in before.types]
        past = {"type": types, "attrs": [self.name(iri) for iri in entity["attrs"]], "createdAt": entity["createdAt"], "deletedAt": at}
        self._updates.pop(key, None)
        self._docs[entity["id"]] = (key, None)
        self._sql.execute(
            "UPDATE entity SET modified = ?, expires = NULL, doc = NULL, past = ? WHERE key = ?", (at, orjson.dumps(past), key)
        )
        self._sql.executemany("INSERT OR IGNORE INTO past_type VALUES (?, ?)", [(t, key) for t in types])
        self._sql.executemany("DELETE FROM entity_type WHERE type = ? AND entity = ?", [(self.name(t), key) for t in before.types])
        for iri, some in before.rows.items():
            for value, kind in some:
                self._values[self.name(iri), value, key, kind] = False
        if before.scopes:
            self._sql.executemany("DELETE FROM entity_scope WHERE scope = ? AND entity = ?", [(s, key) for s in before.scopes])
        self._drop_places(key, len(before.boxes or ()))
        for t in [0, *map(self.name, before.types)]:
            self._tally[t, 0, 0] -= 1
        for iri, kinds in before.kinds.items():
            self._count(before.types, self.name(iri), kinds, -1)
        self._record(key, entity["id"], at, doc, outcome)
        return outcome

    def _count(self, types: list[str], attr: int, kinds: list[str], by: int) -> None:
        for t in [0, *map(self.name, types)]:
            for kind in kinds:
                self._tally[t, attr, KIND_NUMBER[kind]] += by

    def _retype(self, key: int, entity: Entity, before: list[str]) -> None:
        """The entity changed its types: its place in the type index, and the counts by type of all its attributes."""
        kinds = [(self.name(iri), KIND_NUMBER[one["type"]]) for iri, some in entity["attrs"].items() for one in some]
        for iri in set(before) ^ set(entity["type"]):
            t = self.name(iri)
            by = 1 if iri in entity["type"] else -1
            if by > 0:
                self._sql.execute("INSERT OR IGNORE INTO entity_type VALUES (?, ?)", (t, key))
            else:
                self._sql.execute("DELETE FROM entity_type WHERE type = ? AND entity = ?", (t, key))
            self._tally[t, 0, 0] += by
            for attr, kind in kinds:
                self._tally[t, attr, kind] += by

    def _put_places(self, key: int, found: list[Box]) -> None:
        self._sql.executemany(
            "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(key * PLACES + i, a, b, c, d, key, self.name(iri)) for i, (iri, a, b, c, d) in enumerate(found)],
        )

    def _drop_places(self, key: int, count: int) -> None:
        if count:
            self._sql.executemany("DELETE FROM place WHERE id = ?", [(key * PLACES + i,) for i in range(count)])

    def _record(
        self, key: int, id_: str, at: int, before: bytes | None, outcome: Outcome, created: bytes | None = None, *, log: bool = True
    ) -> None:
        """Put the write in the history, and in the list of what this transaction changed."""
        names = self._store.names
        seq = 0
        if log:
            if created is None:
                more: dict[str, Any] = {}
                if outcome.entity is None:
                    more["deleted"] = True
                    if before is not None and b'"scope"' in before:
                        more["scope"] = []
                else:
                    if outcome.types:
                        more["type"] = outcome.entity["type"]
                    if outcome.scope:
                        more["scope"] = outcome.entity.get("scope", [])
                created = names.pack_write(outcome.written, outcome.removed, more)
            seq = self.observe(key, at, created, outcome.written)
        self.changes.append(Change(self._store.tenant, key, id_, at, seq, before, outcome, names))

    def observe(self, key: int, at: int, doc: bytes, written: dict[str, list[Instance]], *, amends: bool = False) -> int:
        """One row of history; gives its number."""
        observed, mixed = observed_at(written)
        if not self._seq:
            self._seq = (self._sql.execute("SELECT seq FROM sqlite_sequence WHERE name = 'observation'").fetchone() or (0,))[0]
        self._seq += 1
        self._history.append((self._seq, key, at, observed, mixed or amends, doc))
        return self._seq

    def finish(self) -> None:
        """Before the commit: what was put off, the counts, and what others want recorded with the changes."""
        self._flush()
        self._sql.executemany(_DROP_VALUE, [row for row, comes in self._values.items() if not comes])
        self._sql.executemany(_PUT_VALUE, [row for row, comes in self._values.items() if comes])
        self._sum()
        rows = [(t, a, k, n) for (t, a, k), n in self._tally.items() if n]
        self._sql.executemany("INSERT INTO tally VALUES (?, ?, ?, ?) ON CONFLICT (type, attr, kind) DO UPDATE SET n = n + excluded.n", rows)
        for record in self._store.recorders if self.changes else ():
            then = record(self._sql, self.changes)
            if then is not None:
                self.thereafter.append(then)

    def _sum(self) -> None:
        """Entities created alike are counted together: a shape is their types, 0 for all types, and (attribute, kind) of what they hold."""
        tally = self._tally
        for shape, n in self._shapes.items():
            types = [one for one in shape if isinstance(one, int)]
            for t in types:
                tally[t, 0, 0] += n
            for one in shape:
                if not isinstance(one, int):
                    for t in types:
                        tally[t, one[0], one[1]] += n
        self._shapes.clear()

    def done(self) -> None:
        """After the commit: memory follows the disk."""
        tally = self._store.tally
        for at, n in self._tally.items():
            if n:
                tally[at] += n
        self._store.forget(self.changes)
        self._store.docs.keep(self._docs)

    def undone(self) -> None:
        """After a rollback: names that were numbered in vain."""
        for iri in self._new_names:
            self._store.names.drop(iri)
