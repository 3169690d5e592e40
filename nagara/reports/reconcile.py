"""Printed figures beside those of the record. Plain values in, plain values out."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from nagara.plans.shares import share


class Basis(StrEnum):
    """What a derived figure was computed from."""

    ROWS = "rows"
    PRINTED_COUNTS = "printed_counts"
    NONE = "none"


class Verdict(StrEnum):
    AGREES = "agrees"
    ROUNDING = "rounding"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Printed:
    """One figure as a report printed it."""

    figure: str
    code: str
    unit: str
    printed: str

    @property
    def number(self) -> Decimal:
        return Decimal(self.printed.replace(",", ""))

    @property
    def decimals(self) -> int:
        return len(self.printed.partition(".")[2])


@dataclass(frozen=True)
class Line:
    """A printed figure, the derived one (None where the record cannot say), their difference and what to make of it."""

    printed: Printed
    derived: Decimal | None
    basis: Basis
    difference: Decimal | None
    verdict: Verdict


Counts = Mapping[tuple[str, str], int]
"""Counts of the record on a day by (figure, code); an absent one is not on record."""


def reconcile(printed: list[Printed], counts: Counts) -> list[Line]:
    """Each printed figure beside the one that the rows give; a share without rows beside the one that the printed counts give."""
    of_print = {(one.figure, one.code): int(one.number) for one in printed if one.unit == "count"}
    return [_line(one, counts, of_print) for one in printed]


def _line(one: Printed, counts: Counts, of_print: Counts) -> Line:
    for basis, source in ((Basis.ROWS, counts), (Basis.PRINTED_COUNTS, of_print)):
        if one.unit == "count" and basis == Basis.PRINTED_COUNTS:
            break
        derived = _derived(one, source)
        if derived is not None:
            return Line(one, derived, basis, one.number - derived, _verdict(one, derived, source))
    return Line(one, None, Basis.NONE, None, Verdict.UNKNOWN)


def _derived(one: Printed, counts: Counts) -> Decimal | None:
    count = counts.get((one.figure, one.code))
    if count is None or one.unit == "count":
        return None if count is None else Decimal(count)
    return share(count, counts.get(("projects", ""), 0))


def _verdict(one: Printed, derived: Decimal, counts: Counts) -> Verdict:
    """It agrees where the exact value, rounded half up to the decimals that were printed, is what was printed."""
    if one.number == derived:
        return Verdict.AGREES
    if one.unit == "count":
        return Verdict.DIFFERS
    exact = Decimal(100) * counts[(one.figure, one.code)] / counts[("projects", "")]
    rounded = exact.quantize(Decimal(1).scaleb(-one.decimals), ROUND_HALF_UP)
    return Verdict.ROUNDING if rounded == one.number else Verdict.DIFFERS
