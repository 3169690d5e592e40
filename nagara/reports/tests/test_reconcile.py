"""Printed figures beside derived ones, without a database."""

from decimal import Decimal

from nagara.reports.reconcile import Basis, Printed, Verdict, reconcile

COUNTS = {("projects", ""): 134, ("focus_areas", "built"): 32, ("focus_areas", "civic"): 34}


def one(figure: str, code: str, unit: str, printed: str, *more: Printed, counts=COUNTS):
    return reconcile([Printed(figure, code, unit, printed), *more], counts)[0]


def test_a_count_is_the_same_or_it_differs():
    assert one("projects", "", "count", "134").verdict == Verdict.AGREES
    line = one("projects", "", "count", "1,130")
    assert (line.derived, line.difference, line.verdict) == (Decimal(134), Decimal(996), Verdict.DIFFERS)


def test_a_share_that_rounds_to_what_was_printed_is_told_from_one_that_does_not():
    civic = one("focus_areas", "civic", "share", "25")
    assert (civic.derived, civic.difference, civic.verdict, civic.basis) == (Decimal("25.4"), Decimal("-0.4"), Verdict.ROUNDING, Basis.ROWS)
    built = one("focus_areas", "built", "share", "25")
    assert (built.derived, built.difference, built.verdict) == (Decimal("23.9"), Decimal("1.1"), Verdict.DIFFERS)


def test_without_rows_a_share_is_computed_from_the_counts_of_the_same_print():
    printed = (Printed("projects", "", "count", "77"), Printed("stages", "completed", "count", "2"))
    line = one("stages", "completed", "share", "2.94", *printed, counts={})
    assert (line.derived, line.difference, line.verdict, line.basis) == (
        Decimal("2.6"),
        Decimal("0.34"),
        Verdict.DIFFERS,
        Basis.PRINTED_COUNTS,
    )


def test_what_neither_rows_nor_print_can_give_is_not_on_record_and_never_0():
    line = one("projects", "", "count", "65", counts={})
    assert (line.derived, line.difference, line.verdict) == (None, None, Verdict.UNKNOWN)
    assert one("stages", "planning", "share", "6").verdict == Verdict.UNKNOWN
