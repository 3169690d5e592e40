"""How an assessor scores beside the panel: mean, spread and difference. Plain functions over (application, cell) marks."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt
from typing import TypeVar

Thing = TypeVar("Thing", bound=Hashable)
"""What was scored: a cell of one application."""

FAR = 1
"""A score that differs from the others' mean by this much or more counts as above or below the panel."""


@dataclass(frozen=True)
class Beside:
    """One assessor beside the others, over what both scored. Means have two decimals; spread is the standard deviation."""

    scored: int
    compared: int
    mean: Decimal | None
    spread: Decimal | None
    panel_mean: Decimal | None
    panel_spread: Decimal | None
    difference: Decimal | None
    above: int
    below: int


def beside(own: Mapping[Thing, int], others: Sequence[Mapping[Thing, int]]) -> Beside:
    """`own` compared with the other sheets on the same things; differences are None where nobody else scored any of them."""
    common = {thing: [sheet[thing] for sheet in others if thing in sheet] for thing in own}
    common = {thing: values for thing, values in common.items() if values}
    panel = [value for values in common.values() for value in values]
    mine = [own[thing] for thing in common]
    means = {thing: sum(values) / len(values) for thing, values in common.items()}
    return Beside(
        scored=len(own),
        compared=len(common),
        mean=_mean(list(own.values())),
        spread=_deviation(list(own.values())),
        panel_mean=_mean(panel),
        panel_spread=_deviation(panel),
        difference=_two(sum(own[thing] - mean for thing, mean in means.items()) / len(means)) if mine else None,
        above=sum(1 for thing, mean in means.items() if own[thing] - mean >= FAR),
        below=sum(1 for thing, mean in means.items() if mean - own[thing] >= FAR),
    )


def _two(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _mean(values: Sequence[int]) -> Decimal | None:
    return _two(sum(values) / len(values)) if values else None


def _deviation(values: Sequence[int]) -> Decimal | None:
    if not values:
        return None
    mean = sum(values) / len(values)
    return _two(sqrt(sum((value - mean) ** 2 for value in values) / len(values)))
