"""What scores come to: exact, within bounds, the same whoever is added up first."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nagara.rulebook import reader
from nagara.rulebook.faults import sheets_of
from nagara.rulebook.score import compute
from nagara.rulebook.tests.editions import PUBLISHED, raw

EDITION = reader.read(PUBLISHED)
CODES = [dimension.code for dimension in EDITION.dimensions]

chosen = st.lists(st.sampled_from(CODES), min_size=1, max_size=7, unique=True)


@st.composite
def judged(draw):
    """A choice of dimensions and the sheets of one to five assessors."""
    dimensions = draw(chosen)
    cells = EDITION.cells(dimensions)
    sheet = st.fixed_dictionaries({cell: st.integers(EDITION.scale.least, EDITION.scale.most) for cell in cells})
    return dimensions, draw(st.lists(sheet, min_size=1, max_size=5))


@pytest.mark.parametrize("example", EDITION.examples, ids=lambda example: example.title["en"])
def test_the_examples_of_the_edition(example):
    found = compute(EDITION, example.dimensions, sheets_of(example))
    assert float(found.total) == example.expect.total
    assert found.recommendation == example.expect.recommendation


def test_a_total_by_hand():
    """C1 4, C2 (4+3)/2, C3 5, C4 (3+5)/2, C5 2 of 5, a fifth each: (80 + 70 + 100 + 80 + 40) / 5."""
    one = {("C1", ""): 4, ("C2", ""): 4, ("C3", ""): 5, ("C4", "environment"): 3, ("C4", "energy"): 5, ("C5", ""): 2}
    other = {**one, ("C2", ""): 3}
    found = compute(EDITION, ["environment", "energy"], [one, other])
    assert found.total == Decimal("74.00")
    assert found.criteria == {
        "C1": Decimal("80.00"),
        "C2": Decimal("70.00"),
        "C3": Decimal("100.00"),
        "C4": Decimal("80.00"),
        "C5": Decimal("40.00"),
    }
    assert [(gate.code, gate.lacking) for gate in found.gates if not gate.passed] == [("dimension_mark", ("environment",))]
    assert found.recommendation == "in_principle"


@given(judged())
def test_every_mark_is_between_nothing_and_everything(case):
    dimensions, sheets = case
    found = compute(EDITION, dimensions, sheets)
    for mark in (found.total, *found.criteria.values(), *found.cells.values()):
        assert 0 <= mark <= 100
    assert found.missing == ()


@given(judged(), st.randoms(use_true_random=False))
def test_the_order_of_assessors_and_of_dimensions_changes_nothing(case, chance: random.Random):
    dimensions, sheets = case
    turned = chance.sample(sheets, len(sheets))
    assert compute(EDITION, chance.sample(dimensions, len(dimensions)), turned).plain() == compute(EDITION, dimensions, sheets).plain()


@given(judged(), st.data())
def test_a_better_score_never_makes_a_result_worse(case, data):
    dimensions, sheets = case
    number = data.draw(st.integers(0, len(sheets) - 1))
    cell = data.draw(st.sampled_from(sorted(sheets[number])))
    if sheets[number][cell] == EDITION.scale.most:
        return
    better = [*sheets[:number], {**sheets[number], cell: sheets[number][cell] + 1}, *sheets[number + 1 :]]
    before, after = compute(EDITION, dimensions, sheets), compute(EDITION, dimensions, better)
    assert after.total >= before.total
    rank = ["decline", "in_principle", "recommend"]
    assert rank.index(after.recommendation) >= rank.index(before.recommendation)
    passed = {gate.code for gate in before.gates if gate.passed}
    assert passed <= {gate.code for gate in after.gates if gate.passed}


@given(judged())
def test_the_total_is_exact_before_it_is_shown(case):
    """The same sum in fractions, written out once more."""
    dimensions, sheets = case
    total = Fraction(0)
    for criterion in EDITION.criteria:
        cells = [cell for cell in EDITION.cells(dimensions) if cell[0] == criterion.code]
        marks = [sum(Fraction(sheet[cell], 5) * 100 for sheet in sheets) / len(sheets) for cell in cells]
        total += sum(marks, Fraction(0)) / len(marks) * 20 / 100
    shown = compute(EDITION, dimensions, sheets).total
    assert abs(Fraction(shown) - total) <= Fraction(1, 200)
    assert shown == Decimal(int(total * 100 + Fraction(1, 2))) / 100, "rounded half up"


@settings(max_examples=25)
@given(judged())
def test_a_result_can_be_computed_again_from_what_was_kept(case):
    dimensions, sheets = case
    kept = reader.from_kept(reader.to_plain(EDITION))
    assert compute(kept, dimensions, sheets).plain() == compute(EDITION, dimensions, sheets).plain()


def test_a_cell_that_nobody_scored_counts_nothing_and_is_named():
    full = dict.fromkeys(EDITION.cells(["environment", "energy"]), 5)
    gap = {cell: value for cell, value in full.items() if cell != ("C3", "")}
    found = compute(EDITION, ["environment", "energy"], [gap])
    assert (found.total, found.missing, found.recommendation) == (Decimal("80.00"), ("C3",), "in_principle")
    assert compute(EDITION, ["environment", "energy"], [gap, full]).missing == (), "a mean of those who did"
    assert compute(EDITION, ["environment", "energy"], []).total == Decimal("0.00")


def test_a_dimension_that_does_not_exist_does_not_count_as_chosen():
    sheet = dict.fromkeys(EDITION.cells(["environment"]), 5)
    found = compute(EDITION, ["environment", "magic"], [sheet])
    assert [gate.code for gate in found.gates if not gate.passed] == ["two_dimensions"]


def test_weights_of_a_third_are_thirds():
    changed = raw()
    for criterion, weight in zip(changed["criteria"], (33.333, 33.333, 33.334, None, None), strict=True):
        criterion["weight"]["value"] = weight
    changed["criteria"] = changed["criteria"][:3]
    changed["examples"] = [
        {
            "title": {"th": "เต็ม"},
            "dimensions": ["environment", "energy"],
            "scores": {"C1": [5], "C2": [5], "C3": [5]},
            "expect": {"total": 100, "recommendation": "recommend"},
        }
    ]
    edition = reader.from_plain(changed)
    assert compute(edition, ["environment", "energy"], [{("C1", ""): 5, ("C2", ""): 5, ("C3", ""): 5}]).total == Decimal("100.00")


def test_marks_are_read_by_gates_before_they_are_rounded():
    """69.998 is shown as 70.00 and is still not 70."""
    changed = raw()
    changed["scale"] |= {"most": 30_000, "reason_for": [0]}
    anchors = {"th": "ระดับ"}
    for criterion in changed["criteria"]:
        criterion["anchors"] = dict.fromkeys(range(30001), anchors)
    changed["examples"] = changed["examples"][:1]
    changed["examples"][0] |= {
        "scores": {"C1": [30_000], "C2": [30_000], "C3": [30_000], "C4:environment": [20_999], "C4:mobility": [30_000], "C5": [30_000]},
        "expect": {"total": 97.0, "recommendation": "in_principle", "failed_gates": ["dimension_mark"]},
    }
    edition = reader.from_plain(changed)
    sheet = dict.fromkeys(edition.cells(["environment", "mobility"]), 30000) | {("C4", "environment"): 20_999}
    found = compute(edition, ["environment", "mobility"], [sheet])
    assert found.cells["C4:environment"] == Decimal("70.00")
    assert [gate.code for gate in found.gates if not gate.passed] == ["dimension_mark"]
