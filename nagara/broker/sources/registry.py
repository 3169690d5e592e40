"""The registrations of a tenant: in memory all of them, each change also in its file."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import Any

import orjson

from nagara.broker.clock import now_us
from nagara.broker.ld.resolver import Resolver
from nagara.broker.problems import Problem
from nagara.broker.settings import Settings
from nagara.broker.sources.registration import Registration, State, compiled
from nagara.broker.store.tenant import Store
from nagara.broker.store.transaction import Txn

log = logging.getLogger("nagara.broker.sources")

_SETTLE_SECONDS = 1.0


class Registry:
    """The context sources that a tenant knows of."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self._settings = settings
        self._all: dict[str, Registration] = {}
        self._noted: dict[int, Registration] = {}
        self._settling: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def load(self, resolver: Resolver) -> None:
        """Read what the file holds."""
        for key, id_, doc, state in await self.store.read(_rows):
            held = orjson.loads(doc)
            try:
                one = compiled(held["doc"], await resolver.resolve(held["context"]), self._settings.limits)
            except Problem as problem:
                log.error("the registration %s cannot be read any more and rests: %s", id_, problem.detail)
                continue
            one.key, one.state = key, State(**orjson.loads(state))
            self._all[one.id] = one

    @property
    def empty(self) -> bool:
        return not self._all

    def all(self) -> list[Registration]:
        """Registrations in force, in the order in which they were made; those whose time is over go (5.9.2.4)."""
        now = now_us()
        over = [one for one in self._all.values() if one.expires is not None and one.expires <= now]
        for one in over:
            del self._all[one.id]
        if over:
            self._task = asyncio.get_running_loop().create_task(self._erase(over))
        return sorted(self._all.values(), key=lambda one: one.key)

    async def _erase(self, over: list[Registration]) -> None:
        def job(txn: Txn) -> None:
            for one in over:
                erase(txn, one)

        await self.store.writer.do(job)

    def get(self, id_: str) -> Registration | None:
        return next((one for one in self.all() if one.id == id_), None)

    def put(self, one: Registration) -> None:
        self._all[one.id] = one

    def drop(self, one: Registration) -> None:
        self._all.pop(one.id, None)

    # What became of requests

    def went(self, one: Registration, *, well: bool) -> None:
        """A request to a source was answered, or was not."""
        now = now_us()
        one.state.sent += 1
        one.state.ok = well
        if well:
            one.state.last_success = now
        else:
            one.state.failed += 1
            one.state.last_failure = now
        self._noted[one.key] = one
        if self._settling is None:
            self._settling = asyncio.get_running_loop().call_later(_SETTLE_SECONDS, self._flush_soon)

    def _flush_soon(self) -> None:
        self._settling = None
        self._task = asyncio.get_running_loop().create_task(self.flush())

    async def flush(self) -> None:
        """Bring the counters of the file up to date."""
        noted, self._noted = self._noted, {}
        rows = [(one.state.packed(), one.key) for one in noted.values()]
        if rows:
            sql = "UPDATE registration SET state = ? WHERE key = ?"
            await self.store.writer.do(lambda txn: txn.connection.executemany(sql, rows) and None)

    async def stop(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()


def _rows(connection: sqlite3.Connection) -> list[Any]:
    return connection.execute("SELECT key, id, doc, state FROM registration ORDER BY key").fetchall()


def _packed(one: Registration) -> bytes:
    return orjson.dumps({"doc": one.doc, "context": one.context.source})


def insert(txn: Txn, one: Registration) -> int:
    """Write a new registration; its key."""
    sql = "INSERT INTO registration (id, doc, state) VALUES (?, ?, ?)"
    return txn.connection.execute(sql, (one.id, _packed(one), one.state.packed())).lastrowid or 0


def alter(txn: Txn, one: Registration) -> None:
    txn.connection.execute("UPDATE registration SET doc = ? WHERE key = ?", (_packed(one), one.key))


def erase(txn: Txn, one: Registration) -> None:
    txn.connection.execute("DELETE FROM registration WHERE key = ?", (one.key,))
