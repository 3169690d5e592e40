"""Filters of the pages of reports."""

from datetime import date, datetime
from typing import Any

from django import template
from django.utils.translation import gettext

register = template.Library()


@register.filter
def share(value: float | None) -> str:
    """A share with its one decimal, as every form of a report writes it."""
    return "" if value is None else f"{value:.1f}"


@register.filter
def count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


@register.filter
def iso_day(value: str) -> date | None:
    """A day of a frozen document as a date, for `|day`."""
    return date.fromisoformat(value) if value else None


@register.filter
def iso_instant(value: str) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


@register.filter
def at(mapping: dict[Any, Any], key: Any) -> Any:
    """What a dictionary of the document holds under a code."""
    return mapping.get(key, "")


@register.filter
def titled(code: str, titles: dict[str, Any]) -> Any:
    """The texts of a code; the code itself where the document does not know it."""
    return titles.get(code) or {"en": code}


@register.filter
def number(written: str, kind: str = "") -> str:
    """A number of the document with its thousands: 1,250.5. A yes is shown as yes."""
    if not written:
        return ""
    if kind == "yes_no" and written in ("0", "1"):
        return gettext("yes") if written == "1" else gettext("no")
    whole, _point, rest = written.partition(".")
    return f"{int(whole):,}{f'.{rest}' if rest else ''}" if whole not in ("-0",) else written
