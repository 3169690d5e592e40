"""Filters of this part's pages."""

from decimal import Decimal

from django import template

from nagara.monitoring.models import Level
from nagara.monitoring.reading import value_text
from nagara.monitoring.states import Timeliness
from nagara.rulebook.schema_indicators import Measure

register = template.Library()

LOOKS = {
    "waiting": "draft",
    "verified": "recognised",
    "published": "recognised",
    Timeliness.AHEAD: "draft",
    Timeliness.OPEN: "in_review",
    Timeliness.OVERDUE: "returned",
    Timeliness.LOCKED: "revoked",
    Timeliness.ON_TIME: "recognised",
    Timeliness.EXTENDED: "zone",
    Timeliness.LATE: "returned",
}


@register.filter
def look(state: str) -> str:
    """The state of the look that a state of ours is drawn as."""
    return LOOKS.get(state, str(state))


@register.filter
def as_value(number: Decimal | None, measure: Measure) -> str:
    return value_text(measure, number)


@register.filter
def shown(level: Level | None, measure: Measure) -> str:
    """The value at a level; "" where there is none."""
    return value_text(measure, level.number) if level else ""


@register.filter
def name_of(timing: Timeliness) -> str:
    return str(timing.label)


@register.filter
def reason_of(reasons: dict[str, str], code: str) -> str:
    return reasons.get(code, "") if reasons else ""
