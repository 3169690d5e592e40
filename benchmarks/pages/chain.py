"""The audit record at size: a chain as the actions would have written it, in the order of its instants."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from benchmarks.pages.build import Stage
from nagara.audit.models import Entry, Head, digest_of, stamp
from nagara.toolkit.digests import canonical

COLUMNS = ("seq", "at", "by", "by_name", "on_behalf_of", "did", "about", "proof", "why", "before", "after", "previous", "digest")
VERBS = (
    ("assessment.write", "assessment.application", True),
    ("assessment.add_evidence", "assessment.application", False),
    ("assessment.link_evidence", "assessment.application", False),
    ("assessment.save_score", "assessment.assignment", True),
    ("assessment.submit", "assessment.application", True),
    ("recognition.grant", "recognition.recognition", True),
    ("places.edit", "places.area", True),
    ("people.sign_in", "people.user", False),
)


def make(stage: Stage) -> str:
    head = Head.objects.get(pk=1)
    count = max(0, stage.size.entries - head.seq)
    last = Entry.objects.order_by("-at").values_list("at", flat=True)[0]
    rows = entries(stage, head, count, last)
    # The indexes are made once over all rows, not once a row.
    with connection.schema_editor() as editor:
        for index in Entry._meta.indexes:
            editor.remove_index(Entry, index)
    with transaction.atomic():
        (copied if connection.vendor == "postgresql" else inserted)(rows)
        end = Entry.objects.order_by("-seq")[0]
        Head.objects.filter(pk=1).update(seq=end.seq, digest=end.digest)
    with connection.schema_editor() as editor:
        for index in Entry._meta.indexes:
            editor.add_index(Entry, index)
    return f"{end.seq} entries of the audit record"


def entries(stage: Stage, head: Head, count: int, last: Any) -> Iterator[tuple[Any, ...]]:
    people = [(user.audit_key, user.audit_name) for user in [*stage.officers, *stage.assessors]]
    step = (stage.at - last) / (count + 1)
    previous = head.digest
    for number in range(count):
        did, about, changes = VERBS[number * 7 % len(VERBS)]
        by, name = people[number * 31 % len(people)]
        at = last + timedelta(microseconds=int(step.total_seconds() * 1e6 * (number + 1)))
        before = canonical({"state": "draft", "revision": number % 50}).decode() if changes else ""
        after = canonical({"state": "submitted", "revision": number % 50 + 1, "criterion": f"C{number % 5}"}).decode() if changes else ""
        texts = (by, name, "", did, f"{about}:{number * 17 % 20_000 + 1}", "", "", before, after)
        digest = digest_of(head.seq + number + 1, at, *texts, previous)
        yield (head.seq + number + 1, at, *texts, previous, digest)
        previous = digest


def inserted(rows: Iterator[tuple[Any, ...]]) -> None:
    """SQLite keeps an instant as Django writes it: UTC without its zone."""
    plain = ((row[0], stamp(row[1])[:-1].replace("T", " "), *row[2:]) for row in rows)
    connection.ensure_connection()
    marks = ", ".join("?" * len(COLUMNS))
    connection.connection.executemany(f'INSERT INTO audit_entry ("{_names()}") VALUES ({marks})', plain)


def copied(rows: Iterator[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f'COPY audit_entry ("{_names()}") FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _names() -> str:
    return '", "'.join(COLUMNS)
