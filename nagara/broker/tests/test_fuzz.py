"""Whatever is sent, the answer is never that the broker failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nagara.broker.core import Broker
from nagara.broker.settings import Settings
from nagara.broker.tests.conftest import Inside

_WORDS = st.sampled_from(
    ["id", "type", "@id", "@type", "@context", "value", "object", "languageMap", "vocab", "json", "valueList", "objectList", "datasetId", "observedAt",
     "unitCode", "scope", "expiresAt", "createdAt", "a", "b", "location", "coordinates", "@value", "lang", "entity", "dataset", "@graph", "x:y", ""]
)  # fmt: skip
_TEXTS = st.sampled_from(
    ["urn:ngsi-ld:T:1", "T", "Property", "Relationship", "GeoProperty", "LanguageProperty", "VocabProperty", "JsonProperty", "ListProperty",
     "ListRelationship", "Point", "Polygon", "urn:ngsi-ld:null", "2026-11-09T07:00:00Z", "/a/b", "@none", "@vocab", "", "x", "\u0000", "ก"]
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(_WORDS, part, max_size=4),
    max_leaves=12,
)
_ATTRIBUTE = st.fixed_dictionaries(
    {"type": _TEXTS | _JSON}, optional={"value": _JSON, "object": _JSON, "languageMap": _JSON, "datasetId": _TEXTS, "b": _JSON}
)
_ENTITY = st.fixed_dictionaries(
    {"id": st.just("urn:ngsi-ld:T:1"), "type": st.just("T")},
    optional={"a": _ATTRIBUTE | _JSON, "location": _ATTRIBUTE, "scope": _JSON, "b": st.lists(_ATTRIBUTE, max_size=3)},
)
_ONE = "entities/urn:ngsi-ld:T:1"
_PLACES = [("POST", "entities"), ("PUT", _ONE), ("PATCH", _ONE), ("POST", f"{_ONE}/attrs"), ("PATCH", f"{_ONE}/attrs"), ("PATCH", f"{_ONE}/attrs/a"),
           ("PUT", f"{_ONE}/attrs/a"), ("POST", "entityOperations/upsert"), ("POST", "entityOperations/merge"),
           ("POST", "entityOperations/query"), ("POST", "jsonldContexts")]  # fmt: skip
_QUERY = st.text(alphabet="ab1.[]{}()|;,<>=!~\"'/#+*:-&% ก", max_size=24)


def _unbroken(answer: Any, *sent: object) -> None:
    assert answer.status != 500 and answer.status < 505, (sent, answer.status, answer.body)
    if answer.status >= 400 and answer.body:
        assert json.loads(answer.body)["detail"], sent


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.sampled_from(_PLACES), body=_ENTITY | _JSON | _ATTRIBUTE | st.lists(_ENTITY, max_size=3), ld=st.booleans())
def test_bodies(inside: Inside, place: tuple[str, str], body: Any, ld: bool) -> None:
    sent = json.dumps(body).encode()
    more = {"Content_Type": "application/ld+json"} if ld else {}
    _unbroken(inside.ask(*place, sent, **more), place, body)
    for form in ("", "options=keyValues", "options=concise,sysAttrs", "lang=en"):
        _unbroken(inside.ask("GET", _ONE, query=form), place, body, form)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(["q", "scopeQ", "type", "idPattern", "attrs", "pick", "omit", "orderBy", "georel", "coordinates", "limit", "datasetId", "lang", "join", "options", "geoproperty"]),
       value=_QUERY)  # fmt: skip
def test_queries(inside: Inside, name: str, value: str) -> None:
    from urllib.parse import quote

    geo = "&georel=near;maxDistance==5&geometry=Point&coordinates=[1,2]" if name not in ("georel", "coordinates") else "&geometry=Point"
    _unbroken(inside.ask("GET", "entities", query=f"{'' if name == 'type' else 'type=T&'}{name}={quote(value)}{geo}"), name, value)
    _unbroken(inside.ask("GET", "entities", query=f"type=T&{name}={value}"), name, value)


def test_the_folder_is_used(tmp_path: Path) -> None:
    Broker(Settings(data=tmp_path / "new" / "deep", open=True))
    assert (tmp_path / "new" / "deep" / "tenants" / "_.sqlite").exists()
