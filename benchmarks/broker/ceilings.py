"""What no broker on this machine could exceed: a bare granian route with the same bytes, and a bare SQLite group commit."""

from __future__ import annotations

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


async def _serve(port: int, status: int, body: bytes) -> None:
    from granian.constants import HTTPModes
    from granian.server.embed import Server

    server = Server(Bare(status, body), "127.0.0.1", port, log_enabled=False, websockets=False, http=HTTPModes.http1, backlog=1024)
    await server.serve()


def sqlite_group_commit(path: Path, doc: bytes, group: int, seconds: float) -> float:
    """Rows a second: `doc` under a new id each, `group` rows a transaction, each commit on disk (synchronous=FULL)."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE entity (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, doc BLOB)")
    done = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(group):
            done += 1
            connection.execute("INSERT INTO entity (id, doc) VALUES (?, ?)", (f"urn:ngsi-ld:AirQualityObserved:bare:{done}", doc))
        connection.execute("COMMIT")
    rate = done / (time.perf_counter() - start)
    connection.close()
    return rate


if __name__ == "__main__":  # python -m benchmarks.broker.ceilings PORT STATUS FILE
    import uvloop

    uvloop.run(_serve(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]).read_bytes()))
