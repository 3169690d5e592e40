"""Asking another service, one answer after the other, through the broker's one way out: never into the operator's own network."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from nagara.broker.doors.outgoing import Outgoing, Unreachable

SECONDS = 30.0
MOST_BYTES = 32 * 1024 * 1024


class SourceFault(Exception):
    """The other side could not be asked, or answered something else; the text says what."""


class Asker:
    """Asks the services of one source; to be closed."""

    def __init__(self, *, key: str = "", tenant: str = "", allow: Iterable[str] = (), bare: bool = False) -> None:
        """`bare`: the key is sent as it is, without the word Bearer before it."""
        self._loop = asyncio.new_event_loop()
        self._outgoing = Outgoing(allow, timeout=SECONDS)
        self._headers = {"Accept": "application/json", "User-Agent": "Nagara"}
        if key:
            self._headers["Authorization"] = key if bare or " " in key else f"Bearer {key}"
        if tenant:
            self._headers["NGSILD-Tenant"] = tenant
        self._host = ""

    def json(self, url: str) -> Any:
        """What an address answers, as JSON. The key goes to the first host asked and to no other."""
        host = urlsplit(url).netloc
        self._host = self._host or host
        headers = dict(self._headers)
        if host != self._host:
            headers.pop("Authorization", None)
        try:
            reply = self._loop.run_until_complete(self._outgoing.call("GET", url, headers=headers, limit=MOST_BYTES))
        except Unreachable as why:
            raise SourceFault(str(why)) from None
        if reply.status >= 400:
            raise SourceFault(f"{url}: HTTP {reply.status}{_told(reply.body)}")
        try:
            return json.loads(reply.body)
        except ValueError:
            raise SourceFault(f"{url}: no JSON") from None

    def is_there(self, url: str) -> bool:
        """Does an address of the other broker hold something? A fault where it does not say."""
        status = self._send("GET", url, None)
        if status in (404, 400):
            return False
        if status >= 400:
            raise SourceFault(f"{url}: HTTP {status}")
        return True

    def post(self, url: str, body: Any) -> None:
        if (status := self._send("POST", url, json.dumps(body).encode())) >= 400:
            raise SourceFault(f"{url}: HTTP {status}")

    def delete(self, url: str) -> None:
        if (status := self._send("DELETE", url, None)) >= 400 and status != 404:
            raise SourceFault(f"{url}: HTTP {status}")

    def _send(self, method: str, url: str, body: bytes | None) -> int:
        headers = {**self._headers, **({"Content-Type": "application/json"} if body else {})}
        self._host = self._host or urlsplit(url).netloc
        try:
            reply = self._loop.run_until_complete(
                self._outgoing.call(method, url, headers=headers, body=body, limit=MOST_BYTES, redirects=False)
            )
        except Unreachable as why:
            raise SourceFault(str(why)) from None
        return int(reply.status)

    def close(self) -> None:
        self._loop.run_until_complete(self._outgoing.close())
        self._loop.close()


def _told(body: bytes) -> str:
    """What the other side says of its refusal: CKAN in error.message, SensorThings in message, an NGSI-LD broker in detail."""
    try:
        answer = json.loads(body)
        error = answer.get("error") if isinstance(answer.get("error"), dict) else answer
        words = error.get("message") or error.get("detail") or error.get("title") or ""
    except (ValueError, AttributeError):  # no JSON, or no object: it has no words to pass on
        return ""
    return f" ({str(words)[:200]})" if words else ""
