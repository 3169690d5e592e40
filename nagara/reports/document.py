"""The whole of a frozen report as one JSON document, byte for byte what its digest was made from.

    {"content": {…}, "left": [row, …], "projects": [row, …], "values": [row, …]}

Keys are sorted and there are no spaces, so that the downloaded file itself has the digest that the paper prints.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from nagara.reports.models import FrozenReport, FrozenRow
from nagara.reports.states import RowKind

LISTS = ((RowKind.LEFT, b',"left":['), (RowKind.PROJECT, b'],"projects":['), (RowKind.MEASURE, b'],"values":['))
"""The lists of a document in the order of their keys, each with what leads to it."""


def pieces(content: str, lists: Mapping[str, Iterable[str]]) -> Iterator[bytes]:
    """The document in pieces: its content, then each list of rows."""
    yield b'{"content":' + content.encode()
    for kind, lead in LISTS:
        yield lead
        batch: list[str] = []
        first = True
        for row in lists[kind]:
            batch.append(row)
            if len(batch) == 500:
                yield (b"" if first else b",") + ",".join(batch).encode()
                batch, first = [], False
        if batch:
            yield (b"" if first else b",") + ",".join(batch).encode()
    yield b"]}"


def weigh(content: str, lists: Mapping[str, Iterable[str]]) -> tuple[str, int]:
    """(SHA-256, size in bytes) of the document."""
    total, size = hashlib.sha256(), 0
    for piece in pieces(content, lists):
        total.update(piece)
        size += len(piece)
    return total.hexdigest(), size


def stored(report: FrozenReport) -> Iterator[bytes]:
    """The document of a report as it lies in the database."""
    return pieces(report.content, {kind: _rows(report, kind) for kind, _lead in LISTS})


def _rows(report: FrozenReport, kind: str) -> Iterator[str]:
    rows = FrozenRow.objects.filter(report=report, kind=kind).order_by("position")
    return iter(rows.values_list("content", flat=True).iterator(chunk_size=2000))


def content_of(report: FrozenReport) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(report.content)
    return found


def is_sound(report: FrozenReport) -> bool:
    """Does what is stored still have the digest that was written down when the report was frozen?"""
    total = hashlib.sha256()
    for piece in stored(report):
        total.update(piece)
    return total.hexdigest() == report.digest
