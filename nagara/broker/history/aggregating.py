"""Aggregation functions over history (4.5.19.1): one DuckDB query over the files and the recent rows together."""
# ruff: noqa: S608 (the SQL put together here is ours throughout; what clients send is only ever bound)

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from nagara.broker.history import duck
from nagara.broker.history.moments import SCOPE, Moment
from nagara.broker.history.reading import Evolution, History, Wanted
from nagara.broker.history.records import RAW, STORED, record
from nagara.broker.history.window import Period
from nagara.broker.model.evolving import Aggregates
from nagara.broker.problems import bad_data

STEPS = 100_000  # periods of one series
VALUES = 500_000  # periods of one answer

#: What a method makes of the rows of one series in one period. Whole numbers stay so.
_SQL = {
    "totalCount": "count(*)",
    "distinctCount": "count(DISTINCT coalesce(text, number::VARCHAR))",
    "sum": "sum(number)",
    "avg": "avg(number)",
    "min": "min(number)",
    "max": "max(number)",
    "stddev": "stddev_pop(number) FILTER (form <> 'a')",
    "sumsq": "sum(number * number) FILTER (form <> 'a')",
}
_ORDERED = {"min": "min(text) FILTER (form = 's')", "max": "max(text) FILTER (form = 's')"}
#: What each form of value can be aggregated by (Tables 4.5.19.1-1 to -3).
ANY = frozenset({"totalCount", "distinctCount"})
ELIGIBLE = {
    **dict.fromkeys("ifb", frozenset(_SQL)),
    "a": ANY | {"sum", "avg", "min", "max"},
    "s": ANY | {"min", "max"},
    "o": ANY,
    "u": ANY,
}


_FORMS = "".join(ELIGIBLE)
_TEXT = 1 << _FORMS.index("s")
_BITS = "CASE form " + " ".join(f"WHEN '{form}' THEN {1 << bit}" for bit, form in enumerate(_FORMS)) + " ELSE 0 END"


@dataclass(slots=True)
class Aggregated:
    """What came of an aggregation: of each entity, and which forms of value each attribute held."""

    by_key: dict[int, Aggregates] = field(default_factory=dict)
    forms: dict[str, set[str]] = field(default_factory=dict)


def aggregate(
    history: History,
    some: list[Evolution],
    wanted: Wanted,
    methods: tuple[str, ...],
    period: Period,
    moments: dict[int, list[Moment]] | None = None,
) -> Aggregated:
    """Aggregate the history of some entities. `moments`: take these instances instead, which a query has chosen already."""
    found = Aggregated()
    ids = {one.key: one.entity["id"] for one in some}
    cursor = duck.cursor()
    with tempfile.NamedTemporaryFile(dir=history.scratch, prefix=".recent-", suffix=".tmp") as file:
        count = 0
        recent = moments is None and history.has_recent()
        chosen = {one.key: history.recent(one, wanted) for one in some} if recent else moments or {}
        for key, each in _flat(chosen):
            if each.deleted is None and each.attr != SCOPE:
                file.write(orjson.dumps(record(each, key, ids[key]), option=orjson.OPT_APPEND_NEWLINE))
                count += 1
        file.flush()
        columns = "entity, attr, dataset, kind, form, number, text, time, observed, created, modified, deleted"
        # With its attributes named, a query can meet no scope.
        values = "deleted IS NULL" + (
            "" if wanted.attrs is not None and SCOPE not in wanted.attrs else f" AND attr <> {duck.quoted(SCOPE)}"
        )
        sources, args = [], []
        if count:
            raw = f"read_json({duck.quoted(file.name)}, format = 'newline_delimited', columns = {duck.raw_columns(RAW)})"
            sources.append(f"SELECT {columns} FROM (SELECT {STORED} FROM {raw})")
        older = history.older_rows(some, wanted) if moments is None else None
        if older is not None:
            sources.append(f"SELECT {columns} FROM ({older[0]}) WHERE {values}")
            args = older[1]
        if sources:
            _fill(found, cursor, " UNION ALL ".join(sources), args, wanted, methods, period)
    return found


def _flat(chosen: dict[int, Any]) -> Iterator[tuple[int, Moment]]:
    for key, some in chosen.items():
        for each in some:
            yield key, each


def _fill(found: Aggregated, cursor: Any, source: str, args: list[Any], wanted: Wanted, methods: tuple[str, ...], period: Period) -> None:
    window = wanted.window
    column = {"observedAt": "observed", "createdAt": "created", "modifiedAt": "modified", "deletedAt": "deleted"}[window.timeproperty]
    time = f"epoch_us({column})" if not window.everything else f"epoch_us(coalesce({column}, time))"
    start, end = window.start, window.end
    if start is None or (end is None and (period.whole or period.months)):
        least, most = cursor.execute(f"SELECT min({time}), max({time}) FROM ({source})", args).fetchone()
        if least is None:
            return
        start = least if start is None else start
        end = most + 1 if end is None else end
    step, edges, ends = _steps(time, start, end, period)
    values = ", ".join(f"{_SQL[method]} AS {method}" for method in methods)
    grouped = f"FROM (SELECT *, {step} AS step FROM ({source})) GROUP BY entity, attr, dataset, step"
    rows = cursor.execute(
        f"SELECT entity, attr, dataset, step, any_value(kind), bit_or({_BITS}), {values} {grouped} LIMIT {VALUES + 1}", args
    ).fetchall()
    if len(rows) > VALUES:
        raise bad_data(f"More than {VALUES} periods would be answered; choose a longer aggrPeriodDuration or a shorter interval.")
    rows.sort(key=lambda row: (row[0], row[1], row[2] or "", row[3]))
    texts: dict[Any, dict[str, Any]] = {}
    ordered = [method for method in methods if method in _ORDERED]
    if ordered and any(row[5] & _TEXT for row in rows):
        some = ", ".join(_ORDERED[method] for method in ordered)
        for row in cursor.execute(f"SELECT entity, attr, dataset, step, {some} {grouped}", args).fetchall():
            texts[row[:4]] = dict(zip(ordered, row[4:], strict=True))
    for row in rows:
        key, attr, dataset, number, kind, bits = row[:6]
        forms = [form for bit, form in enumerate(_FORMS) if bits >> bit & 1]
        found.forms.setdefault(attr, set()).update(forms)
        eligible = frozenset().union(*(ELIGIBLE[form] for form in forms))
        series = found.by_key.setdefault(key, {}).setdefault((attr, dataset or "", kind), {})
        begin, end_of = (edges[number] if edges else start + number * period.us), ends(number)
        for method, value in zip(methods, row[6:], strict=True):
            if method not in eligible:
                continue
            if value is None and method in _ORDERED:
                value = texts[row[:4]][method]
            if value is not None:
                series.setdefault(method, []).append((_plain(value), begin, end_of))


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _steps(time: str, start: int, end: int | None, period: Period) -> tuple[str, list[int], Any]:
    """SQL that gives the number of the period that an instance lies in; where the periods begin, if not all are equally long; and where each ends."""
    if period.whole:
        last = end if end is not None else start
        return "0", [], lambda _: last
    if not period.months:
        return f"(({time} - {start}) // {period.us})", [], lambda number: start + (number + 1) * period.us
    edges: list[int] = []
    while len(edges) <= STEPS:
        edge = period.after(start, len(edges))
        if end is not None and edge >= end:
            break
        edges.append(edge)
    listed = "[" + ", ".join(map(str, edges)) + "]"
    return f"(len(list_filter({listed}::BIGINT[], lambda e: e <= {time})) - 1)", edges, lambda number: period.after(start, number + 1)
