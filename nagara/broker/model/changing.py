"""How an entity changes: append, update, partial update, merge, replace and delete (5.6.2 to 5.6.5, 5.6.17 to 5.6.19; 5.5.8, 5.5.12).

Every function takes the entity as it is kept (it may be altered in place) and what is asked, and answers
with an `Outcome`: the entity after, and what was written and removed, for the indexes, the history and
the subscriptions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nagara.broker.ld.core import NGSI_LD
from nagara.broker.model.incoming import Entity, Instance
from nagara.broker.model.names import NULL, VALUE_MEMBER
from nagara.broker.model.values import geometry, has_null, language_map, shown, uri, without_none
from nagara.broker.problems import bad_data, not_found

SCOPE = NGSI_LD + "scope"


@dataclass(slots=True)
class Outcome:
    """What one operation made of one entity."""

    entity: Entity | None  # as it is now; None where it was deleted
    written: dict[str, list[Instance]] = field(default_factory=dict)  # full name -> instances written, as they are now
    removed: list[tuple[str, str | None, str]] = field(default_factory=list)  # (full name, datasetId, type)
    refused: list[tuple[str, str]] = field(default_factory=list)  # (full name, why it was left as it was)
    types: bool = False  # whether the entity has new types
    scope: bool = False  # whether its scope changed
    created: bool = False

    @property
    def touched(self) -> set[str]:
        """Full names of the attributes that were written or removed."""
        return set(self.written) | {name for name, _, _ in self.removed}


def created(entity: Entity, now: int) -> Outcome:
    """A new entity (5.6.1)."""
    entity["createdAt"] = entity["modifiedAt"] = now
    return Outcome(entity, dict(entity["attrs"]), types=True, scope="scope" in entity, created=True)


def replaced(current: Entity, entity: Entity, now: int) -> Outcome:
    """All of an entity anew; only its createdAt stays, and that of the attributes that it had before (5.6.18)."""
    outcome = created(entity, now)
    outcome.created = False
    entity["createdAt"] = current["createdAt"]
    before = current["attrs"]
    for name, instances in entity["attrs"].items():
        there = before.get(name, [])
        for one in instances:
            _dated(one, there, _place(there, one.get("datasetId")), now)
    outcome.scope = entity.get("scope") != current.get("scope")
    outcome.types = entity["type"] != current["type"]
    for name, instances in before.items():
        kept = entity["attrs"].get(name, [])
        for one in instances:
            if _place(kept, one.get("datasetId")) < 0:
                outcome.removed.append((name, one.get("datasetId"), one["type"]))
    return outcome


def _head(current: Entity, fragment: Entity, outcome: Outcome, now: int, *, new_scope: bool, overwrite: bool = True) -> None:
    """Types are added, the scope replaced or extended, the time of storage set (5.6.2.4, 5.6.3.4)."""
    current["modifiedAt"] = now
    for name in fragment.get("type", ()):
        if name not in current["type"]:
            current["type"].append(name)
            outcome.types = True
    if "scope" in fragment:
        before = current.get("scope")
        scope = fragment["scope"]
        if scope == NULL:
            current.pop("scope", None)
        elif overwrite and (before or new_scope):
            current["scope"] = scope
        elif new_scope:
            current["scope"] = list(dict.fromkeys((before or []) + scope))
        else:
            outcome.refused.append((SCOPE, "The entity has no scope to replace; append it instead (5.6.2.4)."))
        outcome.scope = current.get("scope") != before
    if "expiresAt" in fragment:
        if fragment["expiresAt"] == NULL:
            current.pop("expiresAt", None)
        else:
            current["expiresAt"] = fragment["expiresAt"]


def _place(instances: list[Instance], dataset: str | None) -> int:
    for i, one in enumerate(instances):
        if one.get("datasetId") == dataset:
            return i
    return -1


def _dated(instance: Instance, there: list[Instance], at: int, now: int) -> None:
    """Give an instance its times: new, or in the place of the one at `at`."""
    if at < 0:
        instance["createdAt"] = now
        return
    instance["modifiedAt"] = now
    if "createdAt" in there[at]:
        instance["createdAt"] = there[at]["createdAt"]


def _put(current: Entity, name: str, instance: Instance, outcome: Outcome, now: int) -> None:
    """Write one instance over the one of its dataset, or beside the others."""
    instances = current["attrs"].setdefault(name, [])
    at = _place(instances, instance.get("datasetId"))
    _dated(instance, instances, at, now)
    if at < 0:
        instances.append(instance)
    else:
        instances[at] = instance
    outcome.written.setdefault(name, []).append(instance)


def _drop(current: Entity, name: str, dataset: str | None, outcome: Outcome) -> bool:
    instances = current["attrs"].get(name, [])
    at = _place(instances, dataset)
    if at < 0:
        return False
    gone = instances.pop(at)
    if not instances:
        del current["attrs"][name]
    outcome.removed.append((name, dataset, gone["type"]))
    return True


def appended(current: Entity, fragment: Entity, now: int, *, overwrite: bool = True) -> Outcome:
    """Attributes added, and those that are there written over unless that is denied (5.6.3)."""
    outcome = Outcome(current)
    _head(current, fragment, outcome, now, new_scope=True, overwrite=overwrite)
    for name, instances in fragment["attrs"].items():
        for instance in instances:
            dataset = instance.get("datasetId")
            if instance.get("deleted"):
                if overwrite:
                    _drop(current, name, dataset, outcome)
            elif not overwrite and _place(current["attrs"].get(name, []), dataset) >= 0:
                outcome.refused.append((name, "The attribute exists and the request asks that nothing be overwritten."))
            else:
                _put(current, name, instance, outcome, now)
    return outcome


def updated(current: Entity, fragment: Entity, now: int) -> Outcome:
    """Attributes replaced, added where new, removed where the fragment holds an NGSI-LD Null (5.6.2)."""
    outcome = Outcome(current)
    _head(current, fragment, outcome, now, new_scope=False)
    for name, instances in fragment["attrs"].items():
        for instance in instances:
            if instance.get("deleted"):
                if not _drop(current, name, instance.get("datasetId"), outcome):
                    outcome.refused.append((name, "The entity has no such attribute to delete."))
            else:
                _put(current, name, instance, outcome, now)
    return outcome


def partially_updated(current: Entity, name: str, shown_name: str, change: Instance, now: int) -> Outcome:
    """Some members of one attribute changed, the others left (5.6.4)."""
    outcome = Outcome(current)
    dataset = change.get("datasetId")
    instances = current["attrs"].get(name, [])
    at = _place(instances, dataset)
    if at < 0:
        which = f" with the datasetId {dataset}" if dataset else ""
        raise not_found(f"{current['id']} has no attribute {shown_name!r}{which}.")
    target = instances[at]
    if change.get("deleted"):
        _drop(current, name, dataset, outcome)
        current["modifiedAt"] = now
        return outcome
    _same_type(shown_name, target, change)
    change = _as_type(shown_name, target, change, None)
    for member, value in change.items():
        if member == "attrs":
            subs = target.setdefault("attrs", {})
            for sub, given in value.items():
                for one in given:
                    _sub_put(subs, sub, one)
            if not subs:
                del target["attrs"]
        elif value == NULL:
            target.pop(member, None)
        elif member not in ("implied", "type"):
            target[member] = value
    target["modifiedAt"] = current["modifiedAt"] = now
    outcome.written[name] = [target]
    return outcome


def _sub_put(subs: dict[str, list[Instance]], name: str, change: Instance) -> None:
    instances = subs.setdefault(name, [])
    at = _place(instances, change.get("datasetId"))
    if change.get("deleted"):
        if at >= 0:
            instances.pop(at)
        if not instances:
            del subs[name]
        return
    if at >= 0:
        instances[at] = _settled(_as_type(name, instances[at], change, None))
    else:
        instances.append(_settled(_as_type(name, None, change, None)))


def _settled(instance: Instance) -> Instance:
    """`instance` with what only a merge needs taken away, and its own Nulls with it."""
    found = {k: v for k, v in instance.items() if k != "implied" and v != NULL}
    if "type" not in found or VALUE_MEMBER[found["type"]] not in found:
        raise bad_data("A new attribute needs a value.")
    if "attrs" in found:
        subs: dict[str, list[Instance]] = {}
        for name, given in found["attrs"].items():
            for one in given:
                if not one.get("deleted"):
                    subs.setdefault(name, []).append(_settled(_as_type(name, None, one, None)))
        found["attrs"] = subs
        if not subs:
            del found["attrs"]
    member = VALUE_MEMBER[found["type"]]
    if isinstance(found[member], dict | list) and has_null(found[member]):
        found[member] = _without_nulls(found[member])
    return found


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v != NULL}
    if isinstance(value, list):
        return [_without_nulls(v) for v in value if v != NULL]
    return value


def _same_type(name: str, target: Instance, change: Instance) -> None:
    asked = change.get("type")
    if asked is None:
        return
    if asked != target["type"] and not change.get("implied"):
        raise bad_data(f"{name!r} is a {target['type']} and cannot become a {asked} (5.6.4).")
    if change.get("implied") and asked != target["type"] and VALUE_MEMBER[asked] != VALUE_MEMBER[target["type"]]:
        raise bad_data(f"{name!r} is a {target['type']}, whose value is called {VALUE_MEMBER[target['type']]!r}.")


def _as_type(name: str, target: Instance | None, change: Instance, lang: str | None) -> Instance:
    """A change whose value came without its type, read as the attribute that it meets (5.6.17.4)."""
    if "raw" not in change:
        if target is not None and change.get("implied") and target["type"] == "GeoProperty" and "value" in change:
            change["value"] = geometry(change["value"], repr(name))
        return change
    raw = change["raw"]
    found = {k: v for k, v in change.items() if k != "raw"}
    kind = target["type"] if target is not None else "Property"
    if target is None and isinstance(raw, dict) and raw.get("type") in ("Point", "Polygon", "LineString") and "coordinates" in raw:
        kind = "GeoProperty"
    found["type"] = kind
    if kind == "LanguageProperty":
        if isinstance(raw, str | list) and lang:
            found["languageMap"] = language_map({lang: raw}, repr(name))
        else:
            found["languageMap"] = language_map(raw.get("languageMap", raw) if isinstance(raw, dict) else {"@none": raw}, repr(name))
    elif kind == "Property":
        found["value"] = without_none(raw)
    elif kind == "GeoProperty":
        found["value"] = geometry(raw, repr(name))
    elif kind == "Relationship":
        found["object"] = (
            [uri(one, f"The object of {name!r}") for one in raw] if isinstance(raw, list) else uri(raw, f"The object of {name!r}")
        )
    elif kind in ("ListProperty", "ListRelationship"):
        if not isinstance(raw, list):
            raise bad_data(f"{name!r} is a {kind}: its value must be a list, not {shown(raw)}.")
        found[VALUE_MEMBER[kind]] = raw if kind == "ListProperty" else [uri(one, f"Each object of {name!r}") for one in raw]
    else:
        raise bad_data(f"{name!r} is a {kind}: send {{{VALUE_MEMBER[kind]!r}: …}}.")
    return found


def attribute_replaced(current: Entity, name: str, shown_name: str, instance: Instance, now: int) -> Outcome:
    """One instance of an attribute anew (5.6.19)."""
    dataset = instance.get("datasetId")
    if _place(current["attrs"].get(name, []), dataset) < 0:
        which = f" with the datasetId {dataset}" if dataset else ""
        raise not_found(f"{current['id']} has no attribute {shown_name!r}{which}.")
    outcome = Outcome(current)
    current["modifiedAt"] = now
    _put(current, name, instance, outcome, now)
    return outcome


def attribute_deleted(current: Entity, name: str, shown_name: str, now: int, *, dataset: str | None, every: bool) -> Outcome:
    """One instance of an attribute away, or all of them (5.6.5)."""
    outcome = Outcome(current)
    if every and name in current["attrs"]:
        for one in current["attrs"].pop(name):
            outcome.removed.append((name, one.get("datasetId"), one["type"]))
    elif not _drop(current, name, dataset, outcome):
        which = f" with the datasetId {dataset}" if dataset else ""
        raise not_found(f"{current['id']} has no attribute {shown_name!r}{which}.")
    current["modifiedAt"] = now
    return outcome


def scope_deleted(current: Entity, now: int) -> Outcome:
    """The scope of an entity away (5.6.5.4)."""
    if "scope" not in current:
        raise not_found(f"{current['id']} has no scope.")
    del current["scope"]
    current["modifiedAt"] = now
    return Outcome(current, scope=True)


def reduced(current: Entity, names: set[str], now: int) -> Outcome:
    """The named attributes away, all their instances with them (5.6.21)."""
    outcome = Outcome(current)
    for name in names & set(current["attrs"]):
        for one in current["attrs"].pop(name):
            outcome.removed.append((name, one.get("datasetId"), one["type"]))
    if outcome.removed:
        current["modifiedAt"] = now
    return outcome


def merged(
    current: Entity, fragment: Entity, now: int, *, lang: str | None = None, observed_at: str | None = None, overwrite: bool = True
) -> Outcome:
    """A fragment laid over an entity at every depth, as JSON Merge Patch does (5.6.17, 5.5.12)."""
    outcome = Outcome(current)
    _head(current, fragment, outcome, now, new_scope=True, overwrite=overwrite)
    for name, instances in fragment["attrs"].items():
        for change in instances:
            dataset = change.get("datasetId")
            there = current["attrs"].get(name, [])
            at = _place(there, dataset)
            if change.get("deleted"):
                if at >= 0 and overwrite:
                    _drop(current, name, dataset, outcome)
            elif at < 0:
                _put(current, name, _settled(_as_type(name, None, change, lang)), outcome, now)
            elif not overwrite:
                outcome.refused.append((name, "The attribute exists and the request asks that nothing be overwritten."))
            else:
                target = there[at]
                if observed_at is not None and "observedAt" in target and "observedAt" not in change:
                    change["observedAt"] = observed_at
                _merge_instance(name, target, change, lang)
                target["modifiedAt"] = now
                outcome.written.setdefault(name, []).append(target)
    return outcome


def _merge_instance(name: str, target: Instance, change: Instance, lang: str | None) -> None:
    _same_type(name, target, change)
    change = _as_type(name, target, change, lang)
    member = VALUE_MEMBER[target["type"]]
    for key, value in change.items():
        if key in ("type", "implied"):
            continue
        if key == "attrs":
            subs = target.setdefault("attrs", {})
            for sub, given in value.items():
                for one in given:
                    there = subs.get(sub, [])
                    at = _place(there, one.get("datasetId"))
                    if at >= 0 and not one.get("deleted"):
                        _merge_instance(sub, there[at], one, lang)
                    else:
                        _sub_put(subs, sub, one)
            if not subs:
                del target["attrs"]
        elif value == NULL:
            target.pop(key, None)
        elif key == member and target["type"] in ("Property", "JsonProperty", "LanguageProperty"):
            target[key] = merge_patch(target.get(key), value)
        else:
            target[key] = value


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396 with the NGSI-LD Null in the place of null."""
    if not isinstance(patch, dict):
        return _without_nulls(patch)
    if not isinstance(target, dict) or "@value" in target or ("type" in target and "coordinates" in target):
        return _without_nulls(patch)
    found = dict(target)
    for key, value in patch.items():
        if value == NULL:
            found.pop(key, None)
        else:
            found[key] = merge_patch(found.get(key), value)
    return found
