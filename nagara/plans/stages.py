"""From recorded changes to the spans that answer for any day. Plain values in, plain values out."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Change(NamedTuple):
    on: date
    stage: str
    status: str


class Span(NamedTuple):
    since: date
    until: date | None
    stage: str
    status: str


def spans(changes: Iterable[Change], entered_on: date, left_on: date | None) -> list[Span]:
    """The stages of a project while it was in the record. Of two changes on one day the one recorded last counts.

    `changes` come in the order in which they were recorded within a day. A change before the project entered counts from
    the day it entered. Neighbours that say the same are one span.
    """
    of_day: dict[date, Change] = {}
    for change in sorted(changes, key=lambda change: change.on):
        day = max(change.on, entered_on)
        of_day[day] = Change(day, change.stage, change.status)
    found: list[Span] = []
    for change in of_day.values():
        if left_on is not None and change.on >= left_on:
            break
        if found and (found[-1].stage, found[-1].status) == (change.stage, change.status):
            continue
        if found:
            found[-1] = found[-1]._replace(until=change.on)
        found.append(Span(change.on, None, change.stage, change.status))
    if found and left_on is not None:
        found[-1] = found[-1]._replace(until=left_on)
    return found
