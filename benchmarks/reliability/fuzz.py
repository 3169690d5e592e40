"""A fuzzer on the parsers of the broker: what clients send, mutated byte by byte and part by part, asked in the same process."""

from __future__ import annotations

import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nagara.broker.settings import Settings
from nagara.broker.tests.conftest import Inside

ONE = "entities/urn:ngsi-ld:T:1"
ENTITY: dict[str, Any] = {
    "id": "urn:ngsi-ld:T:1",
    "type": ["T", "U"],
    "scope": ["/a/b", "/c"],
    "a": {"type": "Property", "value": 12.5, "unitCode": "GQ", "observedAt": "2026-11-09T07:00:00.5Z", "datasetId": "urn:d:1"},
    "r": {"type": "Relationship", "object": ["urn:x:1", "urn:x:2"], "b": {"type": "Property", "value": 3}},
    "location": {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [[[100, 13], [101, 13], [101, 14], [100, 13]]]}},
    "name": {"type": "LanguageProperty", "languageMap": {"th": "เมือง", "en": "city", "@none": "x"}},
    "v": {"type": "VocabProperty", "vocab": ["A", "B"]},
    "j": {"type": "JsonProperty", "json": {"x": [1, {"y": None}]}},
    "l": {"type": "ListProperty", "valueList": [1, "two", [3]]},
}
SUBSCRIPTION: dict[str, Any] = {
    "id": "urn:ngsi-ld:Subscription:1",
    "type": "Subscription",
    "entities": [{"type": "T", "idPattern": "urn:.*"}],
    "watchedAttributes": ["a"],
    "q": 'a>1;b.c=="x"',
    "geoQ": {"georel": "near;maxDistance==100", "geometry": "Point", "coordinates": [100, 13]},
    "notification": {"format": "concise", "endpoint": {"uri": "http://127.0.0.1:9/x", "accept": "application/json"}},
    "throttling": 5,
    "expiresAt": "2027-01-01T00:00:00Z",
}
REGISTRATION: dict[str, Any] = {
    "id": "urn:ngsi-ld:ContextSourceRegistration:1",
    "type": "ContextSourceRegistration",
    "information": [{"entities": [{"type": "T"}], "propertyNames": ["a"], "relationshipNames": ["r"]}],
    "endpoint": "http://127.0.0.1:9",
    "mode": "inclusive",
    "operations": ["federationOps"],
}
BODIES = [ENTITY, SUBSCRIPTION, REGISTRATION, {"type": "Query", "entities": [{"type": "T"}], "q": "a==1"}, {"a": ENTITY["a"]}, [ENTITY]]
PLACES = [
    ("POST", "entities"), ("PUT", ONE), ("PATCH", ONE), ("POST", f"{ONE}/attrs"), ("PATCH", f"{ONE}/attrs"), ("PATCH", f"{ONE}/attrs/a"),
    ("PUT", f"{ONE}/attrs/a"), ("POST", "entityOperations/create"), ("POST", "entityOperations/upsert"), ("POST", "entityOperations/update"),
    ("POST", "entityOperations/merge"), ("POST", "entityOperations/delete"), ("POST", "entityOperations/query"), ("POST", "jsonldContexts"),
    ("POST", "subscriptions"), ("PATCH", "subscriptions/urn:ngsi-ld:Subscription:1"), ("POST", "csourceRegistrations"),
    ("PATCH", "csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:1"), ("POST", "csourceSubscriptions"),
    ("POST", "temporal/entities"), ("POST", "temporal/entityOperations/query"), ("POST", f"temporal/{ONE}/attrs"),
]  # fmt: skip
QUERIES = {
    "q": ['a>1;b.c=="x"', "a[b.c]!=1..5|(x;y)", "a~=^x.*$", "!a", 'name[th]=="เมือง"', "r{T}.a==1", "a==2026-11-09T07:00:00Z"],
    "type": ["T", "(T|U);!V", "https://example.org/T,U"],
    "scopeQ": ["/a/#", "/a/+;/b", "/c,/d"],
    "idPattern": ["urn:.*", "(a+)+$", "[\\w-]{1,9}"],
    "attrs": ["a,b", "name.th"],
    "pick": ["id,type,a{b,c}"],
    "omit": ["a[b]"],
    "orderBy": ["a;desc,b", "a;dist-asc"],
    "georel": ["near;maxDistance==100", "within", "intersects"],
    "geometry": ["Point", "Polygon", "MultiPoint"],
    "coordinates": ["[100,13]", "[[[100,13],[101,13],[101,14],[100,13]]]"],
    "limit": ["10", "0", "-1", "99999999999999999999"],
    "offset": ["0", "5"],
    "count": ["true"],
    "options": ["keyValues", "concise,sysAttrs", "temporalValues", "aggregatedValues"],
    "format": ["simplified"],
    "lang": ["th", "en;q=0.5,*"],
    "datasetId": ["urn:d:1,@none"],
    "join": ["inline", "flat"],
    "joinLevel": ["2"],
    "timerel": ["before", "after", "between"],
    "timeAt": ["2026-11-09T07:00:00Z", "2026-13-09T07:00:00Z"],
    "endTimeAt": ["2026-11-10T07:00:00Z"],
    "timeproperty": ["observedAt", "modifiedAt"],
    "lastN": ["3"],
    "aggrMethods": ["avg,max", "stddev"],
    "aggrPeriodDuration": ["P1D", "PT0S", "P999999999999Y"],
}
_QUERY = ["type", "q", "scopeQ", "idPattern", "attrs", "pick", "omit", "orderBy", "limit", "offset", "count", "options", "format", "lang",
          "datasetId", "join", "joinLevel"]  # fmt: skip
_SHOW = ["attrs", "pick", "omit", "options", "format", "lang", "datasetId", "join", "joinLevel"]
_TIME = ["timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration"]
READS = {
    "entities": _QUERY, ONE: _SHOW, "types": ["options"], "types/T": [], "attributes": ["options"], "attributes/a": [],
    "subscriptions": ["limit", "offset", "count"], "csourceRegistrations": ["type", "limit", "q"], "jsonldContexts": [],
    "temporal/entities": ["type", "q", "attrs", "options", *_TIME], f"temporal/{ONE}": ["attrs", "options", *_TIME],
    "info/sourceIdentity": [],
}  # fmt: skip
"""What can be read, each with the parameters that it takes."""
GEO = ["georel", "geometry", "coordinates"]
ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    2**63,
    1e308,
    "",
    "\x00",
    "urn:ngsi-ld:null",
    "ก" * 300,
    [],
    {},
    [[]],
    "2026-02-30T00:00:00Z",
    "@none",
    "\ud800",
]


def mutate(luck: random.Random, value: Any) -> Any:
    """The value with a few of its parts dropped, doubled or replaced by something odd."""
    whole = json.loads(json.dumps(value))
    for _ in range(luck.choice([0, 1, 1, 1, 2, 4])):
        whole = _once(luck, whole)
    return whole


def _once(luck: random.Random, value: Any) -> Any:
    """One change, at a place deeper in with every step that luck takes."""
    if isinstance(value, dict) and value and luck.random() < 0.8:
        name = luck.choice(list(value))
        kind = luck.random()
        if kind < 0.7:
            return {**value, name: _once(luck, value[name])}
        rest = {other: part for other, part in value.items() if other != name}
        if kind < 0.8:
            return rest
        return {
            **value,
            luck.choice(["type", "value", "object", "@context", "id", "observedAt", "datasetId", "x"]): luck.choice([*ODD, value]),
        }
    if isinstance(value, list) and value and luck.random() < 0.8:
        at = luck.randrange(len(value))
        return [*value[:at], *([value[at]] * luck.randrange(2)), _once(luck, value[at]), *value[at + 1 :]]
    if isinstance(value, str) and luck.random() < 0.5:
        return scramble(luck, value)
    return luck.choice(ODD)


def scramble(luck: random.Random, text: str) -> str:
    at = luck.randrange(len(text) + 1)
    kind = luck.randrange(4)
    if kind == 0:
        return text[:at] + luck.choice("()[]{};|,.=!<>~\"'/#+*\\ก\x00 %&@:") + text[at:]
    if kind == 1:
        return text[:at]
    if kind == 2:
        return text[at:] + text[:at]
    return text + text[at:] * luck.randrange(1, 8)


def fuzz(seconds: float, luck: random.Random) -> tuple[int, list[str]]:
    """How many requests were sent, and those that the broker answered as its own failure."""
    sent, broken = 0, []
    with tempfile.TemporaryDirectory() as folder:
        inside = Inside(Settings(data=Path(folder), open=True))
        inside.ask("POST", "entities", ENTITY)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            method, path, query, body, kind = request(luck)
            answer = inside.ask(method, path, body, query=query, Content_Type=kind)
            sent += 1
            if answer.status == 500 or answer.status > 507:
                broken.append(f"{method} {path}?{query} {body[:500]!r}")
            if sent % 500 == 0:
                inside.ask("PUT", ONE, ENTITY)
        inside.stop()
    return sent, broken


def request(luck: random.Random) -> tuple[str, str, str, bytes, str]:
    """Method, path, query, body and media type of the next one."""
    if luck.random() < 0.4:
        path = luck.choice(sorted(READS))
        names = luck.sample(READS[path], min(len(READS[path]), luck.randrange(0, 4)))
        if path == "entities":
            names = sorted({"type", *names, *(GEO if luck.random() < 0.3 else [])})
        return luck.choice(["GET"] * 8 + ["HEAD", "OPTIONS"]), path, _words(luck, names), b"", "application/json"
    method, path = luck.choice(PLACES)
    query = _words(luck, [luck.choice(sorted(QUERIES))]) if luck.random() < 0.05 else ""
    body = json.dumps(mutate(luck, fitting(luck, path))).encode()
    if luck.random() < 0.1:
        at = luck.randrange(len(body))
        body = body[:at] + bytes([luck.randrange(256)]) + body[at + 1 :]
    return method, path, query, body, "application/ld+json" if luck.random() < 0.2 else "application/json"


def _words(luck: random.Random, names: list[str]) -> str:
    words = [(name, luck.choice(QUERIES[name])) for name in names]
    return "&".join(f"{name}={quote(scramble(luck, word) if luck.random() < 0.3 else word)}" for name, word in words)


def fitting(luck: random.Random, path: str) -> Any:
    """What a client sends there, mostly; sometimes what belongs elsewhere."""
    if luck.random() < 0.05:
        return luck.choice(BODIES)
    if "Subscription" in path or "subscription" in path:
        return SUBSCRIPTION
    if "csource" in path:
        return REGISTRATION
    if path.endswith("/query"):
        return {
            "type": "Query",
            "entities": [{"type": "T"}],
            "q": "a==1",
            "temporalQ": {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"},
        }
    if path.endswith("/delete"):
        return ["urn:ngsi-ld:T:1", "urn:ngsi-ld:T:2"]
    if "entityOperations" in path:
        return [ENTITY, {**ENTITY, "id": "urn:ngsi-ld:T:2"}]
    if path.endswith("/attrs/a"):
        return ENTITY["a"]
    if path.endswith("/attrs"):
        return {"a": ENTITY["a"], "z": ENTITY["j"]}
    return {**ENTITY, "id": f"urn:ngsi-ld:T:{luck.randrange(1000)}"} if path == "entities" else ENTITY
