"""The one figure that everybody asks for: how many, where, since when, and why it last changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse

from nagara.recognition.queries import Change, Counts, changes_between, on_record, timeline


@dataclass(frozen=True)
class Headline:
    """The count of a day, each count before it, and the change that led to it."""

    day: date
    points: Sequence[tuple[date, Counts]]
    change: Change | None
    invented: int = 0
    """How many of the counted areas are invented: a demonstration says so wherever it counts them."""
    turns: Sequence[date] = ()
    """The days on which the count changed, up to today, newest first."""

    @property
    def now(self) -> Counts:
        return self.points[-1][1] if self.points else Counts(0, 0)

    @property
    def before(self) -> Counts:
        return self.points[-2][1] if len(self.points) > 1 else Counts(0, 0)

    @property
    def unchanged_since(self) -> date | None:
        return self.points[-1][0] if self.points else None

    @property
    def steps(self) -> list[tuple[date, int]]:
        """The number of areas after each change of that number."""
        found: list[tuple[date, int]] = []
        for on, counts in self.points:
            if not found or found[-1][1] != counts.areas:
                found.append((on, counts.areas))
        return found

    @property
    def same_provinces(self) -> bool:
        return len(self.points) > 1 and self.now.provinces == self.before.provinces


def headline(day: date, *, today: date, most: int = 1) -> Headline:
    """The figure of a day; of what led to it, the first `most` rows of each kind are read."""
    every = timeline(until=max(day, today))
    points = [point for point in every if point[0] <= day]
    change = changes_between(points[-1][0] - timedelta(days=1), day, most=most) if points else None
    turns = sorted((on for on, _counts in every if on <= today), reverse=True)
    return Headline(day, points, change, invented=on_record(day).filter(area__invented=True).count(), turns=turns)


def permanent(name: str, day: date) -> str:
    """The address that says the same on every later day."""
    return f"{settings.SITE_ADDRESS}{reverse(name)}?as_of={day.isoformat()}"
