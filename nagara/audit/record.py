"""Writing the record. Every action calls `record` inside its own transaction: either both are kept or neither."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, models

from nagara.audit.models import Entry, Head, digest_of
from nagara.toolkit.digests import canonical


class Actor(Protocol):
    """Who acts. `audit_key` is stable ("user:12"); `audit_name` is the name at the time."""

    @property
    def audit_key(self) -> str: ...

    @property
    def audit_name(self) -> str: ...


class System:
    """The programme itself, where no person acts: the loader of the demo world, a schedule."""

    def __init__(self, name: str) -> None:
        self.audit_key = f"system:{name}"
        self.audit_name = name


def key(thing: models.Model) -> str:
    """The stable name of a row in the record: "assessment.application:7"."""
    return f"{thing._meta.label_lower}:{thing.pk}"


def _clean(text: str) -> str:
    """Without the two characters that part the columns of the digest, or that a database cannot keep."""
    return text.replace("\x1f", " ").replace("\x00", "")


def record(
    *,
    by: Actor,
    did: str,
    about: models.Model | str,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    why: str = "",
    on_behalf_of: models.Model | str | None = None,
    proof: object | None = None,
) -> Entry:
    """Append one entry to the chain, in the caller's transaction.

    `did` is "<module>.<verb>"; `before` and `after` hold the fields that changed, as plain JSON values. Personal data that
    must be erasable one day does not belong in them: name the row, not the person.
    """
    head = _head()
    act = Act(did=did, about=about, before=before, after=after, why=why, on_behalf_of=on_behalf_of)
    entry = _entry(act, head.seq + 1, head.digest, by=by, at=at, proof=proof)
    entry.save(force_insert=True)
    Head.objects.filter(pk=1).update(seq=entry.seq, digest=entry.digest)
    return entry


@dataclass(frozen=True)
class Act:
    """One of many acts of one person at one instant, such as each project of a sheet that was loaded."""

    did: str
    about: models.Model | str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    why: str = ""
    on_behalf_of: models.Model | str | None = None


def record_many(acts: Iterable[Act], *, by: Actor, at: datetime, proof: object | None = None) -> int:
    """Append an entry for each act, in order and in the caller's transaction; answer how many. As `record`, without a query for each."""
    head = _head()
    seq, digest, entries = head.seq, head.digest, []
    for act in acts:
        entry = _entry(act, seq + 1, digest, by=by, at=at, proof=proof)
        seq, digest = entry.seq, entry.digest
        entries.append(entry)
    Entry.objects.bulk_create(entries, batch_size=500)
    Head.objects.filter(pk=1).update(seq=seq, digest=digest)
    return len(entries)


def _head() -> Head:
    if not connection.in_atomic_block:
        raise RuntimeError("an act and its record belong in one transaction")
    return Head.objects.select_for_update().get(pk=1)


def _entry(act: Act, seq: int, previous: str, *, by: Actor, at: datetime, proof: object | None) -> Entry:
    columns = {
        "by": _clean(by.audit_key),
        "by_name": _clean(by.audit_name)[:300],
        "on_behalf_of": _clean(key(act.on_behalf_of) if isinstance(act.on_behalf_of, models.Model) else (act.on_behalf_of or "")),
        "did": _clean(act.did),
        "about": _clean(key(act.about) if isinstance(act.about, models.Model) else act.about),
        "proof": _clean(str(proof)) if proof else "",
        "why": _clean(act.why),
        "before": canonical(act.before).decode() if act.before else "",
        "after": canonical(act.after).decode() if act.after else "",
    }
    entry = Entry(seq=seq, at=at, previous=previous, **columns)
    entry.digest = digest_of(seq, at, previous=previous, **columns)
    return entry
