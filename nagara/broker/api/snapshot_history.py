"""What temporal queries find, frozen into the store of a snapshot (5.16.1.4; 5.7.4.4): every instance with the times that it has here."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import orjson

from nagara.broker.api.call import Call
from nagara.broker.api.federated_history import told_by_sources
from nagara.broker.api.temporal import TemporalQuery, read_body
from nagara.broker.clock import iso, now_us
from nagara.broker.history.evaluating import Filters, passing
from nagara.broker.history.joined import Joined
from nagara.broker.history.moments import SCOPE, Moment
from nagara.broker.history.reading import MOST, History, newest
from nagara.broker.http import LD_JSON
from nagara.broker.ld.context import Context
from nagara.broker.ld.core import CORE
from nagara.broker.model.evolving import shows
from nagara.broker.model.incoming import Entity
from nagara.broker.problems import Problem
from nagara.broker.query.selecting import Selection
from nagara.broker.store.tenant import Store
from nagara.broker.store.transaction import Txn

_CHUNK, _SLICE = 100, 50
Found = list[tuple[Entity, list[Moment]]]


@dataclass(slots=True)
class Frozen:
    """Fills the store of one snapshot with history."""

    call: Call
    store: Store
    context: Context
    _seen: set[tuple[str, int, int, str]] = field(default_factory=set)  # queries may overlap

    async def fill(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Run one temporal query, all its pages at once, and keep what it finds."""
        try:
            found = await self._found(raw)
            for i in range(0, len(found), _SLICE):
                some = found[i : i + _SLICE]
                await self.store.writer.do(lambda txn, some=some: _keep(txn, some))  # type: ignore[misc]
        except Problem as problem:
            return {"resultStatus": "failure", "problemDetails": problem.details()}
        return {"resultStatus": "success" if found else "empty"}

    async def _found(self, raw: dict[str, Any]) -> Found:
        body = orjson.dumps({"type": "Query", **raw, "@context": self.context.source or CORE})
        headers = {name: value for name, value in self.call.request.headers.items() if name not in ("link", "accept")}
        headers |= {"content-type": LD_JSON, "content-length": str(len(body))}
        inner = Call(self.call.broker, replace(self.call.request, query="", headers=headers, body=body), self.call.tenant)
        query, context, _ = await read_body(inner)
        registry = await self.call.broker.registry(inner.store)
        told = None if registry.empty else (await told_by_sources(inner, registry, query, context))[0]
        folder = self.call.broker.history_folder

        def run(connection: sqlite3.Connection) -> Found:
            history = History(inner.store, connection, folder) if told is None else Joined(inner.store, connection, folder, told)
            try:
                return _read(history, query)
            finally:
                history.close()

        found: Found = await inner.store.in_thread(run)
        return (
            [(entity, some) for entity, moments in found if (some := [one for one in moments if self._new(entity, one)])] if found else []
        )

    def _new(self, entity: Entity, one: Moment) -> bool:
        key = (entity["id"], one.seq, one.n, one.told)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


def _read(history: History, query: TemporalQuery) -> Found:
    selection = query.selection
    filters = Filters(selection.q, selection.geo, selection.scope)
    candidates = iter(history.candidates(Selection(selection.selectors)))
    found: Found = []
    total = 0
    while chunk := list(islice(candidates, _CHUNK)):
        passed = list(passing(history, chunk, query.wanted, filters))
        whole = history.read([one for one, chosen in passed if chosen is None], query.wanted, last=query.last).by_key
        for one, chosen in passed:
            moments = whole[one.key] if chosen is None else chosen if query.last is None else newest(chosen, query.last)
            moments = [each for each in moments if shows(query.view, "scope" if each.attr == SCOPE else each.attr)]
            total += len(moments)
            if total > MOST:
                raise Problem(
                    "TooManyResults", f"A snapshot holds at most {MOST} instances of one temporal query; narrow the time interval."
                )
            if moments:
                found.append((one.entity, moments))
    return found


def _keep(txn: Txn, found: Found) -> None:
    now = now_us()
    for entity, moments in found:
        row = txn.connection.execute("SELECT key, doc FROM entity WHERE id = ?", (entity["id"],)).fetchone()
        key = _entity(txn, entity, now) if row is None else row[0]
        held = txn.unpack(row[1])["attrs"] if row is not None and row[1] is not None else {}
        for one in moments:
            if any(_same(one, there) for there in held.get(one.attr, ())):
                continue  # the state that the snapshot holds is in its history by itself
            instance = dict(one.instance) if one.deleted is None else {**one.instance, "deletedAt": iso(one.deleted)}
            txn.name(one.attr)
            number = txn.connection.execute("SELECT coalesce(max(seq), 0) + 1 FROM observation").fetchone()[0]
            written = {one.attr: [instance]}
            doc = txn.names.pack_write(written, [], {"amends": [number, 0, one.created, one.modified]})
            txn.observe(key, now, doc, written, amends=True)


def _same(one: Moment, there: dict[str, Any]) -> bool:
    observed = one.instance.get("observedAt")
    return observed is not None and there.get("observedAt") == observed and there.get("datasetId", "") == one.dataset


def _entity(txn: Txn, entity: Entity, now: int) -> int:
    """An entity of which the snapshot knows the history and no state."""
    types = [txn.name(name) for name in entity["type"]]
    past = {
        "type": types,
        "attrs": [txn.name(name) for name in entity["attrs"]],
        "createdAt": entity["createdAt"],
        "deletedAt": entity.get("deletedAt", entity["modifiedAt"]),
        "stateless": "deletedAt" not in entity,
    }
    sql = "INSERT INTO entity (id, modified, home, past) VALUES (?, ?, ?, ?)"
    key = txn.connection.execute(sql, (entity["id"], now, types[0], orjson.dumps(past))).lastrowid or 0
    txn.connection.executemany("INSERT OR IGNORE INTO past_type VALUES (?, ?)", [(number, key) for number in types])
    return key
