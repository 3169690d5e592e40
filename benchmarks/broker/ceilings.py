"""What no broker on this machine could exceed: a bare granian route with the same bytes, a bare SQLite group commit, and both together."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any


class Bare:
    """Answers every request with the same bytes, reading its body first as any broker must."""

    def __init__(self, status: int, body: bytes) -> None:
        self._status = status
        self._body = body
        self._headers = [("content-type", "application/json")]

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.method != "GET":
            await protocol()
        if self._body:
            protocol.response_bytes(self._status, self._headers, self._body)
        else:
            protocol.response_empty(self._status, self._headers)


class Durable(Bare):
    """Answers only once the body lies on disk: each as some rows of one table, all that wait in one commit, and nothing else."""

    def __init__(self, status: int, body: bytes, path: Path, rows: int) -> None:
        super().__init__(status, body)
        self._rows = rows
        self._connection = _table(path)
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None
        self._done = 0

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._waiting.append((await protocol(), future))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._commit())
        await future
        if self._body:
            protocol.response_bytes(self._status, self._headers, self._body)
        else:
            protocol.response_empty(self._status, self._headers)

    async def _commit(self) -> None:
        await asyncio.sleep(0)
        while self._waiting:
            group, self._waiting = self._waiting, []
            self._connection.execute("BEGIN IMMEDIATE")
            for body, _ in group:
                size = max(1, len(body) // self._rows)
                for i in range(self._rows):
                    self._done += 1
                    _insert(self._connection, self._done, body[i * size : (i + 1) * size])
            await asyncio.get_running_loop().run_in_executor(None, self._connection.execute, "COMMIT")
            for _, future in group:
                future.set_result(None)


async def _serve(port: int, app: Bare) -> None:
    from granian.constants import HTTPModes
    from granian.server.embed import Server

    server = Server(app, "127.0.0.1", port, log_enabled=False, websockets=False, http=HTTPModes.http1, backlog=1024)
    await server.serve()


def _table(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE entity (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, doc BLOB)")
    return connection


def _insert(connection: sqlite3.Connection, number: int, doc: bytes) -> None:
    connection.execute("INSERT INTO entity (id, doc) VALUES (?, ?)", (f"urn:ngsi-ld:AirQualityObserved:bare:{number}", doc))


def sqlite_group_commit(path: Path, doc: bytes, group: int, seconds: float) -> float:
    """Rows a second: `doc` under a new id each, `group` rows a transaction, each commit on disk (synchronous=FULL)."""
    connection = _table(path)
    done = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(group):
            done += 1
            _insert(connection, done, doc)
        connection.execute("COMMIT")
    rate = done / (time.perf_counter() - start)
    connection.close()
    return rate


def _main(port: str, status: str, body: str, database: str = "", rows: str = "1") -> None:
    import uvloop

    held = Path(body).read_bytes()
    app = Durable(int(status), held, Path(database), int(rows)) if database else Bare(int(status), held)
    uvloop.run(_serve(int(port), app))


if __name__ == "__main__":  # python -m benchmarks.broker.ceilings PORT STATUS FILE [DATABASE ROWS]
    _main(*sys.argv[1:])
