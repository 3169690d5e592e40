"""What a subscription says: checked when it comes, and read into what the broker works with (5.2.12 to 5.2.15, 5.2.22)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from nagara.broker.api.querying import body_geo, check_csf, read_q, selectors
from nagara.broker.api.viewing import FORMATS, Showing, showing
from nagara.broker.clock import parse_us
from nagara.broker.http import GEO_JSON, JSON, LD_JSON
from nagara.broker.ld.context import Context
from nagara.broker.ld.core import CORE
from nagara.broker.ld.resolver import core_version
from nagara.broker.model.showing import SIMPLIFIED
from nagara.broker.model.values import address, is_uri, shown, uri
from nagara.broker.problems import bad_data
from nagara.broker.query.scopes import scope_query
from nagara.broker.query.selecting import Selection, Selector
from nagara.broker.settings import Limits
from nagara.broker.subscriptions.state import State

ENTITY_CREATED, ENTITY_UPDATED, ENTITY_DELETED = "entityCreated", "entityUpdated", "entityDeleted"
ATTRIBUTE_CREATED, ATTRIBUTE_UPDATED, ATTRIBUTE_DELETED = "attributeCreated", "attributeUpdated", "attributeDeleted"
TRIGGERS = (ENTITY_CREATED, ENTITY_UPDATED, ENTITY_DELETED, ATTRIBUTE_CREATED, ATTRIBUTE_UPDATED, ATTRIBUTE_DELETED)
DEFAULT_TRIGGERS = (ATTRIBUTE_CREATED, ATTRIBUTE_UPDATED)
ACCEPTED = (JSON, LD_JSON, GEO_JSON)
SCHEMES = ("http", "https", "mqtt", "mqtts")

_TEXTS = ("subscriptionName", "description", "q", "csf", "scopeQ", "lang", "jsonldContext", "expandValues", "jsonKeys", "ngsildConformance")
_FLAGS = ("isActive", "localOnly", "splitEntities")
_LISTS = ("watchedAttributes", "notificationTrigger", "datasetId")
MEMBERS = frozenset(
    {"id", "type", "entities", "geoQ", "temporalQ", "notification", "expiresAt", "throttling", "timeInterval", *_TEXTS, *_FLAGS, *_LISTS}
)
_NOTIFICATION = frozenset({"endpoint", "attributes", "pick", "omit", "format", "join", "joinLevel", "showChanges", "sysAttrs"})
_ENDPOINT = frozenset({"uri", "accept", "cooldown", "timeout", "notifierInfo", "receiverInfo"})
_NAME = re.compile(r"[^,|;(){}\s]+")
_PLAIN = frozenset({"id", "type", "scope", "*"})
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?\Z")
#: What belongs to the connection or is the broker's own to say; a key of that name is left out (4.3.6.5).
_OWN_HEADERS = frozenset(
    {"content-length", "content-type", "host", "connection", "transfer-encoding", "link", "expect", "upgrade", "te", "trailer"}
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where notifications go, and how (5.2.15)."""

    uri: str
    accept: str = JSON
    cooldown: float = 0.0  # seconds
    timeout: float | None = None  # seconds
    headers: tuple[tuple[str, str], ...] = ()
    notifier: tuple[tuple[str, str], ...] = ()

    @property
    def geo_link(self) -> bool:
        """Whether GeoJSON is to come without its @context, named in a Link header instead (6.3.8)."""
        return any(name.lower() == "prefer" and "body=json" in value.replace(" ", "") for name, value in self.headers)


@dataclass(slots=True)
class Subscription:
    """One subscription, ready to be matched and to be notified."""

    id: str
    csource: bool  # whether it is about context source registrations (5.11)
    doc: dict[str, Any]  # as it was given, under `context`
    context: Context
    selection: Selection
    triggers: frozenset[str]
    watched: frozenset[str] | None
    showing: Showing
    endpoint: Endpoint
    link: str  # address of the @context of its notifications
    expires: int | None = None
    interval: float | None = None  # seconds
    throttling: float = 0.0  # seconds
    show_changes: bool = False
    snapshot: str = ""
    key: int = 0
    quiet_until: int = 0  # microseconds since 1970; before, throttling forbids a notification
    state: State = field(default_factory=State)

    def status(self, now: int) -> str:
        """active, paused or expired (Table 5.2.12-2)."""
        if self.expires is not None and self.expires <= now:
            return "expired"
        return "paused" if self.doc.get("isActive") is False else "active"

    @property
    def told(self) -> Any:
        """The @context of its notifications, as it was named."""
        return self.showing.view.context.source

    @property
    def version(self) -> tuple[int, int] | None:
        """The version of the specification that its receiver knows (4.3.6.8)."""
        given = self.doc.get("ngsildConformance")
        return None if given is None else (int(given.split(".")[0]), int(given.split(".")[1]))


def renamed(text: str, name: Callable[[str], str]) -> str:
    """A type selection or a projection with each of its names put through `name`."""
    return _NAME.sub(lambda found: found[0] if found[0] in _PLAIN else name(found[0]), text)


def with_names(doc: dict[str, Any], name: Callable[[str], str]) -> dict[str, Any]:
    """A subscription with each name of a type or attribute put through `name`. Queries stay as they were written."""
    found = dict(doc)
    if isinstance(found.get("entities"), list):
        found["entities"] = [
            {**one, "type": renamed(one["type"], name)} if isinstance(one, dict) and isinstance(one.get("type"), str) else one
            for one in found["entities"]
        ]
    if isinstance(found.get("watchedAttributes"), list):
        found["watchedAttributes"] = [name(one) if isinstance(one, str) else one for one in found["watchedAttributes"]]
    notification = dict(found.get("notification") or {})
    for member in ("attributes", "pick", "omit"):
        if isinstance(notification.get(member), list):
            notification[member] = [renamed(one, name) if isinstance(one, str) else one for one in notification[member]]
    if notification:
        found["notification"] = notification
    return found


def plain_source(source: Any) -> Any:
    """A @context without the core one, which is always there, and without a list around a single one."""
    if isinstance(source, list):
        rest = [part for part in source if not (isinstance(part, str) and core_version(part))]
        return rest[0] if len(rest) == 1 else (rest or CORE)
    return source or CORE


# Checks


def _number(holder: dict[str, Any], name: str) -> None:
    value = holder.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12):
        raise bad_data(f"{name} must be a number of more than 0, not {shown(value)}.")


def _text_list(holder: dict[str, Any], name: str) -> list[str] | None:
    value = holder.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not value or any(not isinstance(one, str) or not one.strip() for one in value):
        raise bad_data(f"{name} must be a list of texts that is not empty.")
    return value


def read_pairs(holder: dict[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    value = holder.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise bad_data(f"{name} must be a list of objects with a key and a value (5.2.22).")
    found = []
    for pair in value:
        if not isinstance(pair, dict) or not isinstance(pair.get("key"), str) or not isinstance(pair.get("value"), str):
            raise bad_data(f"{name}: each member needs a key and a value, both texts (5.2.22).")
        found.append((pair["key"], pair["value"]))
    return tuple(found)


def to_headers(pairs: tuple[tuple[str, str], ...], what: str) -> tuple[tuple[str, str], ...]:
    """Pairs as HTTP headers; what no header can hold is refused, what is the connection's own is left out."""
    found = []
    for name, value in pairs:
        if not _TOKEN.match(name) or any(char in value for char in "\r\n\0") or not value.isprintable():
            raise bad_data(f"{what}: {shown(name)} with {shown(value)} cannot be a header (RFC 7230).")
        if name.lower() not in _OWN_HEADERS:
            found.append((name, value))
    return tuple(found)


def read_endpoint(raw: Any) -> Endpoint:
    """The endpoint of a notification."""
    if not isinstance(raw, dict):
        raise bad_data("notification.endpoint is needed: an object with a uri (5.2.15).")
    where: Any = raw.get("uri")
    parts = address(where) if is_uri(where) else None
    if parts is None or parts.scheme not in SCHEMES:
        raise bad_data(f"endpoint.uri must be an address that starts with http, https, mqtt or mqtts, not {shown(where)}.")
    if parts.scheme.startswith("mqtt") and not parts.path.strip("/"):
        raise bad_data(f"endpoint.uri {shown(where)} names no MQTT topic: mqtt://host/topic (7.2).")
    accept = raw.get("accept", JSON)
    if accept not in ACCEPTED:
        raise bad_data(f"endpoint.accept: {shown(accept)} is not one of {', '.join(ACCEPTED)} (5.2.15).")
    _number(raw, "cooldown")
    _number(raw, "timeout")
    receiver, notifier = read_pairs(raw, "receiverInfo"), read_pairs(raw, "notifierInfo")
    told = dict(notifier)
    if told.get("MQTT-QoS", "0") not in ("0", "1", "2"):
        raise bad_data("notifierInfo: MQTT-QoS is 0, 1 or 2 (7.2).")
    if told.get("MQTT-Version", "mqtt5.0") not in ("mqtt3.1.1", "mqtt5.0"):
        raise bad_data("notifierInfo: MQTT-Version is mqtt3.1.1 or mqtt5.0 (7.2).")
    return Endpoint(
        where,
        accept,
        (raw.get("cooldown") or 0) / 1000,
        raw["timeout"] / 1000 if raw.get("timeout") else None,
        to_headers(receiver, "receiverInfo"),
        notifier,
    )


def _check(doc: dict[str, Any], *, csource: bool) -> None:
    if doc.get("type") != "Subscription":
        raise bad_data("The type must be 'Subscription' (5.2.12).")
    if "id" in doc:
        uri(doc["id"], "The id of the subscription")
    for name in _TEXTS:
        if name in doc and (not isinstance(doc[name], str) or not doc[name].strip()):
            raise bad_data(f"{name} must be a text that is not empty (5.2.12).")
    for name in _FLAGS:
        if name in doc and not isinstance(doc[name], bool):
            raise bad_data(f"{name} must be true or false (5.2.12).")
    for name in _LISTS:
        _text_list(doc, name)
    for name in ("throttling", "timeInterval"):
        _number(doc, name)
    unknown = set(doc.get("notificationTrigger") or ()) - set(TRIGGERS)
    if unknown:
        raise bad_data(f"notificationTrigger: {shown(min(unknown))} is not one of {', '.join(TRIGGERS)} (5.2.12).")
    for dataset in doc.get("datasetId") or ():
        if dataset != "@none":
            uri(dataset, "datasetId")
    if "entities" not in doc and "watchedAttributes" not in doc and not doc.get("localOnly"):
        raise bad_data("A subscription needs entities or watchedAttributes, or localOnly=true (5.2.12).")
    if "timeInterval" in doc:
        for name in ("throttling", "watchedAttributes"):
            if name in doc:
                raise bad_data(f"timeInterval and {name} exclude each other (5.2.12).")
        if "entities" not in doc and not doc.get("localOnly"):
            raise bad_data("A subscription with a timeInterval needs entities (5.2.12).")
    if "expiresAt" in doc and parse_us(doc["expiresAt"]) is None:
        raise bad_data(f"expiresAt must be a DateTime such as 2026-11-09T07:00:00Z, not {shown(doc['expiresAt'])} (4.6.3).")
    if "ngsildConformance" in doc and not _VERSION.match(doc["ngsildConformance"]):
        raise bad_data("ngsildConformance must be a version such as 1.6 (5.2.12).")
    if "jsonldContext" in doc and ((parts := address(doc["jsonldContext"])) is None or parts.scheme not in ("http", "https")):
        raise bad_data(f"jsonldContext must be the address of a @context, not {shown(doc['jsonldContext'])} (5.2.12).")
    if "temporalQ" in doc and not csource:
        raise bad_data("temporalQ belongs to context source registration subscriptions only (5.2.12).")


def kept(raw: dict[str, Any], *, csource: bool) -> dict[str, Any]:
    """The members of a subscription that are a subscriber's to say, checked one by one."""
    found = {("id" if name == "@id" else "type" if name == "@type" else name): value for name, value in raw.items()}
    doc = {name: value for name, value in found.items() if name in MEMBERS}
    notification = doc.get("notification")
    if isinstance(notification, dict):
        notification = {name: value for name, value in notification.items() if name in _NOTIFICATION}
        if isinstance(notification.get("endpoint"), dict):
            notification["endpoint"] = {name: value for name, value in notification["endpoint"].items() if name in _ENDPOINT}
        doc["notification"] = notification
    else:
        raise bad_data("A subscription needs notification, an object with an endpoint (5.2.12).")
    _check(doc, csource=csource)
    return doc


def _read_showing(doc: dict[str, Any], context: Context, accept: str) -> Showing:
    given = doc["notification"]
    form = given.get("format", "normalized")
    if not isinstance(form, str) or form not in FORMATS:
        raise bad_data(f"notification.format: {shown(form)} is not one of {', '.join(FORMATS)} (5.2.14).")
    for name in ("showChanges", "sysAttrs"):
        if name in given and not isinstance(given[name], bool):
            raise bad_data(f"notification.{name} must be true or false (5.2.14).")
    if given.get("showChanges") and FORMATS[form] == SIMPLIFIED:
        raise bad_data("notification.showChanges does not go with the format keyValues (5.2.14).")
    attrs, pick, omit = (_text_list(given, name) for name in ("attributes", "pick", "omit"))
    if attrs is not None and not _PLAIN.isdisjoint(attrs):
        raise bad_data("notification.attributes names attributes only; for id, type and scope use pick (5.2.14).")
    level = given.get("joinLevel")
    if level is not None and (isinstance(level, bool) or not isinstance(level, int) or level < 1):
        raise bad_data("notification.joinLevel must be a whole number of 1 or more (5.2.14).")
    join = given.get("join")
    if join is not None and not isinstance(join, str):
        raise bad_data("notification.join is 'flat', 'inline' or '@none' (5.2.14).")
    return showing(
        context,
        accept,
        form=FORMATS[form],
        times=bool(given.get("sysAttrs")),
        attrs=attrs,
        pick=",".join(pick) if pick else None,
        omit=",".join(omit) if omit else None,
        datasets=doc.get("datasetId"),
        lang=doc.get("lang"),
        join=join,
        level=level if join in ("flat", "inline") else None,
    )


def compiled(doc: dict[str, Any], context: Context, told: Context, link: str, limits: Limits, *, csource: bool) -> Subscription:
    """A subscription read under its @context. `told`: the @context of its notifications, `link`: its address."""
    endpoint = read_endpoint(doc["notification"].get("endpoint"))
    view = _read_showing(doc, context, endpoint.accept)
    expand = frozenset(context.full(one.strip()) for one in doc.get("expandValues", "").split(",") if one.strip())
    q, scope = doc.get("q"), doc.get("scopeQ")
    if q is not None and _PERCENT.search(q):
        q = unquote(q)  # written as in an address
    check_csf(doc.get("csf"), context, limits)
    who: tuple[Selector, ...] = selectors(doc.get("entities"), context, limits)
    triggers = set(doc.get("notificationTrigger", DEFAULT_TRIGGERS))
    if ENTITY_UPDATED in triggers:
        triggers |= {ATTRIBUTE_CREATED, ATTRIBUTE_UPDATED, ATTRIBUTE_DELETED}
    watched = doc.get("watchedAttributes")
    return Subscription(
        id=doc["id"],
        csource=csource,
        doc=doc,
        context=context,
        selection=Selection(
            who,
            read_q(q, context, limits, expand) if q is not None else None,
            body_geo(doc.get("geoQ"), context, limits),
            scope_query(scope) if scope is not None else None,
        ),
        triggers=frozenset(triggers),
        watched=frozenset(context.full(one) for one in watched) if watched is not None else None,
        showing=replace(view, view=replace(view.view, context=told)),
        endpoint=endpoint,
        link=link,
        expires=parse_us(doc["expiresAt"]) if "expiresAt" in doc else None,
        interval=doc.get("timeInterval"),
        throttling=doc.get("throttling") or 0.0,
        show_changes=bool(doc["notification"].get("showChanges")),
    )


def shown_subscription(one: Subscription, context: Context, now: int) -> dict[str, Any]:
    """A subscription as it is told to those who ask, with what the broker knows of it (5.2.12, 5.2.14.2)."""
    doc = with_names(one.doc, lambda name: context.short(one.context.full(name)))
    if not one.csource:
        if one.link != one.context.source:  # of one's own @context it is known already
            doc.setdefault("jsonldContext", one.link)
        doc.setdefault("notificationTrigger", list(DEFAULT_TRIGGERS))
    doc["status"] = one.status(now)
    doc["notification"] = {**doc["notification"], **one.state.details()}
    return doc
