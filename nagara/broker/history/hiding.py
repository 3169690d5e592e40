"""What was deleted from the history: rules that every reader applies until the files are written anew without it (5.6.13, 5.6.15, 5.6.16)."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from nagara.broker.history.moments import Moment
from nagara.broker.store.names import Names

if TYPE_CHECKING:
    from nagara.broker.store.transaction import Txn

#: (full name of the attribute or '', datasetId or '' or '*', seq, n, below)
Rule = tuple[str, str, int | None, int | None, int]


class Hidden:
    """The rules of one tenant as one snapshot holds them."""

    def __init__(self, connection: sqlite3.Connection, names: Names) -> None:
        self._sql = connection
        self._names = names
        self._none = connection.execute("SELECT 1 FROM hidden LIMIT 1").fetchone() is None
        self._known: dict[int, list[Rule]] = {}

    def of(self, key: int) -> list[Rule]:
        """The rules about one entity."""
        if self._none:
            return []
        found = self._known.get(key)
        if found is None:
            rows = self._sql.execute("SELECT attr, dataset, seq, n, below FROM hidden WHERE entity = ?", (key,))
            found = self._known[key] = [(self._names.text(attr) if attr else "", *rest) for attr, *rest in rows]
        return found

    @staticmethod
    def hides(rules: list[Rule], moment: Moment) -> bool:
        """Whether an instance is gone."""
        return any(
            moment.row < below
            and (not attr or attr == moment.attr)
            and dataset in ("*", moment.dataset)
            and (seq is None or (seq == moment.seq and n == moment.n))
            for attr, dataset, seq, n, below in rules
        )

    def rows(self, keys: list[int] | None = None) -> list[tuple[Any, ...]]:
        """The rules as rows of a table `gone` (history/segments.py), of some entities or of all."""
        if self._none:
            return []
        if keys is None:
            keys = [key for (key,) in self._sql.execute("SELECT DISTINCT entity FROM hidden")]
        return [(key, *rule) for key in keys for rule in self.of(key)]


def hide(txn: Txn, key: int, attr: str, dataset: str = "*", seq: int | None = None, n: int | None = None, below: int | None = None) -> None:
    """Leave out of history, from now on, what was written until now."""
    if below is None:
        below = 1 + (txn.connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'observation'").fetchone() or (0,))[0]
    number = txn.name(attr) if attr else 0
    txn.connection.execute("INSERT INTO hidden VALUES (?, ?, ?, ?, ?, ?)", (key, number, dataset, seq, n, below))
