"""From what a producer sends to what the broker keeps: entities and fragments in normalized, concise or simplified form (4.5).

What is kept of an entity is a dict of plain JSON values:

    {"id": …, "type": [full names], "scope": […]?, "expiresAt": …?, "createdAt": …, "modifiedAt": …,
     "attrs": {full name: [instance, …]}}    # these two times in microseconds since 1970

and of an attribute instance, one for each datasetId:

    {"type": "Property", "value": …, "observedAt"?, "unitCode"?, "datasetId"?, …, "createdAt"?, "modifiedAt"?,
     "attrs": {full name: [instance, …]}?}

An instance without createdAt is as old as its entity, and one without modifiedAt was not modified since.
In a fragment an instance may be partial, or `{"deleted": True}` for an NGSI-LD Null, or `{"raw": value}`
where only the attribute that it meets can say what the value is (simplified form, 5.6.17).
"""

from __future__ import annotations

from typing import Any

from nagara.broker.clock import parse_us
from nagara.broker.ld.context import Context
from nagara.broker.model.names import (
    FULL_NAMES,
    FULL_TYPES,
    GEO_NAMES,
    GEOMETRIES,
    IMPLIED_TYPE,
    NULL,
    OUTPUT_MEMBERS,
    PLAIN_MEMBERS,
    PROOF,
    RESERVED_NAMES,
    SYSTEM_MEMBERS,
    UNITLESS,
    VALUE_MEMBER,
)
from nagara.broker.model.quick import quick
from nagara.broker.model.values import geometry, has_null, is_geometry, is_uri, language_map, scopes, shown, uri, without_none
from nagara.broker.problems import bad_data

#: How a document is to be read: as a whole entity, as a fragment whose attributes replace what is there (5.5.8),
#: as one that is merged at every depth (5.5.12), or as the members of one attribute (5.6.4).
CREATE, UPDATE, MERGE, PARTIAL = 0, 1, 2, 3

Entity = dict[str, Any]
Instance = dict[str, Any]

_VALUE_MEMBERS = frozenset(IMPLIED_TYPE)
_IGNORED = frozenset({"@context", "createdAt", "modifiedAt", "deletedAt"})
#: Members of an entity that are no attributes, or must not be.
NOT_ATTRIBUTES = _IGNORED | RESERVED_NAMES | frozenset(FULL_NAMES) | frozenset({"id", "type", "scope", "expiresAt"})


def entity(raw: Any, context: Context, vertices: int = 20_000) -> Entity:
    """A whole entity (5.2.4) as it is kept, without its times."""
    if not isinstance(raw, dict):
        raise bad_data("An entity must be a JSON object.")
    found = fragment(raw, context, CREATE, vertices)
    if "id" not in found:
        raise bad_data("The entity has no id.")
    if "type" not in found:
        raise bad_data("The entity has no type.")
    return found


def fragment(raw: Any, context: Context, mode: int = UPDATE, vertices: int = 20_000, simplified: bool = False) -> Entity:
    """An entity fragment (5.4): what of an entity is to change."""
    if not isinstance(raw, dict):
        raise bad_data("An entity fragment must be a JSON object.")
    found: Entity = {}
    attrs: dict[str, list[Instance]] = {}
    for name, value in raw.items():
        if name not in NOT_ATTRIBUTES:
            full = context.full(name)
            one = quick(full, value) if type(value) is dict and not simplified else None
            if one is not None and full not in attrs:
                attrs[full] = [one]
                continue
            instances = attribute(name, full, value, context, mode, vertices, simplified)
            if full in attrs:
                instances = attrs[full] + instances
            attrs[full] = _one_per_dataset(name, instances)
            continue
        if name in _IGNORED:
            continue
        known = FULL_NAMES.get(name, name)
        if known == "id":
            found["id"] = uri(value, "The id of the entity")
        elif known == "type":
            found["type"] = entity_types(value, context)
        elif known == "scope":
            found["scope"] = _scope(value, mode)
        elif known == "expiresAt":
            found["expiresAt"] = NULL if value == NULL and mode != CREATE else _date_time(value, "expiresAt of the entity")
        else:
            raise bad_data(f"{name!r} has a meaning of its own in NGSI-LD and cannot be the name of an attribute (4.5.1).")
    found["attrs"] = attrs
    return found


def entity_types(value: Any, context: Context) -> list[str]:
    """The type member of an entity: one name or several, expanded (4.5.1)."""
    names = value if isinstance(value, list) else [value]
    if not names or any(not isinstance(name, str) or not name or name == NULL for name in names):
        raise bad_data("The type of an entity must be a name, or a list of names.")
    return list(dict.fromkeys(context.full(name) for name in names))


def _scope(value: Any, mode: int) -> Any:
    if value == NULL and mode != CREATE:
        return NULL
    return scopes(value)


def _date_time(value: Any, what: str) -> str:
    if parse_us(value) is None:
        raise bad_data(f"{what} must be a DateTime in UTC such as 2026-11-09T07:00:00Z, not {shown(value)} (4.6.3).")
    return value.replace(",", ".")


def _one_per_dataset(name: str, instances: list[Instance]) -> list[Instance]:
    if len(instances) > 1:
        seen = set()
        for instance in instances:
            dataset = instance.get("datasetId")
            if dataset in seen:
                raise bad_data(f"{name!r} has two instances with {'the datasetId ' + dataset if dataset else 'no datasetId'} (4.5.5).")
            seen.add(dataset)
    return instances


def attribute(
    name: str, full: str, raw: Any, context: Context, mode: int, vertices: int = 20_000, simplified: bool = False
) -> list[Instance]:
    """The instances of one attribute, in whatever of the representations they came."""
    if isinstance(raw, list) and raw and not simplified and all(_is_reified(part) for part in raw):
        return [_instance(name, full, part, context, mode, vertices) for part in raw]
    if simplified:
        return _simplified(name, full, raw, context)
    if isinstance(raw, dict):
        return [_instance(name, full, raw, context, mode, vertices)]
    return [_bare(name, full, raw, mode)]


def _is_reified(part: Any) -> bool:
    if not isinstance(part, dict):
        return False
    kind = part.get("type", part.get("@type"))
    if isinstance(kind, str):
        return kind in VALUE_MEMBER or kind in FULL_TYPES
    return kind is None and not _VALUE_MEMBERS.isdisjoint(part)


def _bare(name: str, full: str, raw: Any, mode: int) -> Instance:
    """A value alone, which stands for a Property (4.5.2.3); in a merge, for whatever the attribute is."""
    if raw is None:
        raise bad_data(f"{name!r} is null, which JSON-LD takes for absent; to delete it use {NULL!r} in an update (4.5.0).")
    if raw == NULL:
        if mode == CREATE:
            raise bad_data(f"{name!r}: the NGSI-LD Null cannot be stored (5.5.4).")
        return {"deleted": True}
    if mode >= MERGE:
        return {"raw": raw}
    if has_null(raw):
        raise bad_data(f"{name!r}: the NGSI-LD Null cannot be stored (5.5.4).")
    if full in GEO_NAMES:
        raise bad_data(f"{name!r} is always a GeoProperty: its value must be a GeoJSON geometry (4.7.1).")
    return {"type": "Property", "value": without_none(raw)}


def _simplified(name: str, full: str, raw: Any, context: Context) -> list[Instance]:
    """An attribute of the simplified representation (4.5.4), with `dataset` where it has several instances."""
    if isinstance(raw, dict) and len(raw) == 1 and isinstance(raw.get("dataset"), dict):
        found = []
        for dataset, value in raw["dataset"].items():
            for instance in _simplified(name, full, value, context):
                if dataset != "@none":
                    instance["datasetId"] = uri(dataset, f"The datasetId of {name!r}")
                found.append(instance)
        return found
    if raw is None:
        raise bad_data(f"{name!r} is null, which JSON-LD takes for absent; to delete it use {NULL!r} in an update (4.5.0).")
    if raw == NULL:
        return [{"deleted": True}]
    if isinstance(raw, dict) and len(raw) == 1:
        member = next(iter(raw))
        if member in ("languageMap", "json", "vocab"):
            return [_instance(name, full, raw, context, MERGE, 20_000)]
    return [{"raw": raw}]


def _instance(
    name: str, full: str, raw: dict[str, Any], context: Context, mode: int, vertices: int, members_only: bool = False
) -> Instance:
    """One attribute instance given as an object: normalized, concise with members, or a concise compound value."""
    kind = raw.get("type", raw.get("@type"))
    if kind is not None and (not isinstance(kind, str) or kind not in VALUE_MEMBER):
        if isinstance(kind, str) and kind in FULL_TYPES:
            kind = FULL_TYPES[kind]
        elif isinstance(kind, str) and kind in GEOMETRIES and "coordinates" in raw:
            return {"type": "GeoProperty", "value": geometry(raw, repr(name), vertices)}
        elif "@value" in raw:
            return _bare(name, full, raw, mode)
        else:
            raise bad_data(f"{name!r}: {shown(kind)} is no type of attribute; use one of {', '.join(VALUE_MEMBER)}.")
    found: Instance = {}
    subs: dict[str, list[Instance]] | None = None
    held: str | None = None
    for member, value in raw.items():
        if member == "type" or member == "@type":
            continue
        if member in FULL_NAMES:
            member = FULL_NAMES[member]
        if member in _VALUE_MEMBERS:
            if held is not None:
                raise bad_data(f"{name!r} has both {held!r} and {member!r}; an attribute holds one of them (4.5.2.2).")
            held = member
        elif member in PLAIN_MEMBERS:
            _plain(name, full, member, value, found, context, mode)
        elif member in SYSTEM_MEMBERS:
            continue
        elif member in OUTPUT_MEMBERS:
            raise bad_data(f"{name!r}: {member!r} is only sent by the broker, never to it (4.5.2.2).")
        elif member == "@context":
            raise bad_data(f"{name!r} holds an @context; it belongs at the top of the document (5.5.7).")
        elif member == "id" and kind is None and held is None:
            continue
        elif (
            kind is not None or members_only or not _VALUE_MEMBERS.isdisjoint(raw) or (mode >= MERGE and not PLAIN_MEMBERS.isdisjoint(raw))
        ):
            if member == "id":
                raise bad_data(f"{name!r}: an attribute has no id.")
            if member == "dataset":
                raise bad_data(f"{name!r}: 'dataset' belongs to the simplified representation only (4.5.4).")
            sub_full = context.full(member)
            if subs is None:
                subs = {}
            sub_mode = UPDATE if mode == PARTIAL else mode
            given = _one_per_dataset(member, attribute(member, sub_full, value, context, sub_mode, vertices))
            if mode == UPDATE:  # the whole attribute is written anew, so what is to go from it is just not there
                given = [one for one in given if "deleted" not in one]
            if given:
                subs[sub_full] = given
    if kind is None:
        if held is None and members_only:
            return {**found, "attrs": subs} if subs else found
        if held is None:
            return _untyped(name, full, raw, found, subs, mode)
        kind = IMPLIED_TYPE[held]
        if kind == "Property" and is_geometry(raw["value"]):
            kind = "GeoProperty"
        if mode >= MERGE:
            found["implied"] = True
    if held is None:
        if mode < MERGE:
            raise bad_data(f"{name!r} is a {kind} and needs {VALUE_MEMBER[kind]!r}.")
    elif held != VALUE_MEMBER[kind]:
        raise bad_data(f"{name!r} is a {kind}: its value is called {VALUE_MEMBER[kind]!r}, not {held!r} (4.5.2.2).")
    _check_kind(name, full, kind, found)
    found["type"] = kind
    if held is not None:
        value = _held(raw, held)
        if _is_null(held, value):
            if mode == CREATE:
                raise bad_data(f"{name!r}: the NGSI-LD Null cannot be stored (5.5.4).")
            gone: Instance = {"deleted": True}
            if "datasetId" in found:
                gone["datasetId"] = found["datasetId"]
            return gone
        found[held] = _value(name, kind, value, context, mode, vertices)
    if subs:
        found["attrs"] = subs
    return found


def _untyped(name: str, full: str, raw: dict[str, Any], found: Instance, subs: dict[str, list[Instance]] | None, mode: int) -> Instance:
    """An object with neither a type nor a value member: a compound value, or, in a merge, some members to change."""
    if mode >= MERGE and (found or not PLAIN_MEMBERS.isdisjoint(raw)):
        if subs:
            found["attrs"] = subs
        return found
    if found:
        raise bad_data(f"{name!r} has {', '.join(sorted(found))} but no value; give it 'value', 'object' or the like.")
    return _bare(name, full, raw, mode)


def _held(raw: dict[str, Any], held: str) -> Any:
    if held in raw:
        return raw[held]
    return next(value for member, value in raw.items() if FULL_NAMES.get(member) == held)


def _is_null(held: str, value: Any) -> bool:
    if value == NULL:
        return True
    if held == "languageMap":
        return value == {"@none": NULL}
    if held in ("valueList", "objectList"):
        return value in ([NULL], [{"object": NULL}])
    return False


def _check_kind(name: str, full: str, kind: str, found: Instance) -> None:
    if full in GEO_NAMES and kind != "GeoProperty":
        raise bad_data(f"{name!r} is always a GeoProperty, not a {kind} (4.7.1).")
    if "unitCode" in found and kind in UNITLESS:
        raise bad_data(f"{name!r}: a {kind} has no unitCode.")
    if "objectType" in found and kind not in ("Relationship", "ListRelationship"):
        raise bad_data(f"{name!r}: only relationships have an objectType.")
    if "valueType" in found:
        if kind in ("Relationship", "ListRelationship"):
            raise bad_data(f"{name!r}: relationships have no valueType.")
        if kind == "LanguageProperty" and not str(found["valueType"]).endswith("langString"):
            raise bad_data(f"{name!r}: the valueType of a LanguageProperty is langString (5.2.32).")


def _plain(name: str, full: str, member: str, value: Any, found: Instance, context: Context, mode: int) -> None:
    """One member that is no sub-attribute: dataset, time, unit, type of value."""
    if value == NULL and mode != CREATE and member != "datasetId":
        if mode >= MERGE:
            found[member] = NULL
        return
    if member == "datasetId":
        if value == "@none":
            return
        if not is_uri(value) or value == NULL:
            raise bad_data(f"{name!r}: datasetId must be a URI, not {shown(value)} (4.5.5).")
        found[member] = value
    elif member in ("observedAt", "expiresAt"):
        found[member] = _date_time(value, f"{member} of {name!r}")
    elif member == "unitCode":
        if not isinstance(value, str) or not value:
            raise bad_data(f"{name!r}: unitCode must be a text such as 'CEL' (UNECE/CEFACT codes).")
        found[member] = value
    elif member in ("objectType", "valueType"):
        names = value if isinstance(value, list) else [value]
        if not names or any(not isinstance(one, str) or not one for one in names):
            raise bad_data(f"{name!r}: {member} must be a name.")
        full_names = [context.word(one) for one in names]
        found[member] = full_names if isinstance(value, list) else full_names[0]
    elif member in ("entityIdSealed", "entityTypeSealed"):
        if full != PROOF:
            raise bad_data(f"{name!r}: {member} belongs to 'ngsildproof' only (4.5.2.2).")
        if not isinstance(value, str):
            raise bad_data(f"{name!r}: {member} must be a text.")
        found[member] = context.word(value) if member == "entityTypeSealed" else value
    elif member == "lang" and not isinstance(value, str):
        raise bad_data(f"{name!r}: lang must be a text.")


def _value(name: str, kind: str, value: Any, context: Context, mode: int, vertices: int) -> Any:
    """The value of an attribute of `kind`, checked and in the form that is kept."""
    if value is None:
        raise bad_data(f"{name!r}: the value is null, which JSON-LD takes for absent (4.5.0).")
    if mode != MERGE and isinstance(value, dict | list) and has_null(value):
        raise bad_data(f"{name!r}: the NGSI-LD Null cannot be stored (5.5.4).")
    if kind == "Property":
        if name == "ngsildproof" and not isinstance(value, dict):
            raise bad_data("The value of 'ngsildproof' must be an object that holds the proof (4.5.2.2).")
        return without_none(value) if isinstance(value, dict | list) else value
    if kind == "GeoProperty":
        return geometry(value, repr(name), vertices)
    if kind == "Relationship":
        if isinstance(value, list):
            if not value:
                raise bad_data(f"{name!r}: a Relationship needs an object.")
            return [uri(one, f"The object of {name!r}") for one in value]
        return uri(value, f"The object of {name!r}")
    if kind == "LanguageProperty":
        return value if mode >= MERGE and has_null(value) else language_map(value, repr(name))
    if kind == "VocabProperty":
        words = value if isinstance(value, list) else [value]
        if not words or any(not isinstance(word, str) or not word for word in words):
            raise bad_data(f"{name!r}: vocab must be a word, or a list of words.")
        full = [context.word(word) for word in words]
        return full if isinstance(value, list) else full[0]
    if kind == "JsonProperty":
        if not isinstance(value, dict | list) or (isinstance(value, list) and any(not isinstance(one, dict) for one in value)):
            raise bad_data(f"{name!r}: json must be an object, or a list of objects (4.5.24).")
        return value
    if not isinstance(value, list):
        raise bad_data(f"{name!r}: {VALUE_MEMBER[kind]} must be a list.")
    if kind == "ListProperty":
        return without_none(value)
    return [_list_object(name, one) for one in value]


def _list_object(name: str, one: Any) -> str:
    if isinstance(one, dict) and len(one) == 1:
        one = next(iter(one.values()))
    return uri(one, f"Each object of {name!r}")


def attribute_fragment(name: str, full: str, raw: Any, context: Context, mode: int, vertices: int = 20_000) -> Instance:
    """A fragment of one attribute, for partial update (5.6.4, read as MERGE) and replacement (5.6.19, read as CREATE)."""
    if isinstance(raw, dict):
        members = {member: value for member, value in raw.items() if member not in ("@context", "id", "@id")}
        if len(members) == 1 and next(iter(members)) in (name, full) and next(iter(members)) not in _VALUE_MEMBERS | PLAIN_MEMBERS:
            raw = members[next(iter(members))]
        else:
            raw = members
        if mode == PARTIAL and isinstance(raw, dict):
            if not raw:
                raise bad_data(f"The fragment holds nothing to change of {name!r}.")
            return _instance(name, full, raw, context, mode, vertices, members_only=True)
    found = attribute(name, full, raw, context, mode, vertices)
    if len(found) != 1:
        raise bad_data(f"{name!r}: one instance at a time; name the others by their datasetId in requests of their own.")
    return found[0]
