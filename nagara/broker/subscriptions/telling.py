"""What a notification holds of an entity that changed (5.8.6, 5.3.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from nagara.broker.api.viewing import Showing, joined
from nagara.broker.clock import iso
from nagara.broker.http import GEO_JSON, LD_JSON
from nagara.broker.model.incoming import Entity, Instance
from nagara.broker.model.names import NULL, VALUE_MEMBER
from nagara.broker.model.showing import SIMPLIFIED, Links, View, feature, show
from nagara.broker.model.versions import NEWEST, conformed
from nagara.broker.settings import Limits
from nagara.broker.subscriptions.document import ATTRIBUTE_DELETED, Subscription
from nagara.broker.subscriptions.matching import Facts, instance_of

#: Finds the entities of some ids.
Load = Callable[[list[str]], dict[str, Entity]]

_PREVIOUS = {
    "value": "previousValue",
    "object": "previousObject",
    "languageMap": "previousLanguageMap",
    "vocab": "previousVocab",
    "json": "previousJson",
    "valueList": "previousValueList",
    "objectList": "previousObjectList",
}


def _previous(old: Instance, view: View) -> tuple[str, Any]:
    """The member that tells what the value was before."""
    member = VALUE_MEMBER[old["type"]]
    value = old[member]
    if member == "vocab":
        word = view.context.short_word
        value = [word(one) for one in value] if isinstance(value, list) else word(value)
    return _PREVIOUS[member], value


def _gone(kind: str, old: Instance | None, dataset: str | None, one: Subscription, at: int) -> Instance:
    """What stands for an instance that was deleted."""
    view = one.showing.view
    simple = view.form == SIMPLIFIED
    held = "Property" if simple else kind
    member = VALUE_MEMBER[held]
    found: Instance = {"type": held, member: {"@none": NULL} if member == "languageMap" else NULL}
    if dataset is not None:
        found["datasetId"] = dataset
    if old is not None and one.show_changes and not simple:
        name, value = _previous(old, view)
        found[name] = value
    if view.times and not simple:
        found.update({time: old[time] for time in ("createdAt", "modifiedAt") if old is not None and time in old})
        found["deletedAt"] = iso(at)
    return found


def _with_changes(facts: Facts, one: Subscription, at: int) -> Entity:
    """The entity as it is to be told of: what was deleted stands there as NGSI-LD Null, what changed with its value before."""
    entity = facts.entity
    if facts.deleted:
        attrs: dict[str, list[Instance]] = {}
        if one.show_changes or ATTRIBUTE_DELETED in one.triggers:
            for name, instances in entity["attrs"].items():
                if one.watched is None or name in one.watched:
                    attrs[name] = [_gone(old["type"], old, old.get("datasetId"), one, at) for old in instances]
        return {**entity, "attrs": attrs}
    removed = facts.attributes.get(ATTRIBUTE_DELETED, set())
    if not removed and not (one.show_changes and facts.before):
        return entity
    attrs = dict(entity["attrs"])
    if one.show_changes and facts.before is not None:
        for name, instances in entity["attrs"].items():
            attrs[name] = [_with_previous(new, instance_of(facts.before, name, new.get("datasetId")), one) for new in instances]
    for name in removed:
        left = attrs.get(name, [])
        datasets = {new.get("datasetId") for new in left}
        old_ones = [old for old in (facts.before or {"attrs": {}})["attrs"].get(name, ()) if old.get("datasetId") not in datasets]
        if not left and len(old_ones) > 1 and any("datasetId" not in old for old in old_ones):
            old_ones = [old for old in old_ones if "datasetId" not in old]  # all of it went: its name is enough
        attrs[name] = left + [_gone(old["type"], old, old.get("datasetId"), one, at) for old in old_ones]
    return {**entity, "attrs": attrs}


def _with_previous(new: Instance, old: Instance | None, one: Subscription) -> Instance:
    if old is None or old["type"] != new["type"]:
        return new
    member = VALUE_MEMBER[new["type"]]
    if old[member] == new[member]:
        return new
    name, value = _previous(old, one.showing.view)
    return {**new, name: value}


def tell(one: Subscription, facts: Facts, at: int, load: Load, limits: Limits) -> bytes:
    """The members of a notification that depend on the change: its data."""
    entity = _with_changes(facts, one, at)
    return told(one, [entity], load, limits, deleted_at=at if facts.deleted else None)


def told(one: Subscription, entities: list[Entity], load: Load, limits: Limits, deleted_at: int | None = None) -> bytes:
    """`"data":…` of a notification about these entities."""
    wanted: Showing = one.showing
    version = one.version
    if version is not None and version < NEWEST:
        entities = [conformed(entity, version) for entity in entities]
    seen = [(entity, wanted.view) for entity in entities]
    links: Links | None = None
    if wanted.join and deleted_at is None:
        seen, links = joined(entities, wanted, load, limits)
    if one.endpoint.accept == GEO_JSON:
        collection: dict[str, Any] = {
            "type": "FeatureCollection",
            "features": [feature(entity, view, wanted.geometry, links) for entity, view in seen],
        }
        if not one.endpoint.geo_link:
            collection["@context"] = wanted.view.context.source
        return b'"data":' + orjson.dumps(collection)
    data = []
    for entity, view in seen:
        value = show(entity, view, links)
        if deleted_at is not None:
            value["deletedAt"] = iso(deleted_at)
        if one.endpoint.accept == LD_JSON:
            value["@context"] = view.context.source
        data.append(value)
    return b'"data":' + orjson.dumps(data)


def key_of(one: Subscription) -> tuple[Any, ...]:
    """Subscriptions of one key are told the same of the same change."""
    view = one.showing.view
    if view.pick is not None or view.omit is not None:
        return (one.id,)
    geo = (one.endpoint.accept, one.endpoint.geo_link)
    return (one.showing, *geo, one.show_changes, one.watched, ATTRIBUTE_DELETED in one.triggers, one.version)
