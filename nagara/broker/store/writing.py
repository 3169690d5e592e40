"""Group commit: all writes that wait while the disk is busy go to it together, and none is answered before the disk has it.

Writes run one after another in the thread of the event loop, since each takes some tens of microseconds and a
hand-over to another thread would cost more. Their commit hands them to the file (synchronous=NORMAL); only then waiting
for the disk (fdatasync of the write-ahead log) runs in a thread of its own, and meanwhile the next group is written.
So one may read what is not yet on disk; but nobody is told that it was written, and no notification leaves, before it is.
"""

from __future__ import annotations

import asyncio
import errno
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
SMALL = 8  # a group of fewer writes waits for others as long as the disk is busy anyway
CHECKPOINT_FRAMES = 8_000  # pages in the write-ahead log, after which it is carried over into the file

_Group = tuple[Txn, "list[tuple[asyncio.Future[Any], Any]]"]
_Job = tuple[Callable[[Txn], Any], "asyncio.Future[Any]"]


class Writer:
    """The one writer of a tenant's file."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Job] = []
        self._task: asyncio.Task[None] | None = None
        self._unsynced: list[_Group] = []
        self._syncing: asyncio.Task[None] | None = None
        self._at_disk = False  # whether the disk is being waited for
        self._room = asyncio.Event()  # set once what waited for the disk is on its way to it
        self._untold: list[_Group] = []  # committed, but the disk failed: whether it has them is not known
        self._disk = ThreadPoolExecutor(1, "commit")
        self._background = ThreadPoolExecutor(1, "checkpoint")
        self._log: int | None = None  # file descriptors of the write-ahead log, and of its index, which tells how long it is
        self._index: int | None = None
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
            group: list[_Job] = []
            try:
                if self._untold or self._carried:
                    await self._start_log_anew()
                group, self._waiting = self._waiting, []
                self._commit(group)
            except Exception as e:
                log.exception("a group of writes failed")
                if not group:
                    group, self._waiting = self._waiting, []
                for _, future in group:
                    if not future.done():
                        future.set_exception(_refusal(e))
            await asyncio.sleep(0)
            while self._at_disk and (self._unsynced or len(self._waiting) < SMALL):
                self._room.clear()
                await self._room.wait()

    def _commit(self, group: list[_Job]) -> None:
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
                self._one_by_one(group, i, e)
                return
            if perf_counter() > limit and i + 1 < len(group):
                self._waiting[:0] = group[i + 1 :]
                break
        try:
            txn.finish()
            write.execute("COMMIT")
        except Exception as e:  # whatever it is, the group must be undone, or the next one finds its transaction open
            self._undo(txn)
            refusal = _refusal(e)
            log.error("commit failed: %s", e)
            failures += [(future, refusal) for future, _ in answers]
        else:
            self.commits += 1
            txn.done()
            self._unsynced.append((txn, answers))
            if self._syncing is None or self._syncing.done():
                self._syncing = asyncio.get_running_loop().create_task(self._sync())
        for future, failure in failures:
            if not future.done():
                future.set_exception(failure)

    async def _sync(self) -> None:
        """Wait until the disk has what was committed, then answer those who wrote it."""
        failure: Exception | None = None
        while self._unsynced:
            groups, self._unsynced = self._unsynced, []
            self._room.set()
            if failure is None:
                try:
                    self._at_disk = True
                    await asyncio.get_running_loop().run_in_executor(self._disk, self._to_disk)
                except Exception as e:  # whatever it is, those who wrote must be answered, and nothing may follow
                    log.error("the disk did not take a commit: %s", e)
                    failure = _refusal(e)
                finally:
                    self._at_disk = False
                    self._room.set()
            if failure is not None:  # what was committed after a group that the disk failed to take is as doubtful as that
                self._untold += groups
            for txn, answers in groups:
                if failure is None:
                    self._tell(txn)
                for future, answer in answers:
                    if future.done():
                        continue
                    if failure is None:
                        future.set_result(answer)
                    else:
                        future.set_exception(failure)

    async def _start_log_anew(self) -> None:
        """Carry what the log holds over into the file and begin it again.

        After a checkpoint this is little. After a failure of the disk it must succeed before anything more is written, since
        recovery reads the log only up to the first thing in it that is broken; then those are told whose writes were in doubt.
        """
        untold, self._untold = self._untold, []
        try:
            await asyncio.get_running_loop().run_in_executor(self._disk, self._restart, bool(untold))
        except BaseException:
            self._untold = untold + self._untold
            raise
        for txn, _ in untold:
            self._tell(txn)

    def _undo(self, txn: Txn) -> None:
        try:
            if self._store.write.in_transaction:
                self._store.write.execute("ROLLBACK")
        except sqlite3.Error:
            log.exception("rollback failed")
        txn.undone()

    def _one_by_one(self, group: list[_Job], bad: int, error: Exception) -> None:
        """A job broke the group: refuse that job, and run the others each on its own."""
        if len(group) == 1:
            if not isinstance(error, sqlite3.Error):
                log.error("a write failed", exc_info=error)
            if not group[0][1].done():
                group[0][1].set_exception(_refusal(error))
            return
        for job in [group[bad], *group[:bad], *group[bad + 1 :]]:
            self._commit([job])

    def _to_disk(self) -> None:
        """In the commit thread: wait for the disk, and keep the write-ahead log short."""
        if self._log is None:
            self._log = os.open(f"{self._store.path}-wal", os.O_RDWR)
        os.fdatasync(self._log)
        if not self._carried and not self._checkpointing and self._frames() > CHECKPOINT_FRAMES:
            self._checkpointing = True
            self._background.submit(self._checkpoint)

    def _restart(self, must: bool) -> None:
        """In the commit thread, while nothing is written."""
        write = self._store.write
        write.execute(f"PRAGMA busy_timeout = {5000 if must else 10}")
        try:
            (busy, _, _) = write.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        finally:
            write.execute("PRAGMA busy_timeout = 5000")
        if busy and must:
            raise OSError(errno.EBUSY, "a reader keeps the log from being started anew")
        self._carried = bool(busy)  # a long query still reads the log: try again with the next group

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
        for then in txn.thereafter:
            try:
                then()
            except Exception:  # the writes are on disk: a recorder's fault must not make them look failed
                log.exception("what follows a commit failed")

    async def close(self) -> None:
        """Wait until all that was asked is on disk."""
        if self._task is not None:
            await self._task
        if self._syncing is not None:
            await self._syncing
        self._disk.shutdown()
        self._background.shutdown()

    def let_go(self) -> None:
        """Once all connections are closed: closing this sooner would take their locks away."""
        for descriptor in (self._index, self._log):
            if descriptor is not None:
                os.close(descriptor)
        self._index = self._log = None


def _refusal(error: Exception) -> Exception:
    if isinstance(error, Problem):
        return error
    if isinstance(error, sqlite3.Error | OSError):
        text = str(error)
        if "full" in text or "disk I/O" in text or (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)):
            return Problem(
                "InternalError",
                "The disk of the broker is full: nothing was written. Reads still work.",
                status=507,
                title="Insufficient storage",
            )
        return Problem("InternalError", f"The store could not write: {text}.", status=503)
    return Problem("InternalError", "The write failed for a reason that the broker did not foresee; it is in its log.")
