"""How a programme plugs into governance: it registers its *matter*, and governance knows no programme.

A matter says what paper stands behind an item, which verbs make sense in which body, and what adopting each of them does.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from nagara.toolkit.texts import Texts

if TYPE_CHECKING:
    from nagara.governance.models import AgendaItem, Body, Resolution
    from nagara.people.models import User


class Matter(Protocol):
    """A kind of business that a body can resolve upon."""

    kind: str
    label: Texts

    def verbs(self, body: "Body") -> Sequence[str]:
        """Which verbs make sense for this matter in this body."""

    def waiting(self, body: "Body") -> Sequence[str]:
        """The rows that are ready for an agenda of this body: what its secretary is offered to pull onto an item."""

    def title(self, ref: str) -> Texts:
        """What the row `ref` is called on an agenda."""

    def annex(self, refs: Sequence[str]) -> list[dict[str, Any]]:
        """One line for each row, for the annex table of the item: {"title": Texts, "cells": [(label Texts, value), …], "url": str}."""

    def effects(self, refs: Sequence[str], *, verb: str, body: "Body", on: date) -> list[Texts]:
        """What adopting `verb` would do, in sentences, to show above the button."""

    def conflicts(self, refs: Sequence[str]) -> dict[int, str]:
        """Organisations that are tied to the rows, by their key, each with the reason: their seats should recuse themselves."""

    def check(self, item: "AgendaItem", refs: Sequence[str], *, verb: str) -> None:
        """Refuse here what the programme's own rules forbid, before anything is written."""

    def adopt(self, resolution: "Resolution", refs: Sequence[str], *, by: "User", at: datetime) -> list[Texts]:
        """Do what the resolution says, in the caller's transaction; answer what was done, in sentences."""


_matters: dict[str, Matter] = {}


def register(matter: Matter) -> None:
    """Called from the programme's `AppConfig.ready`."""
    if matter.kind in _matters and type(_matters[matter.kind]) is not type(matter):
        raise ValueError(f"two matters are called {matter.kind}")
    _matters[matter.kind] = matter


def matter(kind: str) -> Matter:
    return _matters[kind]


def kinds() -> list[Matter]:
    return [_matters[kind] for kind in sorted(_matters)]


def is_registered(kind: str) -> bool:
    return kind in _matters
