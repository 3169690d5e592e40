"""From what a request says of its @context to a `Context`: stored ones first, then the network, never waiting long (5.5.5 to 5.5.7, 6.3.5)."""

from __future__ import annotations

import asyncio
import hashlib
import re
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import orjson

from nagara.broker.clock import now_us
from nagara.broker.doors.outgoing import Forbidden, Outgoing, Unreachable
from nagara.broker.ld.context import Context, Term, add_terms, core_context
from nagara.broker.ld.core import core_version
from nagara.broker.ld.stored import CACHED, IMPLICIT, Stored, StoredContexts, new_stored
from nagara.broker.problems import Problem, bad_data
from nagara.broker.settings import Settings
from nagara.broker.store.tenant import Store

CORE_CONTEXT = core_context()

_HEURISTIC_SECONDS = 24 * 3600  # a cached @context that says nothing of its age (6.3.16)
_RETRY_SECONDS = 15  # after a failed fetch, before the next
_STALE_SECONDS = 300  # how long an expired copy serves where its origin cannot be reached
_MEMORY = 2_000  # compiled contexts a tenant keeps
_MAX_AGE = re.compile(r"(s-maxage|max-age)\s*=\s*\"?(\d+)")
_HOSTED_PATH = "/ngsi-ld/v1/jsonldContexts/"


class _Known:
    """A compiled context, what it was made of, and until when it holds."""

    __slots__ = ("context", "parts", "until")

    def __init__(self, context: Context, parts: list[Stored], until: int | None) -> None:
        self.context = context
        self.parts = parts
        self.until = until


class Resolver:
    """Resolves the @contexts of one tenant."""

    def __init__(self, store: Store, outgoing: Outgoing, settings: Settings) -> None:
        self.store = store
        self.stored = StoredContexts(store.write)
        self._outgoing = outgoing
        self._settings = settings
        self._known: dict[str, _Known] = {}
        self._failed: dict[str, tuple[int, Problem]] = {}
        self._fetching: dict[str, asyncio.Future[Stored]] = {}
        self.hosts: set[str] = set()  # names under which clients reach this broker

    def at_once(self, value: str | None) -> Context | None:
        """The context of an address, where it is at hand; None where it has to be resolved first."""
        if value is None:
            return None if self._settings.default_context else CORE_CONTEXT
        known = self._known.get(value)
        if known is None:
            return None
        now = now_us()
        if known.until is not None and now > known.until:
            return None
        for part in known.parts:
            self.stored.touch(part, now)
        return known.context

    async def resolve(self, value: Any) -> Context:
        """The context that `value` (an address, an object, a list of these, or None) stands for."""
        if value is None:
            value = self._settings.default_context or None
            if value is None:
                return CORE_CONTEXT
        key = value if isinstance(value, str) else _key(value)
        known = self._known.get(key)
        now = now_us()
        if known is not None and (known.until is None or now <= known.until):
            for part in known.parts:
                self.stored.touch(part, now)
            return known.context
        if isinstance(value, str) and core_version(value):
            known = _Known(Context({}, None, value, value), [], None)
        else:
            known = await self._build(value, key)
        if len(self._known) >= _MEMORY:
            self._known.clear()
        self._known[key] = known
        for part in known.parts:
            self.stored.touch(part, now)
        return known.context

    async def _build(self, value: Any, key: str) -> _Known:
        terms: dict[str, Term] = {}
        parts: list[Stored] = []
        vocab = await self._lay(value, terms, None, parts, (), "")
        until = min((part.expires for part in parts if part.expires is not None), default=None)
        return _Known(Context(terms, vocab, value, key), parts, until)

    async def _lay(
        self, value: Any, terms: dict[str, Term], vocab: str | None, parts: list[Stored], above: tuple[str, ...], base: str
    ) -> str | None:
        """Lay one @context, or each of a list, over `terms`; the vocab that holds after it."""
        if value is None:
            terms.clear()
            return None
        if isinstance(value, list):
            for part in value:
                vocab = await self._lay(part, terms, vocab, parts, above, base)
            return vocab
        if isinstance(value, dict):
            return add_terms(value, terms, vocab)
        if not isinstance(value, str):
            raise bad_data("An @context is an address, an object, or a list of these.")
        try:
            url = urljoin(base, value) if base else value
        except ValueError:
            raise bad_data(f"{value!r} is no address of a @context.") from None
        if core_version(url):
            return vocab
        if url in above:
            raise bad_data(f"The @context {url} refers to itself.")
        if len(above) >= self._settings.limits.context_depth:
            raise bad_data(f"The @context refers to others more than {self._settings.limits.context_depth} deep.")
        stored = await self._document(url)
        parts.append(stored)
        return await self._lay(stored.document["@context"], terms, vocab, parts, (*above, url), stored.url or "")

    async def _document(self, url: str) -> Stored:
        found = self.stored.find(url) or self._own(url)
        now = now_us()
        if found is not None and (found.expires is None or found.expires > now):
            return found
        failed = self._failed.get(url)
        if failed is not None and now < failed[0]:
            raise failed[1]
        try:
            return await self.fetch(url)
        except Problem as problem:
            if found is not None and problem.kind == "LdContextNotAvailable":
                found.expires = now + _STALE_SECONDS * 1_000_000
                return found
            if len(self._failed) > _MEMORY:
                self._failed.clear()
            self._failed[url] = (now + _RETRY_SECONDS * 1_000_000, problem)
            raise

    def _own(self, url: str) -> Stored | None:
        """A @context that this broker itself serves under that address."""
        try:
            parts = urlsplit(url)
        except ValueError:  # no address; who calls it is told why
            return None
        at = parts.path.find(_HOSTED_PATH)
        if at < 0 or (
            parts.netloc and parts.netloc not in self.hosts and not self._settings.base_url.startswith(f"{parts.scheme}://{parts.netloc}")
        ):
            return None
        return self.stored.find(unquote(parts.path[at + len(_HOSTED_PATH) :]))

    async def fetch(self, url: str) -> Stored:
        """Download a @context and store it as cached; requests that want the same one wait for the same download."""
        under_way = self._fetching.get(url)
        if under_way is not None:
            return await asyncio.shield(under_way)
        future: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._fetching[url] = future
        try:
            stored = await self._download(url)
            future.set_result(stored)
            return stored
        except Exception as e:
            future.set_exception(e)
            future.exception()  # those who wait see it; where nobody does, it is not "never retrieved"
            raise
        finally:
            del self._fetching[url]

    async def _download(self, url: str) -> Stored:
        headers = {"Accept": "application/ld+json, application/json;q=0.9"}
        limit = self._settings.limits.context_bytes
        try:
            reply = await self._outgoing.call("GET", url, headers=headers, limit=limit)
        except Forbidden as e:
            raise bad_data(f"The @context {url} cannot be fetched: {e}") from None
        except Unreachable as e:
            raise Problem("LdContextNotAvailable", f"The @context {url} is not available: {e}") from None
        if reply.status != 200:
            raise Problem("LdContextNotAvailable", f"The @context {url} is not available: its server answered {reply.status}.")
        try:
            document = orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            raise bad_data(f"What {url} holds is not JSON.") from None
        check_document(document, url)
        before = self.stored.find(url)
        stored = new_stored(CACHED, document, url, _expiry(reply.headers))
        if before is not None:
            stored.id, stored.hits = before.id, before.hits
        await self.store.writer.do(lambda txn: self.stored.write(txn.connection, stored))
        self.stored.keep(stored)
        self._failed.pop(url, None)
        return stored

    async def implicit(self, value: Any) -> Stored:
        """A stored @context for a list or object that has no address of its own, so that answers can name it (5.13.1)."""
        key = f"urn:ngsi-ld:Context:{_key(value)[1:]}"
        found = self.stored.find(key)
        if found is None:
            found = new_stored(IMPLICIT, {"@context": value})
            found.id = key
            stored = found
            await self.store.writer.do(lambda txn: self.stored.write(txn.connection, stored))
            self.stored.keep(stored)
        return found

    def forget(self) -> None:
        """A stored @context changed or went: what was made of it is made anew."""
        self._known.clear()
        self._failed.clear()


def check_document(document: Any, what: str) -> None:
    """Refuse what is no JSON-LD @context document (5.13.2.3, 5.13.2.4)."""
    if not isinstance(document, dict) or "@context" not in document:
        raise bad_data(f"{what} holds no @context: a JSON object with a member '@context' is needed.")
    value = document["@context"]
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, dict):
            add_terms(part, {}, None)
        elif not isinstance(part, str) or not part:
            raise bad_data(f"{what}: an @context is an address, an object, or a list of these.")


def _key(value: Any) -> str:
    return "#" + hashlib.blake2b(orjson.dumps(value), digest_size=16).hexdigest()


def _expiry(headers: Any) -> int:
    """Until when a downloaded @context may be used (6.3.16, RFC 7234)."""
    now = now_us()
    found = {name.lower(): value for name, value in headers.items()}
    ages = dict(_MAX_AGE.findall(found.get("cache-control", "").lower()))
    age = ages.get("s-maxage", ages.get("max-age"))
    if age is not None:
        return now + max(int(age), 1) * 1_000_000
    if "expires" in found:
        try:
            return max(int(parsedate_to_datetime(found["expires"]).timestamp() * 1e6), now + 1_000_000)
        except (ValueError, TypeError):
            return now + 1_000_000
    return now + _HEURISTIC_SECONDS * 1_000_000


_LINK = re.compile(r"<([^<>]*)>\s*((?:;[^,<]*)*)")


def linked_context(header: str | None) -> str | None:
    """The address of the @context that a Link header names (JSON-LD 6.2), or None."""
    if not header:
        return None
    found = [url for url, options in _LINK.findall(header) if "http://www.w3.org/ns/json-ld#context" in options]
    if not found:
        return None
    if len(found) > 1:
        raise bad_data("The request names more than one @context in its Link headers; wrap them in one @context (C.8).")
    if not found[0]:
        raise bad_data("The Link header names an empty address for the @context.")
    return found[0]
