"""What an edition of a programme's criteria says. Strict: an unknown key is an error, and so is a missing source."""

from datetime import date
from typing import Literal

import msgspec

Texts = dict[str, str]
Certainty = Literal["official", "founding", "press", "third_party", "own"]


class Source(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where a rule stands: act and section, and how sure that is."""

    title: str
    certainty: Certainty
    section: str = ""
    address: str = ""
    day: date | None = None
    note: str = ""


class Number(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A number that the programme demands, with its own source."""

    value: float
    source: Source


class Choice(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A city type."""

    code: str
    title: Texts
    text: Texts
    source: Source


class Dimension(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    code: str
    title: Texts
    text: Texts
    source: Source
    compulsory: bool = False


class Field(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One thing that the applicant writes under a criterion."""

    code: str
    label: Texts
    kind: Literal["line", "text", "number", "money", "day", "choice", "yes_no"]
    required: bool = True
    hint: Texts = {}
    unit: Texts = {}
    choices: tuple[Choice, ...] = ()
    least: float | None = None
    most: float | None = None


class EvidenceAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One kind of document that a criterion asks for."""

    code: str
    title: Texts
    required: bool = True
    hint: Texts = {}


class Criterion(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One criterion: its weight in per cent of the total, what each score means, and what the applicant hands in.

    One that is `by_dimension` is answered and scored once for each dimension that the applicant chose.
    """

    code: str
    title: Texts
    text: Texts
    weight: Number
    anchors: dict[int, Texts]
    fields: tuple[Field, ...]
    evidence: tuple[EvidenceAsked, ...]
    source: Source
    by_dimension: bool = False


class Gate(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What must hold whatever the total is.

    `compulsory_dimensions` each dimension marked so is chosen; `least_dimensions` at least `value` are chosen;
    `dimension_mark` each chosen dimension has at least `value` of 100; `criterion_mark` each criterion has; `total_mark` the total has.
    """

    code: str
    kind: Literal["compulsory_dimensions", "least_dimensions", "dimension_mark", "criterion_mark", "total_mark"]
    title: Texts
    source: Source
    value: float = 0.0


class Scale(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    least: int
    most: int
    reason_for: tuple[int, ...]
    source: Source


class Deciders(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which bodies act on an award, by their codes: the one that recommends comes first."""

    recommends: str
    decides: str
    source: Source


class Expected(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    total: float
    recommendation: Literal["recommend", "in_principle", "decline"]
    failed_gates: tuple[str, ...] = ()


class Example(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A case that an official can read and that the tests run. `scores` holds each assessor's values: "C1" or "C4:environment"."""

    title: Texts
    dimensions: tuple[str, ...]
    scores: dict[str, tuple[int, ...]]
    expect: Expected


class EditionFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One dated edition of one programme's criteria."""

    programme: str
    title: Texts
    in_force: date
    status: Literal["draft", "published"]
    source: Source
    city_types: tuple[Choice, ...]
    dimensions: tuple[Dimension, ...]
    scale: Scale
    criteria: tuple[Criterion, ...]
    gates: tuple[Gate, ...]
    in_principle_from: Number
    validity_years: Number
    renewal_progress: Number
    deciders: Deciders
    examples: tuple[Example, ...]

    def criterion(self, code: str) -> Criterion:
        return next(criterion for criterion in self.criteria if criterion.code == code)

    def dimension(self, code: str) -> Dimension:
        return next(dimension for dimension in self.dimensions if dimension.code == code)

    def cells(self, dimensions: list[str] | tuple[str, ...]) -> list[tuple[str, str]]:
        """What is answered and scored: (criterion, dimension) in the order of the edition; "" where a criterion is not by dimension."""
        chosen = [dimension.code for dimension in self.dimensions if dimension.code in dimensions]
        found: list[tuple[str, str]] = []
        for criterion in self.criteria:
            found += [(criterion.code, code) for code in chosen] if criterion.by_dimension else [(criterion.code, "")]
        return found
