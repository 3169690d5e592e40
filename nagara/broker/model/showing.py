"""How entities are shown: normalized, concise, simplified and GeoJSON, whole or in part (4.5, 4.5.4, 4.5.16, 4.5.17, 4.15, 4.21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nagara.broker.clock import iso
from nagara.broker.ld.context import Context
from nagara.broker.model.incoming import Entity, Instance
from nagara.broker.model.names import GEOMETRIES, IMPLIED_TYPE, VALUE_MEMBER

NORMALIZED, CONCISE, SIMPLIFIED = "normalized", "concise", "simplified"
_TIMES = frozenset({"createdAt", "modifiedAt", "expiresAt"})


@dataclass(frozen=True, slots=True)
class Projection:
    """A list of members to keep or to leave out, with what it says of linked entities (4.21)."""

    names: frozenset[str]  # full names of attributes, and "id", "type", "scope"
    linked: Mapping[str, Projection] = field(default_factory=dict)  # full name of a relationship -> what of its target


@dataclass(frozen=True, slots=True)
class View:
    """What of an entity a request wants to see, and how. Two equal views show an entity alike."""

    context: Context
    form: str = NORMALIZED
    times: bool = False  # createdAt, modifiedAt, expiresAt (6.3.11)
    pick: Projection | None = None
    omit: Projection | None = None
    attrs: frozenset[str] | None = None
    datasets: frozenset[str] | None = None  # "@none" stands for the default instance
    lang: str | None = None

    @property
    def plain(self) -> bool:
        """Whether whole entities are shown, so that what was shown once can be shown again."""
        return self.pick is None and self.omit is None and self.attrs is None and self.datasets is None and self.lang is None

    @property
    def key(self) -> str:
        """Names a plain view in caches."""
        return f"{self.form}{'+' if self.times else ''}|{self.context.key}"


@dataclass(slots=True)
class Links:
    """Entities that relationships lead to, for an answer that holds them in place (4.5.23.2)."""

    found: Mapping[str, Entity]
    level: int
    seen: frozenset[str] = frozenset()


def chosen(entity: Entity, view: View) -> dict[str, list[Instance]]:
    """The attribute instances of `entity` that `view` lets through."""
    attrs: dict[str, list[Instance]] = entity["attrs"]
    if view.attrs is not None:
        attrs = {name: attrs[name] for name in attrs if name in view.attrs}
    if view.pick is not None:
        attrs = {name: attrs[name] for name in attrs if name in view.pick.names}
    if view.omit is not None:
        attrs = {name: attrs[name] for name in attrs if name not in view.omit.names}
    if view.datasets is not None:
        kept = {}
        for name, instances in attrs.items():
            some = [one for one in instances if one.get("datasetId", "@none") in view.datasets]
            if some:
                kept[name] = some
        attrs = kept
    return attrs


def _shows(view: View, member: str) -> bool:
    if view.pick is not None and member not in view.pick.names:
        return False
    return view.omit is None or member not in view.omit.names


def show(entity: Entity, view: View, links: Links | None = None) -> dict[str, Any]:
    """`entity` as a JSON object without its @context."""
    context = view.context
    short = context.short
    found: dict[str, Any] = {}
    if _shows(view, "id"):
        found["id"] = entity["id"]
    if _shows(view, "type"):
        types = entity["type"]
        found["type"] = short(types[0]) if len(types) == 1 else [short(name) for name in types]
    if "scope" in entity and _shows(view, "scope"):
        scope = entity["scope"]
        found["scope"] = scope[0] if len(scope) == 1 else scope
    if view.times:
        if "expiresAt" in entity:
            found["expiresAt"] = entity["expiresAt"]
        found["createdAt"] = iso(entity["createdAt"])
        found["modifiedAt"] = iso(entity["modifiedAt"])
    attrs = entity["attrs"] if view.plain else chosen(entity, view)
    if view.times:
        attrs = {name: [_with_times(one, entity["createdAt"]) for one in instances] for name, instances in attrs.items()}
    shape = _simple if view.form == SIMPLIFIED else _reified
    for name, instances in attrs.items():
        found[short(name)] = shape(name, instances, view, links)
    return found


def _with_times(instance: Instance, born: int) -> Instance:
    """`instance` with its times written out; `born` is when its entity was created."""
    created: int = instance.get("createdAt", born)
    return {**instance, "createdAt": iso(created), "modifiedAt": iso(instance.get("modifiedAt", created))}


def _reified(name: str, instances: list[Instance], view: View, links: Links | None) -> Any:
    if len(instances) == 1:
        return _instance(name, instances[0], view, links)
    return [_instance(name, one, view, links) for one in instances]


def _instance(name: str, instance: Instance, view: View, links: Links | None) -> Any:
    kind = instance["type"]
    held = VALUE_MEMBER[kind]
    concise = view.form == CONCISE
    short = view.context.short
    found: dict[str, Any] = {}
    if not concise:
        found["type"] = kind
    if kind == "LanguageProperty" and view.lang:
        value, lang = in_language(instance["languageMap"], view.lang)
        if not concise:
            found["type"] = "Property"
        found["value"] = value
        found["lang"] = lang
    else:
        value = instance[held]
        if kind == "VocabProperty":
            word = view.context.short_word
            value = [word(one) for one in value] if isinstance(value, list) else word(value)
        elif kind == "ListRelationship" and not concise:
            value = [{"object": one} for one in value]
        found[held] = value
    for member, value in instance.items():
        if member in ("type", "attrs", held):
            continue
        if member in _TIMES:
            if view.times:
                found[member] = value
        elif member in ("objectType", "valueType", "entityTypeSealed"):
            word = view.context.short_word
            found[member] = [word(one) for one in value] if isinstance(value, list) else word(value)
        else:
            found[member] = value
    subs = instance.get("attrs")
    if subs:
        for sub, instances in subs.items():
            found[short(sub)] = _reified(sub, instances, view, None)
    if links is not None and kind in ("Relationship", "ListRelationship"):
        linked = _linked(name, instance, view, links)
        if linked is not None:
            found["entity" if kind == "Relationship" else "entityList"] = linked
    if concise and len(found) == 1 and kind in ("Property", "GeoProperty") and _stands_alone(kind, found["value"]):
        return found["value"]
    return found


def reified(name: str, instance: Instance, view: View) -> dict[str, Any]:
    """One instance with all its members as an object, normalized or concise; members that are not known are shown as they are."""
    found: dict[str, Any] = _instance(name, {**instance, "instanceId": instance.get("instanceId", "")}, view, None)
    return found


def _stands_alone(kind: str, value: Any) -> bool:
    """Whether a concise value is read back as the same Property without an object around it."""
    if kind == "GeoProperty":
        return True
    if isinstance(value, dict):
        return "type" not in value and "@type" not in value and not any(member in IMPLIED_TYPE for member in value)
    if isinstance(value, list):
        return not any(isinstance(one, dict) for one in value)
    return True


def _simple(name: str, instances: list[Instance], view: View, links: Links | None) -> Any:
    if len(instances) == 1 and "datasetId" not in instances[0]:
        return _simple_value(name, instances[0], view, links)
    return {"dataset": {one.get("datasetId", "@none"): _simple_value(name, one, view, links) for one in instances}}


def _simple_value(name: str, instance: Instance, view: View, links: Links | None) -> Any:
    kind = instance["type"]
    value = instance[VALUE_MEMBER[kind]]
    if kind == "LanguageProperty":
        return in_language(value, view.lang)[0] if view.lang else {"languageMap": value}
    if kind == "VocabProperty":
        word = view.context.short_word
        return {"vocab": [word(one) for one in value] if isinstance(value, list) else word(value)}
    if kind == "JsonProperty":
        return {"json": value}
    if links is not None and kind in ("Relationship", "ListRelationship"):
        linked = _linked(name, instance, view, links)
        if linked is not None:
            return linked
    return value


def _linked(name: str, instance: Instance, view: View, links: Links) -> Any:
    """The entities that a relationship leads to, in place (4.5.23.2); None where there is none to show."""
    if links.level < 1:
        return None
    value = instance[VALUE_MEMBER[instance["type"]]]
    targets = value if isinstance(value, list) else [value]
    below = Links(links.found, links.level - 1, links.seen | frozenset(targets))
    inner = inner_view(view, name)
    shown = [show(links.found[one], inner, below) for one in targets if one in links.found and one not in links.seen]
    if not shown:
        return None
    return shown if isinstance(value, list) else shown[0]


def inner_view(view: View, name: str) -> View:
    """What of the target of relationship `name` is to be seen (4.21)."""
    pick, omit = _below(view.pick, name), _below(view.omit, name)
    return View(view.context, view.form, view.times, pick, omit, None, view.datasets, view.lang)


def _below(projection: Projection | None, name: str) -> Projection | None:
    return None if projection is None else projection.linked.get(name)


def in_language(texts: dict[str, Any], wanted: str) -> tuple[Any, str]:
    """The text of a language map that fits a language filter best, and its language (4.15)."""
    ranked = []
    for i, part in enumerate(wanted.split(",")):
        tag, *options = (piece.strip() for piece in part.split(";"))
        weight = 1.0
        for option in options:
            if option.startswith("q="):
                try:
                    weight = float(option[2:])
                except ValueError:
                    weight = 0.0
        if tag and weight > 0:
            ranked.append((-weight, i, tag.lower()))
    ranked.sort()
    by_tag = {tag.lower(): tag for tag in texts}
    for _, _, tag in ranked:
        if tag == "*":
            break
        if tag in by_tag:
            return texts[by_tag[tag]], by_tag[tag]
        for lower, real in by_tag.items():  # RFC 4647: "fr" also finds "fr-CH"
            if lower.startswith(tag + "-") or tag.startswith(lower + "-"):
                return texts[real], real
    chosen_tag = "@none" if "@none" in texts else next(iter(texts))
    return texts[chosen_tag], chosen_tag


def geometry_of(entity: Entity, name: str, datasets: frozenset[str] | None) -> Any:
    """The geometry that stands for `entity` in GeoJSON (4.5.16.1): of the default instance, or of the dataset asked for."""
    instances = entity["attrs"].get(name, [])
    for one in instances:
        if one["type"] != "GeoProperty" or one["value"].get("type") not in GEOMETRIES:
            continue
        dataset = one.get("datasetId", "@none")
        if (dataset in datasets) if datasets is not None else dataset == "@none":
            return one["value"]
    return None


def feature(entity: Entity, view: View, geometry_name: str, links: Links | None = None) -> dict[str, Any]:
    """`entity` as a GeoJSON Feature (4.5.16.2, 4.5.17.1)."""
    properties = show(entity, view, links)
    properties.pop("id", None)
    return {
        "id": entity["id"],
        "type": "Feature",
        "geometry": geometry_of(entity, geometry_name, view.datasets),
        "properties": properties,
    }
