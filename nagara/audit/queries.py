"""Searching the record: by thing, person, verb and period. A page of it takes as long in a million entries as in a hundred."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

from nagara.audit.models import Entry, stamp
from nagara.toolkit.numbers import whole

PAGE = 50


@dataclass(frozen=True)
class Search:
    """What to look for; empty fields do not narrow. Days are in the zone of the programme, `until` is the last day that counts."""

    about: str = ""
    by: str = ""
    did: str = ""
    since: date | None = None
    until: date | None = None
    after: str = ""
    """Where the page begins: "<instant>,<number>" of the last entry of the page before."""

    def q(self) -> Q:
        q = Q()
        if self.about:
            q &= Q(about=self.about)
        if self.by:
            q &= Q(by=self.by)
        if self.did:
            q &= Q(did=self.did)
        if self.since:
            q &= Q(at__gte=datetime.combine(self.since, time.min, settings.ZONE))
        if self.until:
            q &= Q(at__lt=datetime.combine(self.until + timedelta(days=1), time.min, settings.ZONE))
        if place := _place(self.after):
            at, seq = place
            # The first condition lets the database begin at the right place of the index; the second drops what was shown.
            q &= Q(at__lte=at) & (Q(at__lt=at) | Q(seq__lt=seq))
        return q


class Found(NamedTuple):
    """One page of entries, newest first, and where the next one begins ("" where there is none)."""

    entries: list[Entry]
    next: str


def _place(text: str) -> tuple[datetime, int] | None:
    at, _sep, seq = text.rpartition(",")
    instant = parse_datetime(at) if at else None
    number = whole(seq)
    return (instant, number) if instant and instant.tzinfo and number is not None else None


def entries(search: Search, *, size: int = PAGE) -> Found:
    rows = list(Entry.objects.filter(search.q()).order_by("-at", "-seq")[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return Found(rows, f"{stamp(rows[-1].at)},{rows[-1].seq}" if more else "")


def first_page(search: Search) -> Search:
    return replace(search, after="")


def verbs() -> list[str]:
    """Every verb there is, by jumping from one to the next in the index: not by reading all entries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE verb(did) AS (SELECT min(did) FROM audit_entry UNION ALL "
            "SELECT (SELECT min(did) FROM audit_entry WHERE did > verb.did) FROM verb WHERE verb.did IS NOT NULL) "
            "SELECT did FROM verb WHERE did IS NOT NULL"
        )
        return [row[0] for row in cursor.fetchall()]


class Thing(NamedTuple):
    """What an entry is about: the kind in words, and the row itself where it is still there."""

    key: str
    kind: str
    row: Model | None

    @property
    def url(self) -> str:
        address = getattr(self.row, "get_absolute_url", None)
        return address() if address else ""


def kind_of(key: str) -> str:
    """The kind of a thing in words: "application" for "assessment.application:7"."""
    label, _sep, _ident = key.partition(":")
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label


def thing(key: str) -> Thing:
    """The thing of this key, as far as it is there."""
    label, _sep, ident = key.partition(":")
    row: Model | None
    try:
        model = apps.get_model(label)
        row = model._default_manager.filter(pk=model._meta.pk.to_python(ident)).first()
    except (LookupError, ValueError, ValidationError):
        row = None
    return Thing(key, kind_of(key), row)


def history(key: str) -> QuerySet[Entry]:
    """All entries about one thing, oldest first."""
    return Entry.objects.filter(about=key).order_by("at", "seq")
