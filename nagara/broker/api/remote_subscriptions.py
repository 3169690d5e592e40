"""Subscriptions that concern context sources: a copy goes to each, and what they notify goes on to the subscriber (5.8.1.4, 5.8.5.4, 5.8.6)."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from nagara.broker.api.call import Call
from nagara.broker.api.federating import Part, parts_of, types_text
from nagara.broker.api.querying import read_q
from nagara.broker.doors.outgoing import Reply
from nagara.broker.http import JSON, LD_JSON, ROOT, Response, content_type
from nagara.broker.ld.resolver import Resolver
from nagara.broker.model.incoming import Entity
from nagara.broker.problems import Problem, bad_data, not_found
from nagara.broker.query.finding import load_ids, lookup_in
from nagara.broker.sources.asking import Asker
from nagara.broker.sources.matching import Wanted, match
from nagara.broker.sources.merging import dated, merge, received
from nagara.broker.sources.registration import AUXILIARY_MODE, Registration
from nagara.broker.store.tenant import Store
from nagara.broker.store.transaction import Txn
from nagara.broker.subscriptions.document import Subscription
from nagara.broker.subscriptions.telling import told

log = logging.getLogger("nagara.broker.notify")

PATH = ROOT.removesuffix("/v1") + "/ex/remote-notify"
_TAKEN_OVER = ("notificationTrigger", "expiresAt", "throttling", "timeInterval", "isActive", "datasetId", "lang")
_FILTERS = ("q", "geoQ", "scopeQ", "expandValues")


@dataclass(frozen=True, slots=True)
class Copy:
    """A subscription of ours at a context source. Its id is a secret between the two, by which the source shows that it was asked."""

    id: str
    tenant: str
    subscription: str
    registration: str


class Copies:
    """The copies that the context sources of a broker hold."""

    def __init__(self) -> None:
        self._all: dict[str, Copy] = {}
        self.under_way: set[asyncio.Task[None]] = set()

    async def load(self, store: Store) -> None:
        """Read what a tenant's file holds."""
        for id_, subscription, registration in await store.read(_rows):
            self._all[id_] = Copy(id_, store.tenant, subscription, registration)

    def get(self, id_: str) -> Copy | None:
        return self._all.get(id_)

    def of(self, tenant: str, *, subscription: str | None = None, registration: str | None = None) -> list[Copy]:
        """The copies of one subscription, or at one source."""
        return [
            copy
            for copy in self._all.values()
            if copy.tenant == tenant and subscription in (None, copy.subscription) and registration in (None, copy.registration)
        ]

    def put(self, copy: Copy) -> None:
        self._all[copy.id] = copy

    def drop(self, copy: Copy) -> None:
        self._all.pop(copy.id, None)

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what sources need to be told without keeping the client waiting."""
        task = asyncio.get_running_loop().create_task(work)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def stop(self) -> None:
        for task in list(self.under_way):
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)


def _rows(connection: sqlite3.Connection) -> list[Any]:
    return connection.execute("SELECT id, subscription, registration FROM remote_subscription").fetchall()


def _insert(txn: Txn, copy: Copy) -> None:
    txn.connection.execute("INSERT INTO remote_subscription VALUES (?, ?, ?)", (copy.id, copy.subscription, copy.registration))


def _erase(txn: Txn, copy: Copy) -> None:
    txn.connection.execute("DELETE FROM remote_subscription WHERE id = ?", (copy.id,))


def _spreads(one: Subscription) -> bool:
    """Whether a subscription is about more than what is held here."""
    return not one.csource and not one.snapshot and one.doc.get("localOnly") is not True


def _wanted(call: Call, one: Subscription) -> Wanted:
    text = one.doc.get("csf")
    source_filter = read_q(text, one.context, call.broker.settings.limits) if text is not None else None
    selection = one.selection
    return Wanted(selection.selectors, one.watched, one.showing.view.datasets, selection.geo, selection.scope, source_filter)


def _matches(call: Call, one: Subscription, source: Registration) -> bool:
    offers = "createSubscription" in source.operations and source.mode != AUXILIARY_MODE
    return offers and bool(match(source, _wanted(call, one)))


def _document(call: Call, one: Subscription, part: Part, id_: str) -> dict[str, Any]:
    """The copy of a subscription, reduced to what a source is registered for, in the names of the subscription's @context."""
    types, attrs = types_text(part, one.context)
    entity: dict[str, Any] = {"type": types or "*"}
    if part.ids is not None:
        entity["id"] = part.ids
    elif part.pattern is not None:
        entity["idPattern"] = part.pattern
    split = one.doc.get("splitEntities") is True
    doc: dict[str, Any] = {"id": id_, "type": "Subscription", "entities": [entity]}
    doc.update({name: one.doc[name] for name in (*_TAKEN_OVER, *(() if split else _FILTERS)) if name in one.doc})
    if split:
        doc["splitEntities"] = True
    if attrs and "timeInterval" not in doc:
        doc["watchedAttributes"] = attrs
    uri = call.base.removesuffix(ROOT) + PATH
    doc["notification"] = {"format": "normalized", "endpoint": {"uri": uri, "accept": JSON}}
    return doc


async def spread(call: Call, one: Subscription) -> None:
    """Subscribe at every source that matches (5.8.1.4)."""
    if _spreads(one):
        registry = await call.broker.registry(call.store)
        for source in Asker(call, registry, one.context).open_to():
            if _matches(call, one, source):
                await _subscribe(call, one, source)


async def _subscribe(call: Call, one: Subscription, source: Registration) -> None:
    asker = Asker(call, await call.broker.registry(call.store), one.context)
    wanted = _wanted(call, one)
    infos = match(source, wanted)
    for part in parts_of([(source, infos)], wanted):
        copy = Copy(f"urn:ngsi-ld:Subscription:{uuid.uuid4()}", call.tenant, one.id, source.id)
        # Kept before it is asked for: a source may notify before it has answered.
        call.broker.copies.put(copy)
        await call.store.writer.do(lambda txn, copy=copy: _insert(txn, copy))  # type: ignore[misc]
        reply = await asker.ask(source, "POST", "subscriptions", [], _document(call, one, part, copy.id))
        if not isinstance(reply, Reply) or reply.status >= 300:
            said = f"it answered {reply.status}" if isinstance(reply, Reply) else reply.detail
            log.warning("%s: %s takes no subscription: %s", one.id, source.id, said)
            await _forget(call, copy)


async def _forget(call: Call, copy: Copy) -> None:
    call.broker.copies.drop(copy)
    await call.store.writer.do(lambda txn: _erase(txn, copy))


async def withdraw(call: Call, copies: list[Copy], source: Registration | None = None) -> None:
    """Delete copies at their sources (5.8.5.4). `source`: theirs, where its registration is gone."""
    registry = await call.broker.registry(call.store)
    asker = Asker(call, registry, call.broker.core_context)
    for copy in copies:
        await _forget(call, copy)
        there = source or registry.get(copy.registration)
        if there is not None and "deleteSubscription" in there.operations:
            await asker.ask(there, "DELETE", f"subscriptions/{quote(copy.id, safe=':')}", [])


async def renew(call: Call, one: Subscription) -> None:
    """A subscription was altered: its copies follow (5.8.2.4)."""
    await withdraw(call, call.broker.copies.of(call.tenant, subscription=one.id))
    await spread(call, one)


async def follow(call: Call, before: Registration | None, after: Registration | None, subscriptions: list[Subscription]) -> None:
    """A registration came, changed or went: so do the copies of subscriptions at its source (5.8.1.4)."""
    if before is not None:
        await withdraw(call, call.broker.copies.of(call.tenant, registration=before.id), before)
    if after is not None:
        for one in subscriptions:
            if _spreads(one) and _matches(call, one, after):
                await _subscribe(call, one, after)


def internal(call: Call) -> list[dict[str, Any]]:
    """The subscriptions to registrations that those to entities stand on, as they are told to those who ask (5.8.1.4, 5.11.5)."""
    found = {copy.subscription for copy in call.broker.copies.of(call.tenant)}
    uri = call.base.removesuffix(ROOT) + PATH
    return [
        {"id": f"urn:ngsi-ld:CSourceSubscription:{uuid.uuid5(uuid.NAMESPACE_URL, id_)}", "type": "Subscription", "status": "active",
         "description": f"of {id_}", "notification": {"endpoint": {"uri": uri, "accept": JSON}}}
        for id_ in sorted(found)
    ]  # fmt: skip


# What the sources notify


async def take(call: Call) -> Response:
    """POST /ngsi-ld/ex/remote-notify: a context source notifies of what it was subscribed for (5.8.6)."""
    raw, kind = call.body()
    if not isinstance(raw, dict) or not isinstance(raw.get("data"), list) or not isinstance(raw.get("subscriptionId"), str):
        raise bad_data("The body must be a Notification with a subscriptionId and data (5.3.1).")
    copy = call.broker.copies.get(raw["subscriptionId"])
    if copy is None:
        raise not_found("There is no such subscription here.")
    store = call.broker.tenants.get(copy.tenant)
    inner = Call(call.broker, call.request, copy.tenant)
    resolver: Resolver = inner.resolver
    post = await call.broker.notifier.post(store, resolver)
    one = post.get(copy.subscription, csource=False)
    if one is None:
        raise not_found("There is no such subscription here.")
    context = await inner.linked() if content_type(call.request.headers) != LD_JSON else one.context
    source = (await call.broker.registry(store)).get(copy.registration)
    entities = []
    for each in raw["data"]:
        try:
            used = (
                await resolver.resolve(each["@context"]) if kind == LD_JSON and isinstance(each, dict) and "@context" in each else context
            )
            entity = received(each, used, call.broker.settings.limits.vertices) if isinstance(each, dict) else None
        except Problem as problem:
            log.info("%s: what %s notified cannot be read: %s", one.id, copy.registration, problem.detail)
            continue
        if entity is not None:
            if source is not None:
                names = source.attributes(entity["id"], None, entity["attrs"])
                entity["attrs"] = {name: some for name, some in entity["attrs"].items() if name in names}
            entities.append(entity)
    body = await store.read(lambda connection: _body(call, store, one, entities, connection))
    if body is not None:
        await post.deliver(one, body)
    return Response(200)


def _body(call: Call, store: Store, one: Subscription, entities: list[Entity], connection: sqlite3.Connection) -> bytes | None:
    """What the subscriber is told: the entities, put together with what is held here and filtered where they may be split."""
    if one.doc.get("splitEntities") is True:
        here = load_ids(connection, store.names, [entity["id"] for entity in entities])
        lookup = lookup_in(connection, store.names)
        whole = []
        for entity in entities:
            if entity["id"] in here:
                found = dated(here[entity["id"]])
                merge(found, entity)
            else:
                found = entity
            if one.selection.matches(found, lookup):
                whole.append(found)
        entities = whole
    if not entities:
        return None
    return told(one, entities, partial(load_ids, connection, store.names), call.broker.settings.limits)
