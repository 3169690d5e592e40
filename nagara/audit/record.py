"""Writing the record. Every action calls `record` inside its own transaction: either both are kept or neither."""

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
    if not connection.in_atomic_block:
        raise RuntimeError("an act and its record belong in one transaction")
    head = Head.objects.select_for_update().get(pk=1)
    seq = head.seq + 1
    columns = {
        "by": by.audit_key,
        "by_name": _clean(by.audit_name),
        "on_behalf_of": key(on_behalf_of) if isinstance(on_behalf_of, models.Model) else (on_behalf_of or ""),
        "did": did,
        "about": key(about) if isinstance(about, models.Model) else about,
        "proof": _clean(str(proof)) if proof else "",
        "why": _clean(why),
        "before": canonical(before).decode() if before else "",
        "after": canonical(after).decode() if after else "",
    }
    entry = Entry(seq=seq, at=at, previous=head.digest, **columns)
    entry.digest = digest_of(seq, at, previous=head.digest, **columns)
    entry.save(force_insert=True)
    Head.objects.filter(pk=1).update(seq=seq, digest=entry.digest)
    return entry
