"""Resolutions as everybody reads them: adopted ones, of bodies, by day. One reading serves the page, CSV and JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from nagara.governance.models import Resolution
from nagara.governance.queries import resolutions_public
from nagara.governance.states import Verb
from nagara.toolkit.days import arabic_digits, from_buddhist
from nagara.toolkit.refusal import Refusal


@dataclass(frozen=True)
class Asked:
    """Which resolutions are wanted. Empty means: all."""

    body: str = ""
    verb: str = ""
    year: int | None = None
    text: str = ""

    @classmethod
    def read(cls, params: Mapping[str, str]) -> "Asked":
        """What an address asks for: `body`, `verb`, `year`, `q`. Refused, by field, where it has no meaning."""
        given = {key: params.get(key, "").strip() for key in ("body", "verb", "year", "q")}
        wrong: dict[str, str] = {}
        if given["verb"] and given["verb"] not in Verb.values:
            wrong["verb"] = _("There is no verb “%(text)s”.") % {"text": given["verb"]}
        digits = arabic_digits(given["year"])
        if given["year"] and not re.fullmatch(r"\d{4}", digits):
            wrong["year"] = _("“%(text)s” is not a year of four digits.") % {"text": given["year"]}
        if wrong:
            raise Refusal(" ".join(wrong.values()), code="unreadable-filter", status=400, fields=wrong)
        year = int(digits) if digits else None
        if year is not None and year >= 2400:
            year = from_buddhist(year)
        return cls(body=given["body"], verb=given["verb"], year=year, text=given["q"])

    @property
    def narrowed(self) -> bool:
        return bool(self.body or self.verb or self.year or self.text)


def adopted_by(day: date) -> Q:
    """What was adopted up to a day. Where the day is not on record, the year of the meeting is asked instead."""
    return Q(draft=False) & (Q(adopted_on__lte=day) | Q(adopted_on__isnull=True, item__meeting__year__lte=day.year))


def resolutions(asked: Asked, day: date) -> QuerySet[Resolution]:
    """Adopted resolutions up to a day, newest first, each with item, meeting, body and source."""
    found = resolutions_public().filter(adopted_by(day))
    if asked.body:
        found = found.filter(item__meeting__body__code=asked.body)
    if asked.verb:
        found = found.filter(verb=asked.verb)
    if asked.year:
        found = found.filter(item__meeting__year=asked.year)
    for word in asked.text.split():
        found = found.filter(
            Q(text__th__icontains=word)
            | Q(text__en__icontains=word)
            | Q(item__title__th__icontains=word)
            | Q(item__title__en__icontains=word)
        )
    return found
