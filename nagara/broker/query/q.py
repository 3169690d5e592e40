"""The query language (4.9): from the text of `q` to a tree, by recursive descent.

q           = and *( "|" and )            ; "," is no operator here
and         = factor *( ";" factor )      ; binds tighter than "|"
factor      = "(" q ")" / [ "!" ] path / path op value
path        = name *( "." name ) [ "[" name *( "." name ) "]" ] / name "{" [ types ":" ] path "}"
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import orjson

from nagara.broker.clock import parse_us
from nagara.broker.ld.context import Context
from nagara.broker.model.values import shown
from nagara.broker.problems import Problem, bad_data
from nagara.broker.query.patterns import Pattern, pattern
from nagara.broker.query.types import TypeSelector, type_selector

EXISTS, MISSING = "exists", "missing"
_OPERATOR = re.compile(r"!~=|~=|==|!=|>=|<=|>|<")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d:\d\d(?:[.,]\d{1,6})?Z\Z", re.ASCII)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BARE = re.compile(r"[^\s\"'()|;,<>=~!]+")
_NAME_CHARS = re.compile(r"[^\s\"'()|;,<>=~!\[\]{}]+")
_DEPTH = 32

#: Members that a path may end in without being a sub-attribute.
MEMBERS = frozenset({"observedAt", "unitCode", "datasetId", "createdAt", "modifiedAt", "expiresAt", "objectType", "valueType", "lang"})
#: What a path may start with beside an attribute.
ENTITY_MEMBERS = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"})


@dataclass(frozen=True, slots=True)
class Literal:
    """A value to compare with. kind: number, text, truth, moment (microseconds), date, time, word."""

    kind: str
    value: Any
    full: str | None = None  # of a text or word that is to be expanded (expandValues)


@dataclass(frozen=True, slots=True)
class Path:
    """What of an entity is compared."""

    name: str  # full name of the attribute, or a member of the entity
    member: bool  # whether it is a member of the entity
    subs: tuple[tuple[str, str], ...] = ()  # (full name, as written) of sub-attributes, the last perhaps a member
    trail: tuple[str, ...] | None = None  # into a compound value, or a language
    linked: Path | None = None  # of the entity that the relationship leads to
    linked_types: TypeSelector | None = None

    @property
    def plain(self) -> bool:
        """Whether it names an attribute and nothing else."""
        return not (self.member or self.subs or self.trail is not None or self.linked is not None)

    @property
    def depth(self) -> int:
        """How many relationships it follows."""
        return 0 if self.linked is None else 1 + self.linked.depth


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison. `values` holds one literal, several for a list, two for a range."""

    path: Path
    op: str
    values: tuple[Literal, ...] = ()
    ranged: bool = False
    pattern: Pattern | None = None


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any_:
    parts: tuple[Node, ...]


Node = Term | All | Any_


class _Reader:
    def __init__(self, text: str, context: Context, expand: frozenset[str], max_terms: int, max_pattern: int) -> None:
        self.text = text
        self.at = 0
        self.context = context
        self.expand = expand
        self.left = max_terms
        self.max_pattern = max_pattern

    def fail(self, what: str) -> Problem:
        return bad_data(f"q: {what}, at character {self.at + 1} of {shown(self.text)} (4.9).")

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def any_(self, depth: int) -> Node:
        parts = [self.all_(depth)]
        while self.peek() == "|":
            self.at += 1
            parts.append(self.all_(depth))
        return parts[0] if len(parts) == 1 else Any_(tuple(parts))

    def all_(self, depth: int) -> Node:
        parts = [self.factor(depth)]
        while self.peek() == ";":
            self.at += 1
            parts.append(self.factor(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def factor(self, depth: int) -> Node:
        while self.peek() == " ":
            self.at += 1
        if self.peek() == "(":
            if depth > _DEPTH:
                raise self.fail(f"parentheses are nested more than {_DEPTH} deep")
            self.at += 1
            found = self.any_(depth + 1)
            if self.peek() != ")":
                raise self.fail("a parenthesis is left open")
            self.at += 1
            return found
        self.left -= 1
        if self.left < 0:
            raise Problem("TooComplexQuery", "q has more terms than this broker takes in one query.")
        if self.peek() == "!":
            self.at += 1
            return Term(self.path(0), MISSING)
        path = self.path(0)
        found_op = _OPERATOR.match(self.text, self.at)
        if found_op is None:
            if self.peek() not in ("", ";", "|", ")"):
                raise self.fail(f"{shown(self.peek())} is no operator")
            return Term(path, EXISTS)
        self.at = found_op.end()
        return self.comparison(path, found_op[0])

    def path(self, depth: int) -> Path:
        if depth > 8:
            raise self.fail("it follows more than 8 relationships")
        name, full = self.attribute_name()
        member = name in ENTITY_MEMBERS
        subs: list[tuple[str, str]] = []
        if self.peek() == "{":
            self.at += 1
            types = None
            colon = self.text.find(":", self.at)
            close = min((i for i in (self.text.find(c, self.at) for c in "}{[") if i >= 0), default=len(self.text))
            if 0 <= colon < close and "//" not in self.text[self.at : close]:
                types = type_selector(self.text[self.at : colon], self.context)
                self.at = colon + 1
            linked = self.path(depth + 1)
            if self.peek() != "}":
                raise self.fail("a '{' is left open")
            self.at += 1
            return Path(full, member, (), None, linked, types)
        while self.peek() == ".":
            self.at += 1
            sub, sub_full = self.attribute_name()
            subs.append((sub_full, sub))
        trail = None
        if self.peek() == "[":
            close = self.text.find("]", self.at)
            inner = self.text[self.at + 1 : close] if close > 0 else ""
            if not inner:
                raise self.fail("a '[' is left open, or holds nothing")
            trail = tuple(piece.strip().strip('"') for piece in inner.split("."))
            if not all(trail):
                raise self.fail("a name is missing between the brackets")
            self.at = close + 1
        return Path(full, member, tuple(subs), trail)

    def attribute_name(self) -> tuple[str, str]:
        found = _NAME_CHARS.match(self.text, self.at)
        if found is None:
            raise self.fail("the name of an attribute is missing")
        text = found[0]
        scheme = text.partition(":")[0].lower()
        if not ("://" in text or scheme == "urn"):
            text = text.partition(".")[0]
        if not text:
            raise self.fail("the name of an attribute is missing")
        self.at += len(text)
        if text in ENTITY_MEMBERS or text in MEMBERS:
            return text, text
        return text, self.context.full(text)

    def comparison(self, path: Path, op: str) -> Term:
        if op in ("~=", "!~="):
            return Term(path, op, pattern=pattern(self.regular_expression(), self.max_pattern))
        first = self.literal(path)
        if self.text.startswith("..", self.at):
            if op not in ("==", "!="):
                raise self.fail(f"a range goes with == and != only, not with {op}")
            self.at += 2
            last = self.literal(path)
            if first.kind != last.kind or first.kind in ("truth", "word"):
                raise self.fail("the two ends of a range must be numbers, texts, dates or times alike")
            return Term(path, op, (first, last), ranged=True)
        values = [first]
        while self.peek() == ",":
            if op not in ("==", "!="):
                raise self.fail(f"a list goes with == and != only, not with {op}")
            self.at += 1
            values.append(self.literal(path))
        if op not in ("==", "!=") and first.kind in ("truth", "word"):
            raise self.fail(f"{op} compares numbers, texts, dates and times only")
        return Term(path, op, tuple(values))

    def literal(self, path: Path) -> Literal:
        if self.peek() == '"':
            return self.quoted(path)
        found = _BARE.match(self.text, self.at)
        if found is None:
            raise self.fail("a value is missing, or a text without quotes around it")
        text = found[0]
        if ".." in text:
            text = text.partition("..")[0]
        if not text:
            raise self.fail("a value is missing")
        self.at += len(text)
        if _NUMBER.match(text):
            return Literal("number", orjson.loads(text))
        if text in ("true", "false"):
            return Literal("truth", text == "true")
        moment = parse_us(text)
        if moment is not None:
            return Literal("moment", moment)
        if _DATE.match(text):
            return Literal("date", text)
        if _TIME.match(text):
            return Literal("time", text)
        return Literal("word", text, self.context.word(text) if path.name in self.expand else None)

    def quoted(self, path: Path) -> Literal:
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise self.fail("a text lacks its closing quote")
        try:
            text = orjson.loads(found[0])
        except orjson.JSONDecodeError:
            raise self.fail(f"{shown(found[0])} is no JSON text") from None
        self.at = found.end()
        return Literal("text", text, self.context.word(text) if path.name in self.expand else None)

    def regular_expression(self) -> str:
        if self.peek() == '"':
            found = _STRING.match(self.text, self.at)
            if found is None:
                raise self.fail("a pattern lacks its closing quote")
            self.at = found.end()
            inner = found[0][1:-1]
            return inner.replace('\\"', '"').replace("\\\\", "\\") if "\\" in inner else inner
        start, depth, in_class = self.at, 0, False
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\\":
                self.at += 1
            elif in_class:
                in_class = char != "]"
            elif char == "[":
                in_class = True
            elif char == "(":
                depth += 1
            elif char == ")":
                if depth == 0:
                    break
                depth -= 1
            elif char in ";|" and depth == 0:
                break
            self.at += 1
        found_text = self.text[start : self.at]
        if not found_text:
            raise self.fail("a pattern is missing")
        return found_text


def parse(
    text: str,
    context: Context,
    *,
    expand: frozenset[str] = frozenset(),
    max_length: int = 8192,
    max_terms: int = 256,
    max_pattern: int = 512,
) -> Node:
    """The tree of a query.

    `expand`: full names of the attributes whose values are words of a vocabulary, to be expanded (expandValues).
    The keys of compound values are kept as they came, so that `jsonKeys` asks for nothing more.
    """
    if len(text) > max_length:
        raise Problem("TooComplexQuery", f"q has {len(text)} characters; this broker takes {max_length}.")
    reader = _Reader(text, context, expand, max_terms, max_pattern)
    found = reader.any_(0)
    if reader.at != len(text):
        raise reader.fail("the query goes on where it should have ended")
    return found


def terms(node: Node) -> list[Term]:
    """All comparisons of a query."""
    if isinstance(node, Term):
        return [node]
    return [term for part in node.parts for term in terms(part)]


def linked_depth(node: Node) -> int:
    """How many relationships the query follows at most."""
    return max((term.path.depth for term in terms(node)), default=0)
