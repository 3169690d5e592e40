"""What an edition of an indicator set says: measures with unit, direction and bounds, and the set's own codes for them. Strict."""

from datetime import date
from typing import Literal

import msgspec

from nagara.rulebook.schema import Source, Texts

Better = Literal["higher", "lower", "neither"]
Kind = Literal["number", "yes_no"]


class Part(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One part of a measure that is told apart: a pollutant, a way of travelling."""

    code: str
    title: Texts
    unit: Texts = {}


class Measure(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is measured, once for all sets that ask for it.

    `least` and `most` bound what can be. `jump` is the change in per cent against the last period from which a reason is asked.
    `checked`: the meaning was compared with the standard's own text; without it, it is shown as unverified.
    `derived`: nobody types the value; it is counted from the record by the rule of this name.
    """

    code: str
    title: Texts
    text: Texts
    better: Better
    source: Source
    unit: Texts = {}
    kind: Kind = "number"
    least: float | None = None
    most: float | None = None
    decimals: int = 2
    jump: float = 50.0
    parts: tuple[Part, ...] = ()
    checked: bool = False
    derived: str = ""

    def cells(self) -> tuple[str, ...]:
        """The codes of the parts that are answered; "" where there is one answer."""
        return tuple(part.code for part in self.parts) or ("",)

    def part(self, code: str) -> Part | None:
        return next((part for part in self.parts if part.code == code), None)

    def unit_of(self, part: str) -> Texts:
        found = self.part(part)
        return (found.unit if found else {}) or self.unit


class Group(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A heading under which a set lists its indicators."""

    code: str
    title: Texts


class Indicator(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a set calls a measure. The measure may be defined in another set: one answer serves both."""

    code: str
    measure: str
    group: str
    tier: str = ""


class IndicatorSetFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One dated edition of one indicator set."""

    kind: Literal["indicators"]
    programme: str
    title: Texts
    in_force: date
    status: Literal["draft", "published"]
    source: Source
    groups: tuple[Group, ...]
    measures: tuple[Measure, ...]
    indicators: tuple[Indicator, ...]

    def measure(self, code: str) -> Measure | None:
        return next((measure for measure in self.measures if measure.code == code), None)

    def group(self, code: str) -> Group:
        return next(group for group in self.groups if group.code == code)
