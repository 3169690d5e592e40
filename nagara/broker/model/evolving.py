"""How the history of an entity is shown: normalized, concise, as pairs of value and time, or aggregated (4.5.6 to 4.5.9, 4.5.19)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nagara.broker.clock import iso
from nagara.broker.history.moments import OBSERVED, Moment
from nagara.broker.history.records import whole_seconds
from nagara.broker.history.window import Window
from nagara.broker.model.incoming import Entity
from nagara.broker.model.names import VALUE_MEMBER
from nagara.broker.model.showing import CONCISE, View, in_language, reified
from nagara.broker.store.naming import Naming

#: Attribute type -> the member that holds its pairs (4.5.9).
PAIRS = {
    "Property": "values",
    "GeoProperty": "values",
    "Relationship": "objects",
    "LanguageProperty": "languageMaps",
    "VocabProperty": "vocabs",
    "JsonProperty": "jsons",
    "ListProperty": "valueLists",
    "ListRelationship": "objectLists",
}


def head(entity: Entity, view: View) -> dict[str, Any]:
    """What is shown of the entity itself."""
    found: dict[str, Any] = {}
    if shows(view, "id"):
        found["id"] = entity["id"]
    if shows(view, "type"):
        types = [view.context.short(name) for name in entity["type"]]
        found["type"] = types[0] if len(types) == 1 else types
    if view.times:
        found["createdAt"] = iso(entity["createdAt"])
        found["modifiedAt"] = iso(entity["modifiedAt"])
        if "deletedAt" in entity:
            found["deletedAt"] = iso(entity["deletedAt"])
    return found


def shows(view: View, name: str) -> bool:
    """Whether a view lets a member or an attribute, by its full name, through."""
    if view.attrs is not None and name not in ("id", "type") and name not in view.attrs:
        return False
    if view.pick is not None and name not in view.pick.names:
        return False
    return view.omit is None or name not in view.omit.names


#: Members that are shown as they are kept.
_AS_SHOWN = frozenset({"type", "value", "observedAt", "unitCode", "datasetId", "instanceId", "createdAt", "modifiedAt"})


def show_instances(entity: Entity, moments: list[Moment], empty: Iterable[str], view: View, naming: Naming) -> dict[str, Any]:
    """Every instance as an object (4.5.7, 4.5.8). `empty`: attributes to show without instances."""
    found = head(entity, view)
    for name, some in by_attribute(moments, empty).items():
        found[view.context.short(name)] = [_instance(name, each, view, naming) for each in some]
    return found


def by_attribute(moments: list[Moment], empty: Iterable[str]) -> dict[str, list[Moment]]:
    """Instances by the full name of their attribute."""
    grouped: dict[str, list[Moment]] = {}
    for each in moments:
        grouped.setdefault(each.attr, []).append(each)
    for name in empty:
        grouped.setdefault(name, [])
    return grouped


def _instance(name: str, moment: Moment, view: View, naming: Naming) -> dict[str, Any]:
    known = moment.told or (naming.id(moment.seq, moment.n) if moment.seq else "")
    instance = {**moment.instance, "instanceId": known}
    if view.times:
        instance["createdAt"] = iso(moment.created)
        instance["modifiedAt"] = iso(moment.modified)
    if moment.deleted is not None:
        instance["deletedAt"] = iso(moment.deleted)
    elif known and instance["type"] == "Property" and view.form != CONCISE and _AS_SHOWN.issuperset(instance):
        return instance
    found = reified(name, instance, view)
    if not known:
        del found["instanceId"]  # a source told of it without
    return found


def show_pairs(entity: Entity, moments: list[Moment], empty: dict[str, str], view: View, window: Window) -> dict[str, Any]:
    """Values with their times (4.5.9). `empty`: attributes to show without values, and their types."""
    found = head(entity, view)
    for name, some in by_attribute(moments, empty).items():
        series: dict[tuple[str, str], list[Any]] = {}
        for each in some:
            kind, value = _value(each, view)
            series.setdefault((each.dataset, kind), []).append([value, _time(each, window)])
        if not some:
            series[("", empty[name])] = []
        shown = []
        for (dataset, kind), pairs in series.items():
            one: dict[str, Any] = {"type": kind}
            if dataset:
                one["datasetId"] = dataset
            one[PAIRS[kind]] = pairs
            shown.append(one)
        found[view.context.short(name)] = shown[0] if len(shown) == 1 else shown
    return found


def _time(moment: Moment, window: Window) -> str:
    if window.timeproperty == OBSERVED and "observedAt" in moment.instance:
        observed: str = moment.instance["observedAt"]
        return observed
    return iso(window.time(moment))


def _value(moment: Moment, view: View) -> tuple[str, Any]:
    kind = moment.instance["type"]
    value = moment.instance[VALUE_MEMBER[kind]]
    if kind == "LanguageProperty":
        return ("Property", in_language(value, view.lang)[0]) if view.lang else (kind, {"languageMap": value})
    if kind == "VocabProperty":
        word = view.context.short_word
        return kind, {"vocab": [word(one) for one in value] if isinstance(value, list) else word(value)}
    return kind, {"json": value} if kind == "JsonProperty" else value


#: (full name, datasetId, type) -> method -> [(value, start, end), …]
Aggregates = dict[tuple[str, str, str], dict[str, list[tuple[Any, int, int]]]]


def show_aggregates(entity: Entity, aggregates: Aggregates, view: View) -> dict[str, Any]:
    """One value a period and method (4.5.19)."""
    found = head(entity, view)
    grouped: dict[str, list[dict[str, Any]]] = {}
    for (name, dataset, kind), by_method in aggregates.items():
        one: dict[str, Any] = {"type": kind}
        if dataset:
            one["datasetId"] = dataset
        for method, values in by_method.items():
            one[method] = [[value, whole_seconds(start), whole_seconds(end)] for value, start, end in values]
        grouped.setdefault(name, []).append(one)
    for name, some in grouped.items():
        found[view.context.short(name)] = some[0] if len(some) == 1 else some
    return found
