"""One operation being served: the request, whose tenant, under which @context, and how its answer is to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from nagara.broker.http import (
    GEO_JSON,
    JSON,
    LD_JSON,
    ROOT,
    Headers,
    Params,
    Request,
    Response,
    accepted,
    content_type,
    json_response,
    parse_json,
)
from nagara.broker.ld.context import Context
from nagara.broker.ld.core import CORE
from nagara.broker.ld.resolver import Resolver, linked_context
from nagara.broker.model.versions import NEWEST, asked_version
from nagara.broker.problems import bad_data, invalid
from nagara.broker.store.tenant import Store

if TYPE_CHECKING:
    from nagara.broker.core import Broker
    from nagara.broker.history.joined import Told

_CONTEXT_REL = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
PLAIN_KINDS = (JSON, LD_JSON)
ENTITY_KINDS = (JSON, LD_JSON, GEO_JSON)


@dataclass(slots=True)
class Call:
    """What an operation works with."""

    broker: Broker
    request: Request
    tenant: str
    args: Mapping[str, str] = field(default_factory=dict)  # from the path
    creates: bool = False  # whether a tenant that does not exist is made
    snapshot: str = ""  # the snapshot that the request is about (6.3.22)
    told: dict[str, Told] | None = None  # what context sources told of the history that is asked for, by entity

    @property
    def store(self) -> Store:
        if self.snapshot:
            return self.broker.snapshots.store(self.tenant, self.snapshot)
        return self.broker.tenants.get(self.tenant, create=self.creates)

    @property
    def resolver(self) -> Resolver:
        return self.broker.resolver(self.store)

    @property
    def base(self) -> str:
        """The address of the API as the client knows it."""
        return self.broker.base(self.request)

    def params(self, allowed: frozenset[str]) -> Params:
        return Params(self.request.query, allowed)

    # What the request says

    async def linked(self) -> Context:
        """The @context of a request without a body: from its Link header (6.3.5)."""
        link = self.request.link
        if link is None:
            known = self.resolver.at_once(None)
            return known if known is not None else await self.resolver.resolve(None)
        url = linked_context(link)
        known = self.resolver.at_once(url)
        return known if known is not None else await self.resolver.resolve(url)

    def body(self, *, patch: bool = False) -> tuple[Any, str]:
        """The JSON of the request and its media type."""
        if "content-type" not in self.request.headers:
            parse_json(self.request.body, self.broker.settings.limits.depth)  # what is not even JSON is told so
        kind = content_type(self.request.headers, patch=patch)
        return parse_json(self.request.body, self.broker.settings.limits.depth), kind

    async def document(self, *, patch: bool = False) -> tuple[dict[str, Any], Context]:
        """The JSON object of the request and the @context by which it is to be read (6.3.5)."""
        raw, kind = self.body(patch=patch)
        if raw in ({}, []):
            refuse = invalid if self.request.method == "POST" else bad_data
            raise refuse("The body is empty; a JSON object with members is needed.")
        if not isinstance(raw, dict):
            raise bad_data("The body must be a JSON object.")
        return raw, await self.context_of(raw, kind)

    async def context_of(self, raw: dict[str, Any], kind: str) -> Context:
        """The @context of one JSON-LD document that came as `kind` (6.3.5)."""
        if kind == LD_JSON:
            if linked_context(self.request.link) is not None:
                raise bad_data("With application/ld+json the @context belongs in the body, and no Link header may name one (6.3.5).")
            if "@context" not in raw:
                raise bad_data("With application/ld+json the body must hold its @context (6.3.5).")
            value = raw["@context"]
            if isinstance(value, str):
                known = self.resolver.at_once(value)
                if known is not None:
                    return known
            return await self.resolver.resolve(value)
        if "@context" in raw:
            raise bad_data(
                "With application/json the body holds no @context: name it in a Link header, or send application/ld+json (6.3.5)."
            )
        return await self.linked()

    # How the answer looks

    def accepts(self, offered: tuple[str, ...] = PLAIN_KINDS) -> str:
        """The media type of the answer."""
        return accepted(self.request.headers.get("accept"), offered)

    async def context_link(self, context: Context) -> tuple[str, str]:
        """The Link header that tells which @context a JSON answer is to be read by (6.3.6)."""
        source = context.source
        if isinstance(source, str):
            return "link", f"<{source}>; {_CONTEXT_REL}"
        if not source:
            return "link", f"<{CORE}>; {_CONTEXT_REL}"
        stored = await self.resolver.implicit(source)
        return "link", f"<{self.base}/jsonldContexts/{stored.id}>; {_CONTEXT_REL}"

    async def answer(self, value: Any, context: Context, kind: str, headers: Headers | None = None, status: int = 200) -> Response:
        """`value`, an object or a list of objects, with its @context in the body or in a Link header."""
        found = list(headers or [])
        if kind == LD_JSON:
            shown = (
                [{**one, "@context": context.source} for one in value] if isinstance(value, list) else {**value, "@context": context.source}
            )
            return json_response(status, shown, found, LD_JSON)
        found.append(await self.context_link(context))
        return json_response(status, value, found, kind)

    def preference(self) -> Headers:
        """What is said to one who prefers an older version where that changes nothing: only entities have older forms (4.3.6.8)."""
        version = asked_version(self.request.headers.get("prefer", ""))
        if version is None:
            return []
        applied = min(version, NEWEST)
        return [("preference-applied", f"ngsi-ld={applied[0]}.{applied[1]}")]

    def location(self, *parts: str) -> tuple[str, str]:
        """The Location header of what was made."""
        return "location", "/".join([ROOT, *(quote(part, safe=":") for part in parts)])


def partial_result(success: list[str], errors: list[dict[str, Any]]) -> Response:
    """A BatchOperationResult (5.2.16), as 207."""
    return json_response(207, {"success": success, "errors": errors})
