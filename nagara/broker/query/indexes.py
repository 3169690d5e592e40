"""What an index can tell of each filter: a source of candidates, and a probe for one candidate.

A source is SQL that gives keys of entities; where it is `exact`, all of them pass the filter and no other does.
A probe is an SQL condition on `s.entity` that is true exactly where the entity passes. Filters (or parts of
them) that no index can tell are checked on the entity itself.
"""
# ruff: noqa: S608 (the SQL put together here is ours throughout; what clients send is only ever bound)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nagara.broker.clock import iso, parse_us
from nagara.broker.query.geo import GeoQuery
from nagara.broker.query.q import EXISTS, All, Any_, Literal, Node, Term
from nagara.broker.query.scopes import ScopeQuery
from nagara.broker.query.selecting import Selector
from nagara.broker.query.types import TypeSelector
from nagara.broker.store.rows import FALSE, LANGUAGE, SCALAR, TEXT, TRUE

Names = Mapping[str, int]
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Source:
    """Keys of candidates. `ordered`: they come in the order of the keys, each once."""

    sql: str
    args: tuple[Any, ...]
    exact: bool
    ordered: bool = False
    size: int | None = None  # where it is known without asking


@dataclass(frozen=True, slots=True)
class Probe:
    """A condition on one candidate."""

    sql: str
    args: tuple[Any, ...]


NOTHING = Source("SELECT entity FROM entity_type WHERE type = 0", (), True, True, 0)


def union(sources: list[Source]) -> Source:
    """Candidates of any of them."""
    if len(sources) == 1:
        return sources[0]
    sizes = [source.size for source in sources]
    return Source(
        " UNION ".join(source.sql for source in sources),
        tuple(arg for source in sources for arg in source.args),
        all(source.exact for source in sources),
        False,
        None if any(size is None for size in sizes) else sum(size for size in sizes if size is not None),
    )


def of_types(selector: TypeSelector, names: Names, count: Any) -> Source | None:
    """Entities of the types selected. `count`: number of a type -> how many there are."""
    if selector.every:
        return None
    sources = []
    for some in selector.any_of:
        numbers = [names.get(iri) for iri in some]
        if None in numbers:
            continue  # a type that no entity ever had
        ranked = sorted((count(number), number) for number in numbers)
        size, first = ranked[0]
        if len(ranked) == 1:
            sources.append(Source("SELECT entity FROM entity_type WHERE type = ?", (first,), True, True, size))
        else:
            rest = "".join(" AND EXISTS (SELECT 1 FROM entity_type u WHERE u.type = ? AND u.entity = t.entity)" for _ in ranked[1:])
            args = (first, *(number for _, number in ranked[1:]))
            sources.append(Source(f"SELECT t.entity FROM entity_type t WHERE t.type = ?{rest}", args, True, True, size))
    return union(sources) if sources else NOTHING


def probe_types(selector: TypeSelector, names: Names) -> Probe:
    """Whether a candidate has the types selected."""
    alternatives, args = [], []
    for some in selector.any_of:
        numbers = [names.get(iri) for iri in some]
        if None in numbers:
            continue
        alternatives.append(" AND ".join("EXISTS (SELECT 1 FROM entity_type WHERE type = ? AND entity = s.entity)" for _ in numbers))
        args += numbers
    if not alternatives:
        return Probe("0", ())
    return Probe("(" + " OR ".join(f"({one})" for one in alternatives) + ")", tuple(args))


def of_selector(selector: Selector, names: Names, count: Any) -> Source | None:
    """Entities that a selector may mean."""
    if selector.ids is not None:
        marks = ",".join("?" * len(selector.ids))
        sql = f"SELECT key AS entity FROM entity WHERE id IN ({marks}) AND doc IS NOT NULL"
        return Source(sql, selector.ids, selector.types is None or selector.types.every, size=len(selector.ids))
    by_type = of_types(selector.types, names, count) if selector.types is not None else None
    if selector.pattern is None:
        return by_type
    if by_type is not None:
        return Source(by_type.sql, by_type.args, False, by_type.ordered, by_type.size)
    if selector.pattern.prefix:
        sql = "SELECT key AS entity FROM entity WHERE id >= ? AND id < ? AND doc IS NOT NULL"
        return Source(sql, (selector.pattern.prefix, selector.pattern.prefix + _LAST), False)
    return None


def of_scope(query: ScopeQuery) -> Source:
    """Entities in the scopes asked for."""
    sources = []
    for some in query.any_of:
        first = max(some, key=lambda pattern: len(pattern.prefix))
        exact = len(some) == 1 and first.exact
        prefix = first.prefix
        if first.exact and not first.below:
            sources.append(Source("SELECT entity FROM entity_scope WHERE scope = ?", (prefix,), exact, True))
            continue
        tree = Source("SELECT entity FROM entity_scope WHERE scope >= ? AND scope < ?", (prefix + "/", prefix + "0"), exact)
        if first.exact and prefix:
            sources.append(Source("SELECT entity FROM entity_scope WHERE scope = ?", (prefix,), exact, True))
        sources.append(tree)
    return union(sources)


def of_geo(query: GeoQuery, names: Names) -> Source:
    """Entities whose GeoProperty may stand in the relation: by its bounding box, or by being there at all."""
    number = names.get(query.property)
    if number is None:
        return NOTHING
    found = query.boxes()
    if found is None:
        return Source("SELECT entity FROM value WHERE attr = ?", (number,), False)
    sql = "SELECT entity FROM place WHERE max_x >= ? AND min_x <= ? AND max_y >= ? AND min_y <= ? AND attr = ?"
    # R*Tree columns hold 32-bit floats, rounded outwards: the boxes asked for grow with them.
    return union([Source(sql, (a - 1e-4, b + 1e-4, c - 1e-4, d + 1e-4, number), False) for a, b, c, d in found])


def of_attrs(attrs: frozenset[str], names: Names) -> Source:
    """Entities that have at least one of the attributes."""
    numbers = [names[iri] for iri in sorted(attrs) if iri in names]
    if not numbers:
        return NOTHING
    return union([Source("SELECT entity FROM value WHERE attr = ?", (number,), True) for number in numbers])


def of_q(node: Node, names: Names) -> Source | None:
    """Entities that may fit a part of q; None where no index tells."""
    if isinstance(node, Any_):
        parts = [of_q(part, names) for part in node.parts]
        if any(part is None for part in parts):
            return None
        return union([part for part in parts if part is not None])
    if isinstance(node, All):
        found = [part for part in (of_q(part, names) for part in node.parts) if part is not None]
        if not found:
            return None
        best = next((part for part in found if " value = " in part.sql), found[0])
        return Source(best.sql, best.args, False, best.ordered, best.size)
    return _of_term(node, names)


def _of_term(term: Term, names: Names) -> Source | None:
    path = term.path
    if path.member:
        return _of_member(term)
    if term.op == "missing":
        return None
    number = names.get(path.name)
    if number is None:
        return NOTHING
    present = Source("SELECT entity FROM value WHERE attr = ?", (number,), False)
    if path.subs or path.trail is not None or path.linked is not None:
        return present
    if term.op == EXISTS:
        return Source(present.sql, present.args, True)
    if term.op in ("!=", "!~="):
        return present
    if term.op == "~=":
        prefix = term.pattern.prefix[: TEXT - 1] if term.pattern is not None else ""
        if not prefix:
            return present
        return Source("SELECT entity FROM value WHERE attr = ? AND value >= ? AND value < ?", (number, prefix, prefix + _LAST), False)
    if term.op == "==" and not term.ranged:
        return union([_equal(number, literal) for literal in term.values])
    return _between(number, term)


def _equal(number: int, literal: Literal) -> Source:
    if literal.kind == "moment":
        return _same_second(number, iso(literal.value)[:19])
    if literal.kind == "truth":
        return Source("SELECT entity FROM value WHERE attr = ? AND value = ?", (number, TRUE if literal.value else FALSE), True)
    if literal.kind == "number":
        value = literal.value if -(2**63) <= literal.value < 2**63 else float(literal.value)
        return Source("SELECT entity FROM value WHERE attr = ? AND value = ?", (number, value), True)
    texts = {literal.value, literal.full} - {None}
    exact = all(len(text) < TEXT for text in texts)
    return union([Source("SELECT entity FROM value WHERE attr = ? AND value = ?", (number, text[:TEXT]), exact) for text in sorted(texts)])


def _same_second(number: int, second: str) -> Source:
    return Source("SELECT entity FROM value WHERE attr = ? AND value >= ? AND value < ?", (number, second, second + "~"), False)


def _between(number: int, term: Term) -> Source:
    """Comparisons by order, and ranges."""
    low: Any = None
    high: Any = None
    kind = term.values[0].kind
    if term.ranged:
        low, high = term.values[0].value, term.values[1].value
        low_op, high_op = ">=", "<="
    else:
        low_op, high_op = (term.op, "<") if term.op[0] == ">" else (">", term.op)
        if term.op[0] == ">":
            low = term.values[0].value
        else:
            high = term.values[0].value
    kinds = "" if term.ranged else f" AND kind IN ({SCALAR}, {LANGUAGE})"
    if kind == "number":
        if low is None:
            return Source(f"SELECT entity FROM value WHERE attr = ? AND value {high_op} ?{kinds}", (number, high), True)
        if high is None:
            return Source(f"SELECT entity FROM value WHERE attr = ? AND value {low_op} ? AND value < ''{kinds}", (number, low), True)
        return Source("SELECT entity FROM value WHERE attr = ? AND value >= ? AND value <= ?", (number, low, high), True)
    texts = [text for text in (low, high) if isinstance(text, str)]
    exact = kind in ("text", "date", "time") and all(len(text) < TEXT and parse_us(text) is None for text in texts)
    if not exact:  # moments may be written in several ways: compare by the second, which is written in one
        low, high, low_op, high_op = _second(low, ""), _second(high, "~"), ">=", "<"
    if low is None:
        low, low_op = "", ">="
    if high is None:
        return Source(f"SELECT entity FROM value WHERE attr = ? AND value {low_op} ? AND value < x''{kinds}", (number, low), exact)
    sql = f"SELECT entity FROM value WHERE attr = ? AND value {low_op} ? AND value {high_op} ?{kinds}"
    return Source(sql, (number, low, high), exact)


def _second(value: Any, end: str) -> Any:
    if value is None:
        return None
    if isinstance(value, int):
        return iso(value)[:19] + end
    us = parse_us(value)
    return (value[: TEXT - 1] if us is None else iso(us)[:19]) + end


def _of_member(term: Term) -> Source | None:
    """q=modifiedAt>…: what a poller asks; the other members of entities have no index."""
    if term.path.name != "modifiedAt" or term.ranged or term.op not in (">", ">=", "<", "<=") or len(term.values) != 1:
        return None
    literal = term.values[0]
    us = literal.value if literal.kind == "moment" else parse_us(literal.value)
    if us is None:
        return None
    return Source(
        f"SELECT key AS entity FROM entity INDEXED BY entity_modified WHERE doc IS NOT NULL AND modified {term.op} ?", (us,), False
    )


def probe_q(node: Node, names: Names) -> Probe | None:
    """A condition that is as true as a part of q; None where an index cannot tell by one look."""
    if isinstance(node, All | Any_):
        return None
    path = node.path
    if path.member or path.subs or path.trail is not None or path.linked is not None or node.op != "==" or node.ranged:
        return None
    number = names.get(path.name)
    if number is None:
        return Probe("0", ())
    sources = [_equal(number, literal) for literal in node.values]
    if not all(source.exact for source in sources):
        return None
    alternatives: list[str] = []
    args: list[Any] = []
    for source in sources:
        for i in range(0, len(source.args), 2):
            alternatives.append("EXISTS (SELECT 1 FROM value WHERE attr = ? AND value = ? AND entity = s.entity)")
            args += source.args[i : i + 2]
    return Probe("(" + " OR ".join(alternatives) + ")", tuple(args))
