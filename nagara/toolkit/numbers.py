"""Numbers as people type them: Thai digits, thousands in commas, millions in words. What is not clear is refused, never guessed."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from nagara.toolkit.days import arabic_digits
from nagara.toolkit.refusal import Refusal

_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_MANY = {
    "แสน": Decimal(100_000),
    "ล้าน": Decimal(1_000_000),
    "แสนล้าน": Decimal(100_000_000_000),
    "พันล้าน": Decimal(1_000_000_000),
    "หมื่นล้าน": Decimal(10_000_000_000),
    "หมื่น": Decimal(10_000),
    "พัน": Decimal(1_000),
    "thousand": Decimal(1_000),
    "million": Decimal(1_000_000),
    "billion": Decimal(1_000_000_000),
}
_PARTED = re.compile(r"(?P<number>[-−\d.,\s]*\d)\s*(?P<many>[^\d\s.,][^\d]*)?")
_MOST_DIGITS = 18


def read_number(text: str, *, units: tuple[str, ...] = ()) -> Decimal:
    """Understand 1200, 1,200, ๑,๒๐๐, 1.5, 150 ล้าน, 1.2 million; and the same with one of `units` behind it ("บาท").

    Refused in words: letters, 1.200,50 and 1,20 (a comma parts thousands here), and anything beyond 18 digits.
    """
    clean = arabic_digits(text).replace("−", "-").replace("\u00a0", " ").strip()
    for unit in sorted((unit for unit in units if unit), key=len, reverse=True):
        if clean.casefold().endswith(unit.casefold()):
            clean = clean[: -len(unit)].strip()
            break
    match = _PARTED.fullmatch(clean)
    if not match:
        raise _unreadable(text)
    number, many = match["number"].replace(" ", ""), (match["many"] or "").strip().casefold()
    if many and many not in _MANY:
        raise _unreadable(text)
    if not (_PLAIN.fullmatch(number) or _THOUSANDS.fullmatch(number)):
        raise Refusal(
            _("“%(text)s” can be read in two ways. Part thousands with a comma and decimals with a point, such as 1,250,000.50.")
            % {"text": text},
            code="ambiguous-number",
        )
    value = Decimal(number.replace(",", "")) * _MANY.get(many, Decimal(1))
    if len(value.as_tuple().digits) + max(int(value.as_tuple().exponent), 0) > _MOST_DIGITS:
        raise Refusal(_("“%(text)s” has more digits than can be meant here.") % {"text": text}, code="number-too-long")
    return value


def whole(typed: str | None) -> int | None:
    """The key, page or position that an address or a hidden field holds; None where it is none that a column of numbers could hold."""
    digits = arabic_digits(typed or "").strip()
    if not digits.isascii() or not digits.isdecimal() or len(digits) > _MOST_DIGITS:
        return None
    return int(digits)


def number_text(value: Decimal) -> str:
    """1,250,000.5: thousands in commas, no zeros behind the point."""
    return f"{value.normalize():,f}"


def _unreadable(text: str) -> Refusal:
    return Refusal(_("“%(text)s” could not be read as a number. Write it in digits, such as 1,250,000.") % {"text": text}, code="no-number")
