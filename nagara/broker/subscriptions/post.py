"""The post office of one tenant: its subscriptions, what waits for them, and the books of what was delivered."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import orjson

from nagara.broker.clock import now_us
from nagara.broker.query.finding import find_all, load_ids, lookup_in
from nagara.broker.settings import Limits
from nagara.broker.store.changes import Change
from nagara.broker.store.tenant import Store
from nagara.broker.store.transaction import Txn
from nagara.broker.subscriptions.document import Subscription
from nagara.broker.subscriptions.lane import Lane, Waiting
from nagara.broker.subscriptions.matching import Index, facts_of, wanted
from nagara.broker.subscriptions.telling import key_of, tell, told

log = logging.getLogger("nagara.broker.notify")

_SETTLE_SECONDS = 0.05  # how long what was delivered waits to be struck off, so that many are struck off at once
_SETTLE_COUNT = 500

Send = Callable[[Subscription, Waiting, str], Awaitable[None]]


class Post:
    """Subscriptions and notifications of one tenant."""

    def __init__(self, store: Store, send: Send, limits: Limits) -> None:
        self.store = store
        self.tenant = store.tenant  # as its receivers are told of it; another than that of the file where it is a snapshot's
        self._send = send
        self._limits = limits
        self.index = Index()
        self.csource: dict[str, Subscription] = {}  # those about registrations
        self.lanes: dict[str, Lane] = {}
        self._settled: list[int] = []
        self._noted: dict[int, Subscription] = {}
        self._settling: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None
        self._periodic: dict[str, asyncio.Task[None]] = {}
        self._last = 0
        self._on_disk = 0  # number of the last notification of which that is known
        #: What a subscription to registrations is told when its time has come.
        self.of_sources: Callable[[Subscription], bytes | None] = lambda _: None

    # What the store tells

    def record(self, connection: sqlite3.Connection, changes: list[Change]) -> Callable[[], None] | None:
        """Put what these changes cause into the outbox, in their own transaction; to be called, once that is on disk: to send it."""
        if not self.index.all:
            return None
        staged: dict[str, list[Waiting]] = {}
        rows: list[tuple[int, int, bytes]] = []
        lookup = lookup_in(connection, self.store.names)
        load = partial(load_ids, connection, self.store.names)
        for change in changes:
            entity = change.outcome.entity or change.entity_before()
            if entity is None:
                continue
            concerned = self.index.concerned(change.id, entity["type"])
            if not concerned:
                continue
            facts = facts_of(change)
            bodies: dict[Any, bytes] = {}
            for one in concerned:
                try:
                    if one.status(change.at) != "active" or not wanted(one, facts, lookup) or self._too_soon(one, change.at):
                        continue
                    key = key_of(one)
                    body = bodies.get(key)
                    if body is None:
                        body = bodies[key] = tell(one, facts, change.at, load, self._limits)
                except Exception:  # one subscription's trouble must not undo the writes of others
                    log.exception("%s: a change of %s could not be told", one.id, change.id)
                    continue
                rows.append((self._number(), one.key, body))
                staged.setdefault(one.id, []).append(Waiting(rows[-1][0], body, change.at))
        if rows:
            connection.executemany("INSERT INTO outbox VALUES (?, ?, ?)", rows)
            return partial(self._send_out, staged, rows[-1][0])
        return None

    def _send_out(self, staged: dict[str, list[Waiting]], last: int) -> None:
        """These notifications are on disk, up to the number `last`: send them."""
        self._on_disk = max(self._on_disk, last)
        for id_, waiting in staged.items():
            lane = self.lanes.get(id_)
            if lane is not None:
                lane.put(waiting)
                if lane.length > self._limits.notify_queue:
                    self._settle_soon()

    async def deliver(self, one: Subscription, doc: bytes) -> None:
        """Send a notification that no change of an entity causes; as durable as the others."""
        if one.id not in self.lanes or self._too_soon(one, now_us()):
            return
        waiting = Waiting(self._number(), doc, now_us())
        row = (waiting.seq, one.key, doc)
        await self.store.writer.do(lambda txn: txn.connection.execute("INSERT INTO outbox VALUES (?, ?, ?)", row) and None)
        self._on_disk = max(self._on_disk, waiting.seq)
        lane = self.lanes.get(one.id)
        if lane is not None:
            lane.put([waiting])

    def _too_soon(self, one: Subscription, at: int) -> bool:
        """Whether the throttling of a subscription forbids another notification yet (5.2.12)."""
        if one.throttling:
            if at < one.quiet_until:
                return True
            one.quiet_until = at + int(one.throttling * 1_000_000)
        return False

    def _number(self) -> int:
        self._last = max(self._last + 1, now_us())
        return self._last

    def resume(self, last: int) -> None:
        """Notifications up to this number are waiting since the broker ran before."""
        self._last = self._on_disk = max(self._last, last)

    # Subscriptions

    def open(self, one: Subscription, waiting: int = 0) -> None:
        """A subscription is in force: anew, or as it was altered."""
        lane = self.lanes.get(one.id)
        if one.throttling and one.state.last_sent is not None:
            one.quiet_until = one.state.last_sent + int(one.throttling * 1_000_000)
        if one.csource:
            self.csource[one.id] = one
        else:
            self.index.add(one)
        if lane is None:
            lane = self.lanes[one.id] = Lane(one, self, self._one_out, self._limits.notify_hours * 3600)
            lane.length = waiting
        lane.one = one
        lane.run()
        self._keep_time(one)

    def get(self, id_: str, *, csource: bool) -> Subscription | None:
        return self.csource.get(id_) if csource else self.index.all.get(id_)

    def all(self, *, csource: bool) -> list[Subscription]:
        """Subscriptions in the order in which they were made."""
        return sorted((self.csource if csource else self.index.all).values(), key=lambda one: one.key)

    async def close(self, id_: str) -> None:
        """A subscription ended."""
        self.index.drop(id_)
        self.csource.pop(id_, None)
        task = self._periodic.pop(id_, None)
        if task is not None:
            task.cancel()
        lane = self.lanes.pop(id_, None)
        if lane is not None:
            await lane.stop()

    async def _one_out(self, one: Subscription, waiting: Waiting) -> None:
        await self._send(one, waiting, self.tenant)

    # Those that come by the clock (5.8.6, timeInterval)

    def _keep_time(self, one: Subscription) -> None:
        task = self._periodic.pop(one.id, None)
        if task is not None:
            task.cancel()
        if one.interval is not None:
            self._periodic[one.id] = asyncio.get_running_loop().create_task(self._by_the_clock(one, one.interval))

    async def _by_the_clock(self, one: Subscription, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            status = one.status(now_us())
            if status == "expired":
                return
            if status == "active":
                try:
                    await self._tell_all(one)
                except Exception:
                    log.exception("%s: the periodic notification failed", one.id)

    async def _tell_all(self, one: Subscription) -> None:
        """A notification of all the entities that a subscription is about."""

        def body(connection: sqlite3.Connection) -> bytes | None:
            found = find_all(self.store, one.selection, most=self._limits.notify_entities)(connection)
            if not found.keys:
                return None
            entities = [found.entities[key] for key in found.keys]
            return told(one, entities, partial(load_ids, connection, self.store.names), self._limits)

        doc = self.of_sources(one) if one.csource else await self.store.read(body)
        lane = self.lanes.get(one.id)
        if doc is not None and lane is not None:
            lane.put([Waiting(0, doc, now_us())])

    # The books

    async def more(self, one: Subscription, after: int, limit: int) -> list[Waiting]:
        """What waits in the table after a number."""
        sql = "SELECT seq, doc FROM outbox WHERE subscription = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        last = self._on_disk
        return await self.store.read(
            lambda connection: [Waiting(seq, doc, seq) for seq, doc in connection.execute(sql, (one.key, after, last, limit))]
        )

    def settled(self, one: Subscription, seq: int) -> None:
        """A notification is delivered or given up."""
        if seq:
            self._settled.append(seq)
        self.noted(one)
        if len(self._settled) >= _SETTLE_COUNT:
            self._flush_now()

    def noted(self, one: Subscription) -> None:
        """The counters of a subscription changed."""
        self._noted[one.key] = one
        self._settle_soon()

    def _settle_soon(self) -> None:
        if self._settling is None:
            self._settling = asyncio.get_running_loop().call_later(_SETTLE_SECONDS, self._flush_now)

    def _flush_now(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        while self._settled or self._noted:
            settled, self._settled = self._settled, []
            noted, self._noted = self._noted, {}
            states = [(one.state.packed(), one.key) for one in noted.values()]
            try:
                await self.store.writer.do(lambda txn, s=settled, n=states: _strike_off(txn, s, n))  # type: ignore[misc]
            except Exception as e:
                log.warning("the outbox could not be brought up to date: %s", e)
                self._settled += settled
                self._noted = {**noted, **self._noted}
                self._settle_soon()
                return
        for lane in self.lanes.values():
            over = lane.length - self._limits.notify_queue
            if over > 0:
                log.warning("%s: %d notifications are given up: the queue is full", lane.one.id, over)
                await self.store.writer.do(lambda txn, key=lane.one.key, over=over: _cut(txn, key, over))  # type: ignore[misc]
                lane.forget(over)
                self.noted(lane.one)

    async def stop(self) -> None:
        """Let go of all; what is not delivered waits in the table."""
        for task in self._periodic.values():
            task.cancel()
        await asyncio.gather(*self._periodic.values(), return_exceptions=True)
        for lane in self.lanes.values():
            await lane.stop()
        if self._settling is not None:
            self._settling.cancel()
        if self._flushing is not None:
            with suppress(asyncio.CancelledError):
                await self._flushing
        await self._flush()
        if self._settling is not None:
            self._settling.cancel()


def _strike_off(txn: Txn, settled: list[int], states: list[tuple[bytes, int]]) -> None:
    txn.connection.executemany("DELETE FROM outbox WHERE seq = ?", [(seq,) for seq in settled])
    txn.connection.executemany("UPDATE subscription SET state = ? WHERE key = ?", states)


def _cut(txn: Txn, key: int, count: int) -> None:
    sql = "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE subscription = ? ORDER BY seq LIMIT ?)"
    txn.connection.execute(sql, (key, count))


def insert(txn: Txn, one: Subscription) -> int:
    """Write a new subscription; its key."""
    cursor = txn.connection.execute(
        "INSERT INTO subscription (id, csource, doc, state) VALUES (?, ?, ?, ?)",
        (one.id, int(one.csource), packed(one), one.state.packed()),
    )
    return cursor.lastrowid or 0


def alter(txn: Txn, one: Subscription) -> None:
    """Write a subscription as it was changed."""
    txn.connection.execute("UPDATE subscription SET doc = ? WHERE key = ?", (packed(one), one.key))


def erase(txn: Txn, one: Subscription) -> None:
    """Delete a subscription and all that waits for it."""
    txn.connection.execute("DELETE FROM outbox WHERE subscription = ?", (one.key,))
    txn.connection.execute("DELETE FROM subscription WHERE key = ?", (one.key,))


def packed(one: Subscription) -> bytes:
    """A subscription as its row holds it: with the @contexts that it is read under and told of."""
    more = {"snapshot": one.snapshot} if one.snapshot else {}
    return orjson.dumps({"doc": one.doc, "context": one.context.source, "told": one.told, "link": one.link, **more})
