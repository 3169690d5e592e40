"""Filters of the pages of plans and projects."""

from decimal import Decimal
from typing import Any

from django import template

from nagara.plans.slippage import Slippage

register = template.Library()

_LOOKS = {
    "met": "recognised",
    "met_early": "recognised",
    "met_unplanned": "recognised",
    "met_late": "returned",
    "expected": "submitted",
    "expected_late": "returned",
    "overdue": "revoked",
    "undated": "draft",
}


@register.filter
def named(code: str, titles: dict[str, str]) -> str:
    """The title of a code in the reader's language; the code itself where the list does not know it."""
    return titles.get(code, code)


@register.filter
def money(amount: Decimal | None) -> str:
    """1,500,000.00; without decimals where there are none to show."""
    if amount is None:
        return ""
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"


@register.filter
def look(slip: Slippage) -> str:
    """The state whose colour and shape stand for how late a milestone is."""
    return _LOOKS[slip.standing]


@register.filter
def early(slip: Slippage) -> int:
    """Days before the planned day."""
    return -(slip.days or 0)


@register.filter
def entry(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)
