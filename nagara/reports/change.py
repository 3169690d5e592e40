"""What happened to each project since the last report, row by row. Plain values in, plain values out."""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

from nagara.reports.figures import Row
from nagara.reports.states import Change
from nagara.toolkit.texts import Texts


class Left(TypedDict):
    """A project of the last report that this one does not list, and why."""

    id: int
    key: str
    city: str
    state: str
    title: Texts
    area: str
    stage: str
    why: str
    words: str
    on: str
    change: NotRequired[str]


class Summary(TypedDict):
    """The change of the number of projects: before + added - left = now."""

    number: str
    as_of: str
    before: int
    added: int
    left: int
    moved: int
    filed: int
    now: int


CITY_LEFT = "city-left"
CORRECTED = "corrected"
"""Reasons that the record of projects does not hold: the city left the network; the row itself was corrected since."""

Gone = Mapping[int, tuple[str, str, str]]
"""Of projects that left the record: why, in words, on which day."""


def compare(before: Mapping[int, Row], rows: Iterable[Row], gone: Gone, members: set[str]) -> list[Left]:
    """Mark each row with what happened to it (`change`, `before`), and list what left with its reason."""
    here = set()
    for row in rows:
        here.add(row["id"])
        old = before.get(row["id"])
        if old is None:
            row["change"] = Change.ADDED.value
        elif old["stage"] != row["stage"]:
            row["change"], row["before"] = Change.MOVED.value, {"stage": old["stage"]}
        elif old["area"] != row["area"]:
            row["change"], row["before"] = Change.FILED.value, {"area": old["area"]}
    return [_left(old, gone.get(number), members) for number, old in before.items() if number not in here]


def _left(row: Row, gone: tuple[str, str, str] | None, members: set[str]) -> Left:
    why, words, on = gone or (CORRECTED if row["city"] in members else CITY_LEFT, "", "")
    return {
        "id": row["id"],
        "key": row["key"],
        "city": row["city"],
        "state": row["state"],
        "title": row["title"],
        "area": row["area"],
        "stage": row["stage"],
        "why": why,
        "words": words,
        "on": on,
    }


def summary(number: str, as_of: str, before: int, rows: Iterable[Row], left: list[Left]) -> Summary:
    kinds: dict[Any, int] = {}
    now = 0
    for row in rows:
        now += 1
        kinds[row.get("change", "")] = kinds.get(row.get("change", ""), 0) + 1
    return {
        "number": number,
        "as_of": as_of,
        "before": before,
        "added": kinds.get(Change.ADDED.value, 0),
        "left": len(left),
        "moved": kinds.get(Change.MOVED.value, 0),
        "filed": kinds.get(Change.FILED.value, 0),
        "now": now,
    }
