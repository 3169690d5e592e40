"""Reading one cell as what its column asks for. Refuses in words, never guesses."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from nagara.plans.amounts import read_amount, read_coordinate, read_currency
from nagara.plans.sheets.faults import CellFault
from nagara.plans.sheets.read import Broken, Formula
from nagara.toolkit.days import BUDDHIST_ERA, arabic_digits, read_day
from nagara.toolkit.numbers import read_number
from nagara.toolkit.refusal import Refusal

T = TypeVar("T")

_FIRST_BUDDHIST_YEAR = 2400


def sound(value: Any) -> Any:
    """The value, unless the cell holds a formula or shows an error."""
    if isinstance(value, Formula):
        raise CellFault(
            _("This cell holds a formula. Copy it and paste it as a value: what is loaded must be what was checked."),
            _("a plain value"),
        )
    if isinstance(value, Broken):
        raise CellFault(_("This cell shows an error of the spreadsheet."), _("a plain value"))
    return value


def line(value: Any, most: int = 0) -> str:
    """Text; a number typed into a text column reads as it looks."""
    value = sound(value)
    if isinstance(value, bool):
        raise CellFault(_("This cell holds TRUE or FALSE, not text."))
    if isinstance(value, datetime | date | time):
        raise CellFault(_("This cell holds a day or a time, not text. Format it as text and write it again."))
    found = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if most and len(found) > most:
        raise CellFault(_("This text has %(count)s letters.") % {"count": len(found)}, _("at most %(most)s letters") % {"most": most})
    return found


def day(value: Any) -> date:
    """A day as a spreadsheet's own date or as text, in the Buddhist or the Common Era."""
    value = sound(value)
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        if value.year < _FIRST_BUDDHIST_YEAR:
            return value
        try:
            return value.replace(year=value.year - BUDDHIST_ERA)
        except ValueError:
            raise CellFault(
                _("There is no such day: %(day)s of the Buddhist Era is no day of the year %(year)s.")
                % {"day": value.isoformat(), "year": value.year - BUDDHIST_ERA},
                _a_day(),
            ) from None
    if not isinstance(value, str):
        raise CellFault(_("This is a number, not a day. Format the cell as a date, or write the day as text."), _a_day())
    return _or_fault(lambda: read_day(value).day, _a_day)


def _a_day() -> str:
    return _("a day, such as 9 พ.ย. 2565, 9/11/2565 or 2022-11-09")


def year(value: Any) -> int:
    value = sound(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    digits = arabic_digits(str(value)).strip().casefold()
    for lead in ("พ.ศ.", "ค.ศ.", "be", "ce"):
        digits = digits.removeprefix(lead).strip()
    if isinstance(value, bool) or not digits.isdecimal() or len(digits) != 4:
        raise CellFault(_("This is no year of four digits."), _("a year, such as 2569 or 2026"))
    found = int(digits)
    found = found - BUDDHIST_ERA if found >= _FIRST_BUDDHIST_YEAR else found
    if not 1900 <= found <= 2200:
        raise CellFault(_("This year lies too far off: read as %(year)s CE.") % {"year": found}, _("a year, such as 2569 or 2026"))
    return found


def amount(value: Any) -> Decimal:
    value = sound(value)
    if isinstance(value, datetime | date | bool | time):
        raise CellFault(_("This is a day or a truth value, not an amount. Format the cell as a number."), _an_amount())
    # A spreadsheet keeps fifteen digits; what comes after them is its own rounding, not the person's number.
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    if isinstance(value, int | float):
        number = Decimal(text)
        if number < 0:
            raise CellFault(_("An amount is not below nought."), _an_amount())
        if number != number.quantize(Decimal("0.01")):
            raise CellFault(_("An amount has at most two decimals."), _an_amount())
        return number.quantize(Decimal("0.01"))
    return _or_fault(lambda: read_amount(text), _an_amount)


def _an_amount() -> str:
    return _("a number with at most two decimals, such as 1500000.50")


def whole_number(value: Any) -> int:
    value = sound(value)
    try:
        number = Decimal(f"{value:.15g}") if isinstance(value, float) else read_number(str(value))
    except Refusal as refusal:
        raise CellFault(refusal.message, _("a whole number")) from None
    if number != number.to_integral_value():
        raise CellFault(_("This is no whole number."), _("a whole number"))
    return int(number)


def coordinate(value: Any, most: int) -> float:
    value = sound(value)

    def allowed() -> str:
        return _("degrees from -%(most)s to %(most)s, such as 12.6814") % {"most": most}

    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) > most:
            raise CellFault(_("This is no coordinate."), allowed())
        return float(value)
    return _or_fault(lambda: read_coordinate(str(value), most), allowed)


def latitude(value: Any) -> float:
    return coordinate(value, 90)


def longitude(value: Any) -> float:
    return coordinate(value, 180)


def currency(value: Any) -> str:
    return _or_fault(lambda: read_currency(line(value)), lambda: _("three letters, such as THB or USD"))


def several(value: Any) -> list[str]:
    """The entries of a cell that holds several, parted by a semicolon or a new line."""
    return [part.strip() for part in line(value).replace("\n", ";").split(";") if part.strip()]


def _or_fault(read: Callable[[], T], allowed: Callable[[], str]) -> T:
    try:
        return read()
    except Refusal as refusal:
        raise CellFault(refusal.message, allowed()) from None
