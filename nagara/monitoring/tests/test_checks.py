"""Checks at entry: what is odd is found, in words, and a reason answers it."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from nagara.monitoring.asked import Asked
from nagara.monitoring.checks import findings_of
from nagara.monitoring.reading import read_value, value_text
from nagara.rulebook.schema import Source
from nagara.rulebook.schema_indicators import Measure
from nagara.toolkit.refusal import Refusal

SHARE = Measure(
    code="share",
    title={"th": "ร้อยละ", "en": "Share"},
    text={},
    better="higher",
    source=Source(title="x", certainty="own"),
    unit={"th": "%", "en": "%"},
    least=0,
    most=100,
)
YES = Measure(code="plan", title={"th": "แผน", "en": "Plan"}, text={}, better="higher", source=SHARE.source, kind="yes_no")


@dataclass
class Cell:
    typed: str = "50"
    number: Decimal | None = Decimal(50)
    missing: str = ""
    source: str = "register"
    origin: str = "typed"
    reasons: dict[str, str] = field(default_factory=dict)
    verdict: str = ""
    reply: str = ""


def codes(cell: Cell | None, last: str | None = None, *, required: bool = True) -> list[str]:
    asked = Asked(SHARE, "s", required)
    return [finding.code for finding in findings_of(asked, "", cell, Decimal(last) if last else None) if finding.blocks]


def of(number: str, **more: object) -> Cell:
    return Cell(typed=number, number=Decimal(number), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "last", "expected"),
    [
        (of("50"), None, []),
        (of("-1"), None, ["below"]),
        (of("100.5"), None, ["above"]),
        (of("0"), None, []),
        (of("74"), "50", []),
        (of("75"), "50", ["jump"]),
        (of("25"), "50", ["jump"]),
        (of("75"), "0", []),
        (of("50", source=""), None, ["no_source"]),
        (of("170", source=""), "50", ["above", "jump", "no_source"]),
        (Cell(typed="12,5", number=None), None, ["unreadable"]),
        (Cell(typed="", number=None), None, ["unanswered"]),
        (Cell(typed="", number=None, missing="no survey"), None, []),
        (of("50", origin="carried"), "50", ["carried"]),
        (of("50", verdict="questioned"), None, ["question"]),
        (of("50", verdict="questioned", reply="counted again"), None, []),
        (None, None, ["unanswered"]),
    ],
)
def test_what_is_odd_is_found(cell, last, expected):
    assert codes(cell, last) == expected


def test_a_reason_answers_range_jump_and_source():
    reasons = {"above": "two methods", "jump": "new stations", "no_source": "own count"}
    assert codes(of("170", source="", reasons=reasons), "50") == []


def test_no_reason_answers_what_cannot_be_read():
    assert codes(Cell(typed="12,5", number=None, reasons={"unreadable": "it is so"})) == ["unreadable"]


def test_a_voluntary_measure_may_stay_empty():
    assert codes(None, required=False) == []


@pytest.mark.parametrize(
    ("typed", "number"),
    [("๑๒.๕", "12.5"), ("1,250", "1250"), ("12.5 %", "12.5"), ("12.5%", "12.5"), ("−3", "-3"), ("1.2 million", "1200000")],
)
def test_thai_digits_thousands_and_the_unit_are_understood(typed, number):
    assert read_value(SHARE, "", typed) == Decimal(number)


@pytest.mark.parametrize("typed", ["12,5", "1.200,50", "about 12", "12-13", "=A1", "1.1234567", "9" * 25])
def test_what_is_not_clear_is_refused_in_words(typed):
    with pytest.raises(Refusal) as refusal:
        read_value(SHARE, "", typed)
    assert refusal.value.message


@pytest.mark.parametrize(("typed", "number"), [("มี", 1), ("ไม่มี", 0), ("Yes", 1), ("no", 0)])
def test_yes_and_no_are_read_in_both_languages(typed, number):
    assert read_value(YES, "", typed) == number


def test_a_value_is_written_without_needless_zeros():
    assert [value_text(SHARE, Decimal(number)) for number in ("1250.500000", "10", "0", "-0.25")] == ["1,250.5", "10", "0", "-0.25"]
