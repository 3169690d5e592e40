"""Every public page answers for any day: `?as_of=`, typed in either calendar."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest
from django.utils import timezone

from nagara.toolkit.days import read_day
from nagara.toolkit.refusal import Refusal


@dataclass(frozen=True)
class AsOf:
    """The day that a page is about. `refused` says why what was typed could not be read; the page is then about today."""

    day: date
    today: date
    typed: str = ""
    refused: str = ""

    @property
    def moved(self) -> bool:
        """Is the page about another day than today?"""
        return self.day != self.today

    @property
    def past(self) -> bool:
        return self.day < self.today

    @property
    def ahead(self) -> bool:
        return self.day > self.today


def as_of(request: HttpRequest) -> AsOf:
    """The day asked for, read once for each request."""
    found: AsOf | None = getattr(request, "_as_of", None)
    if found is None:
        found = _read(request.GET.get("as_of", "").strip())
        request._as_of = found  # type: ignore[attr-defined]
    return found


def _read(typed: str) -> AsOf:
    today = timezone.localdate()
    if not typed:
        return AsOf(today, today)
    try:
        return AsOf(read_day(typed).day, today, typed)
    except Refusal as refusal:
        return AsOf(today, today, typed, refusal.message)


def require_as_of(request: HttpRequest) -> AsOf:
    """As `as_of`, for data: what cannot be read is refused, for nobody would see the hint."""
    found = as_of(request)
    if found.refused:
        raise Refusal(found.refused, code="unreadable-day", status=400)
    return found
