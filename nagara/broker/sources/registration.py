"""What a context source registration says: checked when it comes, and read into what the broker works with (5.2.8 to 5.2.11, 5.2.34)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from nagara.broker.clock import iso, parse_us
from nagara.broker.http import JSON, LD_JSON, ROOT
from nagara.broker.ld.context import Context
from nagara.broker.ld.core import NGSI_LD
from nagara.broker.model.incoming import Entity
from nagara.broker.model.values import address, geometry, is_uri, scopes, shown, uri
from nagara.broker.problems import bad_data
from nagara.broker.query.patterns import Pattern, pattern
from nagara.broker.settings import Limits
from nagara.broker.sources.operations import AUXILIARY, DEFAULT, GROUPS, OPERATIONS, expanded
from nagara.broker.subscriptions.document import read_pairs, to_headers

INCLUSIVE, EXCLUSIVE, REDIRECT, AUXILIARY_MODE = "inclusive", "exclusive", "redirect", "auxiliary"
MODES = (INCLUSIVE, EXCLUSIVE, REDIRECT, AUXILIARY_MODE)
SPACES = ("location", "observationSpace", "operationSpace")
INTERVALS = ("observationInterval", "managementInterval")
OF_REQUEST = "urn:ngsi-ld:request"

_KNOWN = frozenset(
    {
        "id",
        "type",
        "endpoint",
        "contextSourceInfo",
        "information",
        "contextSourceAlias",
        "datasetId",
        "description",
        "expiresAt",
        "management",
    }
    | {"localOnly", "mode", "operations", "refreshRate", "registrationName", "scope", "tenant", *SPACES, *INTERVALS}
)
_GENERATED = frozenset({"status", "timesSent", "timesFailed", "lastSuccess", "lastFailure", "@context", "createdAt", "modifiedAt"})
_TEXTS = ("contextSourceAlias", "description", "refreshRate", "registrationName", "tenant")
_DURATION = re.compile(
    r"P(?=.)(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?W)?(\d+(\.\d+)?D)?(T(?=.)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?\Z"
)
#: Keys of contextSourceInfo that say how to speak to the source, and are no headers (4.3.6.6).
_SPECIAL = frozenset({"accept", "contenttype", "jsonldcontext", "ngsildconformance"})
#: What is not a registrant's to set (4.3.6.5).
_OWN = frozenset({"ngsild-tenant", "via", "accept", "content-type", "content-length", "host", "link"})


@dataclass(frozen=True, slots=True)
class Entities:
    """Entities that a source may have: by type, and perhaps by id or pattern of ids (5.2.8)."""

    types: frozenset[str]
    id: str | None = None
    pattern: Pattern | None = None

    def has_id(self, id_: str) -> bool:
        if self.id is not None:
            return self.id == id_
        return self.pattern is None or self.pattern.matches(id_)


@dataclass(frozen=True, slots=True)
class Information:
    """One RegistrationInfo (5.2.10). None stands for any."""

    entities: tuple[Entities, ...] | None
    attrs: frozenset[str] | None
    place: int = 0  # in the document

    def has(self, id_: str, types: Iterable[str] | None) -> bool:
        """Whether it may know of an entity; `types` is None where they are not known."""
        if self.entities is None:
            return True
        return any(one.has_id(id_) and (types is None or not one.types.isdisjoint(types)) for one in self.entities)


@dataclass(slots=True)
class State:
    """What became of the requests that a registration caused (Table 5.2.9-2)."""

    sent: int = 0
    failed: int = 0
    last_success: int | None = None
    last_failure: int | None = None
    ok: bool | None = None

    def details(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.ok is not None:
            found = {"status": "ok" if self.ok else "failed", "timesSent": self.sent, "timesFailed": self.failed}
        for name, at in (("lastSuccess", self.last_success), ("lastFailure", self.last_failure)):
            if at is not None:
                found[name] = iso(at)
        return found

    def packed(self) -> bytes:
        return orjson.dumps(asdict(self))


@dataclass(slots=True)
class Registration:
    """One registered context source."""

    id: str
    doc: dict[str, Any]  # as it was given, under `context`
    context: Context
    base: str  # address of its API
    mode: str
    operations: frozenset[str]
    information: tuple[Information, ...]
    alias: str = ""
    tenant: str = ""
    datasets: frozenset[str] | None = None
    expires: int | None = None
    timeout: float | None = None  # seconds
    cooldown: float = 0.0  # seconds
    local_only: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    told: dict[str, str] = field(default_factory=dict)  # special keys of contextSourceInfo, in lower case
    description: Entity = field(default_factory=dict)  # its own properties, as an entity that a filter can look at
    key: int = 0
    state: State = field(default_factory=State)
    quiet_until: float = 0.0  # of the loop's clock; before, it is not asked again

    @property
    def proxied(self) -> bool:
        """Whether what it is registered for is held there and not here (4.3.6.3)."""
        return self.mode in (EXCLUSIVE, REDIRECT)

    @property
    def temporal(self) -> bool:
        """Whether it is registered for the history of entities (5.9.1)."""
        return any(name in self.doc for name in INTERVALS)

    def attributes(self, id_: str, types: Iterable[str] | None, names: Iterable[str]) -> set[str]:
        """Which of these attributes of an entity it is registered for."""
        found: set[str] = set()
        known = list(types) if types is not None else None
        for info in self.information:
            if info.has(id_, known):
                found.update(names if info.attrs is None else info.attrs.intersection(names))
        return found

    def knows(self, id_: str, types: Iterable[str] | None) -> bool:
        """Whether it may have something of an entity."""
        known = list(types) if types is not None else None
        return any(info.has(id_, known) for info in self.information)


def _interval(doc: dict[str, Any], name: str) -> None:
    value = doc.get(name)
    if value is None:
        return
    if not isinstance(value, dict) or parse_us(value.get("startAt")) is None or parse_us(value.get("endAt", value["startAt"])) is None:
        raise bad_data(f"{name} needs startAt, a DateTime, and may have endAt, another (5.2.11).")


def _names(holder: dict[str, Any], name: str) -> list[str]:
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not value or any(not isinstance(one, str) or not one for one in value):
        raise bad_data(f"{name} must be a list of names that is not empty (5.2.10).")
    return value


def _entities(raw: Any, context: Context, limits: Limits) -> Entities:
    if not isinstance(raw, dict):
        raise bad_data("Each member of entities must be an object with a type (5.2.8).")
    types = raw.get("type", raw.get("@type"))
    names = types if isinstance(types, list) else [types]
    if not names or any(not isinstance(name, str) or not name for name in names):
        raise bad_data("Each member of entities needs a type, a name or a list of names (5.2.8).")
    id_, text = raw.get("id", raw.get("@id")), raw.get("idPattern")
    if text is not None and not isinstance(text, str):
        raise bad_data("idPattern must be a text that holds a regular expression (5.2.8).")
    return Entities(
        frozenset(context.full(str(name)) for name in names),
        uri(id_, "The id of a member of entities") if id_ is not None else None,
        pattern(text, limits.pattern) if text is not None else None,
    )


def _information(doc: dict[str, Any], context: Context, limits: Limits) -> tuple[Information, ...]:
    raw = doc.get("information")
    if not isinstance(raw, list) or not raw:
        raise bad_data("A registration needs information, a list that is not empty (5.2.9).")
    found = []
    for place, one in enumerate(raw):
        if not isinstance(one, dict) or not {"entities", "propertyNames", "relationshipNames"} & one.keys():
            raise bad_data("Each member of information needs entities, propertyNames or relationshipNames (5.2.10).")
        if any(value is None for value in one.values()):
            raise bad_data("A member of information is null: leave it out instead (5.2.10).")
        entities = one.get("entities")
        if entities is not None and (not isinstance(entities, list) or not entities):
            raise bad_data("entities must be a list that is not empty (5.2.10).")
        names = [*_names(one, "propertyNames"), *_names(one, "relationshipNames")]
        found.append(
            Information(
                tuple(_entities(each, context, limits) for each in entities) if entities is not None else None,
                frozenset(context.full(name) for name in names) if names else None,
                place,
            )
        )
    return tuple(found)


def _operations(doc: dict[str, Any], mode: str) -> frozenset[str]:
    names = doc.get("operations")
    if names is None:
        return expanded(["retrieveOps"] if mode == AUXILIARY_MODE else [DEFAULT])
    if not isinstance(names, list) or not names or any(not isinstance(name, str) for name in names):
        raise bad_data("operations must be a list of names of operations that is not empty (5.2.9).")
    for name in names:
        if name not in OPERATIONS and name not in GROUPS:
            raise bad_data(f"operations: {shown(name)} is no operation and no group of operations (4.20).")
    if mode == AUXILIARY_MODE and not AUXILIARY.issuperset(names):
        raise bad_data(f"An auxiliary source is asked only; its operations are some of {', '.join(sorted(AUXILIARY))} (5.9.2.4).")
    return expanded(names)


def _management(doc: dict[str, Any]) -> dict[str, Any]:
    raw = doc.get("management")
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise bad_data("management must be an object (5.2.34).")
    for name in ("timeout", "cooldown"):
        value = raw.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9):
            raise bad_data(f"management.{name} must be a number of milliseconds, more than 0 (5.2.34).")
    if "localOnly" in raw and not isinstance(raw["localOnly"], bool):
        raise bad_data("management.localOnly must be true or false (5.2.34).")
    cache = raw.get("cacheDuration")
    if cache is not None and (not isinstance(cache, str) or not _DURATION.match(cache)):
        raise bad_data("management.cacheDuration must be a duration such as PT10S (5.2.34).")
    return raw


def _info(doc: dict[str, Any]) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    """contextSourceInfo: headers, and what it says of how to speak to the source (4.3.6.5, 4.3.6.6)."""
    pairs = read_pairs(doc, "contextSourceInfo")
    told = {name.lower(): value for name, value in pairs if name.lower() in _SPECIAL}
    for name in ("accept", "contenttype"):
        if told.get(name, JSON) not in (JSON, LD_JSON):
            raise bad_data(f"contextSourceInfo: {name} is {JSON} or {LD_JSON} (4.3.6.6).")
    if "jsonldcontext" in told and not is_uri(told["jsonldcontext"]):
        raise bad_data("contextSourceInfo: jsonldContext must be the address of a @context (4.3.6.6).")
    if "ngsildconformance" in told and not re.match(r"\d+\.\d+\Z", told["ngsildconformance"]):
        raise bad_data("contextSourceInfo: ngsildConformance is a version such as 1.6 (4.3.6.6).")
    rest = tuple(pair for pair in pairs if pair[0].lower() not in _SPECIAL | _OWN)
    return to_headers(rest, "contextSourceInfo"), told


def kept(raw: dict[str, Any]) -> dict[str, Any]:
    """The members of a registration that are a registrant's to say."""
    found = {("id" if name == "@id" else "type" if name == "@type" else name): value for name, value in raw.items()}
    return {name: value for name, value in found.items() if name not in _GENERATED and value is not None}


def compiled(doc: dict[str, Any], context: Context, limits: Limits) -> Registration:
    """A registration read under its @context, every rule of its data type checked."""
    if doc.get("type") != "ContextSourceRegistration":
        raise bad_data("The type must be 'ContextSourceRegistration' (5.2.9).")
    uri(doc.get("id"), "The id of the registration")
    endpoint: Any = doc.get("endpoint")
    parts = address(endpoint) if is_uri(endpoint) else None
    if parts is None or parts.scheme not in ("http", "https"):
        raise bad_data(f"endpoint must be the address of a context source, not {shown(endpoint)} (5.2.9).")
    for name in _TEXTS:
        if name in doc and (not isinstance(doc[name], str) or not doc[name].strip()):
            raise bad_data(f"{name} must be a text that is not empty (5.2.9).")
    if "refreshRate" in doc and not _DURATION.match(doc["refreshRate"]):
        raise bad_data("refreshRate must be a duration such as PT10M (5.2.9).")
    mode = doc.get("mode", INCLUSIVE)
    if mode not in MODES:
        raise bad_data(f"mode: {shown(mode)} is not one of {', '.join(MODES)} (5.2.9).")
    information = _information(doc, context, limits)
    if mode == EXCLUSIVE:
        for info in information:
            if info.attrs is None or info.entities is None or any(one.id is None for one in info.entities):
                raise bad_data("An exclusive registration names the id of an entity and its attributes (4.3.6.3).")
    for name in INTERVALS:
        _interval(doc, name)
    for name in SPACES:
        if name in doc:
            geometry(doc[name], name, limits.vertices)
    if "expiresAt" in doc and parse_us(doc["expiresAt"]) is None:
        raise bad_data(f"expiresAt must be a DateTime such as 2026-11-09T07:00:00Z, not {shown(doc['expiresAt'])} (4.6.3).")
    if "scope" in doc:
        scopes(doc["scope"])
    datasets = _names(doc, "datasetId") if "datasetId" in doc else None
    for dataset in datasets or ():
        if dataset != "@none":
            uri(dataset, "datasetId")
    management = _management(doc)
    headers, told = _info(doc)
    base = endpoint.rstrip("/")
    return Registration(
        id=doc["id"],
        doc=doc,
        context=context,
        base=base if base.endswith(ROOT) else base + ROOT,
        mode=mode,
        operations=_operations(doc, mode),
        information=information,
        alias=doc.get("contextSourceAlias", ""),
        tenant=doc.get("tenant", ""),
        datasets=frozenset(datasets) if datasets else None,
        expires=parse_us(doc["expiresAt"]) if "expiresAt" in doc else None,
        timeout=management["timeout"] / 1000 if management.get("timeout") else None,
        cooldown=(management.get("cooldown") or 0) / 1000,
        local_only=management.get("localOnly") is True or doc.get("localOnly") is True,
        headers=headers,
        told=told,
        description=_described(doc, context),
    )


def _described(doc: dict[str, Any], context: Context) -> Entity:
    """The properties of the source itself, those of Table 5.2.9-1 and the registrant's own, for filters to look at (4.9, 4.10, 4.19)."""
    attrs: dict[str, Any] = {}
    for name, value in doc.items():
        if name in SPACES:
            attrs[NGSI_LD + name] = [{"type": "GeoProperty", "value": geometry(value, name)}]
        elif name not in _KNOWN or name in ("registrationName", "description", "endpoint", "mode", "tenant", "contextSourceAlias"):
            held = value.get("value", value) if isinstance(value, dict) else value
            attrs[context.full(name)] = [{"type": "Property", "value": held}]
    found: Entity = {"id": doc["id"], "type": [NGSI_LD + "ContextSourceRegistration"], "attrs": attrs, "createdAt": 0, "modifiedAt": 0}
    if "scope" in doc:
        found["scope"] = scopes(doc["scope"])
    return found


def with_names(doc: dict[str, Any], name: Callable[[str], str], *, lists: bool = False) -> dict[str, Any]:
    """A registration with each name of a type or attribute put through `name`. `lists`: types as lists also where there is one."""

    def types(value: Any) -> Any:
        found = [name(one) for one in (value if isinstance(value, list) else [value])]
        return found if lists or isinstance(value, list) else found[0]

    found = {(member if member in _KNOWN else name(member)): value for member, value in doc.items()}
    information = []
    for info in doc.get("information") or ():
        info = dict(info)
        if "entities" in info:
            info["entities"] = [{**one, "type": types(one["type"])} for one in info["entities"]]
        for member in ("propertyNames", "relationshipNames"):
            if member in info:
                info[member] = [name(one) for one in info[member]]
        information.append(info)
    if information:
        found["information"] = information
    return found


def shown_registration(one: Registration, context: Context, *, only: Iterable[int] | None = None, lists: bool = False) -> dict[str, Any]:
    """A registration as it is told to those who ask. `only`: the members of its information that matter to them."""
    doc = one.doc
    if only is not None:
        doc = {**doc, "information": [doc["information"][place] for place in only]}
    return {**with_names(doc, lambda name: context.short(one.context.full(name)), lists=lists), **one.state.details()}
