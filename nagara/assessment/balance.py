"""Sharing out applications among assessors: as many each as the round asks, nobody above the cap, nobody in conflict. Plain functions.

It works level by level: nobody is given a second application while the wanted ones can still be filled with one for each,
and so on up to the caps. At each level, an application that finds nobody free may move another one (an augmenting path), so that
what can be filled is filled. The order is shuffled by the seed: the same seed gives the same shares.
"""

import random
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Unfilled:
    """An application with fewer assessors than wanted, and why: of all assessors, so many in conflict, so many at their cap."""

    application: int
    wanted: int
    got: int
    in_conflict: int
    at_cap: int


@dataclass(frozen=True)
class Shares:
    """Who is newly given what: (application, assessor) pairs, sorted; and what could not be filled."""

    pairs: tuple[tuple[int, int], ...]
    unfilled: tuple[Unfilled, ...]


def share_out(
    applications: Sequence[int],
    caps: Mapping[int, int],
    *,
    each: int,
    conflicts: Collection[tuple[int, int]] = (),
    standing: Collection[tuple[int, int]] = (),
    seed: int = 0,
) -> Shares:
    """Give each application `each` assessors.

    `caps` the most applications of each assessor; `conflicts` (application, assessor) pairs that must never be;
    `standing` pairs that are there already: they stay, and count for the application and for the assessor's cap.
    """
    lot = random.Random(seed)  # noqa: S311 - a lot that can be drawn again, not a secret
    order = sorted(applications)
    lot.shuffle(order)
    assessors = sorted(caps)
    lot.shuffle(assessors)
    barred = set(conflicts) | set(standing)
    held: dict[int, set[int]] = {application: set() for application in order}
    load: dict[int, int] = dict.fromkeys(assessors, 0)
    for _application, assessor in standing:
        if assessor in load:
            load[assessor] += 1
    before = {application: sum(1 for pair in standing if pair[0] == application) for application in order}
    given: dict[int, set[int]] = {assessor: set() for assessor in assessors}
    for level in range(1, max(caps.values(), default=0) + 1):
        limits = {assessor: min(level, caps[assessor]) for assessor in assessors}
        for application in order:
            while len(held[application]) + before[application] < each:
                if not _place(application, assessors, barred, held, given, load, limits):
                    break
    pairs = sorted((application, assessor) for application in order for assessor in held[application])
    return Shares(tuple(pairs), tuple(_lacking(order, caps, each, conflicts, standing, held, before, load)))


def _place(
    application: int,
    assessors: Sequence[int],
    barred: Collection[tuple[int, int]],
    held: dict[int, set[int]],
    given: dict[int, set[int]],
    load: dict[int, int],
    limits: Mapping[int, int],
) -> bool:
    """Give `application` one more assessor, moving others where needed: a search for the shortest chain of moves."""
    asked_by: dict[int, int] = {}  # assessor: the application that would take them
    gives_up: dict[int, int] = {}  # application: the assessor that it would hand on
    queue = deque([application])
    free = None
    while queue and free is None:
        here = queue.popleft()
        for assessor in assessors:
            if assessor in asked_by or assessor in held[here] or (here, assessor) in barred:
                continue
            asked_by[assessor] = here
            if load[assessor] < limits[assessor]:
                free = assessor
                break
            for other in sorted(given[assessor] - gives_up.keys() - {application}):
                gives_up[other] = assessor
                queue.append(other)
    if free is None:
        return False
    load[free] += 1
    taken = free
    while True:
        here = asked_by[taken]
        held[here].add(taken)
        given[taken].add(here)
        if here == application:
            return True
        handed_on = gives_up[here]
        held[here].discard(handed_on)
        given[handed_on].discard(here)
        taken = handed_on


def _lacking(
    order: Sequence[int],
    caps: Mapping[int, int],
    each: int,
    conflicts: Collection[tuple[int, int]],
    standing: Collection[tuple[int, int]],
    held: Mapping[int, set[int]],
    before: Mapping[int, int],
    load: Mapping[int, int],
) -> list[Unfilled]:
    found = []
    for application in sorted(order):
        got = len(held[application]) + before[application]
        if got >= each:
            continue
        in_conflict = sum(1 for assessor in caps if (application, assessor) in conflicts)
        busy = sum(
            1
            for assessor in caps
            if load[assessor] >= caps[assessor]
            and assessor not in held[application]
            and (application, assessor) not in conflicts
            and (application, assessor) not in standing
        )
        found.append(Unfilled(application, each, got, in_conflict, busy))
    return found
