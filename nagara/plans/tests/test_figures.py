"""Shares, lateness and stages are plain functions."""

from datetime import date
from decimal import Decimal

import pytest

from nagara.plans.shares import share, shares
from nagara.plans.slippage import Slippage, slippage
from nagara.plans.stages import Change, Span, spans

DAY = date(2026, 6, 30)


def test_shares_of_the_report_of_2025_are_rounded_each_from_its_own_count() -> None:
    counts = {"civic": 34, "built": 32, "environment": 25, "safety": 19, "industry": 16, "health": 8}
    found = shares(counts)
    assert [str(found[code]) for code in counts] == ["25.4", "23.9", "18.7", "14.2", "11.9", "6.0"]
    assert sum(value for value in found.values() if value is not None) == Decimal("100.1")


def test_a_share_is_rounded_half_up() -> None:
    assert share(1, 16) == Decimal("6.3")
    assert share(1, 2000) == Decimal("0.1")


def test_there_is_no_share_of_nothing() -> None:
    assert share(0, 0) is None


@pytest.mark.parametrize(
    ("planned", "forecast", "actual", "expected"),
    [
        (date(2026, 6, 1), None, date(2026, 6, 1), Slippage("met", 0)),
        (date(2026, 6, 1), None, date(2026, 6, 11), Slippage("met_late", 10)),
        (date(2026, 6, 11), None, date(2026, 6, 1), Slippage("met_early", -10)),
        (None, None, date(2026, 6, 1), Slippage("met_unplanned", None)),
        (date(2026, 6, 20), None, None, Slippage("overdue", 10)),
        (date(2026, 6, 20), date(2026, 7, 20), None, Slippage("expected_late", 30)),
        (date(2026, 6, 10), date(2026, 6, 20), None, Slippage("overdue", 20)),
        (date(2026, 8, 1), None, None, Slippage("expected", 0)),
        (date(2026, 8, 11), date(2026, 8, 1), None, Slippage("expected", -10)),
        (None, date(2026, 8, 1), None, Slippage("expected", None)),
        (None, None, None, Slippage("undated", None)),
        (date(2026, 8, 1), None, date(2026, 7, 2), Slippage("expected", 0)),
    ],
)
def test_slippage(planned: date | None, forecast: date | None, actual: date | None, expected: Slippage) -> None:
    assert slippage(planned, forecast, actual, on=DAY) == expected


def test_stages_become_spans_while_the_project_is_in_the_record() -> None:
    changes = [Change(date(2020, 1, 1), "planning", ""), Change(date(2023, 5, 1), "ongoing", "implementation")]
    assert spans(changes, date(2021, 1, 1), date(2025, 1, 1)) == [
        Span(date(2021, 1, 1), date(2023, 5, 1), "planning", ""),
        Span(date(2023, 5, 1), date(2025, 1, 1), "ongoing", "implementation"),
    ]


def test_of_two_changes_on_one_day_the_last_recorded_counts() -> None:
    changes = [Change(DAY, "planning", ""), Change(DAY, "ongoing", "")]
    assert spans(changes, DAY, None) == [Span(DAY, None, "ongoing", "")]


def test_a_change_after_the_project_left_makes_no_span() -> None:
    changes = [Change(date(2020, 1, 1), "ongoing", ""), Change(date(2024, 1, 1), "completed", "")]
    assert spans(changes, date(2020, 1, 1), date(2022, 1, 1)) == [Span(date(2020, 1, 1), date(2022, 1, 1), "ongoing", "")]


def test_neighbours_that_say_the_same_are_one_span() -> None:
    changes = [Change(date(2020, 1, 1), "ongoing", ""), Change(date(2021, 1, 1), "ongoing", "")]
    assert spans(changes, date(2020, 1, 1), None) == [Span(date(2020, 1, 1), None, "ongoing", "")]
