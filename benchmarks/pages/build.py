"""The world that the pages are measured in: the demonstration, and around it areas, rounds, accounts and a record at size.

Rows are made in bulk and not by the actions, which would take hours; they are copies of what the actions made for the
demonstration, so that each page finds what it finds in life. The same seed gives the same world.
"""

import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import models, transaction

SEED = 2569
Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class Size:
    areas: int = 10_000
    links: int = 100_000
    entries: int = 1_000_000

    @property
    def name(self) -> str:
        return f"{self.areas}_{self.links}_{self.entries}"


@dataclass
class Stage:
    """What is being built: the size, the instant it is built for, chance with a seed, and what was made so far."""

    size: Size
    at: datetime
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    organisations: list[Any] = field(default_factory=list)
    areas: list[Any] = field(default_factory=list)
    officers: list[Any] = field(default_factory=list)
    assessors: list[Any] = field(default_factory=list)
    recognitions: list[Any] = field(default_factory=list)
    applications: list[Any] = field(default_factory=list)


def like(row: Row, **changes: Any) -> Row:
    """A copy of a row, not saved yet, with some columns changed."""
    values = {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields if not column.primary_key}
    return type(row)(**{**values, **changes})


def keep(rows: Iterable[Row], batch: int = 1000) -> list[Row]:
    made = list(rows)
    return type(made[0])._default_manager.bulk_create(made, batch_size=batch) if made else []


def build(size: Size, *, at: datetime) -> Iterator[tuple[str, float]]:
    """Build everything, and say after each step how long it took."""
    from benchmarks.pages import chain, people, places, rounds
    from demo.load import load
    from demo.tests.walk import walk

    stage = Stage(size, at)
    begun = time.perf_counter()
    with transaction.atomic():
        load(at=at - timedelta(days=3))
        walk(at=at - timedelta(days=2))
        for step in (people.make, places.make, rounds.make):
            words = step(stage)
            now = time.perf_counter()
            yield words, now - begun
            begun = now
    yield chain.make(stage), time.perf_counter() - begun
