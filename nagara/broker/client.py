"""A client of any NGSI-LD broker, ours or another, by the standard's API alone: `Client.from_environment()` takes the one that
NAGARA_BROKER_URL names. It needs nothing but Python, and knows nothing of what runs behind the address."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

ROOT = "/ngsi-ld/v1"
_CONTEXT_REL = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
_BATCH = 1_000


class BrokerError(Exception):
    """The broker refused, or could not be asked. `status` is 0 where it gave no answer; `kind` is the error type of the standard."""

    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail


class _NoRedirects(HTTPRedirectHandler):
    """A key goes to the broker that it was given for, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = build_opener(_NoRedirects)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the broker answered. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False, default=b"")

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Client:
    """One tenant of one broker."""

    url: str  # such as http://127.0.0.1:9090, or with /ngsi-ld/v1 at its end
    tenant: str = ""
    key: str = field(repr=False, default="")
    context: str = ""  # address of the @context of what is asked and sent
    timeout: float = 10.0  # seconds

    @staticmethod
    def from_environment(tenant: str = "", environment: Mapping[str, str] = os.environ) -> Client | None:
        """The broker of NAGARA_BROKER_URL, with the key of NAGARA_BROKER_KEY; None where none is named."""
        url = environment.get("NAGARA_BROKER_URL", "")
        if not url:
            return None
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise BrokerError(0, "", f"NAGARA_BROKER_URL must be the address of an NGSI-LD broker, not {url!r}.")
        return Client(url, tenant, environment.get("NAGARA_BROKER_KEY", ""), environment.get("NAGARA_BROKER_CONTEXT", ""))

    @property
    def base(self) -> str:
        """The address of the API."""
        base = self.url.rstrip("/")
        return base if base.endswith(ROOT) else base + ROOT

    def ask(self, method: str, path: str, query: Mapping[str, Any] | None = None, document: Any = None) -> Answer:
        """One request; a BrokerError where it is refused."""
        address = f"{self.base}/{path}"
        if query:
            address += "?" + urlencode({name: _text(value) for name, value in query.items() if value is not None}, quote_via=quote)
        headers = {"Accept": "application/json"}
        if self.tenant:
            headers["NGSILD-Tenant"] = self.tenant
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        if self.context:
            headers["Link"] = f"<{self.context}>; {_CONTEXT_REL}"
        body = None
        if document is not None:
            body = json.dumps(document).encode()
            headers["Content-Type"] = "application/json"
        try:
            with _OPENER.open(Request(address, body, headers, method=method), timeout=self.timeout) as reply:  # noqa: S310 (http and https only)
                return Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        except HTTPError as e:
            raise _refusal(e.code, e.read()) from None
        except (URLError, HTTPException, OSError, ValueError) as e:
            reason = getattr(e, "reason", e)
            raise BrokerError(0, "", f"The broker at {self.base} does not answer: {reason}.") from None

    # Entities

    def entity(self, id_: str, **query: Any) -> dict[str, Any] | None:
        """An entity; None where there is none."""
        try:
            found: dict[str, Any] = self.ask("GET", f"entities/{quote(id_, safe=':')}", query).json
            return found
        except BrokerError as e:
            if e.status == 404:
                return None
            raise

    def entities(self, *, page: int = 500, **query: Any) -> Iterator[dict[str, Any]]:
        """All entities that a query finds, page by page: entities(type="Station", q="pm25>25")."""
        offset = 0
        while True:
            found = self.ask("GET", "entities", {**query, "limit": page, "offset": offset}).json
            yield from found
            if len(found) < page:
                return
            offset += page

    def count(self, **query: Any) -> int:
        """How many entities a query finds."""
        return int(self.ask("GET", "entities", {**query, "limit": 0, "count": "true"}).headers["ngsild-results-count"])

    def upsert(self, entities: Sequence[Mapping[str, Any]], *, update: bool = False) -> list[dict[str, Any]]:
        """Write entities, in batches; gives the errors of those that were refused. `update`: leave attributes that are not named."""
        errors: list[dict[str, Any]] = []
        for start in range(0, len(entities), _BATCH):
            some = list(entities[start : start + _BATCH])
            answer = self.ask("POST", "entityOperations/upsert", {"options": "update"} if update else None, some)
            if answer.status == 207:
                errors += answer.json["errors"]
        return errors

    def change(self, id_: str, attributes: Mapping[str, Any]) -> None:
        """Add or replace attributes of an entity."""
        self.ask("POST", f"entities/{quote(id_, safe=':')}/attrs", None, dict(attributes))

    def delete(self, id_: str) -> bool:
        """Delete an entity; False where there was none."""
        try:
            self.ask("DELETE", f"entities/{quote(id_, safe=':')}")
        except BrokerError as e:
            if e.status == 404:
                return False
            raise
        return True

    def history(self, id_: str, **query: Any) -> dict[str, Any] | None:
        """The temporal evolution of an entity; None where there is none."""
        try:
            found: dict[str, Any] = self.ask("GET", f"temporal/entities/{quote(id_, safe=':')}", query).json
            return found
        except BrokerError as e:
            if e.status == 404:
                return None
            raise

    def types(self) -> list[str]:
        """The types of entities that the broker has."""
        found = self.ask("GET", "types").json
        return list(found["typeList"]) if isinstance(found, dict) else [one["typeName"] for one in found]

    # Subscriptions

    def subscribe(self, subscription: Mapping[str, Any]) -> str:
        """Make a subscription; its id."""
        return self.ask("POST", "subscriptions", None, dict(subscription)).headers["location"].rpartition("/")[2]

    def unsubscribe(self, id_: str) -> None:
        """End a subscription."""
        self.ask("DELETE", f"subscriptions/{quote(id_, safe=':')}")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _refusal(status: int, body: bytes) -> BrokerError:
    try:
        said = json.loads(body)
    except ValueError:
        said = {}
    if not isinstance(said, dict):
        said = {}
    kind = str(said.get("type", "")).rpartition("/")[2]
    return BrokerError(status, kind, str(said.get("detail") or said.get("title") or f"The broker answered {status}."))
