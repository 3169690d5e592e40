"""What keeps the history in order while the broker runs: sealing, merging, retention, and the end of what was deleted."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from nagara.broker.clock import now_us
from nagara.broker.history.segments import Segment, mark, name_in, named, retention, set_mark, sweep
from nagara.broker.store.tenant import Store
from nagara.broker.store.transaction import Txn

log = logging.getLogger("nagara.broker.history")

SEAL_ROWS = 20_000  # so many rows are sealed at once …
SEAL_US = 3_600_000_000  # … or fewer, when the oldest is so old
BATCH_ROWS = 100_000  # of one sealing
KEEP_US = 86_400_000_000  # how long rows stay in the store once they are sealed …
KEEP_ROWS = 500_000  # … unless they become so many
DROP_ROWS = 500  # rows deleted in one transaction, so that no request waits for long
MERGE_FILES = 8  # so many files of one type and day are made one …
MERGE_BYTES = 64 * 1024 * 1024  # … while they are small
MERGE_GROUPS = 50  # types and days merged by one process
LINGER_SECONDS = 60.0  # how long a file that counts no more stays for those who still read it


@dataclass(frozen=True, slots=True)
class State:
    """What there is to do about one tenant's history."""

    sealed: int
    dropped: int
    top: int  # the newest row
    oldest: int | None  # when the first row that is not sealed was written
    keep_from: int  # rows before this one may be dropped
    segments: list[Segment]
    rules: int  # about what was deleted, that can be carried out
    days: int | None  # retention

    @property
    def waiting(self) -> int:
        return self.top - self.sealed


def _state(connection: sqlite3.Connection) -> State:
    connection.execute("BEGIN")
    try:
        sealed, dropped = mark(connection, "sealed"), mark(connection, "dropped")
        top = connection.execute("SELECT max(seq) FROM observation").fetchone()[0] or sealed
        row = connection.execute("SELECT at FROM observation WHERE seq > ? ORDER BY seq LIMIT 1", (sealed,)).fetchone()
        rules = connection.execute("SELECT count(*) FROM hidden WHERE below <= ? + 1", (dropped,)).fetchone()[0]
        keep_from = max(_first_since(connection, now_us() - KEEP_US, dropped, top), top - KEEP_ROWS)
        return State(sealed, dropped, top, row[0] if row else None, keep_from, named(connection), rules, retention(connection))
    finally:
        connection.execute("ROLLBACK")


def _first_since(connection: sqlite3.Connection, at: int, low: int, high: int) -> int:
    """The first row written at `at` or later; they are written in the order of their numbers."""
    low, high = low + 1, high + 1
    while low < high:
        middle = (low + high) // 2
        row = connection.execute("SELECT seq, at FROM observation WHERE seq >= ? ORDER BY seq LIMIT 1", (middle,)).fetchone()
        if row is None or row[1] >= at:
            high = middle
        else:
            low = row[0] + 1
    return low


class Keeper:
    """Looks after the history of all tenants, one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._one_at_a_time = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._swept: set[str] = set()
        self._leaving: list[tuple[float, Path]] = []
        self._child: asyncio.subprocess.Process | None = None
        self._pause: dict[str, float] = {}

    def look(self, store: Store) -> None:
        """Begin what there is to do about a tenant, unless it goes on already."""
        task = self._tasks.get(store.tenant)
        if (task is None or task.done()) and self._pause.get(store.tenant, 0.0) <= monotonic():
            self._tasks[store.tenant] = asyncio.get_running_loop().create_task(self._keep(store))

    async def stop(self) -> None:
        """Give up what goes on; nothing is lost by that."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()

    async def _keep(self, store: Store) -> None:
        try:
            async with self._one_at_a_time:
                self._unlink(monotonic())
                if store.tenant not in self._swept:
                    await self._sweep(store)
                state = await store.in_thread(_state)
                if state.waiting >= SEAL_ROWS or (state.oldest is not None and state.oldest < now_us() - SEAL_US):
                    await self._seal(store, state, min(state.top, state.sealed + BATCH_ROWS))
                    state = await store.in_thread(_state)
                await self._drop(store, state)
                await self._expire(store, state)
                if state.rules:
                    await self._carry_out(store, state)
                else:
                    await self._merge(store, state)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("the history of tenant %r could not be kept in order; it is tried again in a minute", store.tenant or "default")
            self._pause[store.tenant] = monotonic() + 60.0

    async def seal_all(self, store: Store) -> int:
        """Seal all rows that there are now; how many they were."""
        async with self._one_at_a_time:
            if store.tenant not in self._swept:
                await self._sweep(store)
            first = state = await store.in_thread(_state)
            while state.sealed < first.top:
                await self._seal(store, state, min(first.top, state.sealed + BATCH_ROWS))
                state = await store.in_thread(_state)
            return first.waiting

    # Steps

    async def _sweep(self, store: Store) -> None:
        segments = await store.in_thread(named)
        gone = await asyncio.to_thread(sweep, self._folder, store.tenant, {one.path for one in segments})
        if gone:
            log.info("%d unfinished files of tenant %r were left from before and are gone", gone, store.tenant or "default")
        self._swept.add(store.tenant)

    async def _seal(self, store: Store, state: State, until: int) -> None:
        made, _ = await self._work(store, {"do": "seal", "after": state.sealed, "until": until})

        def job(txn: Txn) -> None:
            name_in(txn.connection, made)
            set_mark(txn.connection, "sealed", until)

        await store.writer.do(job)
        log.debug("sealed rows %d to %d of tenant %r in %d files", state.sealed + 1, until, store.tenant, len(made))

    async def _drop(self, store: Store, state: State) -> None:
        """Rows that are in files, and old enough, leave the store: first the mark, then the rows, some at a time."""
        until = min(state.sealed, state.keep_from - 1)
        if until > state.dropped:
            await store.writer.do(lambda txn: set_mark(txn.connection, "dropped", until))
        mine = max(until, state.dropped)

        def some(txn: Txn) -> int:
            sql = "DELETE FROM observation WHERE seq IN (SELECT seq FROM observation WHERE seq <= ? ORDER BY seq LIMIT ?)"
            return txn.connection.execute(sql, (mine, DROP_ROWS)).rowcount

        while await store.writer.do(some) == DROP_ROWS:
            await asyncio.sleep(0.005)

    async def _expire(self, store: Store, state: State) -> None:
        """Files of days that are older than the tenant wants them kept go as they are."""
        if state.days is None:
            return
        first = (datetime.now(UTC) - timedelta(days=state.days)).strftime("%Y-%m-%d")
        old = [one for one in state.segments if one.day < first]
        if old:
            await self._replace(store, old, [])
            log.info("%d files of tenant %r from before %s are gone", len(old), store.tenant or "default", first)

    async def _merge(self, store: Store, state: State) -> None:
        groups: dict[tuple[int, str], list[Segment]] = {}
        for one in state.segments:
            groups.setdefault((one.type, one.day), []).append(one)
        small = [some for some in groups.values() if len(some) >= MERGE_FILES and sum(one.bytes for one in some) <= MERGE_BYTES]
        if small:
            small = small[:MERGE_GROUPS]
            made, gone = await self._work(store, {"do": "merge", "groups": [[asdict(one) for one in some] for some in small]})
            await self._replace(store, gone, made)

    async def _carry_out(self, store: Store, state: State) -> None:
        """What was deleted from the history, and is by now in files alone, leaves them too."""

        def of_rules(connection: sqlite3.Connection) -> tuple[list[int], list[int]]:
            rows = connection.execute("SELECT rowid, entity FROM hidden WHERE below <= ? + 1", (state.dropped,)).fetchall()
            return [number for number, _ in rows], sorted({key for _, key in rows})

        rules, keys = await store.in_thread(of_rules)
        segments = [one for one in state.segments if any(one.least <= key <= one.most for key in keys)]
        groups = [[asdict(one)] for one in segments]
        made, gone = await self._work(store, {"do": "merge", "groups": groups}) if groups else ([], [])

        def job(txn: Txn) -> None:
            self._name(txn, gone, made)
            txn.connection.executemany("DELETE FROM hidden WHERE rowid = ?", [(number,) for number in rules])

        await store.writer.do(job)
        self._leave(gone)

    async def _replace(self, store: Store, old: list[Segment], new: list[Segment]) -> None:
        await store.writer.do(lambda txn: self._name(txn, old, new))
        self._leave(old)

    @staticmethod
    def _name(txn: Txn, old: list[Segment], new: list[Segment]) -> None:
        txn.connection.executemany("DELETE FROM segment WHERE id = ?", [(one.id,) for one in old])
        name_in(txn.connection, new)

    def _leave(self, segments: list[Segment]) -> None:
        until = monotonic() + LINGER_SECONDS
        self._leaving += [(until, self._folder / one.path) for one in segments]

    def _unlink(self, now: float) -> None:
        for when, path in self._leaving:
            if when <= now:
                path.unlink(missing_ok=True)
        self._leaving = [(when, path) for when, path in self._leaving if when > now]

    async def _work(self, store: Store, job: dict[str, Any]) -> tuple[list[Segment], list[Segment]]:
        """Have a process of its own do a job (history/sealing.py): the new files, and those in whose place they stand."""
        job = {**job, "path": str(store.path), "history": str(self._folder), "tenant": store.tenant}
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "nagara.broker.history.sealing", stdin=pipe, stdout=pipe, stderr=pipe
        )
        try:
            told, errors = await child.communicate(orjson.dumps(job))
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
            raise
        if child.returncode:
            raise RuntimeError(errors.decode(errors="replace")[-2_000:])
        new, old = orjson.loads(told)
        return [Segment(**one) for one in new], [Segment(**one) for one in old]
