"""The query language against a reader that is as plain as can be; the indexes against the evaluator (4.9)."""

from __future__ import annotations

import json
import math
import random
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nagara.broker.ld.resolver import CORE_CONTEXT
from nagara.broker.problems import Problem
from nagara.broker.query import q as language
from nagara.broker.tests.conftest import Inside

_NUMBERS = [-5, 0, 1, 2, 2.5, 3, 10]
_TEXTS = ["", "a", "ab", "b", "ก", "x;y|z", "2026-01-01", "true", "5"]
_FIELDS = {"n": _NUMBERS, "m": _NUMBERS, "s": _TEXTS, "t": [True, False]}


def _entities() -> dict[str, dict[str, list[Any]]]:
    """id -> attribute -> its instances, each a scalar or a list."""
    chance = random.Random(5)
    found: dict[str, dict[str, list[Any]]] = {}
    for i in range(80):
        attrs: dict[str, list[Any]] = {}
        for name, values in _FIELDS.items():
            kind = chance.random()
            if kind < 0.25:
                continue
            if kind < 0.75:
                attrs[name] = [chance.choice(values)]
            elif kind < 0.87:
                attrs[name] = [[chance.choice(values) for _ in range(chance.randint(1, 3))]]
            else:
                attrs[name] = [chance.choice(values), chance.choice(values)]
        if chance.random() < 0.1:
            attrs["n"] = ["a text where others have numbers"]
        found[f"urn:x:{i:02d}"] = attrs
    return found


WORLD = _entities()

# The plain reader: a term is (attribute, operator, values), values a list, or a pair for a range.


def _same(value: Any, wanted: Any) -> bool:
    return (
        isinstance(value, bool) == isinstance(wanted, bool) and isinstance(value, str) == isinstance(wanted, str) and bool(value == wanted)
    )


def _before(value: Any, wanted: Any) -> bool | None:
    """Whether value < wanted; None where they cannot be compared."""
    if isinstance(value, bool | list) or isinstance(wanted, bool) or isinstance(value, str) != isinstance(wanted, str):
        return None
    return bool(value < wanted)


def _fits(value: Any, op: str, wanted: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    if op in ("==", "!="):
        if isinstance(wanted, tuple):
            one = any(_before(part, wanted[0]) is False and _before(wanted[1], part) is False for part in parts)
        else:
            one = any(_same(part, each) for part in parts for each in wanted)
        return one == (op == "==")
    less, more = _before(value, wanted[0]), None
    if less is None:
        return False
    more = not less and value != wanted[0]
    return {"<": less, "<=": not more, ">": more, ">=": not less}[op]


def _plainly(tree: Any, attrs: dict[str, list[Any]]) -> bool:
    kind = tree[0]
    if kind == "and":
        return all(_plainly(part, attrs) for part in tree[1])
    if kind == "or":
        return any(_plainly(part, attrs) for part in tree[1])
    if kind == "has":
        return tree[1] in attrs
    if kind == "lacks":
        return tree[1] not in attrs
    return any(_fits(value, tree[2], tree[3]) for value in attrs.get(tree[1], []))


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _written(tree: Any) -> str:
    kind = tree[0]
    if kind in ("and", "or"):
        return (";" if kind == "and" else "|").join(
            _written(part) if part[0] not in ("and", "or") else f"({_written(part)})" for part in tree[1]
        )
    if kind == "has":
        return str(tree[1])
    if kind == "lacks":
        return f"!{tree[1]}"
    wanted = tree[3]
    return tree[1] + tree[2] + ("..".join(map(_literal, wanted)) if isinstance(wanted, tuple) else ",".join(map(_literal, wanted)))


@st.composite
def _terms(draw: Any) -> Any:
    name = draw(st.sampled_from([*_FIELDS, "unknown"]))
    values = st.sampled_from(_FIELDS.get(name, _NUMBERS))
    shape = draw(st.sampled_from(["has", "lacks", "order", "list", "range"]))
    if shape in ("has", "lacks"):
        return (shape, name)
    if shape == "order" and name != "t":
        return ("term", name, draw(st.sampled_from(["<", "<=", ">", ">="])), [draw(values)])
    if shape == "range" and name != "t":
        low, high = sorted([draw(values), draw(values)])
        return ("term", name, draw(st.sampled_from(["==", "!="])), (low, high))
    return ("term", name, draw(st.sampled_from(["==", "!="])), draw(st.lists(values, min_size=1, max_size=3)))


_TREES = st.recursive(
    _terms(), lambda part: st.tuples(st.sampled_from(["and", "or"]), st.lists(part, min_size=2, max_size=3)), max_leaves=6
)


@pytest.fixture(scope="module")
def world(inside: Inside) -> Inside:
    made = []
    for id_, attrs in WORLD.items():
        entity: dict[str, Any] = {"id": id_, "type": "T"}
        for name, instances in attrs.items():
            entity[name] = [
                {"type": "Property", "value": value, **({"datasetId": f"urn:d:{i}"} if i else {})} for i, value in enumerate(instances)
            ]
        made.append(entity)
    assert inside.ask("POST", "entityOperations/create", made).status == 201
    return inside


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=_TREES)
def test_q_means_what_the_plain_reader_says(world: Inside, tree: Any) -> None:
    text = _written(tree)
    expected = [id_ for id_, attrs in WORLD.items() if _plainly(tree, attrs)]
    answer = world.ask("GET", "entities", query=f"type=T&limit=1000&count=true&options=keyValues&pick=id&q={quote(text)}")
    assert answer.status == 200, (text, answer.body)
    assert [one["id"] for one in answer.json] == expected, text
    assert answer.headers["ngsild-results-count"] == str(len(expected)), text
    some = world.ask("GET", "entities", query=f"type=T&limit=3&offset=2&pick=id&q={quote(text)}")
    assert [one["id"] for one in some.json] == expected[2:5], text


def test_and_binds_closer_than_or() -> None:
    tree = language.parse("a;b|c", CORE_CONTEXT)
    assert isinstance(tree, language.Any_) and isinstance(tree.parts[0], language.All)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab1.[]{}()|;,<>=!~\"' ", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        language.parse(text, CORE_CONTEXT)
    except Problem as problem:
        assert problem.status in (400, 403) and len(problem.detail) > 10


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    (x1, y1), (x2, y2) = (tuple(map(math.radians, p)) for p in (a, b))
    h = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(h))


_PLACES = {
    f"urn:g:{i:03d}": (x, y) for i, (x, y) in enumerate((x / 1.0, y / 1.0) for x in range(-180, 181, 30) for y in range(-90, 91, 20))
}


@pytest.fixture(scope="module")
def globe(inside: Inside) -> Inside:
    made = [
        {"id": id_, "type": "G", "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": at}}}
        for id_, at in _PLACES.items()
    ]
    assert inside.ask("POST", "entityOperations/create", made).status == 201
    return inside


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(x=st.floats(-180, 180), y=st.floats(-90, 90), far=st.floats(1, 2.1e7), op=st.sampled_from(["max", "min"]))
def test_near_is_what_the_sphere_says_also_across_the_date_line_and_the_poles(
    globe: Inside, x: float, y: float, far: float, op: str
) -> None:
    query = f"type=G&limit=1000&pick=id&georel=near;{op}Distance=={far:.3f}&geometry=Point&coordinates=[{x!r},{y!r}]"
    answer = globe.ask("GET", "entities", query=query)
    assert answer.status == 200, answer.body
    found = {one["id"] for one in answer.json}
    for id_, at in _PLACES.items():
        distance = _distance((x, y), at)
        if abs(distance - far) > 1:  # a metre of doubt at the very edge
            assert (id_ in found) == (distance <= far if op == "max" else distance >= far), (id_, at, distance)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(a=st.integers(-170, 150), b=st.integers(-85, 70), w=st.integers(1, 30), h=st.integers(1, 15))
def test_within_and_disjoint_part_the_world(globe: Inside, a: int, b: int, w: int, h: int) -> None:
    ring = [[a, b], [a + w, b], [a + w, b + h], [a, b + h], [a, b]]
    found = {}
    for georel in ("within", "disjoint", "intersects"):
        query = f"type=G&limit=1000&pick=id&georel={georel}&geometry=Polygon&coordinates=[{json.dumps(ring)}]"
        found[georel] = {one["id"] for one in globe.ask("GET", "entities", query=query).json}
    inside_ = {id_ for id_, (x, y) in _PLACES.items() if a < x < a + w and b < y < b + h}
    touching = {id_ for id_, (x, y) in _PLACES.items() if a <= x <= a + w and b <= y <= b + h}
    assert found["within"] == inside_ and found["intersects"] == touching and found["disjoint"] == set(_PLACES) - touching
