"""The chain: each entry holds the digest of the one before it; the head says where it ends."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import models
from django.utils.translation import gettext_lazy as _

GENESIS = "0" * 64
"""What the first entry has in place of a previous digest."""


def stamp(at: datetime) -> str:
    """The instant as it enters the digest: UTC, microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest_of(
    seq: int,
    at: datetime,
    by: str,
    by_name: str,
    on_behalf_of: str,
    did: str,
    about: str,
    proof: str,
    why: str,
    before: str,
    after: str,
    previous: str,
) -> str:
    """SHA-256 over every column, parted by the unit separator, which no column may hold."""
    parts = (str(seq), stamp(at), by, by_name, on_behalf_of, did, about, proof, why, before, after, previous)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


class Entry(models.Model):
    """One act. Never changed, never removed: the database itself refuses both."""

    seq = models.BigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)
    by_name = models.CharField(_("name at the time"), max_length=300, blank=True)
    on_behalf_of = models.CharField(_("on behalf of"), max_length=80, blank=True)
    did = models.CharField(_("did"), max_length=80)
    about = models.CharField(_("about"), max_length=120)
    proof = models.CharField(_("second factor"), max_length=80, blank=True)
    why = models.TextField(_("why"), blank=True)
    before = models.TextField(_("before"), blank=True)
    after = models.TextField(_("after"), blank=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        # Each search of `queries.entries` reads one of these backwards and stops after a page.
        indexes = [
            models.Index(name="audit_by_time", fields=["at", "seq"]),
            models.Index(name="audit_by_person", fields=["by", "at", "seq"]),
            models.Index(name="audit_by_verb", fields=["did", "at", "seq"]),
            models.Index(name="audit_by_person_and_verb", fields=["by", "did", "at", "seq"]),
            models.Index(name="audit_by_thing", fields=["about", "at", "seq"]),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.did} {self.about}"

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """(field, before, after) for each field that is on either side."""
        before = orjson.loads(self.before) if self.before else {}
        after = orjson.loads(self.after) if self.after else {}
        return [(key, before.get(key), after.get(key)) for key in sorted({*before, *after})]


class Head(models.Model):
    """Where the chain ends. One row; whoever writes an entry locks it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        constraints = [models.CheckConstraint(name="audit_has_one_head", condition=models.Q(id=1))]
