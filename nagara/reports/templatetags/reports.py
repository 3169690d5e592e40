"""Filters of the pages of reports."""

from datetime import date, datetime
from typing import Any

from django import template

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
