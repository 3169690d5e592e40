"""Requests to context sources: what they carry, how long they may take, and what is said where they fail (4.3.6, 6.3.17, 6.3.18)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import orjson

from nagara.broker.doors.outgoing import Forbidden, Reply, Unreachable
from nagara.broker.http import JSON, LD_JSON, Headers
from nagara.broker.ld.context import Context
from nagara.broker.model.names import ENTITY_MEMBERS, PLAIN_MEMBERS, SYSTEM_MEMBERS
from nagara.broker.problems import Problem
from nagara.broker.sources.registration import OF_REQUEST, Registration
from nagara.broker.sources.registry import Registry

if TYPE_CHECKING:
    from nagara.broker.api.call import Call

TIMEOUT = 5.0  # seconds a source has, unless its registration says otherwise
_LONGEST = 60.0
_ANSWER = 16 * 1024 * 1024
STALE, INVALID, NO_ANSWER, ERROR = 110, 111, 199, 299  # warnings of Table 6.3.17-1
_RESERVED = ENTITY_MEMBERS | PLAIN_MEMBERS | SYSTEM_MEMBERS | {"value", "object", "languageMap", "vocab", "json", "valueList", "objectList"}

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Failure:
    """A source that did not do what it was asked."""

    one: Registration
    status: int  # what the client is told, where nothing else was to be done (6.3.17)
    warning: int
    detail: str
    kind: str = "InternalError"
    title: str = ""
    answer: dict[str, Any] | None = None  # the UpdateResult of a source that did a part only (5.2.18)

    def problem(self) -> Problem:
        """As a refusal of the request itself."""
        more = {"answer": self.answer} if self.answer is not None else {}
        return Problem(self.kind, self.detail, status=self.status, title=self.title or None, registrationId=self.one.id, **more)

    def header(self) -> tuple[str, str]:
        """As a warning beside the answer."""
        agent = self.one.alias or urlsplit(self.one.base).netloc
        text = self.detail.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "/")
        return "ngsild-warning", f'{self.warning} {agent} "{text}"'


def warnings(failures: Iterable[Failure]) -> Headers:
    """The warnings of an answer."""
    return [failure.header() for failure in failures]


def visited(call: Call) -> set[str]:
    """The sources that a request came through (6.3.18)."""
    found = set()
    for hop in call.request.headers.get("via", "").split(","):
        words = hop.split()
        if len(words) >= 2:
            found.add(words[1])
    return found


class Asker:
    """Asks context sources on behalf of one request."""

    def __init__(self, call: Call, registry: Registry, context: Context) -> None:
        self._call = call
        self._registry = registry
        self._context = context
        self.alias = call.broker.alias_of(call.tenant)
        self._via = call.request.headers.get("via", "")

    @property
    def looped(self) -> bool:
        """Whether the request was here before."""
        return self.alias in visited(self._call)

    def open_to(self) -> list[Registration]:
        """The registrations that may be asked: not those that the request came through."""
        seen = visited(self._call)
        return [one for one in self._registry.all() if not (one.alias and one.alias in seen)]

    async def headers(self, one: Registration, kind: str | None) -> dict[str, str]:
        """What goes with a request to a source."""
        given = self._call.request.headers
        found = {"Accept": one.told.get("accept", JSON), "Via": f"{self._via}, 1.1 {self.alias}" if self._via else f"1.1 {self.alias}"}
        if kind is not None:
            found["Content-Type"] = kind
        if kind != LD_JSON:
            target = one.told.get("jsonldcontext")
            if target is not None:
                found["Link"] = f'<{target}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
            else:
                found["Link"] = (await self._call.context_link(self._context))[1]
        if one.tenant:
            found["NGSILD-Tenant"] = one.tenant
        for name, value in one.headers:
            taken = given.get(name.lower()) if value == OF_REQUEST else value
            if taken is not None:
                found[name] = taken
        return found

    async def target(self, one: Registration) -> Context:
        """The @context by which a source is spoken to."""
        named = one.told.get("jsonldcontext")
        return self._context if named is None else await self._call.resolver.resolve(named)

    async def ask(self, one: Registration, method: str, path: str, pairs: Pairs, document: Any = None) -> Reply | Failure:
        """One request; `document` is in the names of the request's @context, and is put in those of the source."""
        now = asyncio.get_running_loop().time()
        if now < one.quiet_until:
            return Failure(one, 504, NO_ANSWER, f"{one.id} failed a moment ago and is left alone.", "about:blank", "Gateway timeout")
        if one.local_only:
            pairs = [*pairs, ("local", "true")]
        body = kind = None
        try:
            if document is not None:
                body, kind = await self._body(one, document, patch=method == "PATCH")
            headers = await self.headers(one, kind)
        except Problem as problem:
            return self._failed(one, 502, NO_ANSWER, problem.detail, "Bad gateway")
        url = f"{one.base}/{path}"
        if pairs:
            url += "?" + "&".join(f"{name}={quote(value, safe=':/,;@!$()*~')}" for name, value in pairs)
        seconds = min(one.timeout or TIMEOUT, _LONGEST)
        outgoing = self._call.broker.asking
        try:
            reply = await outgoing.call(method, url, headers=headers, body=body, timeout=seconds, limit=_ANSWER)
        except Forbidden as e:
            return self._failed(one, 502, ERROR, str(e), "Bad gateway")
        except Unreachable as e:
            large = "answered with more than" in str(e)
            return self._failed(
                one, 502 if large else 504, INVALID if large else NO_ANSWER, str(e), "Bad gateway" if large else "Gateway timeout"
            )
        self._registry.went(one, well=reply.status < 300 or reply.status == 404)
        return reply

    def _failed(self, one: Registration, status: int, warning: int, detail: str, title: str) -> Failure:
        self._registry.went(one, well=False)
        if one.cooldown:
            one.quiet_until = asyncio.get_running_loop().time() + one.cooldown
        return Failure(one, status, warning, detail, "about:blank", title)

    def refused(self, one: Registration, reply: Reply) -> Failure:
        """A source that answered with an error."""
        try:
            said = orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            said = {}
        if reply.status == 207 and isinstance(said, dict) and isinstance(said.get("notUpdated"), list):
            return Failure(one, 207, ERROR, f"{one.id} did a part only.", "Conflict", answer={"updated": [], **said})
        detail = said.get("detail") if isinstance(said, dict) else None
        detail = f"{one.id} answered {reply.status}{': ' + detail if isinstance(detail, str) else ''}"
        if one.cooldown and reply.status >= 500:
            one.quiet_until = asyncio.get_running_loop().time() + one.cooldown
        known = {404: "ResourceNotFound", 409: "AlreadyExists"}.get(reply.status)
        if known is not None:
            return Failure(one, reply.status, ERROR, detail, known)
        if reply.status == 508:
            return Failure(one, 508, NO_ANSWER, detail, "about:blank", "Loop detected")
        return Failure(one, 502, ERROR, detail, "about:blank", "Bad gateway")

    def partial(self, one: Registration) -> Failure:
        """A source that told a part of what it has (6.3.10)."""
        return Failure(one, 206, ERROR, f"{one.id} answered a part only; ask for a shorter interval or for fewer attributes.")

    def unreadable(self, one: Registration, why: str) -> Failure:
        """A source whose answer is no NGSI-LD."""
        self._registry.went(one, well=False)
        return Failure(one, 502, INVALID, f"What {one.id} answered cannot be used: {why}", "about:blank", "Bad gateway")

    async def _body(self, one: Registration, document: Any, *, patch: bool) -> tuple[bytes, str]:
        """A document in the form and the names that a source asks for (4.3.6.6)."""
        target = await self.target(one)
        if target is not self._context:
            document = recompacted(document, self._context, target)
        if one.told.get("contenttype") == LD_JSON and "jsonldcontext" not in one.told:
            source = self._context.source
            if isinstance(document, list):
                document = [{**each, "@context": source} if isinstance(each, dict) else each for each in document]
            else:
                document = {**document, "@context": source}
            return orjson.dumps(document), LD_JSON
        return orjson.dumps(document), JSON


def without_context(document: Any) -> Any:
    """A document without its @context."""
    if isinstance(document, list):
        return [without_context(one) for one in document]
    if isinstance(document, dict) and "@context" in document:
        return {name: value for name, value in document.items() if name != "@context"}
    return document


def recompacted(document: Any, old: Context, new: Context) -> Any:
    """An entity, or a list of them, with the names of one @context put in those of another."""
    if isinstance(document, list):
        return [recompacted(one, old, new) for one in document]
    if not isinstance(document, dict):
        return document

    def name(text: str) -> str:
        return new.short(old.full(text))

    found: dict[str, Any] = {}
    for member, value in document.items():
        if member in ("type", "@type"):
            found[member] = [name(one) for one in value] if isinstance(value, list) else name(value)
        elif member in _RESERVED or member.startswith("@"):
            found[member] = value
        else:
            found[name(member)] = _attribute(value, old, new)
    return found


def _attribute(value: Any, old: Context, new: Context) -> Any:
    if isinstance(value, list):
        return [_attribute(one, old, new) for one in value]
    if not isinstance(value, dict) or not ({"type", "@type"} | _RESERVED) & value.keys():
        return value
    found = {}
    for member, inner in value.items():
        if member in _RESERVED or member in ("type", "dataset") or member.startswith("@"):
            found[member] = inner
        else:
            found[new.short(old.full(member))] = _attribute(inner, old, new)
    return found
