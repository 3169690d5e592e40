"""The status on each day, derived from dated steps: values in, values out.

A step that was undone counts for nothing from the day on which its undoing takes effect. Whether that is the day of the new
resolution or the day of the step itself (as if it had never been taken) is what the new resolution says: `on` of the step
that undoes. A step whose day is not on record changes no status: no day could be named from which it would.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from nagara.recognition.states import FIRST, LIFECYCLES, RUNNING, Status, Verb

DAY = timedelta(days=1)


class Fact(NamedTuple):
    """One step: what happened, on which day, until when it made the recognition valid, and which step it undoes (by its key)."""

    key: int
    verb: str
    on: date | None
    valid_until: date | None = None
    undoes: int | None = None


class Span(NamedTuple):
    """A status from its first day until the day before `ended` (None: no end is known)."""

    status: Status
    since: date
    ended: date | None


def in_effect(facts: Iterable[Fact], day: date) -> list[Fact]:
    """The steps that count on `day`, in the order of their days: begun, and not undone by a step that itself counts."""
    begun = sorted((fact for fact in facts if fact.on is not None and fact.on <= day), key=lambda fact: fact.key, reverse=True)
    undone: set[int] = set()
    counting: list[Fact] = []
    # A step is undone by later steps only (the database holds this), so that the newest is settled first.
    for fact in begun:
        if fact.key in undone:
            continue
        counting.append(fact)
        if fact.undoes is not None:
            undone.add(fact.undoes)
    return sorted(counting, key=lambda fact: (fact.on or day, fact.key))


def standing(tier: str, facts: Iterable[Fact], day: date) -> tuple[Status | None, date | None]:
    """The status on `day` and the last day of validity as known on it. (None, None) before the first step."""
    status: Status | None = None
    valid_until: date | None = None
    for fact in in_effect(facts, day):
        status = _run_out(status, valid_until, fact.on or day)
        if fact.verb in FIRST:
            if status is None:
                status, valid_until = FIRST[fact.verb], fact.valid_until
        elif status is not None and LIFECYCLES[tier].can(fact.verb, status):
            status = Status(LIFECYCLES[tier].after(fact.verb, status))
            if fact.verb == Verb.RENEW:
                valid_until = fact.valid_until
    return _run_out(status, valid_until, day), valid_until


def _run_out(status: Status | None, valid_until: date | None, day: date) -> Status | None:
    return Status.EXPIRED if status in RUNNING and valid_until is not None and day > valid_until else status


def spans(tier: str, facts: Sequence[Fact]) -> list[Span]:
    """Every span of a recognition, oldest first. A day in none of them has no status: nothing was granted, or the grant was undone.

    A validity that ends is seen ahead: the span of `expired` begins on the day after it, even if that day has not come yet.
    """
    turns = {fact.on for fact in facts if fact.on is not None}
    turns |= {fact.valid_until + DAY for fact in facts if fact.valid_until is not None}
    found: list[Span] = []
    for day in sorted(turns):
        status, _ = standing(tier, facts, day)
        last = found[-1].status if found and found[-1].ended is None else None
        if status == last:
            continue
        if last is not None:
            found[-1] = found[-1]._replace(ended=day)
        if status is not None:
            found.append(Span(status, day, None))
    return found
