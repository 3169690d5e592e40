"""One line of "my tasks". Each part lists its own; the shell sorts them together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps


@dataclass(frozen=True)
class Task:
    """Something that waits for a person: what to do, where, until when, and who waits."""

    title: str
    url: str
    state: str
    state_label: str
    due: datetime | None = None
    note: str = ""
    mine: bool = True
    """False: it waits for somebody else, and is listed so that nobody has to ask."""


Lister = Callable[[Any, datetime], Iterable[Task]]


@cache
def listers() -> list[Lister]:
    """The `tasks` of each part that has a `tasks.py`; asked by name, so that no part knows those above it."""
    parts = [config.name for config in apps.get_app_configs() if config.name.startswith("nagara.") and config.name != "nagara.toolkit"]
    return [import_module(f"{part}.tasks").tasks for part in parts if find_spec(f"{part}.tasks")]


def tasks_of(user: Any, at: datetime) -> list[Task]:
    """What waits for an account, and what it waits for, from every part: by due day, then by title."""
    found = [task for lister in listers() for task in lister(user, at)]
    return sorted(found, key=lambda task: (task.due is None, task.due or at, task.title))
