"""How a typed value is read. What is not clear is refused in words, never guessed."""

from decimal import Decimal

from django.utils.translation import gettext as _

from nagara.rulebook.schema_indicators import Measure
from nagara.toolkit.numbers import read_number
from nagara.toolkit.refusal import Refusal

_YES = frozenset({"yes", "y", "1", "มี", "ใช่", "true", "๑"})
_NO = frozenset({"no", "n", "0", "ไม่มี", "ไม่ใช่", "false", "๐"})
MOST_DECIMALS = 6


def read_value(measure: Measure, part: str, typed: str) -> Decimal:
    """The number that was typed; a yes is 1 and a no is 0. Thai digits and the unit behind the number are understood."""
    if measure.kind == "yes_no":
        word = typed.strip().casefold()
        if word in _YES:
            return Decimal(1)
        if word in _NO:
            return Decimal(0)
        raise Refusal(_("“%(text)s” is neither yes nor no.") % {"text": typed}, code="no-answer")
    units = tuple(measure.unit_of(part).values())
    number = read_number(typed, units=(*units, "%"))
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MOST_DECIMALS:
        raise Refusal(
            _("“%(text)s” has more than %(most)s digits behind the point.") % {"text": typed, "most": MOST_DECIMALS}, code="too-precise"
        )
    return number


def value_text(measure: Measure, number: Decimal | None) -> str:
    """A value as it is shown: 1,250.5; yes or no. Zeros behind the point are left out."""
    if number is None:
        return ""
    if measure.kind == "yes_no":
        return _("yes") if number else _("no")
    text = f"{number:,.{MOST_DECIMALS}f}"
    return text.rstrip("0").rstrip(".")
