"""/snapshots: what queries found, frozen into a store of its own that all operations work on (4.3.7, 5.16, 5.5.15; 6.36 to 6.38, 6.3.22)."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from nagara.broker.api.call import Call
from nagara.broker.api.entity_maps import duration
from nagara.broker.api.federating import gather_body
from nagara.broker.api.snapshot_history import Frozen
from nagara.broker.clock import iso, now_us, parse_us
from nagara.broker.doors.outgoing import Unreachable
from nagara.broker.http import JSON, LD_JSON, Response
from nagara.broker.ld.context import Context
from nagara.broker.model import changing
from nagara.broker.model.incoming import Entity
from nagara.broker.model.names import NULL
from nagara.broker.model.values import is_uri, shown, uri
from nagara.broker.problems import Problem, bad_data, not_found
from nagara.broker.query import q as language
from nagara.broker.query.matching import matches
from nagara.broker.store.naming import renew
from nagara.broker.store.schema import connect
from nagara.broker.store.tenant import Store
from nagara.broker.store.tenants import Tenants
from nagara.broker.store.transaction import Txn
from nagara.broker.subscriptions.document import read_pairs, to_headers

if TYPE_CHECKING:
    from nagara.broker.settings import Settings

log = logging.getLogger("nagara.broker.snapshots")

HEADER = "ngsild-snapshot"
_DEFAULT_SECONDS, _LONGEST_SECONDS = 24 * 3_600, 30 * 24 * 3_600
_MOST = 100  # snapshots of a broker; the least important give way (5.5.15)
_SLICE = 200
_GIVEN = frozenset(
    {"id", "type", "snapshotQueries", "snapshotTemporalQueries", "snapshotLifetime", "snapshotPriority", "endpoint", "receiverInfo"}
)
_CHANGEABLE = frozenset({"snapshotLifetime", "snapshotPriority", "endpoint", "receiverInfo"})
_MEMBERS = ("id", "snapshotStatus", "snapshotPriority", "createdAt", "modifiedAt", "expiresAt", "lastUsedAt", "snapshotLifetime")


class Snapshots:
    """The snapshots of a broker, each a file beside its description."""

    def __init__(self, settings: Settings, tenants: Tenants) -> None:
        self._folder = settings.data / "snapshots"
        self.stores = Tenants(self._folder, query_seconds=settings.limits.query_seconds)
        self.stores.recorders = tenants.recorders
        self._all: dict[tuple[str, str], dict[str, Any]] = {}
        self.under_way: set[asyncio.Task[None]] = set()
        for path in self._folder.glob("*.json"):
            held = orjson.loads(path.read_bytes())
            if held["doc"]["snapshotStatus"] == "preparing":  # the broker ended while it was filled
                held["doc"]["snapshotStatus"] = "failure"
            self._all[held["tenant"], held["doc"]["id"]] = held

    def _path(self, held: dict[str, Any]) -> Path:
        return self._folder / f"{held['store']}.json"

    def save(self, held: dict[str, Any]) -> None:
        held["doc"]["modifiedAt"] = iso(now_us())
        path = self._path(held)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(orjson.dumps(held))
        fresh.replace(path)

    def find(self, tenant: str, id_: str) -> dict[str, Any]:
        """A snapshot of a tenant; refused where there is none, or no longer."""
        held = self._all.get((tenant, id_))
        if held is None or (parse_us(held["doc"]["expiresAt"]) or 0) <= now_us():
            raise not_found(f"There is no snapshot {id_}.", instance=id_)
        return held

    def store(self, tenant: str, id_: str) -> Store:
        """The entities of a snapshot."""
        held = self.find(tenant, id_)
        held["doc"]["lastUsedAt"] = iso(now_us())
        return self.stores.get(held["store"], create=True)

    def of(self, tenant: str) -> list[dict[str, Any]]:
        return [held for (owner, _), held in self._all.items() if owner == tenant]

    async def add(self, tenant: str, doc: dict[str, Any]) -> dict[str, Any]:
        if (tenant, doc["id"]) in self._all:
            raise Problem("AlreadyExists", f"The snapshot {doc['id']} exists already.", instance=doc["id"])
        while len(self._all) >= _MOST:
            await self.drop(min(self._all.values(), key=lambda held: (held["doc"]["snapshotPriority"], held["doc"]["lastUsedAt"])))
        held = {"tenant": tenant, "store": uuid.uuid4().hex, "doc": doc}
        self._all[tenant, doc["id"]] = held
        self.save(held)
        return held

    async def drop(self, held: dict[str, Any]) -> None:
        self._all.pop((held["tenant"], held["doc"]["id"]), None)
        await self.stores.forget(held["store"])
        path = self.stores.path(held["store"])
        for left in (self._path(held), path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            left.unlink(missing_ok=True)

    async def expire(self) -> None:
        """Those whose time is over go."""
        now = now_us()
        for held in list(self._all.values()):
            if (parse_us(held["doc"]["expiresAt"]) or 0) <= now:
                await self.drop(held)

    async def close(self) -> None:
        for task in list(self.under_way):
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)
        await self.stores.close()


def _check(raw: dict[str, Any]) -> None:
    priority = raw.get("snapshotPriority")
    if priority is not None and (isinstance(priority, bool) or not isinstance(priority, int) or not 1 <= priority <= 10):
        raise bad_data(f"snapshotPriority must be a whole number from 1 to 10, not {shown(priority)} (5.2.41).")
    lifetime = raw.get("snapshotLifetime")
    if lifetime is not None:
        if not isinstance(lifetime, str):
            raise bad_data("snapshotLifetime must be a duration such as P1D (5.2.41).")
        duration(lifetime, "snapshotLifetime")
    if "endpoint" in raw and not is_uri(raw["endpoint"]):
        raise bad_data("endpoint must be an address that is told of the snapshot's status (5.2.41).")
    to_headers(read_pairs(raw, "receiverInfo"), "receiverInfo")


def _expiry(raw: dict[str, Any]) -> str:
    given = raw.get("snapshotLifetime")
    seconds = duration(given, "snapshotLifetime") if given is not None else _DEFAULT_SECONDS
    return iso(now_us() + int(min(seconds, _LONGEST_SECONDS) * 1_000_000))


def _new(raw: dict[str, Any]) -> dict[str, Any]:
    if raw.get("type", raw.get("@type")) != "Snapshot":
        raise bad_data("The type must be 'Snapshot' (5.2.41).")
    _check(raw)
    id_ = raw.get("id", raw.get("@id", f"urn:ngsi-ld:Snapshot:{uuid.uuid4()}"))
    now = iso(now_us())
    doc = {name: value for name, value in raw.items() if name in _GIVEN}
    doc.setdefault("snapshotPriority", 5)
    times = {"createdAt": now, "modifiedAt": now, "lastUsedAt": now, "expiresAt": _expiry(raw)}
    return {**doc, "id": uri(id_, "The id of the snapshot"), "type": "Snapshot", "snapshotStatus": "preparing", **times}


def _queries(raw: dict[str, Any], name: str, *, temporal: bool) -> list[dict[str, Any]]:
    value = raw.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not value or any(not isinstance(one, dict) or ("temporalQ" in one) != temporal for one in value):
        raise bad_data(f"{name} must be a list of queries {'with' if temporal else 'without'} temporalQ (5.2.41).")
    return value


async def create_snapshot(call: Call) -> Response:
    """POST /snapshots: Create Snapshot (5.16.1, 6.36.3.1)."""
    call.params(frozenset())
    raw, context = await call.document()
    queries = _queries(raw, "snapshotQueries", temporal=False)
    temporal = _queries(raw, "snapshotTemporalQueries", temporal=True)
    if not queries and not temporal:
        raise bad_data("A snapshot needs snapshotQueries or snapshotTemporalQueries (5.2.41).")
    held = await call.broker.snapshots.add(call.tenant, _new(raw))
    _beside(call, _fill(call, held, context, queries, temporal))
    return Response(201, [call.location("snapshots", held["doc"]["id"])])


def _beside(call: Call, work: Any) -> None:
    snapshots = call.broker.snapshots
    task = asyncio.get_running_loop().create_task(work)
    snapshots.under_way.add(task)
    task.add_done_callback(snapshots.under_way.discard)


async def _fill(call: Call, held: dict[str, Any], context: Context, queries: list[dict[str, Any]], temporal: list[dict[str, Any]]) -> None:
    """Run the queries, here and at the sources, and keep what they find (5.16.1.4)."""
    snapshots, doc = call.broker.snapshots, held["doc"]
    try:
        store = snapshots.stores.get(held["store"], create=True)
        await call.broker.open(store, call.tenant)
        details = []
        for raw in queries:
            details.append(await _fill_one(call, store, {"type": "Query", **raw}, context))
        if queries:
            doc["snapshotQueriesDetails"] = details
        if temporal:
            frozen = Frozen(call, store, context)
            doc["snapshotTemporalQueriesDetails"] = [await frozen.fill(raw) for raw in temporal]
            details = [*details, *doc["snapshotTemporalQueriesDetails"]]
        results = {one["resultStatus"] for one in details}
        if results == {"success"}:
            doc["snapshotStatus"] = "success"
        else:
            doc["snapshotStatus"] = "partial" if "success" in results else "empty" if "empty" in results else "failure"
    except Exception:
        log.exception("the snapshot %s could not be filled", doc["id"])
        doc["snapshotStatus"] = "failure"
    snapshots.save(held)
    await _notify(call, held)


async def _fill_one(call: Call, store: Store, raw: dict[str, Any], context: Context) -> dict[str, Any]:
    try:
        request = replace(call.request, query="")
        inner = Call(call.broker, request, call.tenant, call.args)
        gathered = await gather_body(inner, await call.broker.registry(call.store), raw, context, JSON)
        entities = list(gathered.entities.values())
        for i in range(0, len(entities), _SLICE):
            some = entities[i : i + _SLICE]
            await store.writer.do(lambda txn, some=some: _keep(txn, some))  # type: ignore[misc]
    except Problem as problem:
        return {"resultStatus": "failure", "problemDetails": problem.details()}
    return {"resultStatus": "success" if entities else "empty"}


def _keep(txn: Txn, entities: list[Entity]) -> None:
    for entity in entities:
        found = txn.find(entity["id"])
        if found is None or found[1] is None:
            at = now_us()
            txn.create(entity, changing.created(entity, at), at, found[0] if found else None)


async def _notify(call: Call, held: dict[str, Any]) -> None:
    """Tell who asked for it how a snapshot stands (5.16.6, 5.3.4)."""
    doc = held["doc"]
    if "endpoint" not in doc:
        return
    body = {"id": f"urn:ngsi-ld:Notification:{uuid.uuid4()}", "type": "SnapshotNotification", "notifiedAt": iso(now_us()), "data": doc}
    headers = {"Content-Type": JSON, **dict(to_headers(read_pairs(doc, "receiverInfo"), "receiverInfo"))}
    try:
        await call.broker.asking.call("POST", doc["endpoint"], headers=headers, body=orjson.dumps(body), limit=65_536, cut=True)
    except Unreachable as e:
        log.info("%s: its endpoint was not told: %s", doc["id"], e)


def _find(call: Call) -> dict[str, Any]:
    return call.broker.snapshots.find(call.tenant, uri(call.args["id"], "The id of the snapshot"))


async def retrieve_snapshot(call: Call) -> Response:
    """GET /snapshots/{snapshotId}: Retrieve Snapshot Status (5.16.3, 6.37.3.1)."""
    call.params(frozenset())
    kind = call.accepts()
    return await call.answer(_find(call)["doc"], call.broker.core_context, kind)


async def update_snapshot(call: Call) -> Response:
    """PATCH /snapshots/{snapshotId}: Update Snapshot Status (5.16.4, 6.37.3.2)."""
    call.params(frozenset())
    held = _find(call)
    raw, _ = await call.document(patch=True)
    doc = held["doc"]
    for name, value in raw.items():
        if name not in _CHANGEABLE and not (name in ("id", "type") and value == doc[name]) and name != "@context":
            raise bad_data(f"{name!r} of a snapshot cannot be changed; {', '.join(sorted(_CHANGEABLE))} can (5.2.41).")
    gone = {name for name, value in raw.items() if value is None or value == NULL}
    given = {name: value for name, value in raw.items() if name in _CHANGEABLE and name not in gone}
    _check(given)
    for name in gone & {"endpoint", "receiverInfo", "snapshotLifetime"}:
        doc.pop(name, None)
    doc.update(given)
    if "snapshotLifetime" in given:
        doc["expiresAt"] = _expiry(given)
    call.broker.snapshots.save(held)
    _beside(call, _notify(call, held))
    return await call.answer(doc, call.broker.core_context, LD_JSON if "ld+json" in call.request.headers.get("accept", "") else JSON)


async def delete_snapshot(call: Call) -> Response:
    """DELETE /snapshots/{snapshotId}: Delete Snapshot (5.16.5, 6.37.3.3)."""
    call.params(frozenset())
    await call.broker.snapshots.drop(_find(call))
    return Response(204)


async def clone_snapshot(call: Call) -> Response:
    """POST /snapshots/{snapshotId}/clone: Clone Snapshot (5.16.2, 6.38.3.1)."""
    call.params(frozenset())
    original = _find(call)
    raw, _ = await call.document()
    if "snapshotQueries" in raw or "snapshotTemporalQueries" in raw:
        raise bad_data("A clone has the queries of its original (5.2.41).")
    queries = {name: original["doc"][name] for name in ("snapshotQueries", "snapshotTemporalQueries") if name in original["doc"]}
    held = await call.broker.snapshots.add(call.tenant, {**_new(raw), **queries})
    _beside(call, _copy(call, original, held))
    return Response(201, [call.location("snapshots", held["doc"]["id"])])


async def _copy(call: Call, original: dict[str, Any], held: dict[str, Any]) -> None:
    """Copy the entities and their history, as one state of the file."""
    snapshots = call.broker.snapshots
    source, target = snapshots.stores.path(original["store"]), snapshots.stores.path(held["store"])
    snapshots.stores.get(original["store"], create=True)
    try:
        await asyncio.to_thread(_copy_file, source, target)
        held["doc"]["snapshotStatus"] = "success"
    except (OSError, sqlite3.Error):
        log.exception("the snapshot %s could not be copied", original["doc"]["id"])
        held["doc"]["snapshotStatus"] = "failure"
    snapshots.save(held)
    await _notify(call, held)


def _copy_file(source: Path, target: Path) -> None:
    connection = connect(source, write=False)
    part = target.with_suffix(".part")
    try:
        copy = sqlite3.connect(part)
        try:
            connection.backup(copy)
            copy.execute("DELETE FROM subscription")
            copy.execute("DELETE FROM outbox")
            renew(copy)
            copy.commit()
        finally:
            copy.close()
    finally:
        connection.close()
    shutil.move(part, target)


async def purge_snapshots(call: Call) -> Response:
    """DELETE /snapshots: Purge Snapshots (5.16.7, 6.36.3.2)."""
    text = call.params(frozenset({"q"})).text("q")
    if text is None:
        raise bad_data("A purge of snapshots needs q, over members of a snapshot (5.16.7.4).")
    context = call.broker.core_context
    limits = call.broker.settings.limits
    node = language.parse(
        text, context, expand=frozenset(), max_length=limits.expression, max_terms=limits.terms, max_pattern=limits.pattern
    )
    known = {context.full(name): name for name in _MEMBERS if name not in ("id", "createdAt", "modifiedAt", "expiresAt")}
    for term in language.terms(node):
        if not term.path.member and term.path.name not in known:
            raise bad_data(f"q of a purge speaks of members of snapshots only: {', '.join(_MEMBERS)} (5.16.7.4).")
    for held in call.broker.snapshots.of(call.tenant):
        if matches(node, _as_entity(held["doc"], known)):
            await call.broker.snapshots.drop(held)
    return Response(204)


def _as_entity(doc: dict[str, Any], known: dict[str, str]) -> Entity:
    attrs = {full: [{"type": "Property", "value": doc[name]}] for full, name in known.items() if name in doc}
    created, modified = parse_us(doc["createdAt"]) or 0, parse_us(doc["modifiedAt"]) or 0
    return {
        "id": doc["id"],
        "type": ["Snapshot"],
        "attrs": attrs,
        "createdAt": created,
        "modifiedAt": modified,
        "expiresAt": doc["expiresAt"],
    }
