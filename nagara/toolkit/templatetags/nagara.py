"""Filters of every page: days in the calendar of the language, texts in the reader's language, phrases that stay together."""

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from nagara.toolkit import days
from nagara.toolkit.texts import Texts, pick

register = template.Library()


@register.filter
def day(value: date | None) -> str:
    """9 พฤศจิกายน 2565, as a `time` element that stays on one line."""
    if not value:
        return ""
    value = value.date() if isinstance(value, datetime) else value
    return format_html('<time class="nb" datetime="{}">{}</time>', value.isoformat(), days.long_day(value))


@register.filter
def short_day(value: date | None) -> str:
    if not value:
        return ""
    value = value.date() if isinstance(value, datetime) else value
    return format_html('<time class="nb" datetime="{}">{}</time>', value.isoformat(), days.short_day(value))


@register.filter
def day_text(value: date | None) -> str:
    """A day without markup, for titles and attributes."""
    return days.long_day(value) if value else ""


@register.filter
def instant(value: datetime | None) -> str:
    """9 พฤศจิกายน 2565 เวลา 16.59 น., in the zone of the programme."""
    if not value:
        return ""
    return format_html('<time class="nb" datetime="{}">{}</time>', value.isoformat(), days.instant(value, settings.ZONE))


@register.filter
def clock(value: datetime | None) -> str:
    return days.clock(value, settings.ZONE) if value else ""


@register.filter
def year(value: int | date | None) -> str:
    """A Common Era year in the calendar of the language."""
    if value is None:
        return ""
    return days.year_text(value.year if isinstance(value, date) else int(value))


@register.filter
def texts(value: Texts | None) -> str:
    """A text in the reader's language; marked with its own language where it had to be another."""
    found, code = pick(value)
    if not found:
        return ""
    if code == (get_language() or "th").split("-")[0]:
        return conditional_escape(found)
    return format_html('<span lang="{}">{}</span>', code, found)


@register.filter
def text(value: Texts | None) -> str:
    """As `texts`, without markup."""
    return pick(value)[0]


@register.filter
def other(value: Texts | None) -> str:
    """The text in the other of Thai and English, marked with its language; empty where there is none."""
    here = (get_language() or "th").split("-")[0]
    there = "en" if here == "th" else "th"
    found = (value or {}).get(there, "")
    return format_html('<span lang="{}">{}</span>', there, found) if found and found != pick(value)[0] else ""


_TOGETHER = re.compile(
    r"(\d{1,2}\s(?:มกราคม|กุมภาพันธ์|มีนาคม|เมษายน|พฤษภาคม|มิถุนายน|กรกฎาคม|สิงหาคม|กันยายน|ตุลาคม|พฤศจิกายน|ธันวาคม|[ก-ฮ]\.[ก-ฮ]\.|มี\.ค\.|เม\.ย\.|มิ\.ย\.)\s\d{4}"
    r"|ครั้งที่\s\d+/\d{4}"
    r"|[\d,.]+\s(?:พื้นที่|จังหวัด|เมือง|คน|ที่นั่ง|รายการ|ฉบับ|วัน|ปี|ข้อ|มิติ|หน้า|แถว)"
    r"|\d{1,2}\s(?:January|February|March|April|May|June|July|August|September|October|November|December)\s\d{4})"
)


@register.filter
def nb(value: Any) -> SafeString:
    """Keep dates, meeting numbers and a number with its unit on one line: Thai has no spaces, so a browser breaks anywhere."""
    escaped = conditional_escape(value)
    return mark_safe(_TOGETHER.sub(r'<span class="nb">\1</span>', escaped))  # noqa: S308 - escaped on the line above


@register.simple_tag
def state(value: str, label: str) -> str:
    """A state by its value in the database; the label is only words."""
    return format_html('<span class="ng-state" data-state="{}">{}</span>', value, label)


@register.simple_tag
def none_on_record() -> str:
    """What the record does not hold: never 0, never a guess."""
    return format_html('<span class="ng-none">{}</span>', gettext("not on record"))
