"""The @contexts that a tenant's file holds: hosted by clients, cached from elsewhere, implicitly created (5.13)."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from nagara.broker.clock import iso, now_us

HOSTED, CACHED, IMPLICIT = "Hosted", "Cached", "ImplicitlyCreated"
KINDS = (CACHED, HOSTED, IMPLICIT)


@dataclass(slots=True)
class Stored:
    """One stored @context."""

    id: str
    url: str | None  # where it came from, if cached
    kind: str
    document: dict[str, Any]  # {"@context": …}
    created: int
    expires: int | None = None
    used: int | None = None
    hits: int = 0

    def details(self, base: str) -> dict[str, Any]:
        """What is said of it when details are asked for (5.13.3.5). `base`: address of the collection."""
        found: dict[str, Any] = {
            "URL": self.url or f"{base}/{self.id}",
            "localId": self.id,
            "kind": self.kind,
            "createdAt": iso(self.created),
        }
        if self.expires is not None:
            found["expiresAt"] = iso(self.expires)
        if self.used is not None:
            found["lastUsage"] = iso(self.used)
        found["numberOfHits"] = self.hits
        return found


class StoredContexts:
    """A tenant's stored @contexts, all in memory, each change also in its file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._by_id: dict[str, Stored] = {}
        self._by_url: dict[str, Stored] = {}
        self.used: set[str] = set()  # ids whose counters are newer than the file
        rows = connection.execute("SELECT id, url, kind, body, created, expires, used, hits FROM ld_context")
        for id_, url, kind, body, created, expires, used, hits in rows:
            self._add(Stored(id_, url, kind, orjson.loads(body), created, expires, used, hits))

    def _add(self, stored: Stored) -> None:
        self._by_id[stored.id] = stored
        if stored.url:
            self._by_url[stored.url] = stored

    def find(self, id_or_url: str) -> Stored | None:
        """By local id, or by the address it was cached from."""
        return self._by_id.get(id_or_url) or self._by_url.get(id_or_url)

    def all(self) -> Iterable[Stored]:
        return self._by_id.values()

    def touch(self, stored: Stored, now: int) -> None:
        """It was used once more."""
        stored.hits += 1
        stored.used = now
        self.used.add(stored.id)

    def write(self, connection: sqlite3.Connection, stored: Stored) -> None:
        """Put it in the file, in the transaction of `connection`."""
        connection.execute(
            "INSERT OR REPLACE INTO ld_context (id, url, kind, body, created, expires, used, hits) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (stored.id, stored.url, stored.kind, orjson.dumps(stored.document), stored.created, stored.expires, stored.used, stored.hits),
        )

    def keep(self, stored: Stored) -> None:
        """Put it in memory, once the file has it."""
        self._add(stored)

    def erase(self, connection: sqlite3.Connection, stored: Stored) -> None:
        """Take it from the file, in the transaction of `connection`."""
        connection.execute("DELETE FROM ld_context WHERE id = ?", (stored.id,))

    def drop(self, stored: Stored) -> None:
        """Take it from memory, once the file has it no more."""
        self._by_id.pop(stored.id, None)
        if stored.url:
            self._by_url.pop(stored.url, None)

    def save_counters(self, connection: sqlite3.Connection) -> None:
        """Bring the counters of the file up to date."""
        rows = [(s.used, s.hits, s.id) for s in (self._by_id.get(id_) for id_ in self.used) if s is not None]
        connection.executemany("UPDATE ld_context SET used = ?, hits = ? WHERE id = ?", rows)
        self.used.clear()


def new_stored(kind: str, document: dict[str, Any], url: str | None = None, expires: int | None = None) -> Stored:
    """A @context about to be stored, under an id of its own."""
    return Stored(f"urn:ngsi-ld:Context:{uuid.uuid4()}", url, kind, {"@context": document["@context"]}, now_us(), expires)
