"""One subscription's notifications on their way: in their order, one at a time, each tried until it is delivered or given up.

Every subscription has a lane of its own, so a receiver that hangs or fails holds up nobody else; and a lane holds
few notifications in memory, the rest waits in the outbox table. So a receiver that is slow costs disk, not memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from nagara.broker.clock import now_us
from nagara.broker.subscriptions.document import Subscription

log = logging.getLogger("nagara.broker.notify")

IN_MEMORY = 256  # notifications of one lane
_FIRST_WAIT = 1.0  # seconds before a failed notification is tried again; doubled each time
_LONGEST_WAIT = 300.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """One notification that is to be sent. `seq` is also when it came to be, in microseconds; 0 is not in the table."""

    seq: int
    doc: bytes
    at: int


class Rejected(Exception):
    """The receiver will not take this notification, however often it is sent."""


class NotDelivered(Exception):
    """The receiver could not be reached, or asked to be asked again."""


class Books(Protocol):
    """What a lane needs of the one who keeps the outbox."""

    async def more(self, one: Subscription, after: int, limit: int) -> list[Waiting]: ...

    def settled(self, one: Subscription, seq: int) -> None: ...

    def noted(self, one: Subscription) -> None: ...


class Lane:
    """The notifications of one subscription."""

    def __init__(self, one: Subscription, books: Books, send: Callable[[Subscription, Waiting], Awaitable[None]], give_up: float) -> None:
        self.one = one
        self._books = books
        self._send = send
        self._give_up_us = int(give_up * 1_000_000)
        self._head: deque[Waiting] = deque()
        self._last = 0  # seq of the last notification that was taken into memory
        self.length = 0  # how many wait, here and in the table
        self._task: asyncio.Task[None] | None = None

    def put(self, waiting: list[Waiting]) -> None:
        """These are on disk (or need not be): send them after those that wait already."""
        for one in waiting:
            if one.seq == 0:
                if not self._head:  # of those that are sent periodically, only one waits at a time
                    self._head.append(one)
                    self.length += 1
                continue
            if self.length == len(self._head) < IN_MEMORY:
                self._head.append(one)
                self._last = one.seq
            self.length += 1
        self.run()

    def run(self) -> None:
        """Go on sending, where there is something to send."""
        if self.length and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._work())

    def forget(self, count: int) -> None:
        """The oldest `count` are no longer in the table."""
        for _ in range(min(count, len(self._head))):
            self._head.popleft()
        self.length -= min(count, self.length)
        self.one.state.dropped += count

    async def stop(self) -> None:
        """Let go; what is in the table stays there."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _work(self) -> None:
        tries = 0
        while self.length:
            if self.one.status(now_us()) != "active":
                return
            if not self._head:
                self._head.extend(await self._books.more(self.one, self._last, IN_MEMORY))
                if not self._head:
                    self.length = 0
                    return
                self._last = self._head[-1].seq
            first = self._head[0]
            if first.seq and now_us() - first.at > self._give_up_us:
                self.one.state.dropped += 1
                log.warning("%s: a notification is given up: it could not be delivered for too long", self.one.id)
                self._done(first)
                continue
            wait = 0.0
            try:
                await self._send(self.one, first)
                self.one.state.succeeded(now_us(), again=tries > 0)
            except Rejected as e:
                self.one.state.went_wrong(now_us(), again=tries > 0)
                log.info("%s: the receiver rejects a notification: %s", self.one.id, e)
                wait = self.one.endpoint.cooldown
            except NotDelivered as e:
                self.one.state.went_wrong(now_us(), again=tries > 0)
                log.info("%s: a notification is not delivered: %s", self.one.id, e)
                self._books.noted(self.one)
                wait = max(min(_FIRST_WAIT * 2**tries, _LONGEST_WAIT), self.one.endpoint.cooldown)
                tries += 1
                if first.seq:
                    await asyncio.sleep(wait)
                    continue
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("%s: a notification could not be sent", self.one.id)
                self.one.state.went_wrong(now_us(), again=tries > 0)
            tries = 0
            self._done(first)
            if wait:
                await asyncio.sleep(wait)

    def _done(self, first: Waiting) -> None:
        if self._head and self._head[0] is first:
            self._head.popleft()
            self.length -= 1
        self._books.settled(self.one, first.seq)
