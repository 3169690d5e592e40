"""What one commit changed, as those who record or tell of changes see it: history, subscriptions, caches."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from nagara.broker.model.changing import Outcome
from nagara.broker.model.incoming import Entity


@dataclass(frozen=True, slots=True)
class Change:
    """One write to one entity."""

    tenant: str  # "" for the default tenant
    key: int  # of the entity in this tenant's file; the same for as long as its history is kept
    id: str
    at: int  # microseconds since 1970
    seq: int  # of its observation; grows with every write of the tenant
    before: bytes | None  # the entity as it was, as JSON (model/incoming.py); None where it is new
    outcome: Outcome  # what was written and removed; outcome.entity is None where the entity was deleted
    old: Entity | None = None  # set for a deleted entity: what it was

    def entity_before(self) -> Entity | None:
        """The entity as it was."""
        if self.old is not None:
            return self.old
        return None if self.before is None else orjson.loads(self.before)

    @property
    def deleted(self) -> bool:
        return self.outcome.entity is None


#: Called with the changes of a transaction before it commits, to write rows that must be there if and only if the changes are.
Recorder = Callable[[sqlite3.Connection, list[Change]], None]
#: Called with the changes of a transaction once they are on disk and before the client is answered. Must not block.
Listener = Callable[[list[Change]], Any]


def observation(outcome: Outcome) -> bytes:
    """What history keeps of a write."""
    doc: dict[str, Any] = {"attrs": outcome.written}
    if outcome.removed:
        doc["removed"] = outcome.removed
    if outcome.entity is None:
        doc["deleted"] = True
    else:
        if outcome.types:
            doc["type"] = outcome.entity["type"]
        if outcome.scope:
            doc["scope"] = outcome.entity.get("scope", [])
    return orjson.dumps(doc)
