"""Reading the history of entities: recent rows from the store, older ones from the files, as one snapshot saw both."""
# ruff: noqa: S608 (the SQL put together here is ours throughout; what clients send is only ever bound)

from __future__ import annotations

import heapq
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from nagara.broker.history import duck
from nagara.broker.history.hiding import Hidden
from nagara.broker.history.moments import CREATED, DELETED, MODIFIED, OBSERVED, Moment, unfold
from nagara.broker.history.records import LOADED, moment
from nagara.broker.history.segments import NOT_HIDDEN, Segment, mark, named
from nagara.broker.history.window import Window
from nagara.broker.model.incoming import Entity
from nagara.broker.problems import Problem
from nagara.broker.query.finding import keys_of
from nagara.broker.query.planning import plan
from nagara.broker.query.selecting import Selection
from nagara.broker.store.tenant import Store

MOST = 400_000  # rows that one request may look at one by one
_CHUNK = 100
_COLUMN = {OBSERVED: "observed", CREATED: "created", MODIFIED: "modified", DELETED: "deleted"}
_LEAST, _LARGEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Evolution:
    """An entity whose history may be read: as it is, or, where it was deleted, what is left of it."""

    key: int
    home: int
    entity: Entity  # of a deleted one: "id", "type", "createdAt", "deletedAt", and names of attributes under "attrs" without instances


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which instances are read: of these attributes and datasets, within this window; None for all."""

    window: Window
    attrs: frozenset[str] | None = None
    datasets: frozenset[str] | None = None  # "@none" stands for the default one

    def holds(self, one: Moment) -> bool:
        if self.attrs is not None and one.attr not in self.attrs:
            return False
        if self.datasets is not None and (one.dataset or "@none") not in self.datasets:
            return False
        return self.window.holds(one)


@dataclass(slots=True)
class Series:
    """Instances by entity, in the order of time; complete up to `bound` where they were cut there."""

    by_key: dict[int, list[Moment]] = field(default_factory=dict)
    bound: int | None = None

    def cut(self, bound: int | None) -> None:
        if bound is not None:
            self.bound = bound if self.bound is None else min(self.bound, bound)


class History:
    """The history of one tenant as it was when this was made; `close` lets it go."""

    def __init__(self, store: Store, connection: sqlite3.Connection, folder: Path, *, counted: bool = False) -> None:
        """`counted`: much will be counted together, so all that is in files is taken from there."""
        self.store = store
        self._sql = connection
        self._folder = folder
        self.scratch = store.path.parent  # for files that live as long as a request
        connection.execute("BEGIN")
        self.mark = mark(connection, "sealed" if counted else "dropped")
        self.hidden = Hidden(connection, store.names)

    def close(self) -> None:
        """End the snapshot."""
        self._sql.execute("ROLLBACK")

    # Entities

    def find(self, id_: str) -> Evolution | None:
        """The entity of an id, where it has a history."""
        row = self._sql.execute("SELECT key, id, doc, past, home FROM entity WHERE id = ? AND home IS NOT NULL", (id_,)).fetchone()
        return self._evolution(row) if row is not None else None

    def candidates(self, selection: Selection) -> Iterator[Evolution]:
        """The entities, deleted ones too, that a selection by id and type means, in the order of creation."""
        way = plan(self.store, selection, self._sql, None)
        live = keys_of(self._sql, way)
        chunk: list[int] = []
        for key in heapq.merge(live, self._gone(selection)):
            chunk.append(key)
            if len(chunk) == _CHUNK:
                yield from self._load(chunk, selection)
                chunk = []
        if chunk:
            yield from self._load(chunk, selection)

    def _gone(self, selection: Selection) -> list[int]:
        """The deleted entities that may be meant: those of the types that are asked for, or with the ids."""
        found: set[int] = set()
        for selector in selection.selectors:
            if selector.ids is not None:
                of_ids = f"SELECT key FROM entity WHERE doc IS NULL AND past IS NOT NULL AND id IN ({','.join('?' * len(selector.ids))})"
                found.update(key for (key,) in self._sql.execute(of_ids, selector.ids))
            elif selector.types is None or selector.types.every:
                return [key for (key,) in self._sql.execute("SELECT DISTINCT entity FROM past_type ORDER BY entity")]
            else:
                for some in selector.types.any_of:
                    number = self.store.names.numbers.get(next(iter(some)))
                    found.update(key for (key,) in self._sql.execute("SELECT entity FROM past_type WHERE type = ?", (number,)))
        return sorted(found)

    def _load(self, keys: list[int], selection: Selection) -> Iterator[Evolution]:
        sql = f"SELECT key, id, doc, past, home FROM entity WHERE home IS NOT NULL AND key IN ({','.join('?' * len(keys))}) ORDER BY key"
        for row in self._sql.execute(sql, keys).fetchall():
            found = self._evolution(row)
            if found is not None and any(selector.matches(found.entity) for selector in selection.selectors):
                yield found

    def _evolution(self, row: tuple[Any, ...]) -> Evolution | None:
        key, id_, doc, past, home = row
        names = self.store.names
        if doc is not None:
            return Evolution(key, home, names.unpack(doc))
        if past is None:
            return None
        told = orjson.loads(past)
        entity: Entity = {
            "id": id_,
            "type": [names.text(number) for number in told["type"]],
            "attrs": {names.text(number): [] for number in told["attrs"]},
            "createdAt": told["createdAt"],
            "modifiedAt": told["deletedAt"],
        }
        if not told.get("stateless"):
            entity["deletedAt"] = told["deletedAt"]
        return Evolution(key, home, entity)

    # Instances

    def read(self, some: list[Evolution], wanted: Wanted, *, first: int | None = None, last: int | None = None) -> Series:
        """The instances of some entities. `first`: about so many of the oldest are enough; `last`: of each attribute so many of the newest."""
        found = Series({one.key: [] for one in some})
        seen = 0
        for one in some:
            rows, bound = self._recent(one, wanted, first, last)
            found.cut(bound)
            found.by_key[one.key] += rows
            seen += len(rows)
            if seen > MOST:
                raise _too_much()
        for key, each in self._older(some, wanted, first, last, found):
            found.by_key[key].append(each)
        time = wanted.window.time
        for key, moments in found.by_key.items():
            if found.bound is not None:
                moments = [each for each in moments if time(each) <= found.bound]
            moments.sort(key=lambda each: (time(each), each.seq, each.n))
            found.by_key[key] = moments if last is None else newest(moments, last)
        return found

    def has_recent(self) -> bool:
        """Whether the store holds anything that counts."""
        return self._sql.execute("SELECT 1 FROM observation WHERE seq > ? LIMIT 1", (self.mark,)).fetchone() is not None

    def recent(self, one: Evolution, wanted: Wanted) -> Iterator[Moment]:
        """The instances that the store holds, in no order."""
        return self._unfolded(one, wanted, *self._range(wanted.window))

    def exist(self, some: list[Evolution], wanted: Wanted) -> set[int]:
        """The keys of those entities that have any instance that is wanted."""
        found: set[int] = set()
        for one in some:
            if next(self._unfolded(one, wanted, *self._range(wanted.window)), None) is not None:
                found.add(one.key)
        rest = [one for one in some if one.key not in found]
        source = self.older_rows(rest, wanted)
        if source is not None:
            sql, args = source
            found.update(key for (key,) in duck.cursor().execute(f"SELECT DISTINCT entity FROM ({sql})", args).fetchall())
        return found

    def instance(self, one: Evolution, attr: str, seq: int, n: int) -> Moment | None:
        """The instance of that number, as it stands now."""
        wanted = Wanted(Window(), frozenset({attr}))
        for where, args in (("mixed = 1", ()), ("seq = ?", (seq,))):
            for each in self._unfolded(one, wanted, where, args):
                if (each.seq, each.n) == (seq, n):
                    return each
        source = self.older_rows([one], wanted)
        if source is None:
            return None
        row = duck.cursor().execute(f"SELECT {LOADED} FROM ({source[0]}) WHERE seq = {seq} AND n = {n}", source[1]).fetchone()
        return moment(row) if row is not None else None

    def _unfolded(self, one: Evolution, wanted: Wanted, where: str, args: tuple[object, ...], *, few: bool = False) -> Iterator[Moment]:
        """What the rows that fit `where` tell. `few`: they are not many, and are read in one go."""
        names = self.store.names
        rules = self.hidden.of(one.key)
        for seq, at, doc in (self._at_once if few else self._one_by_one)(where, (one.key, self.mark, *args)):
            for each in unfold(names, seq, at, doc, wanted.attrs):
                if wanted.holds(each) and not (rules and self.hidden.hides(rules, each)):
                    yield each

    def _one_by_one(self, where: str, args: tuple[object, ...]) -> Iterator[tuple[int, int, bytes | str]]:
        return self._sql.execute(f"SELECT seq, at, doc FROM observation WHERE entity = ? AND seq > ? AND {where}", args)

    def _at_once(self, where: str, args: tuple[object, ...]) -> Iterator[tuple[int, int, bytes | str]]:
        """The same as one row of text: each row asked for would let go of Python's lock and wait to have it back."""
        sql = f"SELECT group_concat(seq || ' ' || at || ' ' || CAST(doc AS TEXT), char(10)) FROM observation WHERE entity = ? AND seq > ? AND {where}"
        text = self._sql.execute(sql, args).fetchone()[0]
        for line in text.split("\n") if text is not None else ():  # no document holds a line break: they are compact JSON
            seq, at, doc = line.split(" ", 2)
            yield int(seq), int(at), doc

    def _range(self, window: Window) -> tuple[str, tuple[object, ...]]:
        """The recent rows that may hold instances of a window."""
        start = _LEAST if window.start is None else window.start
        end = _LARGEST if window.end is None else window.end
        if window.everything:
            return "true", ()
        if window.timeproperty == OBSERVED:
            if not window.relation:
                return "(observed IS NOT NULL)", ()
            return "(observed >= ? AND observed < ? OR mixed = 1)", (start, end)
        if window.timeproperty == DELETED or not window.relation:
            return "true", ()
        # `at` grows with `seq`: the rows of an interval are an interval of numbers.
        return "(seq >= ? AND seq < ? OR mixed = 1)", (self._number_at(start), self._number_at(end))

    def _number_at(self, at: int) -> int:
        """The number of the first row written at `at` or later."""
        low, high = self.mark + 1, (self._sql.execute("SELECT max(seq) FROM observation").fetchone()[0] or 0) + 1
        while low < high:
            middle = (low + high) // 2
            row = self._sql.execute("SELECT seq, at FROM observation WHERE seq >= ? ORDER BY seq LIMIT 1", (middle,)).fetchone()
            if row is None or row[1] >= at:
                high = middle
            else:
                low = row[0] + 1
        return low

    def _recent(self, one: Evolution, wanted: Wanted, first: int | None, last: int | None) -> tuple[list[Moment], int | None]:
        """Instances from the store, and up to which time they are complete where not all were read."""
        window = wanted.window
        walked = window.timeproperty == OBSERVED and (first is not None or (last is not None and wanted.attrs is not None))
        if walked:
            return self._walk(one, wanted, first, last)
        found = []
        for each in self._unfolded(one, wanted, *self._range(window)):
            found.append(each)
            if len(found) > MOST:
                raise _too_much()
        return found, None

    def _walk(self, one: Evolution, wanted: Wanted, first: int | None, last: int | None) -> tuple[list[Moment], int | None]:
        """By time from the oldest or the newest row, until enough is found."""
        window = wanted.window
        start = _LEAST if window.start is None else window.start
        end = _LARGEST if window.end is None else window.end
        found = list(self._unfolded(one, wanted, "mixed = 1", ()))
        bound: int | None = None
        streams: list[tuple[str, str, tuple[object, ...]]] = [("mixed = 0 AND observed >= ? AND observed < ?", "observed", (start, end))]
        if window.everything:
            streams.append(("mixed = 0 AND observed IS NULL", "seq", ()))
        for where, order, args in streams:
            rows, limit = self._stream(one, wanted, (where, order, args), first, last)
            found += rows
            if limit is not None:
                bound = limit if bound is None else min(bound, limit)
        return found, bound

    def _stream(
        self, one: Evolution, wanted: Wanted, stream: tuple[str, str, tuple[object, ...]], first: int | None, last: int | None
    ) -> tuple[list[Moment], int | None]:
        where, order, args = stream
        direction = "" if first is not None else "DESC"
        size = first or last or 1
        while True:
            base = f"FROM observation WHERE entity = ? AND {where} AND seq > ? ORDER BY {order} {direction} LIMIT 1 OFFSET ?"
            row = self._sql.execute(f"SELECT {order}, at {base}", (one.key, *args, self.mark, size)).fetchone()
            if row is None:
                return list(self._unfolded(one, wanted, where, args, few=True)), None
            edge = f"{where} AND {order} {'<=' if first is not None else '>='} ?"
            rows = list(self._unfolded(one, wanted, edge, (*args, row[0]), few=True))
            limit = row[0] if order == "observed" else row[1]
            if first is not None and len(rows) >= first:
                return rows, limit
            if first is None and _enough(rows, wanted, last or 1):
                return rows, None
            size *= 8
            if size > MOST:
                raise _too_much()

    # From the files

    def segments(self, homes: Iterable[int], window: Window) -> list[Segment]:
        """The files that may hold instances of a window."""
        numbers = sorted(set(homes))
        found = named(self._sql, f"type IN ({','.join(map(str, numbers))})") if numbers else []
        if window.everything or window.timeproperty == DELETED:
            return found
        start = _LEAST if window.start is None else window.start
        end = _LARGEST if window.end is None else window.end
        if window.timeproperty == OBSERVED:
            return [one for one in found if one.last >= start and one.first < end]
        return [one for one in found if one.written_last >= start and one.written_first < end]

    def older_rows(self, some: list[Evolution], wanted: Wanted) -> tuple[str, list[Any]] | None:
        """An SQL source of the rows of the files that are wanted, and what it binds; None where there is none."""
        if not some:
            return None
        window = wanted.window
        keys = [one.key for one in some]
        low, high = min(keys), max(keys)
        found = self.segments((one.home for one in some), window)
        segments = [one for one in found if one.least <= high and one.most >= low and one.low <= self.mark]
        if not segments:
            return None
        source = duck.files([self._folder / one.path for one in segments])
        where = [f"entity IN ({','.join(map(str, keys))})" if len(keys) < 2_000 else f"entity BETWEEN {low} AND {high}"]
        if any(one.high > self.mark for one in segments):
            where.append(f'"row" <= {self.mark}')
        args: list[Any] = []
        if wanted.attrs is not None:
            where.append(f"attr IN ({','.join('?' * len(wanted.attrs))})" if wanted.attrs else "false")
            args += sorted(wanted.attrs)
        if wanted.datasets is not None:
            where.append(f"coalesce(dataset, '@none') IN ({','.join('?' * len(wanted.datasets))})")
            args += sorted(wanted.datasets)
        if not window.everything:
            column = _COLUMN[window.timeproperty]
            where.append(f"{column} IS NOT NULL" + (" AND deleted IS NULL" if window.timeproperty in (CREATED, MODIFIED) else ""))
            told = window.timeproperty == OBSERVED  # by the table of the files
            if window.start is not None and not (told and all(one.first >= window.start for one in segments)):
                where.append(f"{column} >= make_timestamp({window.start})")
            if window.end is not None and not (told and all(one.last < window.end for one in segments)):
                where.append(f"{column} < make_timestamp({window.end})")
        sql = f"SELECT * FROM {source} h WHERE {' AND '.join(where)}"
        rules = self.hidden.rows(keys)
        if rules:
            literals = ", ".join(
                f"({key}, {duck.quoted(attr)}, {duck.quoted(dataset)}, {'NULL' if seq is None else seq}, {'NULL' if n is None else n}, {below})"
                for key, attr, dataset, seq, n, below in rules
            )
            sql = f"SELECT * FROM ({sql}) h{NOT_HIDDEN.replace('FROM gone g', f'FROM (VALUES {literals}) g(entity, attr, dataset, seq, n, below)')}"
        return sql, args

    def _older(
        self, some: list[Evolution], wanted: Wanted, first: int | None, last: int | None, found: Series
    ) -> Iterator[tuple[int, Moment]]:
        source = self.older_rows(some, wanted)
        if source is None:
            return
        sql, args = source
        column = _COLUMN[wanted.window.timeproperty]
        order = f"coalesce({column}, time)"
        cursor = duck.cursor()
        if first is not None:
            edge = cursor.execute(f"SELECT epoch_us({order}) FROM ({sql}) ORDER BY {order} LIMIT 1 OFFSET {first}", args).fetchone()
            if edge is not None:
                found.cut(edge[0])
            if found.bound is not None:
                sql = f"SELECT * FROM ({sql}) WHERE {order} <= make_timestamp({found.bound})"
        if last is not None:
            sql = f"SELECT * FROM ({sql}) QUALIFY row_number() OVER (PARTITION BY entity, attr ORDER BY {order} DESC, seq DESC, n DESC) <= {last}"
        rows = cursor.execute(f"SELECT {LOADED} FROM ({sql}) LIMIT {MOST + 1}", args).fetchall()
        if len(rows) > MOST:
            raise _too_much()
        for row in rows:
            yield row[0], moment(row)


def newest(moments: list[Moment], last: int) -> list[Moment]:
    """The last so many of each attribute, from a list in the order of time."""
    seen: Counter[str] = Counter()
    kept = []
    for each in reversed(moments):
        if seen[each.attr] < last:
            seen[each.attr] += 1
            kept.append(each)
    kept.reverse()
    return kept


def _enough(rows: list[Moment], wanted: Wanted, last: int) -> bool:
    seen = Counter(each.attr for each in rows)
    return all(seen[attr] >= last for attr in wanted.attrs or ())


def _too_much() -> Problem:
    return Problem(
        "TooComplexQuery",
        f"More than {MOST} instances would have to be looked at; narrow the time interval, name attributes, or ask for aggregated values.",
    )
