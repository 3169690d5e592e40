"""What an edition of a network's criteria of nomination says. Strict, like `schema.py`."""

from datetime import date
from typing import Literal

import msgspec

from nagara.rulebook.schema import Source, Texts


class Asked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One element of the plan, or one criterion, with its own source. `most` is the longest answer, in characters."""

    code: str
    title: Texts
    text: Texts
    source: Source
    most: int = 6000


class NominationFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One dated edition: what a city that asks to be admitted must hand in, and how its members decide."""

    kind: Literal["nomination"]
    programme: str
    title: Texts
    in_force: date
    status: Literal["draft", "published"]
    source: Source
    elements: tuple[Asked, ...]
    """What the city's plan must hold at least."""
    criteria: tuple[Asked, ...]
    """What the city is asked beyond its plan; none in the first edition."""
    decision: Source
    """Where the rule stands by which the members decide."""

    def asked(self) -> tuple[Asked, ...]:
        """Everything that the city answers, in order."""
        return (*self.elements, *self.criteria)

    def one(self, code: str) -> Asked | None:
        return next((row for row in self.asked() if row.code == code), None)
