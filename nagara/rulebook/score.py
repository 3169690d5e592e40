"""What scores come to under an edition. Plain numbers in, plain numbers out: anyone can recompute a decision by hand.

1. A *cell* is a criterion, or a criterion in one chosen dimension. Its mark of 100 is the mean of the assessors' scores,
   each put on 0–100 by the edition's scale.
2. A criterion's mark is its cell's, or the mean over its dimensions' cells.
3. The total is the sum of the criteria's marks, each times its weight.
4. Gates are read from the same marks, before rounding. Marks are shown with two decimals, rounded half up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from nagara.rulebook.schema import EditionFile, Gate

Sheet = Mapping[tuple[str, str], int]
"""One assessor's scores: {(criterion, dimension or ""): value}."""


@dataclass(frozen=True)
class GateFound:
    """One gate, and whether it was passed; `lacking` names what stopped it."""

    code: str
    passed: bool
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class Computed:
    """What the calculation gave. Marks are of 100, with two decimals."""

    total: Decimal
    criteria: dict[str, Decimal]
    cells: dict[str, Decimal]
    gates: tuple[GateFound, ...]
    recommendation: str
    sheets: int
    missing: tuple[str, ...] = field(default=())

    def plain(self) -> dict[str, Any]:
        """As JSON values, for keeping and for comparing."""
        return {
            "total": str(self.total),
            "criteria": {code: str(mark) for code, mark in self.criteria.items()},
            "cells": {code: str(mark) for code, mark in self.cells.items()},
            "gates": [{"code": gate.code, "passed": gate.passed, "lacking": list(gate.lacking)} for gate in self.gates],
            "recommendation": self.recommendation,
            "sheets": self.sheets,
        }


def cell_key(criterion: str, dimension: str) -> str:
    return f"{criterion}:{dimension}" if dimension else criterion


def exact(value: float) -> Fraction:
    """A number of the edition as it was written: 0.1 is a tenth, 33.333 is a third of 99.999."""
    return Fraction(value).limit_denominator(1000)


def _shown(mark: Fraction) -> Decimal:
    return (Decimal(mark.numerator) / Decimal(mark.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values) if values else Fraction(0)


def compute(edition: EditionFile, dimensions: Sequence[str], sheets: Sequence[Sheet]) -> Computed:
    """The result of `sheets` for an applicant who chose `dimensions`. A cell that nobody scored counts 0 and is named in `missing`."""
    least, span = edition.scale.least, edition.scale.most - edition.scale.least
    cells: dict[str, Fraction] = {}
    missing: list[str] = []
    by_criterion: dict[str, list[Fraction]] = {}
    by_dimension: dict[str, list[Fraction]] = {}
    for criterion, dimension in edition.cells(tuple(dimensions)):
        values = [Fraction(sheet[criterion, dimension] - least, span) * 100 for sheet in sheets if (criterion, dimension) in sheet]
        key = cell_key(criterion, dimension)
        if not values:
            missing.append(key)
        cells[key] = _mean(values)
        by_criterion.setdefault(criterion, []).append(cells[key])
        if dimension:
            by_dimension.setdefault(dimension, []).append(cells[key])
    criteria = {code: _mean(marks) for code, marks in by_criterion.items()}
    total = sum((criteria.get(c.code, Fraction(0)) * exact(c.weight.value) / 100 for c in edition.criteria), Fraction(0))
    marks = {code: _mean(found) for code, found in by_dimension.items()}
    gates = tuple(_gate(gate, edition, dimensions, criteria, marks, total) for gate in edition.gates)
    if all(gate.passed for gate in gates) and not missing:
        recommendation = "recommend"
    else:
        recommendation = "in_principle" if total >= exact(edition.in_principle_from.value) else "decline"
    return Computed(
        total=_shown(total),
        criteria={code: _shown(mark) for code, mark in criteria.items()},
        cells={code: _shown(mark) for code, mark in cells.items()},
        gates=gates,
        recommendation=recommendation,
        sheets=len(sheets),
        missing=tuple(missing),
    )


def _gate(
    gate: Gate,
    edition: EditionFile,
    dimensions: Sequence[str],
    criteria: Mapping[str, Fraction],
    marks: Mapping[str, Fraction],
    total: Fraction,
) -> GateFound:
    wanted = exact(gate.value)
    lacking: tuple[str, ...]
    if gate.kind == "compulsory_dimensions":
        lacking = tuple(d.code for d in edition.dimensions if d.compulsory and d.code not in dimensions)
    elif gate.kind == "least_dimensions":
        chosen = {d.code for d in edition.dimensions} & set(dimensions)
        lacking = () if len(chosen) >= wanted else (str(len(chosen)),)
    elif gate.kind == "dimension_mark":
        lacking = tuple(code for code, mark in marks.items() if mark < wanted)
    elif gate.kind == "criterion_mark":
        lacking = tuple(code for code, mark in criteria.items() if mark < wanted)
    else:
        lacking = () if total >= wanted else (str(_shown(total)),)
    return GateFound(gate.code, not lacking, lacking)
