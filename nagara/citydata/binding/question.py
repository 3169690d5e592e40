"""A question to the data of a space, and its answer: plain values, no database, no broker.

A day is the grain: each entity has one mean, sum and count a day. A year's mean is the mean of the entities' means, each the mean
of its days, so that a station that reports every minute does not outweigh one that reports every hour.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from statistics import fmean
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Method(models.TextChoices):
    MEAN = "mean", _("mean over things and time")
    HIGHEST = "highest", _("highest mean of a day")
    TOTAL = "total", _("total of all things")
    RATIO = "ratio", _("total of one attribute as a share of another, in per cent")
    SHARE = "share", _("share of things for which a condition holds, in per cent")


class Why(models.TextChoices):
    """Why a question has no answer."""

    NOT_BEGUN = "not-begun", _("The period has not begun.")
    NOTHING_SEEN = "nothing-seen", _("Nothing was observed in this period.")
    NO_WHOLE = "no-whole", _("There is no whole to take a share of: it was not observed in this period, or is nought.")
    NO_THINGS = "no-things", _("There are no such things.")
    NO_HISTORY = "no-history", _("The broker that holds these data keeps no history: it knows only what things say now.")
    UNKNOWN_THEN = (
        "unknown-then",
        _("The history does not say how things were at the end of this period: what it knows about the condition was written later."),
    )
    LEADS_ELSEWHERE = (
        "leads-elsewhere",
        _("The condition follows a relationship to other things. Of a period that is over, that cannot be computed."),
    )


@dataclass(frozen=True)
class Question:
    """What is asked: of entities of `entity_type` (those that `only` lets through), about `attribute`.

    `other` is the whole of a ratio; `condition` is the NGSI-LD query of a share.
    """

    method: str
    entity_type: str
    attribute: str = ""
    other: str = ""
    only: str = ""
    condition: str = ""

    def plain(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Day:
    """One entity on one day: the mean, the sum and the number of its observations."""

    mean: float
    total: float
    count: int


Series = Mapping[str, Mapping[date, Day]]
"""By entity, by day."""


@dataclass
class Answer:
    """The value and what it rests on. `value` is None where the data say nothing."""

    value: float | None
    entities: int = 0
    observations: int = 0
    days: int = 0
    """Days of the window."""
    covered: float = 0.0
    """Share of all days of all entities for which there was an observation, 0 to 1."""
    gaps: list[tuple[date, date]] = field(default_factory=list)
    """From, until (not included): days on which no entity was observed."""
    by_entity: list[dict[str, Any]] = field(default_factory=list)
    why: str = ""
    """Where there is no value: the reason, one of Why."""
    as_of: datetime | None = None
    """Of a state: the instant at which things were looked at, where that is not now."""


def answered(question: Question, series: Series, *, since: date, until: date, other: Series | None = None) -> Answer:
    """The answer of every method but `share`, over the days from `since` to before `until`."""
    days = (until - since).days
    kept = {entity: {day: one for day, one in found.items() if since <= day < until} for entity, found in series.items()}
    kept = {entity: found for entity, found in kept.items() if found}
    if not kept:
        return Answer(None, days=days, gaps=[(since, until)] if days else [], why=Why.NOTHING_SEEN)
    rows: list[dict[str, Any]] = [
        {
            "entity": entity,
            "days": len(found),
            "observations": sum(one.count for one in found.values()),
            "mean": round(fmean(one.mean for one in found.values()), 6),
            "total": round(sum(one.total for one in found.values()), 6),
        }
        for entity, found in sorted(kept.items())
    ]
    value = _value(question, kept, rows, other, since, until)
    return Answer(
        value,
        entities=len(kept),
        observations=sum(row["observations"] for row in rows),
        days=days,
        covered=sum(row["days"] for row in rows) / (days * len(kept)),
        gaps=_gaps({day for found in kept.values() for day in found}, since, until),
        by_entity=rows,
        why=Why.NO_WHOLE if value is None else "",
    )


def _value(question: Question, kept: Series, rows: list[dict[str, Any]], other: Series | None, since: date, until: date) -> float | None:
    if question.method == Method.MEAN:
        return fmean(row["mean"] for row in rows)
    if question.method == Method.HIGHEST:
        return max(one.mean for found in kept.values() for one in found.values())
    total = sum(row["total"] for row in rows)
    if question.method == Method.TOTAL:
        return total
    whole = sum(one.total for found in (other or {}).values() for day, one in found.items() if since <= day < until)
    return 100 * total / whole if whole else None


def share(holds: int, of_all: int) -> Answer:
    """How many things of all a condition holds for, in per cent."""
    if not of_all:
        return Answer(None, why=Why.NO_THINGS)
    return Answer(100 * holds / of_all, entities=of_all, observations=of_all, covered=1.0)


def _gaps(seen: set[date], since: date, until: date) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    day, begun = since, None
    while day <= until:
        missing = day < until and day not in seen
        if missing and begun is None:
            begun = day
        if not missing and begun is not None:
            found.append((begun, day))
            begun = None
        day += timedelta(days=1)
    return found
