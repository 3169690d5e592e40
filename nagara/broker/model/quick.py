"""The shapes in which nearly all attributes come, read at one look; `incoming` reads all others, and all that is wrong."""

from __future__ import annotations

from typing import Any

from nagara.broker.clock import parse_us
from nagara.broker.model.names import GEO_NAMES, NULL, PROOF
from nagara.broker.model.values import is_position, is_uri

_SCALARS = frozenset({float, int, str, bool})
_NO_PROPERTY = GEO_NAMES | {PROOF}


def quick(full: str, raw: dict[str, Any]) -> dict[str, Any] | None:
    """The instance that `raw` is, as it stands: a Property with a scalar, a Relationship with one object or a Point.

    With it may come its time and its unit; anything more, or anything amiss, and the answer is None.
    """
    kind = raw.get("type")
    members = 2
    if kind == "Property":
        value = raw.get("value")
        if type(value) not in _SCALARS or value == NULL or full in _NO_PROPERTY:
            return None
        unit = raw.get("unitCode")
        if unit is not None:
            if type(unit) is not str or not unit or unit == NULL:
                return None
            members = 3
    elif kind == "Relationship":
        uri = raw.get("object")
        if type(uri) is not str or uri == NULL or full in GEO_NAMES or not is_uri(uri):
            return None
    elif kind == "GeoProperty":
        value = raw.get("value")
        if type(value) is not dict or len(value) != 2 or value.get("type") != "Point" or not is_position(value.get("coordinates")):
            return None
    else:
        return None
    at = raw.get("observedAt")
    if at is not None:
        if parse_us(at) is None or "," in at:
            return None
        members += 1
    return raw if len(raw) == members else None
