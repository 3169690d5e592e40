"""What one commit changed, as those who record or tell of changes see it: history, subscriptions, caches."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from nagara.broker.model.changing import Outcome
from nagara.broker.model.incoming import Entity
from nagara.broker.store.names import Names


@dataclass(frozen=True, slots=True)
class Change:
    """One write to one entity."""

    tenant: str  # "" for the default tenant
    key: int  # of the entity in this tenant's file; the same for as long as its history is kept
    id: str
    at: int  # microseconds since 1970
    seq: int  # of its observation; grows with every write of the tenant
    before: bytes | None  # the entity as it was, packed (store/names.py); None where it is new
    outcome: Outcome  # what was written and removed; outcome.entity is None where the entity was deleted
    names: Names

    def entity_before(self) -> Entity | None:
        """The entity as it was."""
        return None if self.before is None else self.names.unpack(self.before)

    @property
    def deleted(self) -> bool:
        return self.outcome.entity is None


#: Called with the changes of a transaction before it commits, to write rows that must be there if and only if the changes are.
#: What it gives, if anything, is called once the changes are on disk and before the client is answered; it must not block.
#: Other transactions may be recorded in between.
Recorder = Callable[[sqlite3.Connection, list[Change]], Callable[[], None] | None]
