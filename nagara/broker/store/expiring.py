"""Transient entities and attributes: what has expired goes, before anyone can see it again (4.22)."""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from pathlib import Path

from nagara.broker.clock import now_us, parse_us
from nagara.broker.history.hiding import hide
from nagara.broker.history.reading import History, Wanted
from nagara.broker.history.window import Window
from nagara.broker.model.changing import Outcome
from nagara.broker.model.incoming import Entity, Instance
from nagara.broker.store.tenant import Store
from nagara.broker.store.transaction import Txn

_SLICE = 500


def _expired(holder: Entity | Instance, now: int) -> bool:
    if "expiresAt" not in holder:
        return False
    us = parse_us(holder["expiresAt"])
    return us is not None and us <= now


async def expire(store: Store, history: Path) -> None:
    """Delete the entities, and the attributes of entities, whose time is over. Those who ask at once wait for one sweep.

    With an attribute goes what history holds of it with an expiresAt that is over; an entity leaves its history behind.
    """
    if store.sweep is None or store.sweep.done():
        store.sweep = asyncio.get_running_loop().create_task(_sweep(store, history))
    await asyncio.shield(store.sweep)


async def _sweep(store: Store, history: Path) -> None:
    while store.next_expiry is not None and store.next_expiry <= now_us():
        now = now_us()
        ids = await store.read(partial(_due, now=now))
        if ids:
            gone: list[tuple[str, str]] = await store.writer.do(lambda txn, ids=ids, now=now: _expire_in(txn, ids, now))  # type: ignore[misc]
            if gone:
                instances = await store.in_thread(partial(_transient, store=store, history=history, gone=gone, now=now))
                await store.writer.do(lambda txn, instances=instances: _forget(txn, instances))  # type: ignore[misc]
        if len(ids) < _SLICE:
            store.next_expiry = await store.read(_next)
            return


def _transient(
    connection: sqlite3.Connection, *, store: Store, history: Path, gone: list[tuple[str, str]], now: int
) -> list[tuple[int, str, int, int]]:
    """(entity, attribute, seq, n) of the instances of attributes, by id and full name, whose own time is over."""
    known = History(store, connection, history)
    try:
        found = []
        for id_, attr in dict.fromkeys(gone):
            one = known.find(id_)
            if one is not None:
                moments = known.read([one], Wanted(Window(), frozenset({attr}))).by_key[one.key]
                found += [(one.key, attr, each.seq, each.n) for each in moments if _expired(each.instance, now)]
        return found
    finally:
        known.close()


def _forget(txn: Txn, instances: list[tuple[int, str, int, int]]) -> None:
    for key, attr, seq, n in instances:
        hide(txn, key, attr, "*", seq, n)


def _due(connection: sqlite3.Connection, now: int) -> list[str]:
    sql = "SELECT id FROM entity WHERE expires IS NOT NULL AND expires <= ? ORDER BY expires LIMIT ?"
    return [id_ for (id_,) in connection.execute(sql, (now, _SLICE))]


def _next(connection: sqlite3.Connection) -> int | None:
    found: int | None = connection.execute("SELECT min(expires) FROM entity WHERE expires IS NOT NULL").fetchone()[0]
    return found


def _expire_in(txn: Txn, ids: list[str], now: int) -> list[tuple[str, str]]:
    """Gives (id, full name) of the attributes that went from entities that stay."""
    gone: list[tuple[str, str]] = []
    for id_ in ids:
        found = txn.find(id_)
        if found is None or found[1] is None:
            continue
        entity = txn.unpack(found[1])
        if _expired(entity, now):
            txn.remove(found[0], found[1])
        elif any(_expired(one, now) for some in entity["attrs"].values() for one in some):

            def op(current: Entity, at: int) -> Outcome:
                return _without_expired(current, at, now)

            outcome = txn.change(found[0], found[1], op, current=entity)
            gone += [(id_, name) for name, _, _ in outcome.removed]
    return gone


def _without_expired(current: Entity, at: int, now: int) -> Outcome:
    outcome = Outcome(current)
    for name, instances in list(current["attrs"].items()):
        for one in [one for one in instances if _expired(one, now)]:
            instances.remove(one)
            outcome.removed.append((name, one.get("datasetId"), one["type"]))
        if not instances:
            del current["attrs"][name]
    current["modifiedAt"] = at
    return outcome
