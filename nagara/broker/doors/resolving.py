"""The client library with our own look-up of names, so that what was checked is what is connected to."""

from __future__ import annotations

import socket
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from nagara.broker.doors.outgoing import Outgoing


class CheckedResolver(AbstractResolver):
    """Looks up a host and hands on only the addresses that may be connected to."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        found = await self._outgoing.addresses(host, port, family)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, address in found
        ]

    async def close(self) -> None:
        return None


def make_session(outgoing: Outgoing) -> Any:
    """A pool of connections that remembers no cookies and asks no proxy."""
    connector = aiohttp.TCPConnector(resolver=CheckedResolver(outgoing), limit=outgoing.connections, limit_per_host=32, use_dns_cache=False)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=True,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
        headers={"User-Agent": "nagara-broker"},
    )
