"""A notification on the wire: by HTTP (6.3.8, 6.3.9) or by MQTT (7.2)."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import orjson

from nagara.broker.clock import iso
from nagara.broker.doors.outgoing import Forbidden, Outgoing, Unreachable
from nagara.broker.http import GEO_JSON, JSON, LD_JSON
from nagara.broker.subscriptions.document import Subscription
from nagara.broker.subscriptions.lane import NotDelivered, Rejected, Waiting
from nagara.broker.subscriptions.mqtt import Mqtt

TIMEOUT = 5.0  # seconds a receiver has, unless the subscription says otherwise
_LONGEST = 60.0
_AT_ONCE = 32  # calls under way to one host
_BRISK = 8  # calls under way that were begun just now, to all hosts: those who write are to get their turn in between
_BRISK_SECONDS = 0.02  # what takes longer waits for its receiver, and costs nobody anything
_ANSWER = 64 * 1024  # bytes read of an answer
#: Answers that may be another one next time; all others that are no success are final.
_PASSING = frozenset({408, 425, 429})
_CONTEXT_REL = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


def body_of(one: Subscription, waiting: Waiting) -> bytes:
    """The notification as its receiver gets it (5.3.1, 5.3.2)."""
    head = {
        "id": f"urn:ngsi-ld:Notification:{one.key}-{waiting.seq or waiting.at}",
        "type": "ContextSourceNotification" if one.csource else "Notification",
        "subscriptionId": one.id,
        "notifiedAt": iso(waiting.at),
    }
    if one.endpoint.accept == LD_JSON:
        head["@context"] = one.showing.view.context.source
    return orjson.dumps(head)[:-1] + b"," + waiting.doc + b"}"


def headers_of(one: Subscription, tenant: str) -> dict[str, str]:
    """The headers of a notification."""
    endpoint = one.endpoint
    found = {"Content-Type": endpoint.accept}
    if endpoint.accept == JSON or (endpoint.accept == GEO_JSON and endpoint.geo_link):
        found["Link"] = f"<{one.link}>; {_CONTEXT_REL}"
    if tenant:
        found["NGSILD-Tenant"] = tenant
    if one.snapshot:
        found["NGSILD-Snapshot"] = one.snapshot
    found.update(endpoint.headers)
    return found


class _Brisk:
    """A place among the calls that keep the broker busy; given up as soon as the call only waits."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        await self._places.acquire()
        self._timer = asyncio.get_running_loop().call_later(_BRISK_SECONDS, self._leave)

    def _leave(self) -> None:
        self._timer = None
        self._places.release()

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._leave()


class Sender:
    """Sends notifications to wherever they are to go."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._mqtt = Mqtt(outgoing)
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._brisk = asyncio.Semaphore(_BRISK)

    async def send(self, one: Subscription, waiting: Waiting, tenant: str) -> None:
        """Send one notification; raises `NotDelivered` where it is worth another try, `Rejected` where it is not."""
        parts = urlsplit(one.endpoint.uri)
        turn = self._hosts.get(parts.netloc)
        if turn is None:
            if len(self._hosts) > 10_000:
                self._hosts.clear()
            turn = self._hosts[parts.netloc] = asyncio.Semaphore(_AT_ONCE)
        seconds = min(one.endpoint.timeout or TIMEOUT, _LONGEST)
        async with turn, _Brisk(self._brisk):
            if parts.scheme.startswith("mqtt"):
                await self._mqtt.publish(one, headers_of(one, tenant), body_of(one, waiting), seconds)
            else:
                await self._post(one, headers_of(one, tenant), body_of(one, waiting), seconds)

    async def _post(self, one: Subscription, headers: dict[str, str], body: bytes, seconds: float) -> None:
        try:
            reply = await self._outgoing.call(
                "POST", one.endpoint.uri, headers=headers, body=body, timeout=seconds, limit=_ANSWER, cut=True
            )
        except Forbidden as e:
            raise Rejected(str(e)) from None
        except Unreachable as e:
            raise NotDelivered(str(e)) from None
        if 200 <= reply.status < 300:
            return
        if reply.status in _PASSING or reply.status >= 500:
            raise NotDelivered(f"it answered {reply.status}")
        raise Rejected(f"it answered {reply.status}")

    async def close(self) -> None:
        await self._mqtt.close()
        await self._outgoing.close()
