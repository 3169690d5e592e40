"""HTTP without a server: what a request says, what an answer holds, which form the client takes (6.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson

from nagara.broker.model.values import shown
from nagara.broker.problems import Problem, bad_data, http_problem, invalid

JSON, LD_JSON, GEO_JSON = "application/json", "application/ld+json", "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"
ROOT = "/ngsi-ld/v1"

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Request:
    """One request, whatever server it came through. Header names are in lower case."""

    method: str
    path: str  # decoded
    query: str  # as it came
    headers: Mapping[str, str]
    body: bytes = b""
    client: str = ""
    scheme: str = "http"
    links: list[str] = field(default_factory=list)  # all Link headers, where there are several

    @property
    def link(self) -> str | None:
        return ", ".join(self.links) if self.links else self.headers.get("link")


@dataclass(slots=True)
class Response:
    """One answer."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""


def json_response(status: int, value: Any, headers: Headers | None = None, kind: str = JSON) -> Response:
    """An answer that holds `value` as JSON."""
    return Response(status, [("content-type", kind), *(headers or [])], orjson.dumps(value))


def problem_response(problem: Problem) -> Response:
    """A refusal (6.3.3). For 411 and 415 the specification wants no body (6.3.4)."""
    if problem.status in (411, 415):
        return Response(problem.status, problem.headers)
    return Response(problem.status, [("content-type", JSON), *problem.headers], problem.body())


@lru_cache(maxsize=4096)
def parameters(query: str) -> Mapping[str, str]:
    """The parameters of a query string; refused where one comes twice, since none of ours may."""
    found: dict[str, str] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=False, max_num_fields=100, errors="strict")
    except ValueError as e:
        raise invalid(f"The query string of the address cannot be read: {e}.") from None
    for name, value in pairs:
        if name in found:
            raise invalid(f"The parameter {shown(name)} comes more than once.")
        found[name] = value
    return found


class Params:
    """The parameters of one request, each read as what it has to be."""

    __slots__ = ("_all",)

    def __init__(self, query: str, allowed: frozenset[str]) -> None:
        self._all = parameters(query) if query else {}
        for name in self._all:
            if name not in allowed and not (name == "sysAttrs" and "options" in allowed):
                raise invalid(
                    f"The parameter {shown(name)} is not one of this operation: {', '.join(sorted(allowed)) or 'it has none'} (6.3.20)."
                )

    def text(self, name: str) -> str | None:
        """A text that is not empty."""
        value = self._all.get(name)
        if value is not None and not value.strip():
            raise bad_data(f"The parameter {name} is empty.")
        return value

    def has(self, name: str) -> bool:
        return name in self._all

    def names(self, name: str) -> list[str] | None:
        """A list whose members are joined by commas."""
        value = self.text(name)
        if value is None:
            return None
        found = [part.strip() for part in value.split(",")]
        if not all(found):
            raise bad_data(f"The parameter {name} holds an empty member: {shown(value)}.")
        return found

    def flag(self, name: str) -> bool:
        """true or false; false where it is absent."""
        value = self._all.get(name)
        if value is None:
            return False
        lowered = value.lower()
        if lowered not in ("true", "false"):
            raise bad_data(f"The parameter {name} must be true or false, not {shown(value)}.")
        return lowered == "true"

    def number(self, name: str, least: int = 0) -> int | None:
        value = self._all.get(name)
        if value is None:
            return None
        if not value.isascii() or not value.isdecimal() or len(value) > 15 or int(value) < least:
            raise bad_data(f"The parameter {name} must be a whole number of {least} or more, not {shown(value)}.")
        return int(value)

    def options(self, allowed: frozenset[str]) -> set[str]:
        """The members of `options`; one that the operation does not know is refused (6.3.20).

        `sysAttrs=true` says the same as `options=sysAttrs`: other brokers (coraine 0.3) ask like that when they forward.
        """
        value = self._all.get("options")
        found = {part.strip() for part in value.split(",")} if value else set()
        if "sysAttrs" in self._all and self.flag("sysAttrs"):
            found.add("sysAttrs")
        unknown = found - allowed
        if unknown:
            raise invalid(f"options: {shown(min(unknown))} is not one of {', '.join(sorted(allowed))} (6.3.20).")
        return found


def _ranges(accept: str) -> list[tuple[str, float]]:
    found = []
    for part in accept.split(","):
        kind, *options = (piece.strip() for piece in part.split(";"))
        weight = 1.0
        for option in options:
            name, _, value = option.partition("=")
            if name.strip().lower() == "q":
                try:
                    weight = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    weight = 1.0
        if kind:
            found.append((kind.lower(), weight))
    return found


@lru_cache(maxsize=1024)
def accepted(accept: str | None, offered: tuple[str, ...]) -> str:
    """Which of the media types offered suits an Accept header best; the first of those that suit alike (6.3.4, RFC 9110 12.5.1)."""
    if not accept or not accept.strip():
        return offered[0]
    ranges = _ranges(accept)
    best, best_weight = "", 0.0
    for kind in offered:
        weight, precision = 0.0, 0
        for pattern, w in ranges:
            level = 3 if pattern == kind else 2 if pattern == kind.split("/")[0] + "/*" else 1 if pattern == "*/*" else 0
            if level > precision:
                weight, precision = w, level
        if weight > best_weight:
            best, best_weight = kind, weight
    if not best:
        refusal = http_problem(406, "Not acceptable", f"None of what is accepted is available here; available are {', '.join(offered)}.")
        refusal.kind = "InvalidRequest"
        refusal.more["available"] = list(offered)
        raise refusal
    return best


def content_type(headers: Mapping[str, str], *, patch: bool = False) -> str:
    """The media type of a request's body: JSON or JSON-LD, or for PATCH a merge patch; else 415 (6.3.4)."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == LD_JSON:
        return LD_JSON
    if kind == JSON or (patch and kind == MERGE_PATCH):
        return JSON
    refusal = http_problem(415, "Unsupported media type", "Send application/json or application/ld+json.")
    refusal.headers = [("accept-patch" if patch else "accept-post", f"{JSON}, {LD_JSON}{', ' + MERGE_PATCH if patch else ''}")]
    raise refusal


def parse_json(body: bytes, depth: int) -> Any:
    """The JSON of a request's body (5.5.4)."""
    if not body.strip():
        raise invalid("The request has no body; a JSON document is needed.")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as e:
        raise invalid(f"The body is not JSON: {e}.") from None
    if body.count(b"{") + body.count(b"[") > depth and _deeper(value, depth):
        raise bad_data(f"The JSON document is nested more than {depth} deep.")
    return value


def _deeper(value: Any, levels: int) -> bool:
    """Whether `value` nests deeper than `levels`, looked at level by level."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        if not level:
            return False
        level = [part for holder in level for part in (holder.values() if type(holder) is dict else holder) if type(part) in _HOLDERS]
    return bool(level)


_HOLDERS = (dict, list)
