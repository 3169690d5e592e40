"""All subscriptions of a broker: loaded with their tenants, told of what changes, let go at the end."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from typing import Any

import orjson

from nagara.broker.clock import now_us
from nagara.broker.doors.outgoing import Outgoing
from nagara.broker.ld.resolver import Resolver
from nagara.broker.problems import Problem
from nagara.broker.settings import Settings
from nagara.broker.store.changes import Change
from nagara.broker.store.tenant import Store
from nagara.broker.store.tenants import Tenants
from nagara.broker.subscriptions.document import Subscription, compiled
from nagara.broker.subscriptions.post import Post
from nagara.broker.subscriptions.sending import Sender
from nagara.broker.subscriptions.state import unpacked

log = logging.getLogger("nagara.broker.notify")

_STALE_SECONDS = 60  # how long a cached @context serves past its end, so that no start waits for the network


class Notifier:
    """The post offices of all tenants."""

    def __init__(self, settings: Settings, tenants: Tenants) -> None:
        self._settings = settings
        self._tenants = tenants
        # As many connections as there are receivers: those that hang must not keep the others from theirs.
        self.sender = Sender(Outgoing(settings.allow_hosts, allow_loopback=settings.open, connections=0))
        self.posts: dict[str, Post] = {}
        self._loading: dict[str, asyncio.Task[Post]] = {}
        tenants.recorders.append(self._record)

    def _record(self, connection: sqlite3.Connection, changes: list[Change]) -> Callable[[], None] | None:
        post = self.posts.get(changes[0].tenant)
        return post.record(connection, changes) if post is not None else None

    async def post(self, store: Store, resolver: Resolver) -> Post:
        """The post office of a tenant, its subscriptions loaded."""
        found = self.posts.get(store.tenant)
        if found is not None:
            return found
        task = self._loading.get(store.tenant)
        if task is None:
            task = self._loading[store.tenant] = asyncio.get_running_loop().create_task(self._load(store, resolver))
        try:
            return await asyncio.shield(task)
        finally:
            if task.done():
                self._loading.pop(store.tenant, None)

    async def _load(self, store: Store, resolver: Resolver) -> Post:
        post = Post(store, self.sender.send, self._settings.limits)
        rows = await store.read(_rows)
        waiting, last = await store.read(_waiting)
        post.resume(last)
        if rows:
            soon = now_us() + _STALE_SECONDS * 1_000_000
            for stored in resolver.stored.all():
                if stored.expires is not None and stored.expires < soon:
                    stored.expires = soon
        for key, id_, csource, doc, state in rows:
            try:
                one = await self.read(orjson.loads(doc), resolver, csource=bool(csource))
            except Problem as problem:
                log.error("the subscription %s cannot be read any more and rests: %s", id_, problem.detail)
                continue
            one.key, one.state = key, unpacked(state)
            post.open(one, waiting.get(key, 0))
        self.posts[store.tenant] = post
        return post

    async def read(self, held: dict[str, Any], resolver: Resolver, *, csource: bool) -> Subscription:
        """A subscription from what its row holds."""
        doc = held["doc"]
        context = await resolver.resolve(held["context"])
        told = await resolver.resolve(held["told"])
        one = compiled(doc, context, told, held["link"], self._settings.limits, csource=csource)
        one.snapshot = held.get("snapshot", "")
        return one

    def with_subscriptions(self) -> list[str]:
        """Tenants for which something is to be sent, or will be by the clock, whether or not anyone asks for them."""
        found = []
        for tenant in ["", *self._tenants.names()]:
            path = self._tenants.path(tenant)
            if not path.exists():
                continue
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
            try:
                if connection.execute("SELECT 1 FROM subscription LIMIT 1").fetchone():
                    found.append(tenant)
            except sqlite3.Error:
                log.debug("%s has no subscriptions yet", path)
            finally:
                connection.close()
        return found

    async def stop(self) -> None:
        for post in self.posts.values():
            await post.stop()
        await self.sender.close()


def _rows(connection: sqlite3.Connection) -> list[Any]:
    return connection.execute("SELECT key, id, csource, doc, state FROM subscription ORDER BY key").fetchall()


def _waiting(connection: sqlite3.Connection) -> tuple[dict[int, int], int]:
    """How many notifications wait, by subscription; and the number of the last of all."""
    counts = dict(connection.execute("SELECT subscription, count(*) FROM outbox GROUP BY subscription").fetchall())
    return counts, connection.execute("SELECT max(seq) FROM outbox").fetchone()[0] or 0
