"""Group commit: all writes that wait while the disk is busy go to it together, and none is answered before the disk has it.

Writes run one after another in the thread of the event loop, since each takes some tens of microseconds and a
hand-over to another thread would cost more; only the commit, which waits for the disk, runs in a thread of its
own. While it waits the loop parses and checks the next requests, which then form the next group.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from nagara.broker.problems import Problem
from nagara.broker.store.schema import connect
from nagara.broker.store.transaction import Txn

if TYPE_CHECKING:
    from nagara.broker.store.tenant import Store

log = logging.getLogger("nagara.broker.store")
T = TypeVar("T")

GROUP_SECONDS = 0.008  # how long one group may gather writes before it is committed
CHECKPOINT_FRAMES = 8_000  # pages in the write-ahead log, after which it is carried over into the file

_Job = tuple[Callable[[Txn], Any], "asyncio.Future[Any]"]


class Writer:
    """The one writer of a tenant's file."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Job] = []
        self._task: asyncio.Task[None] | None = None
        self._disk = ThreadPoolExecutor(1, "commit")
        self._background = ThreadPoolExecutor(1, "checkpoint")
        self._index: int | None = None  # file descriptor of the log's index, which tells how long the log is
        self._checkpointing = False
        self._carried = False  # most of the log is in the file: it can start anew as soon as the rest is
        self.commits = 0

    async def do(self, job: Callable[[Txn], T]) -> T:
        """Run `job` in the next group; answers, or raises what it raised, once the group is on disk.

        A job that raises a `Problem` must do so before its first write. Any other exception undoes its
        whole group, and the others of the group are run again without it.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((job, future))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
        return await future

    async def _run(self) -> None:
        await asyncio.sleep(0)  # let the other requests of this turn of the loop join the group
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                await self._commit(group)
            except Exception as e:
                log.exception("a group of writes failed")
                for _, future in group:
                    if not future.done():
                        future.set_exception(_refusal(e))

    async def _commit(self, group: list[_Job]) -> None:
        write = self._store.write
        try:
            write.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as e:
            raise _refusal(e) from e
        txn = Txn(self._store)
        answers: list[tuple[asyncio.Future[Any], Any]] = []
        failures: list[tuple[asyncio.Future[Any], Exception]] = []
        limit = perf_counter() + GROUP_SECONDS
        for i, (job, future) in enumerate(group):
            if future.cancelled():
                continue
            try:
                answers.append((future, job(txn)))
            except Problem as problem:
                failures.append((future, problem))
            except Exception as e:
                self._undo(txn)
                await self._one_by_one(group, i, e)
                return
            if perf_counter() > limit and i + 1 < len(group):
                self._waiting[:0] = group[i + 1 :]
                break
        try:
            txn.finish()
            await asyncio.get_running_loop().run_in_executor(self._disk, self._to_disk)
        except sqlite3.Error as e:
            self._undo(txn)
            refusal = _refusal(e)
            log.error("commit failed: %s", e)
            failures += [(future, refusal) for future, _ in answers]
            answers = []
        else:
            self.commits += 1
            txn.done()
            self._tell(txn)
        for future, answer in answers:
            if not future.done():
                future.set_result(answer)
        for future, failure in failures:
            if not future.done():
                future.set_exception(failure)

    def _undo(self, txn: Txn) -> None:
        try:
            if self._store.write.in_transaction:
                self._store.write.execute("ROLLBACK")
        except sqlite3.Error:
            log.exception("rollback failed")
        txn.undone()

    async def _one_by_one(self, group: list[_Job], bad: int, error: Exception) -> None:
        """A job broke the group: refuse that job, and run the others each on its own."""
        if len(group) == 1:
            if not isinstance(error, sqlite3.Error):
                log.error("a write failed", exc_info=error)
            if not group[0][1].done():
                group[0][1].set_exception(_refusal(error))
            return
        for job in [group[bad], *group[:bad], *group[bad + 1 :]]:
            await self._commit([job])

    def _to_disk(self) -> None:
        """In the commit thread: wait for the disk, and keep the write-ahead log short."""
        write = self._store.write
        write.execute("COMMIT")
        if self._carried:
            # What was added to the log meanwhile is little: carry it over too, and let the log start anew.
            write.execute("PRAGMA busy_timeout = 10")
            (busy, _, _) = write.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
            write.execute("PRAGMA busy_timeout = 5000")
            self._carried = bool(busy)  # a long query still reads the log: try again with the next group
        elif not self._checkpointing and self._frames() > CHECKPOINT_FRAMES:
            self._checkpointing = True
            self._background.submit(self._checkpoint)

    def _frames(self) -> int:
        """How many pages the log holds: the field mxFrame of its index, at the place that SQLite's format gives it."""
        try:
            if self._index is None:
                self._index = os.open(f"{self._store.path}-shm", os.O_RDONLY)
            return int.from_bytes(os.pread(self._index, 4, 16), sys.byteorder)
        except OSError:
            return 0

    def _checkpoint(self) -> None:
        """In a thread beside the writer: carry the log over into the file while writes go on."""
        try:
            connection = connect(self._store.path, write=True)
            try:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            finally:
                connection.close()
            self._carried = True
        except sqlite3.Error:
            log.exception("checkpoint failed")
        finally:
            self._checkpointing = False

    def _tell(self, txn: Txn) -> None:
        if not txn.changes:
            return
        for listener in self._store.listeners:
            try:
                listener(txn.changes)
            except Exception:  # the writes are on disk: a listener's fault must not make them look failed
                log.exception("a listener failed")

    async def close(self) -> None:
        """Wait until all that was asked is on disk."""
        if self._task is not None:
            await self._task
        self._disk.shutdown()
        self._background.shutdown()

    def let_go(self) -> None:
        """Once all connections are closed: closing this sooner would take their locks away."""
        if self._index is not None:
            os.close(self._index)
            self._index = None


def _refusal(error: Exception) -> Exception:
    if isinstance(error, Problem):
        return error
    if isinstance(error, sqlite3.Error):
        text = str(error)
        if "full" in text or "disk I/O" in text:
            return Problem(
                "InternalError",
                "The disk of the broker is full: nothing was written. Reads still work.",
                status=507,
                title="Insufficient storage",
            )
        return Problem("InternalError", f"The store could not write: {text}.", status=503)
    return Problem("InternalError", "The write failed for a reason that the broker did not foresee; it is in its log.")
