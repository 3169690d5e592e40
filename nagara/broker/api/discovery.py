"""What types and attributes there are (5.7.5 to 5.7.10; 6.25 to 6.28), from counts that are kept with every write."""

from __future__ import annotations

from typing import Any

from nagara.broker.api.call import Call
from nagara.broker.http import Response
from nagara.broker.ld.context import Context
from nagara.broker.problems import not_found
from nagara.broker.store.rows import KINDS
from nagara.broker.store.tenant import Store

_DETAILS = frozenset({"details", "local"})
_LOCAL = frozenset({"local"})


class _Census:
    """The counts of a tenant, by name."""

    def __init__(self, store: Store) -> None:
        iris = {key: iri for iri, key in store.names.numbers.items()}
        self.entities: dict[str, int] = {}
        self.attributes: dict[str, dict[str, set[str]]] = {}  # type -> attribute -> attribute types
        self.kinds: dict[str, set[str]] = {}  # attribute -> attribute types
        self.instances: dict[str, int] = {}  # attribute -> how many
        for (type_, attr, kind), n in list(store.tally.items()):
            if n <= 0:
                continue
            if type_ and not attr:
                self.entities[iris[type_]] = n
            elif type_ and attr:
                self.attributes.setdefault(iris[type_], {}).setdefault(iris[attr], set()).add(KINDS[kind - 1])
            elif attr:
                self.kinds.setdefault(iris[attr], set()).add(KINDS[kind - 1])
                self.instances[iris[attr]] = self.instances.get(iris[attr], 0) + n

    def types_with(self, attribute: str) -> list[str]:
        return sorted(type_ for type_, attributes in self.attributes.items() if attribute in attributes)


def _list_id(name: str) -> str:
    return f"urn:ngsi-ld:{name}:nagara"


async def entity_types(call: Call) -> Response:
    """GET /types: the types of entities here, or details of each (5.7.5, 5.7.6; 6.25.3.1)."""
    params = call.params(_DETAILS)
    kind = call.accepts()
    context = await call.linked()
    census = _Census(call.store)
    if params.flag("details"):
        found = [
            {
                "id": type_,
                "type": "EntityType",
                "typeName": context.short(type_),
                "attributeNames": sorted(context.short(name) for name in census.attributes.get(type_, ())),
            }
            for type_ in sorted(census.entities)
        ]
        return await call.answer(found, context, kind)
    names = sorted(context.short(type_) for type_ in census.entities)
    return await call.answer({"id": _list_id("EntityTypeList"), "type": "EntityTypeList", "typeList": names}, context, kind)


async def entity_type(call: Call) -> Response:
    """GET /types/{type}: one type, how many entities it has and with which attributes (5.7.7, 6.26.3.1)."""
    call.params(_LOCAL)
    kind = call.accepts()
    context = await call.linked()
    type_ = context.full(call.args["name"])
    census = _Census(call.store)
    if type_ not in census.entities:
        raise not_found(f"There is no entity of the type {call.args['name']!r} ({type_}).")
    found = {
        "id": type_,
        "type": "EntityTypeInfo",
        "typeName": context.short(type_),
        "entityCount": census.entities[type_],
        "attributeDetails": [
            {"id": name, "type": "Attribute", "attributeName": context.short(name), "attributeTypes": sorted(kinds)}
            for name, kinds in sorted(census.attributes.get(type_, {}).items())
        ],
    }
    return await call.answer(found, context, kind)


def _attribute(name: str, census: _Census, context: Context) -> dict[str, Any]:
    return {
        "id": name,
        "type": "Attribute",
        "attributeName": context.short(name),
        "typeNames": sorted(context.short(type_) for type_ in census.types_with(name)),
    }


async def attributes(call: Call) -> Response:
    """GET /attributes: the attributes of entities here, or details of each (5.7.8, 5.7.9; 6.27.3.1)."""
    params = call.params(_DETAILS)
    kind = call.accepts()
    context = await call.linked()
    census = _Census(call.store)
    if params.flag("details"):
        return await call.answer([_attribute(name, census, context) for name in sorted(census.kinds)], context, kind)
    names = sorted(context.short(name) for name in census.kinds)
    return await call.answer({"id": _list_id("AttributeList"), "type": "AttributeList", "attributeList": names}, context, kind)


async def attribute(call: Call) -> Response:
    """GET /attributes/{attrId}: one attribute, how often it occurs, of which types it is and on which it stands (5.7.10, 6.28.3.1)."""
    call.params(_LOCAL)
    kind = call.accepts()
    context = await call.linked()
    name = context.full(call.args["name"]) if call.args["name"] not in ("id", "type", "@id", "@type") else ""
    census = _Census(call.store)
    if name not in census.kinds:
        raise not_found(f"No entity has an attribute {call.args['name']!r} ({name}).")
    found = _attribute(name, census, context)
    found["attributeCount"] = census.instances[name]
    found["attributeTypes"] = sorted(census.kinds[name])
    return await call.answer(found, context, kind)
