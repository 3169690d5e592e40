"""Instances as the rows of a Parquet file, made to be read by others too: the columns, and the way there and back.

`number` and `text` hold the value so that it can be counted with; `form` says what it is: i whole number, f number,
b truth value (1, 0), s text, a array (`number` is its size), o object, u URI or word, d deleted. `doc` is the instance as
JSON, left out where the other columns tell all of it. Times are UTC.
"""

from __future__ import annotations

from typing import Any

import orjson

from nagara.broker.clock import iso
from nagara.broker.history.moments import Moment
from nagara.broker.model.incoming import Instance
from nagara.broker.model.names import VALUE_MEMBER

#: Column -> type, as they are read from the interchange file; the times are microseconds since 1970 there.
RAW = {
    "entity": "BIGINT",
    "id": "VARCHAR",
    "attr": "VARCHAR",
    "dataset": "VARCHAR",
    "kind": "VARCHAR",
    "form": "VARCHAR",
    "number": "DOUBLE",
    "text": "VARCHAR",
    "unit": "VARCHAR",
    "time": "BIGINT",
    "observed": "BIGINT",
    "created": "BIGINT",
    "modified": "BIGINT",
    "deleted": "BIGINT",
    "seq": "BIGINT",
    "n": "INTEGER",
    "row": "BIGINT",
    "doc": "VARCHAR",
}
_TIMES = ("time", "observed", "created", "modified", "deleted")
#: What a file holds of them.
STORED = ", ".join(f"make_timestamp({name}) AS {name}" if name in _TIMES else f'"{name}"' for name in RAW)
#: And the way back.
LOADED = ", ".join(f"epoch_us({name}) AS {name}" if name in _TIMES else f'"{name}"' for name in RAW)
COLUMNS = tuple(RAW)

_EXACT = 2**53
_SIMPLE = frozenset({"type", "value", "observedAt", "unitCode"})
_URIS = frozenset({"Relationship", "ListRelationship", "VocabProperty"})


def measured(instance: Instance) -> tuple[str, float | None, str | None]:
    """(form, number, text) of a value."""
    kind = instance["type"]
    value = instance[VALUE_MEMBER[kind]]
    if kind == "Property":
        if isinstance(value, dict) and "@value" in value:
            value = value["@value"]
        if isinstance(value, bool):
            return "b", float(value), None
        if isinstance(value, int):
            return "i", float(value), None
        if isinstance(value, float):
            return "f", value, None
        if isinstance(value, str):
            return "s", None, value
    if kind in _URIS:
        return "u", None, value if isinstance(value, str) else _json(value)
    if isinstance(value, list):
        return "a", float(len(value)), _json(value)
    return "o", None, _json(value)


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def record(moment: Moment, key: int, id_: str) -> dict[str, Any]:
    """An instance as a row; members that are None may be left out."""
    instance = moment.instance
    form, number, text = ("d", None, None) if moment.deleted is not None else measured(instance)
    found: dict[str, Any] = {
        "entity": key,
        "id": id_,
        "attr": moment.attr,
        "kind": instance["type"],
        "form": form,
        "time": moment.time,
        "created": moment.created,
        "modified": moment.modified,
        "seq": moment.seq,
        "n": moment.n,
        "row": moment.row,
    }
    if number is not None:
        found["number"] = number
    if text is not None:
        found["text"] = text
    if moment.observed is not None:
        found["observed"] = moment.observed
    if moment.deleted is not None:
        found["deleted"] = moment.deleted
    if moment.dataset:
        found["dataset"] = moment.dataset
    unit = instance.get("unitCode")
    if unit is not None:
        found["unit"] = unit
    if not _told_by_columns(instance, form):
        found["doc"] = orjson.dumps(instance).decode()
    return found


def _told_by_columns(instance: Instance, form: str) -> bool:
    if form not in "ifbs" or not _SIMPLE.issuperset(instance) or isinstance(instance["value"], dict):
        return False
    at = instance.get("observedAt")
    if at is not None and len(at) != 20:
        return False
    return form != "i" or -_EXACT < instance["value"] < _EXACT


def moment(row: tuple[Any, ...]) -> Moment:
    """The instance of a row in the order of COLUMNS."""
    (_, _, attr, dataset, kind, form, number, text, unit, _, observed, created, modified, deleted, seq, n, at_row, doc) = row
    if doc is not None:
        instance = orjson.loads(doc)
    else:
        instance = {"type": kind, "value": _value(form, number, text)}
        if observed is not None:
            instance["observedAt"] = whole_seconds(observed)
        if unit is not None:
            instance["unitCode"] = unit
        if dataset is not None:
            instance["datasetId"] = dataset
    return Moment(seq, n, attr, instance, created, modified, deleted, observed, at_row)


def _value(form: str, number: float, text: str) -> Any:
    if form == "i":
        return int(number)
    if form == "b":
        return number == 1.0
    return text if form == "s" else number


def whole_seconds(us: int) -> str:
    """A DateTime without a fraction where there is none."""
    text = iso(us)
    return text[:19] + "Z" if text.endswith(".000000Z") else text
