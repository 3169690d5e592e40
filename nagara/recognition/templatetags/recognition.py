"""Filters of the pages of this part."""

from datetime import date, timedelta
from typing import Any

from django import template
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nagara.recognition.credential import address
from nagara.recognition.ornament import code
from nagara.recognition.rules import sign
from nagara.toolkit import access

register = template.Library()


@register.simple_tag(takes_context=True)
def signs(context: dict[str, Any]) -> bool:
    """Does the page of signatures open to the visitor?"""
    user = context["request"].user
    return access.allowed(user, "recognition.oversee") or sign(user) != access.NOTHING


@register.filter
def eve(value: date | None) -> date | None:
    """The last day before a status ended."""
    return value - timedelta(days=1) if value else None


@register.filter
def seats(quorum: dict[str, Any]) -> str:
    """16 of 24 seats."""
    return _("%(present)s of %(base)s seats") % {"present": quorum["present"], "base": quorum["base"]}


@register.filter
def qr(number: str) -> SafeString:
    """The code of a certificate's page; black on white in every theme. Its address stands beside it in words."""
    drawing = code(address(f"/verify/{number}")).replace("<svg ", '<svg role="img" aria-label="QR" ', 1)
    return mark_safe(drawing)  # noqa: S308 - made here from a number of the register


@register.filter
def local(path: str) -> str:
    """An address of another part in the reader's language: none in it for the language of the installation, else /en/…."""
    code_here = (get_language() or settings.LANGUAGE_CODE).split("-")[0]
    return path if code_here == settings.LANGUAGE_CODE or not path.startswith("/") else f"/{code_here}{path}"


@register.filter
def area_page(slug: str) -> str:
    return local(f"/areas/{slug}")


@register.filter
def resolution_page(key: int) -> str:
    return local(f"/resolutions/{key}")


@register.filter
def days_from(value: date, today: date) -> int:
    """How many days lie between today and a day."""
    return (value - today).days


_SHADES = {
    "asked": "submitted",
    "ready": "in_review",
    "decided": "recognised",
    "pending": "submitted",
    "allowed": "recognised",
    "dismissed": "expired",
    "withdrawn": "expired",
}


@register.filter
def shade(value: str) -> str:
    """The ink and shape of a state of a proposal or appeal, by its value."""
    return _SHADES.get(value, value)
