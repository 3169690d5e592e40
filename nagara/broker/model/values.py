"""What may stand as an identifier, a geometry, a language map or a scope (4.6, 4.7, 4.18)."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import SplitResult, urlsplit

import orjson

from nagara.broker.model.names import GEOMETRIES, NULL
from nagara.broker.problems import bad_data

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|\\^`\x7f]+\Z")
_LANGUAGE = re.compile(r"(?:@none|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\Z")
_SCOPE = re.compile(r"/?[^\W\d_]\w*(?:/[^\W\d_]\w*)*\Z")
# Letters by category that no eye can see: Hangul fillers, the empty Braille cell.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Cs", "Zl", "Zp", "Zs"})
_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def _visible(char: str) -> bool:
    point = ord(char)
    if 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF or char in _BLANK:
        return False
    return unicodedata.category(char) not in _INVISIBLE


def is_uri(text: object) -> bool:
    """Whether `text` is a URI, or an IRI whose characters can all be seen (RFC 3986, RFC 3987; 5.2.1)."""
    if not isinstance(text, str) or _URI.match(text) is None:
        return False
    return text.isascii() or all(_visible(char) for char in text if char > "\x7f")


def address(text: object) -> SplitResult | None:
    """The parts of an address of the web; None where it is none, such as one with half a bracket or a port that no port has."""
    if not isinstance(text, str):
        return None
    try:
        parts = urlsplit(text)
        return parts if parts.hostname and (parts.port is None or parts.port > 0) else None
    except ValueError:
        return None


def uri(text: object, what: str) -> str:
    """`text` where it is a URI; a refusal that names `what` otherwise."""
    if not isinstance(text, str) or not is_uri(text) or text == NULL:
        raise bad_data(f"{what} must be a URI such as urn:ngsi-ld:Sensor:1, not {shown(text)}.")
    return text


def shown(value: object) -> str:
    """`value` as it can be quoted in a message: short, and on one line."""
    try:
        text = orjson.dumps(value).decode()
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def is_position(point: Any) -> bool:
    """Whether `point` is a GeoJSON position in degrees."""
    if not isinstance(point, list) or not 2 <= len(point) <= 4:
        return False
    for number in point:
        if type(number) is not float and type(number) is not int:
            return False
    return -180 <= point[0] <= 180 and -90 <= point[1] <= 90


def _positions(coordinates: Any, depth: int) -> int:
    """How many positions `coordinates` holds, nested `depth` deep; -1 where it is malformed."""
    if depth == 0:
        return 1 if is_position(coordinates) else -1
    if not isinstance(coordinates, list) or not coordinates:
        return -1
    total = 0
    for part in coordinates:
        n = _positions(part, depth - 1)
        if n < 0:
            return -1
        total += n
    return total


def geometry(value: Any, what: str, vertices: int = 20_000) -> dict[str, Any]:
    """`value` as a GeoJSON geometry (4.7.1), also where it came as a text (4.7.2); refused with the reason otherwise."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise bad_data(f"{what} holds a text that is no GeoJSON geometry.") from None
    if not isinstance(value, dict):
        raise bad_data(f"{what} must be a GeoJSON geometry, an object with 'type' and 'coordinates'.")
    kind = value.get("type", value.get("@type"))
    if not isinstance(kind, str) or kind not in GEOMETRIES:
        raise bad_data(f"{what}: {shown(kind)} is no geometry type of NGSI-LD; use one of {', '.join(sorted(GEOMETRIES))} (4.7.1).")
    coordinates: Any = value.get("coordinates")
    total = _positions(coordinates, _DEPTH[kind])
    if total < 0:
        raise bad_data(
            f"{what}: the coordinates do not make a {kind}; positions are [longitude, latitude], within ±180 and ±90 degrees (RFC 7946)."
        )
    if total > vertices:
        raise bad_data(f"{what}: {total} positions are more than the {vertices} that this broker takes in one geometry.")
    if kind == "LineString" and total < 2:
        raise bad_data(f"{what}: a LineString needs two positions or more.")
    if kind in ("Polygon", "MultiPolygon"):
        for polygon in [coordinates] if kind == "Polygon" else coordinates:
            for ring in polygon:
                if len(ring) < 4 or ring[0] != ring[-1]:
                    raise bad_data(f"{what}: each ring of a polygon needs four positions or more, the last equal to the first.")
    found: dict[str, Any] = {"type": kind, "coordinates": coordinates}
    if isinstance(value.get("bbox"), list):
        found["bbox"] = value["bbox"]
    return found


def is_geometry(value: Any) -> bool:
    """Whether a concise value is to be read as a geometry (4.7.3)."""
    return isinstance(value, dict) and "coordinates" in value and isinstance(value.get("type"), str) and value["type"] in GEOMETRIES


def language_map(value: Any, what: str) -> dict[str, Any]:
    """`value` as a language map (4.6.5): language tags with a text, or several texts, for each."""
    if not isinstance(value, dict) or not value:
        raise bad_data(f"{what}: languageMap must be an object such as {{'th': '…', 'en': '…'}}.")
    for tag, text in value.items():
        if not _LANGUAGE.match(tag):
            raise bad_data(f"{what}: {shown(tag)} is no language tag (RFC 5646); '@none' stands for no language.")
        texts = text if isinstance(text, list) else [text]
        if not texts or any(not isinstance(one, str) for one in texts):
            raise bad_data(f"{what}: the languageMap must hold a text, or a list of texts, for {tag!r}.")
        if NULL in texts:
            raise bad_data(f"{what}: the NGSI-LD Null cannot be stored (5.5.4).")
    return value


def scopes(value: Any) -> list[str]:
    """`value` as a list of Scopes (4.18)."""
    found = value if isinstance(value, list) else [value]
    if not found:
        raise bad_data("scope must not be an empty list; leave it out where the entity has none.")
    for scope in found:
        if not isinstance(scope, str) or scope == NULL or not _SCOPE.match(scope):
            raise bad_data(f"{shown(scope)} is no Scope: levels of letters, digits and '_' that start with a letter, joined by '/' (4.18).")
    return list(dict.fromkeys(found))


def has_null(value: Any) -> bool:
    """Whether an NGSI-LD Null stands anywhere within `value`."""
    if isinstance(value, str):
        return value == NULL
    if isinstance(value, dict):
        return any(has_null(part) for part in value.values())
    if isinstance(value, list):
        return any(has_null(part) for part in value)
    return False


def without_none(value: Any) -> Any:
    """`value` without the members that are JSON null, which JSON-LD takes for absent (4.5.0)."""
    if isinstance(value, dict):
        if value.get("@type") == "@json":
            return value
        return {key: without_none(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [without_none(part) for part in value if part is not None]
    return value
