"""What stands in a cell: an instant in either calendar, a number with point or comma. What is not clear is refused in words."""

import re
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from nagara.toolkit.days import arabic_digits, from_buddhist, read_day
from nagara.toolkit.numbers import read_number
from nagara.toolkit.refusal import Refusal

_ISO = re.compile(r"(\d{4})(-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_CLOCK = re.compile(
    r"(?P<day>.+?)[\s,]+(?:เวลา\s*)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?\s*(?:น\.?|hrs?)?\s*(?P<half>am|pm)?"
)
_FIRST_BUDDHIST_YEAR = 2400


def read_instant(text: str, zone: ZoneInfo) -> datetime:
    """2026-01-31T13:00:00+07:00, 2569-01-31 13:00, 31/1/2569 13.00 น., ๓๑ ม.ค. ๒๕๖๙: in `zone` where it names none; a day is its midnight."""
    clean = arabic_digits(text).strip()
    if match := _ISO.fullmatch(clean):
        year = int(match[1])
        year = from_buddhist(year) if year >= _FIRST_BUDDHIST_YEAR else year
        try:
            found = datetime.fromisoformat(f"{year:04d}{match[2]}{(match[3] or '').replace('Z', '+00:00')}")
        except ValueError:
            raise _no_instant(text) from None
        return found if found.tzinfo else found.replace(tzinfo=zone)
    clock = time()
    day = clean
    if match := _CLOCK.fullmatch(clean.casefold()):
        try:
            hour = int(match["hour"])
            if match["half"] and hour <= 12:
                hour = hour % 12 + (12 if match["half"] == "pm" else 0)
            clock = time(hour, int(match["minute"]), int(match["second"] or 0))
        except ValueError:
            raise _no_instant(text) from None
        day = match["day"]
    return datetime.combine(read_day(day).day, clock, tzinfo=zone)


def _no_instant(text: str) -> Refusal:
    return Refusal(
        _("“%(text)s” could not be read as a day and time. Write it such as 2026-01-31 13:00 or 31/1/2569 13.00.") % {"text": text},
        code="no-instant",
    )


_COMMA = re.compile(r"-?\d{1,3}(?:[.\u00a0 ]\d{3})*,\d+|-?\d+,\d+")
_EXPONENT = re.compile(r"-?\d+(?:\.\d+)?[eE][+-]?\d{1,2}", re.ASCII)


def read_value(text: str, *, comma: bool) -> float:
    """A number. With `comma`, 12,5 is twelve and a half and a point parts thousands; without, 12,5 is refused as unclear."""
    clean = arabic_digits(text).replace("−", "-").strip()
    if _EXPONENT.fullmatch(clean):
        return float(clean)
    if comma:
        if _COMMA.fullmatch(clean):
            clean = re.sub(r"[.\u00a0 ]", "", clean).replace(",", ".")
        elif re.fullmatch(r"-?\d{1,3}(?:\.\d{3})+", clean):
            clean = clean.replace(".", "")
    return _float(read_number(clean))


def _float(value: Decimal) -> float:
    return int(value) if value == value.to_integral_value() else float(value)
