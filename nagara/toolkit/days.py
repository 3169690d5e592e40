"""ISO days inside, the calendar of the language at the edge.

Thailand counts years of the Buddhist Era: Common Era + 543 (the year has begun on 1 January since 1941, so that one number
serves for every day this programme knows). Babel has no Buddhist calendar: month names come from it, the year from here.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import get_month_names
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nagara.toolkit.refusal import Refusal

BUDDHIST_ERA = 543
"""Years between the Buddhist Era and the Common Era."""

_FIRST_BUDDHIST_YEAR = 2400
"""A four-digit year from here on is read as Buddhist: no day of this programme lies before 1858 or after 2399."""

_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def to_buddhist(year: int) -> int:
    return year + BUDDHIST_ERA


def from_buddhist(year: int) -> int:
    return year - BUDDHIST_ERA


def arabic_digits(text: str) -> str:
    """Thai digits as Arabic ones; everything else as it is."""
    return text.translate(_THAI_DIGITS)


def thai_digits(text: str) -> str:
    return text.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))


def _language(lang: str | None) -> str:
    return (lang or get_language() or "th").split("-")[0]


@lru_cache
def _months(width: Literal["wide", "abbreviated"], lang: str) -> dict[int, str]:
    names = get_month_names(width, locale=lang if lang in ("th", "en") else "en")
    return {number: str(names[number]) for number in range(1, 13)}


def year_text(year: int, lang: str | None = None) -> str:
    """A Common Era year as the language writes it: 2565 in Thai, 2022 in English."""
    return str(to_buddhist(year) if _language(lang) == "th" else year)


def long_day(day: date, lang: str | None = None) -> str:
    """9 พฤศจิกายน 2565; 9 November 2022."""
    code = _language(lang)
    return f"{day.day} {_months('wide', code)[day.month]} {year_text(day.year, code)}"


def short_day(day: date, lang: str | None = None) -> str:
    """9 พ.ย. 2565; 9 Nov 2022."""
    code = _language(lang)
    return f"{day.day} {_months('abbreviated', code)[day.month]} {year_text(day.year, code)}"


def month_text(day: date, lang: str | None = None) -> str:
    """พ.ย. 2565; Nov 2022."""
    code = _language(lang)
    return f"{_months('abbreviated', code)[day.month]} {year_text(day.year, code)}"


def clock(at: datetime, zone: ZoneInfo, lang: str | None = None, *, seconds: bool = False) -> str:
    """16.59 น.; 16:59. `at` must know its time zone."""
    local = at.astimezone(zone)
    if _language(lang) == "th":
        return local.strftime("%H.%M.%S น." if seconds else "%H.%M น.")
    return local.strftime("%H:%M:%S" if seconds else "%H:%M")


def instant(at: datetime, zone: ZoneInfo, lang: str | None = None) -> str:
    """9 พฤศจิกายน 2565 เวลา 16.59 น.; 9 November 2022, 16:59."""
    local = at.astimezone(zone)
    joint = " เวลา " if _language(lang) == "th" else ", "
    return f"{long_day(local.date(), lang)}{joint}{clock(at, zone, lang)}"


@dataclass(frozen=True)
class Reading:
    """A day as it was understood from what somebody typed, and in which calendar."""

    day: date
    buddhist: bool

    def text(self) -> str:
        """How the day was read, in both calendars, to show beside the field."""
        return _("%(here)s (%(iso)s)") % {"here": long_day(self.day), "iso": self.day.isoformat()}


@lru_cache
def _month_numbers() -> dict[str, int]:
    found: dict[str, int] = {}
    for lang in ("th", "en"):
        for number, name in [*_months("wide", lang).items(), *_months("abbreviated", lang).items()]:
            found[name.casefold().replace(".", "")] = number
            found[name.casefold()] = number
    return found


_NUMBERS = re.compile(r"(\d{1,4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,4})")
_WORDS = re.compile(r"(?:วันที่\s*)?(\d{1,2})\s*([^\d\s][^\d]*?)\s*(?:พ\.?ศ\.?|ค\.?ศ\.?|be|ce|ad)?\s*(\d{1,4})")


def read_day(text: str) -> Reading:
    """Understand a day typed in either calendar: 2022-11-09, 9/11/2565, 9 พ.ย. 2565, ๙ พฤศจิกายน ๒๕๖๕, 9 Nov 2022.

    A four-digit year from 2400 on is Buddhist. A two-digit year is refused: nobody can say which calendar it is.
    """
    clean = arabic_digits(text).strip().casefold()
    if match := _NUMBERS.fullmatch(clean):
        first, second, third = (int(part) for part in match.groups())
        if len(match[1]) == 4:
            year, month, number = first, second, third
            year_digits = match[1]
        else:
            number, month, year = first, second, third
            year_digits = match[3]
    elif match := _WORDS.fullmatch(clean):
        number, year, year_digits = int(match[1]), int(match[3]), match[3]
        name = match[2].strip()
        found = _month_numbers().get(name) or _month_numbers().get(name.replace(".", ""))
        if found is None:
            raise _unreadable(text)
        month = found
    else:
        raise _unreadable(text)
    if len(year_digits) != 4:
        raise Refusal(
            _("The year in “%(text)s” has %(count)s digits. Write all four, such as 2569 or 2026.")
            % {"text": text, "count": len(year_digits)},
            code="unreadable-day",
        )
    buddhist = year >= _FIRST_BUDDHIST_YEAR
    common = from_buddhist(year) if buddhist else year
    try:
        return Reading(date(common, month, number), buddhist)
    except ValueError:
        raise Refusal(
            _("There is no such day: “%(text)s”. Read as day %(day)s, month %(month)s, year %(year)s (%(common)s CE).")
            % {"text": text, "day": number, "month": month, "year": year, "common": common},
            code="no-such-day",
        ) from None


def _unreadable(text: str) -> Refusal:
    return Refusal(
        _("“%(text)s” could not be read as a day. Write it such as 9 พ.ย. 2565, 9/11/2565, 9 Nov 2022 or 2022-11-09.") % {"text": text},
        code="unreadable-day",
    )
