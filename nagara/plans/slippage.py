"""How late a milestone is. Plain values in, plain values out."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Standing = Literal["met", "met_late", "met_early", "met_unplanned", "expected_late", "expected", "overdue", "undated"]


@dataclass(frozen=True)
class Slippage:
    """`days` after the planned day (below nought: before it); None where one of the two days is not on record."""

    standing: Standing
    days: int | None


def slippage(planned: date | None, forecast: date | None, actual: date | None, *, on: date) -> Slippage:
    """Where a milestone stands on a day.

    What was reached counts from its own day. What was not yet reached counts from its forecast; where its planned day has
    gone by and no later forecast was given, it is overdue by the days up to `on`.
    """
    if actual is not None and actual <= on:
        if planned is None:
            return Slippage("met_unplanned", None)
        days = (actual - planned).days
        return Slippage("met_late" if days > 0 else "met_early" if days < 0 else "met", days)
    expected = forecast or planned
    if expected is None:
        return Slippage("undated", None)
    if expected < on:
        return Slippage("overdue", (on - (planned or expected)).days)
    late = (expected - planned).days if planned else None
    return Slippage("expected_late" if late and late > 0 else "expected", late)
