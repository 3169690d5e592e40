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

    def __init__(self, *, key: str = "", tenant: str = "", allow: Iterable[str] = ()) -> None:
        self._loop = asyncio.new_event_loop()
        self._outgoing = Outgoing(allow, timeout=SECONDS)
        self._headers = {"Accept": "application/json", "User-Agent": "Nagara"}
        if key:
            self._headers["Authorization"] = key if " " in key else f"Bearer {key}"
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
            raise SourceFault(f"{url}: HTTP {reply.status}")
        try:
            return json.loads(reply.body)
        except ValueError:
            raise SourceFault(f"{url}: no JSON") from None

    def close(self) -> None:
        self._loop.run_until_complete(self._outgoing.close())
        self._loop.close()
