"""`python -m nagara.broker.history.sealing`: recent rows of one tenant's history as Parquet files, in a process of its own.

In a process of its own so that the broker, which answers requests meanwhile, shares neither its interpreter nor its
memory with the work. It reads the store and writes files that nothing names yet; what it wrote stands on its
standard output, for the broker to make it count.
"""
# ruff: noqa: S608 (the SQL put together here is ours throughout)

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from nagara.broker.history.duck import cursor, overflow_to, quoted, raw_columns
from nagara.broker.history.hiding import Hidden
from nagara.broker.history.moments import unfold
from nagara.broker.history.records import RAW, STORED, record
from nagara.broker.history.segments import Segment, merge, settle, write
from nagara.broker.store.names import Names
from nagara.broker.store.schema import connect

_HOME = {**RAW, "home": "INTEGER"}


def lines(connection: sqlite3.Connection, names: Names, rows: Iterable[tuple[int, int, int, bytes]]) -> Iterable[bytes]:
    """Rows of the table `observation` as lines of an interchange file: instances, each with the type it is kept under."""
    hidden = Hidden(connection, names)
    entities: dict[int, tuple[str, int | None]] = {}
    for seq, key, at, doc in rows:
        found = entities.get(key)
        if found is None:
            if len(entities) > 100_000:
                entities.clear()
            found = entities[key] = connection.execute("SELECT id, home FROM entity WHERE key = ?", (key,)).fetchone() or ("", None)
        id_, home = found
        if home is None:  # its whole history was deleted
            continue
        rules = hidden.of(key)
        for moment in unfold(names, seq, at, doc):
            if not rules or not hidden.hides(rules, moment):
                yield orjson.dumps({**record(moment, key, id_), "home": home}, option=orjson.OPT_APPEND_NEWLINE)


def seal(path: Path, history: Path, tenant: str, after: int, until: int) -> list[Segment]:
    """Write the rows after one number until another as files, one a type and day."""
    store = connect(path, write=False)
    store.execute("BEGIN")
    names = Names(store.execute("SELECT key, iri FROM name"))
    rows = store.execute("SELECT seq, entity, at, doc FROM observation WHERE seq > ? AND seq <= ? ORDER BY seq", (after, until))
    duck = cursor()
    history.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".sealing-", suffix=".tmp") as file:
        count = 0
        for line in lines(store, names, rows):
            file.write(line)
            count += 1
        file.flush()
        store.close()
        if not count:
            return []
        duck.execute(
            f"CREATE TEMP TABLE batch AS SELECT {STORED}, home, strftime(make_timestamp(time), '%Y-%m-%d') AS day "
            f"FROM read_json({quoted(file.name)}, format = 'newline_delimited', columns = {raw_columns(_HOME)})"
        )
    found = []
    for home, day in duck.execute("SELECT DISTINCT home, day FROM batch ORDER BY day, home").fetchall():
        source = f"SELECT * EXCLUDE (home, day) FROM batch WHERE home = {int(home)} AND day = {quoted(day)}"
        found.append(write(duck, source, history, tenant, home, names.text(home), day))
    return found


def work(job: dict[str, Any]) -> tuple[list[Segment], list[Segment]]:
    """Do what the broker asks for: seal rows, or write groups of files anew, each as one, without what was deleted. Gives (new, old)."""
    path, history, tenant = Path(job["path"]), Path(job["history"]), job["tenant"]
    overflow_to(path.parent)
    if job["do"] == "seal":
        made = seal(path, history, tenant, job["after"], job["until"])
        settle(history, made)
        return made, []
    store = connect(path, write=False)
    names = Names(store.execute("SELECT key, iri FROM name"))
    hidden = Hidden(store, names).rows()
    store.close()
    new: list[Segment] = []
    gone: list[Segment] = []
    for some in job["groups"]:
        old = [Segment(**one) for one in some]
        found = merge(history, tenant, names.text(old[0].type), old, hidden)
        if found is not None:
            new += found
            gone += old
    settle(history, new)
    return new, gone


def main() -> None:
    """The job comes as JSON on standard input."""
    with suppress(OSError):
        os.nice(10)
    new, old = work(orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps([[asdict(one) for one in some] for some in (new, old)]))


if __name__ == "__main__":
    main()
