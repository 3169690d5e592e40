"""Counts and shares of a report, from its rows. Plain values in, plain values out."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from nagara.plans.shares import share
from nagara.toolkit.texts import Texts


class Row(TypedDict):
    """A project as a report lists it. JSON values only: this is what is frozen."""

    id: int
    key: str
    city: str
    state: str
    title: Texts
    area: str
    areas: list[str]
    stage: str
    status: str
    since: str
    entered_on: str
    entered: str
    source: str
    certainty: str
    office: str
    recorded_at: str
    change: NotRequired[str]
    before: NotRequired[dict[str, str]]


class Part(TypedDict):
    """One line of a table: how many, and their share in per cent to one decimal (None where there is no whole)."""

    code: str
    title: Texts
    count: int
    share: float | None


class Figures(TypedDict):
    """Every count of a report. The shares of one table may not add up to 100: each is rounded from its own count."""

    projects: int
    cities: int
    focus_areas: list[Part]
    involving: list[Part]
    stages: list[Part]
    states: list[Part]
    members: NotRequired[int]
    member_states: NotRequired[int]


Titles = dict[str, Texts]


def parts(counts: Counter[str], titles: Titles, total: int, *, all_of: bool) -> list[Part]:
    """A table in the order of `titles`. `all_of`: a code that no row has is a line with 0; otherwise it is left out."""
    return [_part(code, title, counts[code], total) for code, title in titles.items() if all_of or counts[code]]


def _part(code: str, title: Texts, count: int, total: int) -> Part:
    found = share(count, total)
    return {"code": code, "title": title, "count": count, "share": None if found is None else float(found)}


def compute(
    rows: Sequence[Row], *, areas: Titles, stages: Titles, states: Titles, groups: Mapping[str, Iterable[str]] | None = None
) -> Figures:
    """The figures of `rows`. `groups` are codes among `stages` for stages that a source did not tell apart.

    A group is a line only where a row has it. Where it is one, a stage of the group that no row names is left out: 0 would be a claim.
    """
    total = len(rows)
    by_stage = count(rows, lambda row: row["stage"])
    named = groups or {}
    untold = {stage for group, members in named.items() if by_stage[group] for stage in members}
    shown = {code: title for code, title in stages.items() if by_stage[code] or (code not in named and code not in untold)}
    involved: Counter[str] = Counter(area for row in rows for area in set(row["areas"]))
    return {
        "projects": total,
        "cities": len({row["city"] for row in rows}),
        "focus_areas": parts(count(rows, lambda row: row["area"]), areas, total, all_of=True),
        "involving": parts(involved, areas, total, all_of=True),
        "stages": parts(by_stage, shown, total, all_of=True),
        "states": parts(count(rows, lambda row: row["state"]), states, total, all_of=False),
    }


def count(rows: Iterable[Row], of: Callable[[Row], Any]) -> Counter[str]:
    return Counter(of(row) for row in rows)
