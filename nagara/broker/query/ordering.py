"""The entity ordering language of orderBy (4.23): `name,age;desc`, `location;dist-asc`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nagara.broker.clock import parse_us
from nagara.broker.ld.context import Context
from nagara.broker.model.incoming import Entity
from nagara.broker.model.values import shown
from nagara.broker.problems import bad_data
from nagara.broker.query.geo import nearest
from nagara.broker.query.matching import targets
from nagara.broker.query.q import MEMBERS, Path

_DIRECTIONS = ("asc", "desc", "dist-asc", "dist-desc")
_MEMBERS = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"})
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d:\d\d(?:[.,]\d{1,6})?Z\Z", re.ASCII)
# The order of kinds of values (4.23.2).
_NUMBER, _STRING, _OBJECT, _ARRAY, _BOOLEAN, _TIME_OF_DAY, _DAY, _MOMENT, _ABSENT = range(9)


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One level of an ordering."""

    path: Path
    descending: bool
    distance: bool


def order_terms(text: str, context: Context) -> tuple[OrderTerm, ...]:
    """Read orderBy."""
    found = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(";")
        direction = direction or "asc"
        if direction not in _DIRECTIONS:
            raise bad_data(f"orderBy: {shown(direction)} is no direction; use one of {', '.join(_DIRECTIONS)} (4.23.3).")
        found.append(OrderTerm(_path(name, context), direction.endswith("desc"), direction.startswith("dist")))
    return tuple(found)


def _path(name: str, context: Context) -> Path:
    head, bracket, trail = name.partition("[")
    if bracket and not trail.endswith("]"):
        raise bad_data(f"orderBy: {shown(name)} leaves a '[' open.")
    if "://" in head or head.startswith("urn:"):
        first, subs = head, []
    else:
        first, *subs = head.split(".")
    if not first or not all(subs):
        raise bad_data(f"orderBy: {shown(name)} is no name of a member.")
    member = first in _MEMBERS
    return Path(
        first if member else context.full(first),
        member,
        tuple((sub if sub in MEMBERS else context.full(sub), sub) for sub in subs),
        tuple(trail[:-1].split(".")) if bracket else None,
    )


def check_collation(text: str) -> None:
    """Refuse what is no ICU collation (RFC 6067)."""
    collation_key(text)


def collation_key(text: str) -> Callable[[str], Any]:
    """What texts are sorted by: the collation named, or the root one, "und-x-icu" (4.23.1)."""
    import icu  # large, and only needed where texts are ordered

    name = "" if text in ("", "und-x-icu") else text
    if name and not re.fullmatch(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", name):
        raise bad_data(f"{shown(text)} is no collation; write one such as 'th', 'und-u-ks-level2' or 'de-u-co-phonebk' (RFC 6067).")
    locale = icu.Locale.forLanguageTag(name) if name else icu.Locale("")
    if name and name.partition("-")[0] not in _known_languages():
        raise bad_data(f"{shown(text)} names no language that this broker can sort by (RFC 6067).")
    collator = icu.Collator.createInstance(locale)
    if "ks-identic" in name:  # as the specification's example uses it: case makes no difference
        collator.setStrength(icu.Collator.SECONDARY)
    key: Callable[[str], Any] = collator.getSortKey
    return key


def _known_languages() -> frozenset[str]:
    import icu  # as above

    return frozenset({"und", *icu.Locale.getISOLanguages()})


def sorter(terms: tuple[OrderTerm, ...], reference: dict[str, Any] | None, collation: str) -> Callable[[list[Entity]], list[Entity]]:
    """A function that sorts entities; entities that tie stay in the order in which they came."""
    text_key = collation_key(collation)

    def arrange(entities: list[Entity]) -> list[Entity]:
        found = entities
        for term in reversed(terms):
            found = sorted(found, key=lambda entity, t=term: _key(entity, t, reference, text_key), reverse=term.descending)  # type: ignore[misc]
            if term.descending:  # what an entity lacks comes last whichever the direction (4.23.2)
                absent = [e for e in found if _key(e, term, reference, text_key)[0] == _ABSENT]
                found = [e for e in found if _key(e, term, reference, text_key)[0] != _ABSENT] + absent
        return found

    return arrange


def _key(entity: Entity, term: OrderTerm, reference: dict[str, Any] | None, text_key: Callable[[str], Any]) -> tuple[int, Any]:
    best: tuple[int, Any] | None = None
    for kind, value in targets(term.path, entity, lambda _: None):
        if term.distance and kind == "GeoProperty" and reference is not None:
            key: tuple[int, Any] = (-1, nearest(value, reference))
        else:
            key = _value_key(kind, value, text_key)
        if best is None or key < best:
            best = key
    return best if best is not None else (_ABSENT, 0)


def _value_key(kind: str, value: Any, text_key: Callable[[str], Any]) -> tuple[int, Any]:
    if kind == "LanguageProperty":
        value = value.get("@none", next(iter(value.values())))
    if isinstance(value, dict) and "@value" in value:
        value = value["@value"]
    if isinstance(value, bool):
        return _BOOLEAN, value
    if isinstance(value, int | float):
        return _NUMBER, value
    if isinstance(value, str):
        moment = parse_us(value)
        if moment is not None:
            return _MOMENT, moment
        if _DATE.match(value):
            return _DAY, value
        if _TIME.match(value):
            return _TIME_OF_DAY, value
        return _STRING, text_key(value)
    if isinstance(value, list):
        return _ARRAY, text_key(str(value[0]) if value else "")
    return _OBJECT, text_key(str(value))
