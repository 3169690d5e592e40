"""Notifications by MQTT 3.1.1 and 5.0 (7.2)."""

from __future__ import annotations

import asyncio
import socket
import ssl
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import orjson

from nagara.broker.doors.outgoing import Forbidden, Outgoing, Unreachable
from nagara.broker.http import JSON
from nagara.broker.subscriptions.document import Subscription
from nagara.broker.subscriptions.lane import NotDelivered, Rejected

_IDLE = 60.0  # seconds after which a connection that nobody used is closed


@dataclass(slots=True)
class _Link:
    """A connection to one MQTT broker."""

    client: Any
    busy: asyncio.Lock
    closing: asyncio.TimerHandle | None = None


class Mqtt:
    """Connections to MQTT brokers, kept while they are in use."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._links: dict[tuple[str, str], _Link] = {}

    async def publish(self, one: Subscription, headers: dict[str, str], body: bytes, seconds: float) -> None:
        """Publish one notification as the body of a message, with what would be headers as its metadata."""
        parts = urlsplit(one.endpoint.uri)
        told = dict(one.endpoint.notifier)
        version = told.get("MQTT-Version", "mqtt5.0")
        topic = unquote(parts.path.lstrip("/"))
        metadata = {("Content-Type" if name == "Content-Type" else name): value for name, value in headers.items()}
        metadata.setdefault("Content-Type", JSON)
        message = b'{"metadata":' + orjson.dumps(metadata) + b',"body":' + body + b"}"
        from aiomqtt import MqttError  # loaded with the first subscription that needs it

        key = (f"{parts.scheme}://{parts.netloc}", version)
        try:
            async with asyncio.timeout(seconds):
                link = self._links.get(key)
                if link is None:
                    link = await self._open(key, parts, version, seconds)
                async with link.busy:
                    await link.client.publish(topic, message, qos=int(told.get("MQTT-QoS", "0")), timeout=seconds)
                self._keep(key, link)
        except Forbidden as e:
            raise Rejected(str(e)) from None
        except (Unreachable, MqttError, OSError, TimeoutError) as e:
            await self._drop(key)
            raise NotDelivered(f"{parts.hostname}: {e or 'no answer in time'}") from None

    async def _open(self, key: tuple[str, str], parts: SplitResult, version: str, seconds: float) -> _Link:
        from aiomqtt import Client, ProtocolVersion

        secure = parts.scheme == "mqtts"
        host, port = parts.hostname or "", parts.port or (8883 if secure else 1883)
        _, address = (await self._outgoing.addresses(host, port))[0]
        client = Client(
            host,
            port,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            identifier=f"nagara-{uuid.uuid4().hex[:12]}",
            protocol=ProtocolVersion.V311 if version == "mqtt3.1.1" else ProtocolVersion.V5,
            timeout=seconds,
            tls_context=ssl.create_default_context() if secure else None,
        )

        def connect() -> socket.socket:
            # To the very address that was checked, and not to what a second look-up of the name would give.
            return socket.create_connection((address, port), timeout=seconds)

        client._client._create_socket_connection = connect  # type: ignore[method-assign]
        await client.__aenter__()
        link = self._links[key] = _Link(client, asyncio.Lock())

        def lost(ended: asyncio.Future[None]) -> None:
            # The other side went away while nothing was sent: the next notification connects anew.
            if not ended.cancelled():
                ended.exception()
            if self._links.get(key) is link:
                del self._links[key]

        client._disconnected.add_done_callback(lost)
        return link

    def _keep(self, key: tuple[str, str], link: _Link) -> None:
        if link.closing is not None:
            link.closing.cancel()
        loop = asyncio.get_running_loop()
        link.closing = loop.call_later(_IDLE, lambda: loop.create_task(self._drop(key)))

    async def _drop(self, key: tuple[str, str]) -> None:
        link = self._links.pop(key, None)
        if link is not None:
            if link.closing is not None:
                link.closing.cancel()
            with suppress(Exception):
                await link.client.__aexit__(None, None, None)

    async def close(self) -> None:
        for key in list(self._links):
            await self._drop(key)
