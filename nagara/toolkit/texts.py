"""Text in several languages as data: {"th": "ระยอง", "en": "Rayong"}. Any ASEAN language has a place; none is required."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

Texts = dict[str, str]

LANGUAGES = ("th", "en", "id", "ms", "vi", "fil", "km", "lo", "my", "tet", "pt", "zh", "ta")
"""ISO 639 codes that a text may carry: the languages of the member states and the working language of the network."""


_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")


def plain(text: str) -> str:
    """What somebody typed, without the characters that no database can keep: NUL, and halves of a character (lone surrogates).

    They carry no meaning; PostgreSQL answers a search for them with an error. `middleware.PlainTextMiddleware` cleans what
    every form and address brings, so that no view has to.
    """
    return _NOT_KEPT.sub("", text)


def check_texts(value: Any) -> None:
    if not isinstance(value, dict):
        raise ValidationError(_("A text is kept by language, such as {“th”: “…”, “en”: “…”}."))
    for code, text in value.items():
        if code not in LANGUAGES:
            raise ValidationError(_("“%(code)s” is not a language that is kept here.") % {"code": code})
        if not isinstance(text, str) or not text.strip():
            raise ValidationError(_("The text for “%(code)s” is empty: leave the language out instead.") % {"code": code})


class TextsField(models.JSONField):
    """A JSON column that holds `Texts`."""

    default_validators = [check_texts]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)


def pick(texts: Texts | None, lang: str | None = None) -> tuple[str, str]:
    """The text in `lang`, else in Thai, English or whatever there is; and the language it is in. ("", "") where there is none."""
    if not texts:
        return "", ""
    code = (lang or get_language() or "th").split("-")[0]
    for candidate in (code, "th" if code != "th" else "en", "en"):
        if texts.get(candidate):
            return texts[candidate], candidate
    first = next(iter(texts))
    return texts[first], first


def text(texts: Texts | None, lang: str | None = None) -> str:
    """As `pick`, without saying which language it was."""
    return pick(texts, lang)[0]


def texts(th: str | None = None, en: str | None = None) -> Texts:
    """Build `Texts`, leaving out what is not known."""
    return {code: value for code, value in (("th", th), ("en", en)) if value}


def in_each(message: Callable[[], str], languages: Iterable[str] = ("th", "en")) -> Texts:
    """What `message` says in each language: in_each(lambda: _("Your application was accepted."))."""
    found: Texts = {}
    for code in languages:
        with override(code):
            found[code] = message()
    return found
