"""What an instance of history is known by: its instanceId (4.5.7), which no other broker gives to another instance.

It is put together when it is shown, from its place in the file (seq, n) and a mark of that file, so it costs no room. A mark holds
from a row on: what was written before there were marks keeps the id that it had, and a copy of a file goes on under a mark of its own.
"""

from __future__ import annotations

import secrets
import sqlite3

import orjson

_PREFIX = "urn:ngsi-ld:Instance:"
_FACT = "marks"


class Naming:
    """The marks of one file: (the last row before it, mark), in this order."""

    def __init__(self, marks: list[tuple[int, str]]) -> None:
        self._marks = marks

    @classmethod
    def of(cls, connection: sqlite3.Connection) -> Naming:
        return cls(_marks(connection))

    def mark(self, seq: int) -> str:
        """The mark of a row; '' of one that is older than marks are."""
        return next((mark for since, mark in reversed(self._marks) if seq > since), "")

    def id(self, seq: int, n: int) -> str:
        """The instanceId of an instance of ours."""
        mark = self.mark(seq)
        return f"{_PREFIX}{mark}-{seq}-{n}" if mark else f"{_PREFIX}{seq}-{n}"

    def place(self, instance_id: str) -> tuple[int, int] | None:
        """(seq, n) of an instanceId; None where it is none of ours."""
        *_, seq, n = ["", *instance_id.removeprefix(_PREFIX).split("-")]
        if not (seq.isascii() and seq.isdecimal() and n.isascii() and n.isdecimal()) or len(seq) > 18 or len(n) > 9:
            return None
        found = int(seq), int(n)
        return found if self.id(*found) == instance_id else None


def _marks(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    found = connection.execute("SELECT value FROM fact WHERE name = ?", (_FACT,)).fetchone()
    return [(since, mark) for since, mark in orjson.loads(found[0])] if found is not None else []


def renew(connection: sqlite3.Connection) -> None:
    """Give what will be written to a file from now on a mark of its own: the file is new, or a copy."""
    last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'observation'").fetchone()
    since = last[0] if last is not None else 0
    marks = [*((before, mark) for before, mark in _marks(connection) if before < since), (since, secrets.token_hex(8))]
    connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (_FACT, orjson.dumps(marks).decode()))


def begin(connection: sqlite3.Connection) -> None:
    """Give a file its first mark, unless it has one."""
    if not _marks(connection):
        renew(connection)
