"""Numbers of this part as a page writes them."""

from django import template

register = template.Library()


@register.filter
def square_kilometres(value: float | None) -> str:
    """1,234 · 12.3 · 0.45: as many digits as say something."""
    if value is None:
        return ""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 4
    return f"{value:,.{digits}f}"


@register.filter
def coordinate(value: float) -> str:
    """A coordinate with a point whatever the language writes, for attributes."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


@register.filter
def thousands(value: int) -> str:
    return f"{value:,}"
