"""Money, coordinates and what old reports print: read from what people write, added up in one currency."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

from babel.core import get_global
from django.utils.translation import gettext as _

from nagara.toolkit.days import arabic_digits, long_day
from nagara.toolkit.numbers import read_number
from nagara.toolkit.refusal import Refusal

CENT = Decimal("0.01")
MOST = Decimal("999999999999999999.99")

_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")


def read_amount(text: str) -> Decimal:
    """An amount of money: not below nought, at most two decimals."""
    value = read_number(text)
    if value < 0:
        raise Refusal(_("An amount is not below nought: “%(text)s”.") % {"text": text.strip()}, code="negative-amount")
    if value != value.quantize(CENT):
        raise Refusal(_("An amount has at most two decimals: “%(text)s”.") % {"text": text.strip()}, code="too-many-decimals")
    if value > MOST:
        raise Refusal(_("This amount is too large: “%(text)s”.") % {"text": text.strip()}, code="too-large")
    return value.quantize(CENT)


def read_coordinate(text: str, most: int) -> float:
    """Degrees with a decimal point or comma, from -`most` to `most`."""
    clean = _SPACES.sub("", arabic_digits(text)).replace("−", "-").replace(",", ".").rstrip("°")
    if not _PLAIN.fullmatch(clean) or abs(float(clean)) > most:
        raise Refusal(
            _("“%(text)s” is no coordinate. Write degrees from -%(most)s to %(most)s, such as 12.6814.")
            % {"text": text.strip(), "most": most},
            code="unreadable-coordinate",
        )
    return float(clean)


_QUANTITY = re.compile(r"([\d.,\s]+?)\s*(million|km\s*(?:2|²))?\s*")


def read_printed(text: str) -> tuple[Decimal | None, str]:
    """What a report prints as "1.5 million" or "2,031 km 2": the number and its unit ("km2", ""); (None, "") where it is no number."""
    found = _QUANTITY.fullmatch(arabic_digits(text).strip().casefold())
    if not found or not re.search(r"\d", found[1]):
        return None, ""
    number = Decimal(found[1].replace(",", "").replace(" ", ""))
    unit = (found[2] or "").replace(" ", "").replace("²", "2")
    return (number * 1_000_000, "") if unit == "million" else (number, unit)


@lru_cache
def currencies() -> frozenset[str]:
    """The codes of ISO 4217 that are legal tender somewhere today."""
    held = [entry for entries in get_global("territory_currencies").values() for entry in entries]
    return frozenset(code for code, _since, until, tender in held if until is None and tender)


def read_currency(text: str) -> str:
    code = text.strip().upper()
    if code not in currencies():
        raise Refusal(
            _("“%(text)s” is no currency. Write its code of three letters, such as THB or USD.") % {"text": text.strip()},
            code="unknown-currency",
        )
    return code


class Rate(NamedTuple):
    currency: str
    into: str
    on: date
    rate: Decimal


class Money(NamedTuple):
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Total:
    """A sum in one currency, and the rates that it was made with."""

    amount: Decimal
    currency: str
    rates: tuple[Rate, ...]


def total(lines: Iterable[Money], into: str, rates: Iterable[Rate], *, on: date) -> Total:
    """The sum of `lines` in the currency `into`, by the newest rate of each currency on or before a day.

    A `Refusal` names each currency that has no such rate: a sum that leaves something out would be wrong without being seen.
    A rate is never turned round, because a published rate and its inverse differ.
    """
    newest: dict[str, Rate] = {}
    for rate in rates:
        if rate.into == into and rate.on <= on and (rate.currency not in newest or rate.on > newest[rate.currency].on):
            newest[rate.currency] = rate
    by_currency: dict[str, Decimal] = {}
    for line in lines:
        by_currency[line.currency] = by_currency.get(line.currency, Decimal(0)) + line.amount
    missing = sorted(code for code in by_currency if code != into and code not in newest)
    if missing:
        raise Refusal(
            _("There is no total in %(into)s: no rate is on record for %(missing)s on or before %(day)s.")
            % {"into": into, "missing": ", ".join(missing), "day": long_day(on)},
            who=_("The programme office enters exchange rates."),
            code="missing-rate",
        )
    amount = sum((value if code == into else value * newest[code].rate for code, value in by_currency.items()), Decimal(0))
    used = tuple(newest[code] for code in sorted(by_currency) if code != into)
    return Total(amount.quantize(CENT, ROUND_HALF_UP), into, used)
