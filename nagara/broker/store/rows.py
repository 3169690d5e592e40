"""What the index tables hold of an entity: values, boxes, scopes."""

from __future__ import annotations

from typing import Any

from nagara.broker.clock import parse_us
from nagara.broker.model.incoming import Entity, Instance
from nagara.broker.problems import bad_data

#: kinds of a row in `value`
SCALAR, ELEMENT, OBJECT, LANGUAGE, WORD, PRESENT = range(6)
#: numbers of attribute types in `tally`
KINDS = (
    "Property",
    "Relationship",
    "GeoProperty",
    "LanguageProperty",
    "VocabProperty",
    "JsonProperty",
    "ListProperty",
    "ListRelationship",
)
KIND_NUMBER = {name: i + 1 for i, name in enumerate(KINDS)}

TEXT = 128  # characters of a text that the index holds
PLACES = 1024  # GeoProperty instances of one entity
# How the index holds truth values, which SQLite would take for numbers; and that an attribute is there, whatever it holds.
FALSE, TRUE, NOTHING = b"\x00", b"\x01", b""

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1

Row = tuple[Any, int]
Box = tuple[str, float, float, float, float]  # full name of the GeoProperty, min x, max x, min y, max y


def indexed(value: Any) -> Any:
    """A scalar as the index holds it; None where it holds nothing of it."""
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, str):
        return value[:TEXT]
    if isinstance(value, int):
        return value if _SMALLEST <= value <= _LARGEST else float(value)
    if isinstance(value, float):
        return value
    if isinstance(value, dict) and "@value" in value and not isinstance(value["@value"], dict | list):
        return indexed(value["@value"])
    return None


def value_rows(instances: list[Instance]) -> tuple[Row, ...]:
    """(value, kind) for each thing that the instances of one attribute hold, each once; at least one, so that the attribute can be found."""
    if len(instances) == 1:
        one = instances[0]
        kind = one["type"]
        if kind == "Property":
            value = one["value"]
            if type(value) is float:
                return ((value, SCALAR),)
            if type(value) is str:
                return ((value[:TEXT], SCALAR),)
        elif kind == "GeoProperty":
            return _PRESENT
        elif kind == "Relationship" and type(one["object"]) is str:
            return ((one["object"][:TEXT], OBJECT),)
    return tuple(_all_rows(instances)) or _PRESENT


_PRESENT: tuple[Row, ...] = ((NOTHING, PRESENT),)


def _all_rows(instances: list[Instance]) -> set[Row]:
    rows: set[Row] = set()
    for one in instances:
        kind = one["type"]
        if kind == "Property":
            _add(rows, one["value"], SCALAR)
        elif kind == "Relationship":
            found = one["object"]
            for uri in found if isinstance(found, list) else (found,):
                rows.add((uri[:TEXT], OBJECT))
        elif kind == "LanguageProperty":
            for text in one["languageMap"].values():
                for part in text if isinstance(text, list) else (text,):
                    rows.add((part[:TEXT], LANGUAGE))
        elif kind == "VocabProperty":
            found = one["vocab"]
            for word in found if isinstance(found, list) else (found,):
                rows.add((word[:TEXT], WORD))
        elif kind == "ListProperty":
            _add(rows, one["valueList"], SCALAR)
        elif kind == "ListRelationship":
            for uri in one["objectList"]:
                rows.add((uri[:TEXT], OBJECT))
    return rows


def _add(rows: set[Row], value: Any, kind: int) -> None:
    if isinstance(value, list):
        for part in value:
            if not isinstance(part, list):
                _add(rows, part, ELEMENT)
        return
    held = indexed(value)
    if held is not None:
        rows.add((held, kind))


def boxes(entity: Entity) -> list[Box]:
    """The box of every geometry of an entity, in the order of the document."""
    found = [
        (name, *box(one["value"]["coordinates"]))
        for name, instances in entity["attrs"].items()
        for one in instances
        if one["type"] == "GeoProperty"
    ]
    if len(found) > PLACES:
        raise bad_data(f"{entity['id']} has more than {PLACES} geometries.")
    return found


def box(coordinates: Any) -> tuple[float, float, float, float]:
    """min x, max x, min y, max y of GeoJSON coordinates."""
    if isinstance(coordinates[0], list):
        min_x, max_x, min_y, max_y = box(coordinates[0])
        for part in coordinates[1:]:
            a, b, c, d = box(part)
            min_x, max_x, min_y, max_y = min(min_x, a), max(max_x, b), min(min_y, c), max(max_y, d)
        return min_x, max_x, min_y, max_y
    x, y = coordinates[0], coordinates[1]
    return x, x, y, y


def scope_rows(entity: Entity) -> set[str]:
    """The scopes of an entity, each with its leading '/'."""
    return {scope if scope.startswith("/") else "/" + scope for scope in entity.get("scope", ())}


def expiry(entity: Entity) -> int | None:
    """When the entity or the first of its attributes expires, in microseconds since 1970."""
    times = [entity["expiresAt"]] if "expiresAt" in entity else []
    for instances in entity["attrs"].values():
        for one in instances:
            if "expiresAt" in one:
                times.append(one["expiresAt"])
    found = [us for us in map(parse_us, times) if us is not None]
    return min(found) if found else None
