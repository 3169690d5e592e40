"""The API described to machines: an OpenAPI 3.1 document made of the table of operations, so that it cannot lag behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nagara.broker.problems import ERRORS, TYPES

if TYPE_CHECKING:
    from nagara.broker.routes import Route, Routes

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_COUNT = {"type": "integer", "minimum": 0}
_NAMES = {"type": "string", "description": "names joined by commas"}

_PARAMETERS: dict[str, dict[str, Any]] = {
    "type": {"schema": _TEXT, "description": "types of entities, such as Building|House (4.17)"},
    "id": {"schema": _NAMES, "description": "ids of entities, joined by commas"},
    "idPattern": {"schema": _TEXT, "description": "a regular expression that ids match"},
    "q": {"schema": _TEXT, "description": 'conditions on attributes, such as temperature>20;status=="open" (4.9)'},
    "expandValues": {"schema": _NAMES, "description": "attributes whose values in q are words of a vocabulary"},
    "jsonKeys": {"schema": _NAMES, "description": "attributes whose values are raw JSON"},
    "csf": {"schema": _TEXT, "description": "conditions on context sources (4.9)"},
    "georel": {"schema": _TEXT, "description": "near;maxDistance==2000, within, contains, intersects, equals, disjoint, overlaps (4.10)"},
    "geometry": {"schema": _TEXT, "description": "type of the reference geometry"},
    "coordinates": {"schema": _TEXT, "description": "coordinates of the reference geometry, as a JSON array"},
    "geoproperty": {"schema": _TEXT, "description": "the GeoProperty searched; location by default"},
    "geometryProperty": {"schema": _TEXT, "description": "the GeoProperty shown as geometry in GeoJSON"},
    "scopeQ": {"schema": _TEXT, "description": "scopes, such as /Madrid/# (4.19)"},
    "attrs": {"schema": _NAMES, "description": "attributes of which one must be there, and to which the answer is reduced"},
    "pick": {"schema": _TEXT, "description": "members to keep, such as id,name,isIn{name} (4.21)"},
    "omit": {"schema": _TEXT, "description": "members to leave out (4.21)"},
    "datasetId": {"schema": _NAMES, "description": "datasets of attribute instances; @none for the default ones"},
    "lang": {"schema": _TEXT, "description": "language of LanguageProperties, such as th,en;q=0.8 (4.15)"},
    "format": {
        "schema": {"type": "string"},
        "description": "normalized, concise, simplified or keyValues; of history: normalized, concise, temporalValues, aggregatedValues",
    },
    "options": {
        "schema": _NAMES,
        "description": "keyValues, concise, sysAttrs, noOverwrite, replace or update, as the operation knows them",
    },
    "join": {"schema": {"type": "string", "enum": ["flat", "inline", "@none"]}, "description": "linked entities (4.5.23)"},
    "joinLevel": {"schema": {"type": "integer", "minimum": 1}},
    "containedBy": {"schema": _NAMES, "description": "ids not to be followed again"},
    "orderBy": {"schema": _TEXT, "description": "name,age;desc or location;dist-asc (4.23)"},
    "orderFrom": {"schema": _TEXT, "description": "coordinates from which distances are measured"},
    "orderGeometry": {"schema": _TEXT},
    "collation": {"schema": _TEXT, "description": "how texts are ordered, such as th or und"},
    "limit": {"schema": _COUNT},
    "offset": {"schema": _COUNT},
    "count": {"schema": _FLAG, "description": "tell in NGSILD-Results-Count how many there are"},
    "local": {"schema": _FLAG, "description": "ask no other context source"},
    "splitEntities": {"schema": _FLAG},
    "entityMap": {"schema": _FLAG, "description": "make an entity map of the answer (5.5.14)"},
    "entityMapLifetime": {"schema": _TEXT, "description": "how long the entity map is wanted, such as PT1H"},
    "keep": {"schema": _NAMES, "description": "attributes that a purge leaves"},
    "drop": {"schema": _NAMES, "description": "attributes that a purge takes"},
    "timerel": {"schema": {"type": "string", "enum": ["before", "after", "between"]}, "description": "the time interval (4.11)"},
    "timeAt": {"schema": {"type": "string", "format": "date-time"}},
    "endTimeAt": {"schema": {"type": "string", "format": "date-time"}},
    "timeproperty": {"schema": {"type": "string", "enum": ["observedAt", "createdAt", "modifiedAt", "deletedAt"]}},
    "lastN": {"schema": {"type": "integer", "minimum": 1}, "description": "so many of the newest instances of each attribute"},
    "aggrMethods": {"schema": _NAMES, "description": "totalCount, distinctCount, sum, avg, min, max, stddev, sumsq (4.5.19)"},
    "aggrPeriodDuration": {"schema": _TEXT, "description": "PT1H, P1D, P1M; the whole interval by default"},
    "deleteAll": {"schema": _FLAG, "description": "all instances of the attribute"},
    "observedAt": {"schema": {"type": "string", "format": "date-time"}},
    "details": {"schema": _FLAG},
    "kind": {"schema": {"type": "string", "enum": ["Cached", "Hosted", "ImplicitlyCreated"]}},
    "reload": {"schema": _FLAG},
}
_VIEW = "attrs containedBy datasetId format geometryProperty join joinLevel lang local omit options pick"
_TIMES = "timerel timeAt endTimeAt timeproperty lastN aggrMethods aggrPeriodDuration attrs datasetId format lang local omit options pick"
_FILTERS = "type id idPattern q expandValues jsonKeys csf georel geometry coordinates geoproperty scopeQ attrs local"

# "METHOD path" -> its parameters, the schema of its body, its successful answers.
_OPERATIONS: dict[str, tuple[str, str | None, dict[int, str]]] = {
    "POST entities": ("local", "Entity", {201: ""}),
    "GET entities": (
        f"{_FILTERS} {_VIEW} limit offset count orderBy orderFrom orderGeometry collation splitEntities",
        None,
        {200: "EntityList"},
    ),
    "DELETE entities": (f"{_FILTERS} keep drop", None, {204: "", 207: "BatchOperationResult"}),
    "GET entities/{id}": (f"type {_VIEW}", None, {200: "Entity", 203: "Entity"}),
    "PUT entities/{id}": ("type local", "Entity", {204: ""}),
    "PATCH entities/{id}": ("type local format options lang observedAt", "Entity", {204: ""}),
    "DELETE entities/{id}": ("type local", None, {204: ""}),
    "POST entities/{id}/attrs": ("type local options", "Entity", {204: "", 207: "UpdateResult"}),
    "PATCH entities/{id}/attrs": ("type local", "Entity", {204: "", 207: "UpdateResult"}),
    "PATCH entities/{id}/attrs/{attr}": ("type local", "Attribute", {204: ""}),
    "PUT entities/{id}/attrs/{attr}": ("type local", "Attribute", {204: ""}),
    "DELETE entities/{id}/attrs/{attr}": ("type local datasetId deleteAll", None, {204: ""}),
    "POST entityOperations/create": ("local", "EntityList", {201: "Ids", 207: "BatchOperationResult"}),
    "POST entityOperations/upsert": ("local options", "EntityList", {201: "Ids", 204: "", 207: "BatchOperationResult"}),
    "POST entityOperations/update": ("local options", "EntityList", {204: "", 207: "BatchOperationResult"}),
    "POST entityOperations/merge": ("local format options lang observedAt", "EntityList", {204: "", 207: "BatchOperationResult"}),
    "POST entityOperations/delete": ("local", "Ids", {204: "", 207: "BatchOperationResult"}),
    "POST entityOperations/query": ("limit offset count options format local lang geometryProperty", "Query", {200: "EntityList"}),
    "GET types": ("details local", None, {200: "Any"}),
    "GET types/{name}": ("local", None, {200: "Any"}),
    "GET attributes": ("details local", None, {200: "Any"}),
    "GET attributes/{name}": ("local", None, {200: "Any"}),
    **{
        f"{method} {folder}{rest}": found
        for folder in ("subscriptions", "csourceSubscriptions")
        for method, rest, found in (
            ("POST", "", ("", "Subscription", {201: ""})),
            ("GET", "", ("limit offset count options", None, {200: "Any"})),
            ("GET", "/{id}", ("options", None, {200: "Subscription"})),
            ("PATCH", "/{id}", ("", "Subscription", {204: ""})),
            ("DELETE", "/{id}", ("", None, {204: ""})),
        )
    },
    "POST csourceRegistrations": ("", "CSourceRegistration", {201: ""}),
    "GET csourceRegistrations": (f"{_FILTERS} limit offset count options", None, {200: "Any"}),
    "GET csourceRegistrations/{id}": ("options", None, {200: "CSourceRegistration"}),
    "PATCH csourceRegistrations/{id}": ("", "CSourceRegistration", {204: ""}),
    "DELETE csourceRegistrations/{id}": ("", None, {204: ""}),
    "GET entityMaps": (f"{_FILTERS} entityMapLifetime", None, {201: "Any"}),
    "POST entityMaps": ("entityMapLifetime", "Query", {201: "Any"}),
    "GET entityMaps/{id}": ("", None, {200: "Any"}),
    "PATCH entityMaps/{id}": ("", "EntityMap", {204: ""}),
    "DELETE entityMaps/{id}": ("", None, {204: ""}),
    "GET temporal/entityMaps": (f"{_FILTERS} entityMapLifetime", None, {201: "Any"}),
    "POST snapshots": ("", "Snapshot", {201: ""}),
    "DELETE snapshots": ("q", None, {204: ""}),
    "GET snapshots/{id}": ("", None, {200: "Any"}),
    "PATCH snapshots/{id}": ("", "Any", {200: "Any"}),
    "DELETE snapshots/{id}": ("", None, {204: ""}),
    "POST snapshots/{id}/clone": ("", "Snapshot", {201: ""}),
    "POST jsonldContexts": ("", "LdContext", {201: ""}),
    "GET jsonldContexts": ("details kind", None, {200: "Any"}),
    "GET jsonldContexts/{id}": ("details", None, {200: "Any"}),
    "DELETE jsonldContexts/{id}": ("reload", None, {204: ""}),
    "POST temporal/entities": ("local", "Entity", {201: "", 204: ""}),
    "GET temporal/entities": (f"{_FILTERS} {_TIMES} limit offset count orderBy collation splitEntities", None, {200: "Any", 206: "Any"}),
    "GET temporal/entities/{id}": (_TIMES, None, {200: "Any", 206: "Any"}),
    "DELETE temporal/entities/{id}": ("local", None, {204: ""}),
    "POST temporal/entities/{id}/attrs": ("local", "Entity", {204: ""}),
    "DELETE temporal/entities/{id}/attrs/{attr}": ("local datasetId deleteAll", None, {204: ""}),
    "PATCH temporal/entities/{id}/attrs/{attr}/{instance}": ("local", "Attribute", {204: ""}),
    "DELETE temporal/entities/{id}/attrs/{attr}/{instance}": ("local", None, {204: ""}),
    "POST temporal/entityOperations/query": ("limit offset count options format local lang", "Query", {200: "Any", 206: "Any"}),
    "GET info/sourceIdentity": ("", None, {200: "Any"}),
    "GET openapi.json": ("", None, {200: "Any"}),
    "GET health": ("", None, {200: "Any"}),
}

_URI = {"type": "string", "format": "uri"}
_SCHEMAS: dict[str, Any] = {
    "Any": {},
    "Entity": {
        "type": "object",
        "description": "An entity, or a fragment of one, with its attributes under their names (5.2.4)",
        "properties": {
            "id": _URI,
            "type": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]},
            "scope": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]},
            "expiresAt": {"type": "string", "format": "date-time"},
        },
        "additionalProperties": True,
    },
    "Attribute": {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "datasetId": _URI,
            "observedAt": {"type": "string", "format": "date-time"},
            "unitCode": _TEXT,
        },
        "additionalProperties": True,
    },
    "EntityList": {"type": "array", "items": {"$ref": "#/components/schemas/Entity"}},
    "Ids": {"type": "array", "items": _URI},
    "LdContext": {"type": "object", "required": ["@context"], "properties": {"@context": {}}},
    "Query": {"type": "object", "required": ["type"], "properties": {"type": {"const": "Query"}}, "additionalProperties": True},
    "Subscription": {
        "type": "object",
        "description": "Whom to tell of what, and how (5.2.12)",
        "required": ["type", "notification"],
        "properties": {
            "id": _URI,
            "type": {"const": "Subscription"},
            "entities": {"type": "array", "items": {"type": "object"}, "minItems": 1},
            "watchedAttributes": {"type": "array", "items": _TEXT, "minItems": 1},
            "q": _TEXT,
            "notification": {"type": "object", "properties": {"endpoint": {"type": "object"}}},
        },
        "additionalProperties": True,
    },
    "CSourceRegistration": {
        "type": "object",
        "description": "A context source and what may be asked of it (5.2.9)",
        "required": ["type", "information", "endpoint"],
        "properties": {
            "id": _URI,
            "type": {"const": "ContextSourceRegistration"},
            "endpoint": _URI,
            "information": {"type": "array", "items": {"type": "object"}, "minItems": 1},
            "mode": {"enum": ["inclusive", "exclusive", "redirect", "auxiliary"]},
            "operations": {"type": "array", "items": _TEXT},
        },
        "additionalProperties": True,
    },
    "EntityMap": {"type": "object", "properties": {"expiresAt": {"type": "string", "format": "date-time"}}},
    "Snapshot": {
        "type": "object",
        "description": "Queries whose results are to be frozen (5.2.41)",
        "required": ["type"],
        "properties": {
            "type": {"const": "Snapshot"},
            "snapshotQueries": {"type": "array", "items": {"$ref": "#/components/schemas/Query"}, "minItems": 1},
            "snapshotLifetime": _TEXT,
            "snapshotPriority": {"type": "integer", "minimum": 1, "maximum": 10},
        },
        "additionalProperties": True,
    },
    "BatchOperationResult": {
        "type": "object",
        "required": ["success", "errors"],
        "properties": {
            "success": {"type": "array", "items": _TEXT},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["entityId", "error"],
                    "properties": {"entityId": _TEXT, "error": {"$ref": "#/components/schemas/ProblemDetails"}},
                },
            },
        },
    },
    "UpdateResult": {
        "type": "object",
        "required": ["updated", "notUpdated"],
        "properties": {"updated": {"type": "array", "items": _TEXT}, "notUpdated": {"type": "array", "items": {"type": "object"}}},
    },
    "ProblemDetails": {
        "type": "object",
        "required": ["type", "title", "detail"],
        "properties": {
            "type": {"type": "string", "description": f"about:blank, or one of {', '.join(ERRORS + name for name in TYPES)}"},
            "title": _TEXT,
            "detail": _TEXT,
            "status": {"type": "integer"},
        },
    },
}


def _kinds(route: Route, name: str, *, answer: bool) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    kinds = ["application/json", "application/ld+json"]
    if not answer and route.method == "PATCH":
        kinds.append("application/merge-patch+json")
    if answer and name in ("Entity", "EntityList"):
        return {**{kind: {"schema": schema} for kind in kinds}, "application/geo+json": {"schema": {"type": "object"}}}
    return {kind: {"schema": schema} for kind in kinds}


def _operation(route: Route) -> dict[str, Any]:
    doc = (route.serve.__doc__ or "").strip()
    names, body, answers = _OPERATIONS.get(f"{route.method} {route.path}", ("", None, {200: "Any"}))
    parameters: list[dict[str, Any]] = [
        {"name": part, "in": "path", "required": True, "schema": {"type": "string"}} for part in re.findall(r"\{(\w+)\}", route.path)
    ]
    parameters += [{"name": name, "in": "query", **_PARAMETERS[name]} for name in dict.fromkeys(names.split())]
    parameters += [{"$ref": "#/components/parameters/NGSILD-Tenant"}, {"$ref": "#/components/parameters/Link"}]
    responses: dict[str, Any] = {}
    for status, name in answers.items():
        responses[str(status)] = {"description": name or "Done", **({"content": _kinds(route, name, answer=True)} if name else {})}
    problem = {"description": "Refused", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}}
    responses["4XX"] = problem
    responses["5XX"] = problem
    found: dict[str, Any] = {
        "operationId": route.serve.__name__,
        "summary": doc.partition(": ")[2].partition("\n")[0] or doc.partition("\n")[0],
        "parameters": parameters,
        "responses": responses,
        "x-scope": route.scope,
    }
    if route.open:
        found["security"] = []
    if body is not None:
        found["requestBody"] = {"required": True, "content": _kinds(route, body, answer=False)}
    return found


def description(routes: Routes, base: str) -> dict[str, Any]:
    """The OpenAPI document of a broker at the address `base`."""
    paths: dict[str, Any] = {}
    for route in routes.all:
        paths.setdefault(f"/{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Nagara NGSI-LD context broker",
            "version": "1.9.1",
            "description": "The NGSI-LD API of ETSI GS CIM 009 V1.9.1, as this broker serves it.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "security": [{"key": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": _SCHEMAS,
            "parameters": {
                "NGSILD-Tenant": {"name": "NGSILD-Tenant", "in": "header", "schema": _TEXT, "description": "the tenant (4.14)"},
                "Link": {"name": "Link", "in": "header", "schema": _TEXT, "description": "the @context, where the body holds none (6.3.5)"},
            },
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }
