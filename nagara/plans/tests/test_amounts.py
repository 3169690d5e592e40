"""Numbers as people write them are understood or refused in words; money is added in one currency only with a rate and its day."""

from datetime import date
from decimal import Decimal

import pytest

from nagara.plans.amounts import Money, Rate, currencies, read_amount, read_coordinate, read_currency, read_printed, total
from nagara.toolkit.refusal import Refusal

DAY = date(2025, 9, 30)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("-5", "negative-amount"),
        ("1.005", "too-many-decimals"),
        ("1.500.000,50", "ambiguous-number"),
        ("12,5", "ambiguous-number"),
        ("ห้า", "no-number"),
        ("10.0055", "too-many-decimals"),
    ],
)
def test_an_amount_is_not_below_nought_and_has_two_decimals(written: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_amount(written)
    assert refusal.value.code == code


def test_thai_digits_and_millions_in_words_are_understood() -> None:
    assert read_amount("๑,๕๐๐.๒๕") == Decimal("1500.25")
    assert read_amount("1.5 ล้าน") == Decimal("1500000.00")


def test_coordinates_are_degrees() -> None:
    assert read_coordinate("12.681", 90) == 12.681
    assert read_coordinate("-6,2", 90) == -6.2
    with pytest.raises(Refusal):
        read_coordinate("100.5", 90)


@pytest.mark.parametrize(
    ("printed", "value", "unit"),
    [
        ("100.4 km2", Decimal("100.4"), "km2"),
        ("115 km²", Decimal("115"), "km2"),
        ("1,568.7 km2", Decimal("1568.7"), "km2"),
        ("2.8 million", Decimal("2800000"), ""),
        ("64,409", Decimal("64409"), ""),
        ("2", Decimal("2"), ""),
        ("", None, ""),
    ],
)
def test_a_printed_quantity_is_read_with_its_unit(printed: str, value: Decimal | None, unit: str) -> None:
    assert read_printed(printed) == (value, unit)


def test_currencies_are_those_in_use() -> None:
    assert {"THB", "USD", "IDR", "VND", "MMK"} <= currencies()
    assert not {"DEM", "XXX"} & currencies()
    assert read_currency(" usd ") == "USD"
    with pytest.raises(Refusal):
        read_currency("บาท")


def test_a_total_takes_the_newest_rate_on_or_before_the_day_and_says_which() -> None:
    rates = [
        Rate("USD", "THB", date(2025, 1, 2), Decimal("34")),
        Rate("USD", "THB", date(2025, 9, 1), Decimal("32.5")),
        Rate("USD", "THB", date(2025, 10, 1), Decimal("31")),
    ]
    found = total([Money(Decimal("100"), "USD"), Money(Decimal("50.25"), "THB")], "THB", rates, on=DAY)
    assert found.amount == Decimal("3300.25")
    assert found.rates == (rates[1],)


def test_a_total_is_refused_where_a_rate_is_missing_and_names_it() -> None:
    rates = [Rate("THB", "USD", DAY, Decimal("0.03"))]
    with pytest.raises(Refusal, match="JPY, USD"):
        total([Money(Decimal(1), "USD"), Money(Decimal(1), "JPY"), Money(Decimal(1), "THB")], "THB", rates, on=DAY)


def test_money_in_the_currency_of_the_total_needs_no_rate() -> None:
    assert total([Money(Decimal("1.10"), "THB")], "THB", [], on=DAY).amount == Decimal("1.10")
    assert total([], "THB", [], on=DAY).amount == Decimal(0)
