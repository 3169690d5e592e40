"""How instants of a round, countdowns and marks are shown."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.assessment.slots import html_id
from nagara.documents.uploads import UploadInput
from nagara.toolkit import days

register = template.Library()


@register.filter
def instant_in(value: datetime | None, zone: str | ZoneInfo) -> str:
    """9 พฤศจิกายน 2565 เวลา 16.59 น., in the zone of a round."""
    if not value:
        return ""
    return format_html('<time class="nb" datetime="{}">{}</time>', value.isoformat(), days.instant(value, ZoneInfo(str(zone))))


@register.filter
def clock_in(value: datetime | None, zone: str | ZoneInfo) -> str:
    """16.59.07 น., in the zone of a round."""
    return days.clock(value, ZoneInfo(str(zone)), seconds=True) if value else ""


@register.filter
def zone_text(zone: str) -> str:
    """The zone as people call it, with its distance from UTC."""
    here = timezone.now().astimezone(ZoneInfo(zone))
    offset = here.utcoffset()
    hours = offset.total_seconds() / 3600 if offset else 0
    place = _("Bangkok time") if zone == "Asia/Bangkok" else zone
    return f"{place} (UTC{hours:+g})"


def patterns() -> dict[str, str]:
    """How what is left is said: from a day on, from an hour on, under an hour. The script fills the same patterns."""
    return {"days": _("%(days)s d %(hours)s h"), "hours": _("%(hours)s h %(minutes)s min"), "minutes": _("%(minutes)s min %(seconds)s s")}


def left_text(seconds: float) -> str:
    """How long is left, in the two largest units: "6 วัน 4 ชั่วโมง"; under an hour in minutes and seconds."""
    left = max(int(seconds), 0)
    numbers = {"days": left // 86400, "hours": left % 86400 // 3600, "minutes": left % 3600 // 60, "seconds": left % 60}
    pattern = "days" if left >= 86400 else "hours" if left >= 3600 else "minutes"
    return patterns()[pattern] % numbers


@register.inclusion_tag("assessment/_clock.html")
def countdown(until: datetime | None, zone: Any = "", lead: str = "") -> dict[str, Any]:
    """The server's clock beside what is left until an instant. The script goes on counting from the server's time."""
    now = timezone.now()
    left = (until - now).total_seconds() if until else 0
    return {
        "now": now,
        "until": until,
        "zone": str(zone or settings.TIME_ZONE),
        "left": left_text(left) if until else "",
        "over": bool(until) and left <= 0,
        "soon": 0 < left < 86400,
        "lead": lead,
        "patterns": patterns(),
    }


@register.filter
def field_id(key: str) -> str:
    return html_id(key)


@register.filter
def mark(value: Decimal | str | None) -> str:
    """A mark with two decimals; nothing where none is, such as beside an assessor who has scored nothing."""
    return "" if value in (None, "") else f"{value:.2f}"


@register.filter
def signed(value: Decimal | str | None) -> str:
    """A difference with its sign."""
    return "" if value in (None, "") else f"{value:+.2f}".replace("-", "−")


@register.filter
def pages_text(count: int | None) -> str:
    return "" if not count else ngettext("%(count)s page", "%(count)s pages", count) % {"count": count}


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """What a mapping holds under a key; empty where it holds nothing."""
    return mapping.get(key, "") if mapping else ""


@register.simple_tag
def upload_input(name: str, place: Any) -> str:
    """A file input whose limits stand before the button; `place` tells several of them on one page apart."""
    return UploadInput().render(name, None, {"id": f"id_{name}-{place}"})
