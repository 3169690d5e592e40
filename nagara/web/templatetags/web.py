"""Tags of the shell: links that keep the day, the as-of bar, pages of a list."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import template
from django.core.paginator import Page
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.recognition.queries import change_days
from nagara.toolkit.asof import as_of
from nagara.toolkit.tasks import Task

register = template.Library()


@register.simple_tag(takes_context=True)
def to(context: dict[str, Any], name: str, *args: Any, **query: Any) -> str:
    """The address of a page on the day that this page is about: `{% to "web:area" area.slug %}`. Keywords become the query."""
    found = as_of(context["request"])
    if found.moved:
        query["as_of"] = found.day.isoformat()
    asked = {key: value for key, value in query.items() if value not in ("", None)}
    return reverse(name, args=args) + (f"?{urlencode(asked)}" if asked else "")


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """This page with another query: what is given is set, an empty value is taken out, the rest stays."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value not in ("", None):
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else request.path


@register.inclusion_tag("web/_asof.html", takes_context=True)
def asof_bar(context: dict[str, Any]) -> dict[str, Any]:
    """The day that the page is about, a form to ask for another, and the latest days on which something changed.

    A view that knows these days already gives them as `asof_days`.
    """
    request: HttpRequest = context["request"]
    found = as_of(request)
    kept = [(key, value) for key, values in request.GET.lists() if key not in ("as_of", "page") for value in values]
    return {
        "request": request,
        "asof": found,
        "days": (context["asof_days"] if "asof_days" in context else change_days(until=found.today))[:5],
        "kept": kept,
    }


@register.inclusion_tag("web/_pages.html", takes_context=True)
def pages(context: dict[str, Any], page: Page) -> dict[str, Any]:
    """Links to the pages of a list."""
    return {
        "request": context["request"],
        "page": page,
        "numbers": list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)),
    }


@register.simple_tag
def due(task: Task, now: datetime) -> dict[str, Any]:
    """How long there is until a task is due, in words, and whether it is late."""
    if task.due is None:
        return {"late": False, "words": ""}
    late = task.due < now
    left = abs(task.due - now)
    if left.days >= 1:
        words = ngettext("%(n)s day", "%(n)s days", left.days) % {"n": left.days}
    else:
        hours, minutes = left.seconds // 3600, left.seconds % 3600 // 60
        if hours:
            words = ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
        else:
            words = ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    return {"late": late, "words": _("%(time)s late") % {"time": words} if late else _("%(time)s left") % {"time": words}}


@register.filter
def eve(day: date | None) -> date | None:
    """The day before: a period ends on the first day on which it no longer holds."""
    return day - timedelta(days=1) if day else None


_WHOLE = re.compile(r"(เมืองอัจฉริยะ|สมาร์ทซิตี้|เมืองน่าอยู่|และน่าอยู่|อย่างยั่งยืน|รถไฟความเร็วสูง|จังหวัด[ก-๙]{2,14}?(?=สู่|เมือง|$))")


@register.filter
def phrases(value: str) -> SafeString:
    """A Thai name broken between its phrases and compounds only: a browser breaks inside them, for Thai has no spaces."""
    if "<" in value:
        return mark_safe(value)  # noqa: S308 - marked up and escaped by `texts`
    kept = []
    for phrase in str(value).split(" "):
        parts = [conditional_escape(part) for part in _WHOLE.split(phrase) if part]
        kept.append("<wbr>".join(f'<span class="nb">{part}</span>' if len(part) <= 28 else part for part in parts))
    return mark_safe(" ".join(kept))  # noqa: S308 - each part is escaped
