"""Segments: files of the older history, each of one tenant, type and day, and the table that says which of them count.

A file is written under a name of its own, brought to disk and renamed before any transaction names it; what no
transaction names is no part of the history and is swept away at the next start. So a kill at any instant neither
loses an instance nor shows it twice: one transaction names the new files and moves the mark 'sealed' on (sealing),
or names the new files in the place of the old ones (merging).

Rows stay in the store for some time after they were sealed, as one series is read faster there than from a file.
A reader takes the rows after one of two marks from the store, and all until there from the files: 'sealed' where much
is counted, 'dropped' where single series are read.
"""
# ruff: noqa: S608 (the SQL put together here is ours throughout; what clients send is only ever bound)

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nagara.broker.history.duck import cursor, quoted

ROW_GROUP = 40_960


@dataclass(frozen=True, slots=True)
class Segment:
    """One file. Times are microseconds since 1970; `least` and `most` are keys of entities."""

    path: str  # under the folder of the history
    type: int
    day: str
    rows: int
    bytes: int
    first: int
    last: int
    written_first: int
    written_last: int
    least: int
    most: int
    low: int  # rows of the table `observation` that its instances come from
    high: int
    id: int = 0


_NAMES = ("path", "type", "day", "rows", "bytes", "first", "last", "written_first", "written_last", "least", "most", "low", "high")
_COLUMNS = ", ".join(_NAMES)


def tenant_folder(tenant: str) -> str:
    """The folder of a tenant's files under that of the history."""
    return f"tenant={quote(tenant, safe='') if tenant else '_'}"


def _part(iri: str) -> str:
    encoded = quote(iri, safe="")
    return encoded if len(encoded) <= 200 else f"{encoded[:160]}~{blake2b(iri.encode(), digest_size=12).hexdigest()}"


def write(connection: Any, source: str, history: Path, tenant: str, type_number: int, type_iri: str, day: str) -> Segment:
    """Bring the rows of an SQL `source` (columns as in records.STORED) to disk as one file; `settle` has to follow."""
    folder = Path(tenant_folder(tenant)) / f"type={_part(type_iri)}" / f"day={day}"
    (history / folder).mkdir(parents=True, exist_ok=True)
    name = uuid.uuid4().hex
    unfinished, finished = history / folder / f".{name}.tmp", history / folder / f"{name}.parquet"
    connection.execute(
        f"COPY (SELECT * FROM ({source}) ORDER BY entity, attr, time, seq, n) TO {quoted(unfinished)} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )
    found = connection.execute(
        "SELECT count(*), epoch_us(min(time)), epoch_us(max(time)), epoch_us(min(created)), epoch_us(max(modified)), "
        f'min(entity), max(entity), min("row"), max("row") FROM read_parquet({quoted(unfinished)})'
    ).fetchone()
    _to_disk(unfinished)
    unfinished.rename(finished)
    return Segment(str(folder / finished.name), type_number, day, found[0], finished.stat().st_size, *found[1:])


def settle(history: Path, segments: Iterable[Segment]) -> None:
    """Bring the names of new files to disk, so that a transaction may name them."""
    folders = {history}
    for one in segments:
        folder = history / one.path
        folders.update(folder.parents[:3])
    for each in folders:
        _to_disk(each)


def _to_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def name_in(connection: sqlite3.Connection, segments: Iterable[Segment]) -> None:
    """Make files a part of the history, with the transaction of `connection`."""
    connection.executemany(
        f"INSERT INTO segment ({_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})",
        [tuple(getattr(one, name) for name in _NAMES) for one in segments],
    )


def named(connection: sqlite3.Connection, where: str = "", args: tuple[object, ...] = ()) -> list[Segment]:
    """The files that are a part of the history."""
    rows = connection.execute(f"SELECT {_COLUMNS}, id FROM segment {'WHERE ' + where if where else ''} ORDER BY id", args)
    return [Segment(*row) for row in rows]


def mark(connection: sqlite3.Connection, name: str) -> int:
    """Up to which row of the table `observation` all is in files ('sealed'), and nothing is in the store any more ('dropped')."""
    row = connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def set_mark(connection: sqlite3.Connection, name: str, number: int) -> None:
    """Move a mark on."""
    connection.execute("INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, str(number)))


def retention(connection: sqlite3.Connection) -> int | None:
    """For how many days the history of a tenant is kept; None for ever."""
    row = connection.execute("SELECT value FROM fact WHERE name = 'history days'").fetchone()
    return int(row[0]) if row else None


def keep_days(connection: sqlite3.Connection, days: int | None) -> None:
    """Keep the history for so many days from now on; None for ever."""
    connection.execute("DELETE FROM fact WHERE name = 'history days'")
    if days is not None:
        connection.execute("INSERT INTO fact VALUES ('history days', ?)", (str(days),))


def told(connection: sqlite3.Connection) -> dict[str, Any]:
    """How much history a tenant has, and where."""
    files, rows, size, first, last = connection.execute(
        "SELECT count(*), coalesce(sum(rows), 0), coalesce(sum(bytes), 0), min(day), max(day) FROM segment"
    ).fetchone()
    sealed = mark(connection, "sealed")
    (recent,) = connection.execute("SELECT count(*) FROM observation WHERE seq > ?", (sealed,)).fetchone()
    return {
        "keepDays": retention(connection),
        "unsealedWrites": recent,
        "files": files,
        "fileInstances": rows,
        "fileBytes": size,
        "firstDay": first,
        "lastDay": last,
    }


def sweep(history: Path, tenant: str, keep: set[str]) -> int:
    """Remove files of a tenant that no transaction names: what a kill left over. Only at a start, when no other request reads them."""
    gone = 0
    root = history / tenant_folder(tenant)
    for path in [*root.rglob("*.parquet"), *root.rglob(".*.tmp")]:
        if str(path.relative_to(history)) not in keep:
            with suppress(FileNotFoundError):
                path.unlink()
                gone += 1
    return gone


def merge(history: Path, tenant: str, type_iri: str, old: list[Segment], hidden: list[tuple[Any, ...]]) -> list[Segment] | None:
    """The rows of some files of one type and day in one new file, without those that are hidden. No file where none is left; None where
    it would be the one file that there is."""
    connection = cursor()
    paths = ", ".join(quoted(history / one.path) for one in old)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE gone (entity BIGINT, attr VARCHAR, dataset VARCHAR, seq BIGINT, n INTEGER, below BIGINT)"
    )
    if hidden:
        connection.executemany("INSERT INTO gone VALUES (?, ?, ?, ?, ?, ?)", hidden)
    source = f"SELECT * FROM read_parquet([{paths}], hive_partitioning = false) h{NOT_HIDDEN if hidden else ''}"
    (count,) = connection.execute(f"SELECT count(*) FROM ({source})").fetchone()
    if len(old) == 1 and count == old[0].rows:
        return None
    return [write(connection, source, history, tenant, old[0].type, type_iri, old[0].day)] if count else []


#: What keeps hidden rows out, where a table `gone` tells of them.
NOT_HIDDEN = """ WHERE NOT EXISTS (SELECT 1 FROM gone g WHERE g.entity = h.entity AND h."row" < g.below
    AND (g.attr = '' OR g.attr = h.attr) AND (g.dataset = '*' OR g.dataset = coalesce(h.dataset, ''))
    AND (g.seq IS NULL OR (g.seq = h.seq AND g.n = h.n)))"""
