"""The one way out: every call that the broker makes to another host (contexts, notifications, registrations) goes through here.

An operator's broker must not become a client's way into the operator's own network. So a call is refused
where its host is, or resolves to, a loopback, link-local, private or otherwise internal address, unless the
operator named that host. The check is made on the very addresses that are then connected to (no second
look-up that could answer differently), and again at each redirect.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    import aiohttp

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOPS = 5


class Unreachable(Exception):
    """The other side could not be asked, or may not be; the text says why."""


class Forbidden(Unreachable):
    """The other side is within the operator's own network and was not named as allowed."""


@dataclass(slots=True)
class Reply:
    """What the other side answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def is_internal(address: str) -> bool:
    """Whether an IP address lies within the machine or its networks."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            ip = inner
        elif ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return not ip.is_global or ip.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Outgoing:
    """Calls to other hosts, each bounded in time and size."""

    def __init__(self, allow_hosts: Iterable[str] = (), allow_loopback: bool = False, timeout: float = 5.0, connections: int = 256) -> None:
        self.allowed = frozenset(host.lower() for host in allow_hosts)
        self.allow_loopback = allow_loopback
        self.timeout = timeout
        self.connections = connections  # at once; 0: any number
        self._session: aiohttp.ClientSession | None = None

    def permits(self, host: str, address: str) -> bool:
        """Whether `address`, to which `host` resolves, may be connected to."""
        if host.lower() in self.allowed or address in self.allowed or not is_internal(address):
            return True
        return self.allow_loopback and ipaddress.ip_address(address.partition("%")[0]).is_loopback

    def check(self, url: str) -> None:
        """Refuse `url` where its form alone tells that it may not be called."""
        try:
            parts = urlsplit(url)
            port_ok = parts.port is None or parts.port > 0
        except ValueError as e:
            raise Forbidden(f"{url} is no address that can be called: {e}.") from None
        if parts.scheme not in ("http", "https"):
            raise Forbidden(f"{url}: only http and https addresses can be called.")
        if not parts.hostname:
            raise Forbidden(f"{url}: the address names no host.")
        if not port_ok:
            raise Forbidden(f"{url}: the port is no port number.")
        try:
            ipaddress.ip_address(parts.hostname)
        except ValueError:
            return
        if not self.permits(parts.hostname, parts.hostname):
            raise Forbidden(_why(parts.hostname))

    async def addresses(self, host: str, port: int, family: int = socket.AF_UNSPEC) -> list[tuple[int, str]]:
        """The addresses of `host` that may be connected to, as (family, address); refused where there are only others."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        except OSError as e:
            raise Unreachable(f"The host {host} is not known: {e.strerror or e}.") from None
        good: list[tuple[int, str]] = [(entry[0], str(entry[4][0])) for entry in found if self.permits(host, str(entry[4][0]))]
        if not good:
            raise Forbidden(_why(host))
        return good

    async def session(self) -> aiohttp.ClientSession:
        """The pool of connections; made when first needed, since most brokers seldom call out."""
        if self._session is None:
            from nagara.broker.doors.resolving import make_session  # the client library is heavy, and many never call out

            self._session = make_session(self)
        return self._session

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,
        limit: int = 8 * 1024 * 1024,
        redirects: bool = True,
        cut: bool = False,
    ) -> Reply:
        """Ask `url`; at most `timeout` seconds in all and `limit` bytes of answer. Raises `Unreachable`.

        `cut`: an answer that is longer is cut off, instead of refused.
        """
        self.check(url)
        session = await self.session()
        try:
            async with asyncio.timeout(timeout or self.timeout):
                return await self._follow(session, method, url, dict(headers or {}), body, limit, _HOPS if redirects else 0, cut)
        except TimeoutError:
            raise Unreachable(f"{url} did not answer within {timeout or self.timeout:g} seconds.") from None

    async def _follow(
        self, session: Any, method: str, url: str, headers: dict[str, str], body: bytes | None, limit: int, hops: int, cut: bool
    ) -> Reply:
        from aiohttp import ClientError  # already loaded by the session

        try:
            async with session.request(method, url, headers=headers, data=body, allow_redirects=False) as response:
                if response.status in _REDIRECTS and "Location" in response.headers and hops > 0:
                    target = urljoin(url, response.headers["Location"])
                    self.check(target)
                    if urlsplit(target).netloc != urlsplit(url).netloc:
                        headers.pop("Authorization", None)
                    if response.status == 303:
                        method, body = "GET", None
                else:
                    read = await response.content.read(limit + 1)
                    while len(read) <= limit and not response.content.at_eof():
                        read += await response.content.read(limit + 1 - len(read))
                    if len(read) > limit and not cut:
                        raise Unreachable(f"{url} answered with more than {limit} bytes.")
                    return Reply(response.status, dict(response.headers), read, str(response.url))
        except ClientError as e:
            cause = e.__cause__ if isinstance(e.__cause__, Unreachable) else getattr(e, "os_error", None)
            if isinstance(cause, Unreachable):
                raise cause from None
            raise Unreachable(f"{url} could not be reached: {e}.") from None
        except (OSError, ValueError) as e:
            raise Unreachable(f"{url} could not be reached: {e}.") from None
        return await self._follow(session, method, target, headers, body, limit, hops - 1, cut)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _why(host: str) -> str:
    return f"{host} is an internal address; the operator can allow it with --allow-host {host}."
