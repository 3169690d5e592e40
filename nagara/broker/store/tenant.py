"""One tenant's entities: the file, its readers, and what memory holds of it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from nagara.broker.problems import Problem
from nagara.broker.store.changes import Change, Recorder
from nagara.broker.store.memory import Docs, Parsed, Sizes
from nagara.broker.store.names import Names
from nagara.broker.store.naming import Naming
from nagara.broker.store.schema import connect, prepare
from nagara.broker.store.shown import Shown
from nagara.broker.store.writing import Writer

T = TypeVar("T")

INLINE_SECONDS = 0.003  # a query that takes longer moves from the event loop to a thread
_STEPS = 2_000  # steps of SQLite's machine between two looks at the clock


class Store:
    """The entities of one tenant."""

    def __init__(self, path: Path, tenant: str = "", *, readers: int = 2, query_seconds: float = 20.0) -> None:
        self.path = path
        self.tenant = tenant
        self.write = connect(path, write=True)
        prepare(self.write, tenant)
        self.write.execute("PRAGMA synchronous = NORMAL")  # the writer itself waits for the disk, see store/writing.py
        self.inline = connect(path, write=False)
        self._inline_until = 0.0
        self.inline.set_progress_handler(self._too_long_inline, _STEPS)
        self._pool = ThreadPoolExecutor(readers, f"read-{tenant or 'default'}")
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._query_seconds = query_seconds
        self.names = Names(self.write.execute("SELECT key, iri FROM name"))
        self.naming = Naming.of(self.write)
        #: (type, attribute, kind) -> how many; see the table of the same name
        self.tally: Counter[tuple[int, int, int]] = Counter(
            {(t, a, k): n for t, a, k, n in self.write.execute("SELECT type, attr, kind, n FROM tally")}
        )
        first = self.write.execute("SELECT min(expires) FROM entity WHERE expires IS NOT NULL").fetchone()[0]
        self.next_expiry: int | None = first
        self.sweep: asyncio.Task[None] | None = None  # of what has expired, while it goes on
        self.shown = Shown()
        self.parsed = Parsed()
        self.docs = Docs()
        self.sizes = Sizes()
        #: (query, offset) -> key of the last entity before that offset, so that the next page need not count up to it
        self.marks: dict[object, int] = {}
        self.writer = Writer(self)
        self.recorders: list[Recorder] = []

    def expire_at(self, us: int | None) -> None:
        """Remember that something expires at `us`."""
        if us is not None and (self.next_expiry is None or us < self.next_expiry):
            self.next_expiry = us

    def mark(self, place: object, key: int) -> None:
        """Remember where a page ended."""
        if len(self.marks) > 5_000:
            self.marks.clear()
        self.marks[place] = key

    def forget(self, changes: list[Change]) -> None:
        """Drop from memory what these changes made untrue."""
        self.shown.forget(changes)
        self.parsed.forget(changes)

    # Reading

    def _too_long_inline(self) -> int:
        return 1 if perf_counter() > self._inline_until else 0

    def get(self, id_: str) -> tuple[int, bytes] | None:
        """(key, document) of an entity, at once."""
        self._inline_until = perf_counter() + 1.0
        found: tuple[int, bytes] | None = self.inline.execute(
            "SELECT key, doc FROM entity WHERE id = ? AND doc IS NOT NULL", (id_,)
        ).fetchone()
        return found

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run `query` on a snapshot: at once where it is short, else anew in a thread, so that no query holds up the others."""
        self._inline_until = perf_counter() + INLINE_SECONDS
        try:
            return query(self.inline)
        except sqlite3.OperationalError as e:
            if "interrupted" not in str(e):
                raise
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._in_thread, query)

    async def in_thread(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run `query` in a thread: for what is known to take long."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._in_thread, query)

    def _in_thread(self, query: Callable[[sqlite3.Connection], T]) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = connect(self.path, write=False)
            self._local.connection = connection
            self._opened.append(connection)
        until = perf_counter() + self._query_seconds
        connection.set_progress_handler(lambda: 1 if perf_counter() > until else 0, 50_000)
        try:
            return query(connection)
        except sqlite3.OperationalError as e:
            if "interrupted" not in str(e):
                raise
            raise Problem(
                "TooComplexQuery",
                f"The query took longer than {self._query_seconds:g} seconds; ask for fewer types, or for one place or scope.",
            ) from None

    async def close(self) -> None:
        await self.writer.close()
        self._pool.shutdown()
        for connection in [*self._opened, self.inline, self.write]:
            connection.close()
        self.writer.let_go()
