"""Is the body quorate on an item, at one instant? A plain function of the rule, the seats, who is in and who recused themselves."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple


class Rule(NamedTuple):
    """A body's own rule: at least (or more than) `share` of the seats in the base must be in."""

    share: Fraction = Fraction(1, 2)
    more_than: bool = False
    recused_leave_base: bool = True
    vacant_count: bool = True
    online_counts: bool = True


class SeatOnDay(NamedTuple):
    """A seat that exists on the day: whether it counts for a quorum, and whether somebody holds it."""

    seat: int
    counts: bool = True
    filled: bool = True


class Cell(StrEnum):
    """How one seat of the base stands at the instant."""

    ON_SITE = "on"
    ONLINE = "net"
    ABSENT = "out"


class Quorum(NamedTuple):
    """What the rule comes to at one instant. All figures are numbers of seats."""

    seats: int
    """Seats of the day that count."""
    vacant: int
    recused: int
    base: int
    needed: int
    on_site: int
    online: int
    """In, but online; counted only where the rule lets online attendance count."""
    online_counts: bool

    @property
    def present(self) -> int:
        return self.on_site + (self.online if self.online_counts else 0)

    @property
    def quorate(self) -> bool:
        return self.present >= self.needed

    @property
    def spare(self) -> int:
        """How many more than needed are in; below zero, how many are missing."""
        return self.present - self.needed

    @property
    def cells(self) -> list[Cell]:
        """The seats of the base, in the room first, for the meter."""
        absent = self.base - self.on_site - self.online
        return [Cell.ON_SITE] * self.on_site + [Cell.ONLINE] * self.online + [Cell.ABSENT] * absent


def needed(base: int, rule: Rule) -> int:
    """How many seats must be in. At least one, whatever the share: an empty room resolves nothing."""
    share = base * rule.share
    return max(1, floor(share) + 1 if rule.more_than else ceil(share))


def quorum(rule: Rule, seats: Sequence[SeatOnDay], inside: Mapping[int, bool], recused: Collection[int] = ()) -> Quorum:
    """`inside` holds the seats that are in: False in the room, True online. `recused` are the seats that take no part in the item."""
    counting = [seat for seat in seats if seat.counts]
    out = {seat.seat for seat in counting} & set(recused)
    vacant = {seat.seat for seat in counting if not seat.filled and seat.seat not in inside and seat.seat not in out}
    base = len(counting)
    if rule.recused_leave_base:
        base -= len(out)
    if not rule.vacant_count:
        base -= len(vacant)
    taking_part = [seat.seat for seat in counting if seat.seat in inside and seat.seat not in out]
    online = sum(inside[seat] for seat in taking_part)
    return Quorum(
        seats=len(counting),
        vacant=len(vacant),
        recused=len(out),
        base=base,
        needed=needed(base, rule),
        on_site=len(taking_part) - online,
        online=online,
        online_counts=rule.online_counts,
    )
