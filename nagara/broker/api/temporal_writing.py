"""Create, extend, correct and delete Temporal Evolutions of Entities (5.6.11 to 5.6.16; 6.18 to 6.22).

The history of an entity that the broker does not know makes it known: it then holds the newest instance of each
attribute. After that, what is added to its history leaves the entity itself as it is (5.6.12).
"""

from __future__ import annotations

import sqlite3
from typing import Any

import orjson

from nagara.broker.api.call import Call
from nagara.broker.clock import now_us, parse_us
from nagara.broker.history.hiding import hide
from nagara.broker.history.moments import SCOPE, Moment
from nagara.broker.history.reading import Evolution, History, Wanted
from nagara.broker.history.window import Window
from nagara.broker.http import Response
from nagara.broker.ld.context import Context
from nagara.broker.model import changing
from nagara.broker.model.changing import Outcome
from nagara.broker.model.history_in import evolution, instances, newest
from nagara.broker.model.incoming import Entity, Instance
from nagara.broker.model.names import IMPLIED_TYPE, PLAIN_MEMBERS, SYSTEM_MEMBERS
from nagara.broker.model.values import shown, uri
from nagara.broker.problems import Problem, bad_data, not_found
from nagara.broker.store.transaction import Txn

_LOCAL = frozenset({"local"})
#: What an instance is made of, as against the name of its attribute.
MEMBERS = frozenset({"type", "@type", "dataset"}) | PLAIN_MEMBERS | SYSTEM_MEMBERS | IMPLIED_TYPE.keys()


def _unknown(id_: str) -> Problem:
    return not_found(f"There is no history of an entity {id_}.", instance=id_)


# Create and extend


async def create_evolution(call: Call) -> Response:
    """POST /temporal/entities: Create or Update Temporal Evolution of an Entity (5.6.11, 6.18.3.1)."""
    call.params(_LOCAL)
    raw, context = await call.document()
    given = whole(raw, context, call)
    known = await ask_history(call, lambda history: _same_times(history, given["id"], given))
    if await call.store.writer.do(lambda txn: _create_in(txn, given, known)):
        return Response(201, [call.location("temporal", "entities", given["id"])])
    return Response(204)


def whole(raw: dict[str, Any], context: Context, call: Call) -> Entity:
    """A Temporal Evolution with all that it needs."""
    given = evolution(raw, context, call.broker.settings.limits.vertices)
    if "id" not in given:
        raise bad_data("The Temporal Evolution has no id.")
    if "type" not in given:
        raise bad_data("The Temporal Evolution has no type.")
    return given


async def addition(call: Call) -> tuple[str, dict[str, Any], Context, dict[str, Any]]:
    """What is to be added to an evolution (5.6.12.4): its id, the body as it came, under which @context, and as it is read."""
    id_ = uri(call.args["id"], "The id of the entity")
    call.params(_LOCAL)
    raw, context = await call.document()
    given = evolution(raw, context, call.broker.settings.limits.vertices)
    if given.get("id", id_) != id_:
        raise bad_data(f"The body is about {given['id']}, the address about {id_}.")
    return id_, raw, context, given


async def add_instances(call: Call) -> Response:
    """POST /temporal/entities/{entityId}/attrs: Add Attributes to Temporal Evolution of an Entity (5.6.12, 6.20.3.1)."""
    id_, _, _, given = await addition(call)
    known = await ask_history(call, lambda history: _same_times(history, id_, given))

    def job(txn: Txn) -> None:
        row = _row(txn.connection, id_)
        if row is None or row[1] is None:
            raise _unknown(id_)
        _extend(txn, row, given, known)

    await call.store.writer.do(job)
    return Response(204)


def _row(connection: sqlite3.Connection, id_: str) -> tuple[int, int | None, bytes | None, bytes | None] | None:
    """(key, home, document, past) of an entity."""
    found: tuple[int, int | None, bytes | None, bytes | None] | None = connection.execute(
        "SELECT key, home, doc, past FROM entity WHERE id = ?", (id_,)
    ).fetchone()
    return found


#: (full name, datasetId, observedAt) -> the instance that history holds of that time
Known = dict[tuple[str, str, int], Moment]


def _same_times(history: History, id_: str, given: Entity) -> Known:
    """Of the instances that are given, those whose attribute, dataset and time history knows already: they are written over, not doubled."""
    found = history.find(id_)
    times = [us for some in given["attrs"].values() for one in some if (us := parse_us(one.get("observedAt"))) is not None]
    if found is None or not times:
        return {}
    wanted = Wanted(Window(min(times), max(times) + 1, relation="between"), frozenset(given["attrs"]))
    moments = history.read([found], wanted).by_key[found.key]
    return {(one.attr, one.dataset, one.observed): one for one in moments if one.observed is not None and one.deleted is None}


def _create_in(txn: Txn, given: Entity, known: Known) -> bool:
    """Create or extend an evolution; whether it is new."""
    row = _row(txn.connection, given["id"])
    if row is not None and row[1] is not None:
        _extend(txn, row, given, known)
        return False
    if row is not None and row[2] is not None:  # an entity whose history was deleted
        key = row[0]
        txn.connection.execute("UPDATE entity SET home = ? WHERE key = ?", (txn.name(given["type"][0]), key))
    else:
        at = now_us()
        entity = newest(given)
        outcome = changing.created(entity, at)
        key = txn.create(entity, outcome, at, row[0] if row is not None else None, log=False)
    _log(txn, key, given["attrs"], {})
    return True


def _extend(txn: Txn, row: tuple[int, int | None, bytes | None, bytes | None], given: Entity, known: Known) -> None:
    key, _, doc, past = row
    more = given.get("type", [])
    if more and doc is not None:
        entity = txn.unpack(doc)
        if not set(more) <= set(entity["type"]):

            def op(current: Entity, _: int) -> Outcome:
                current["type"] += [name for name in more if name not in current["type"]]
                return Outcome(current, types=True)

            txn.change(key, doc, op, (), current=entity)
    elif more and past is not None:
        told = orjson.loads(past)
        told["type"] = list(dict.fromkeys([*told["type"], *(txn.name(name) for name in more)]))
        txn.connection.execute("UPDATE entity SET past = ? WHERE key = ?", (orjson.dumps(told), key))
        txn.connection.executemany("INSERT OR IGNORE INTO past_type VALUES (?, ?)", [(number, key) for number in told["type"]])
    _log(txn, key, given["attrs"], known)


def _log(txn: Txn, key: int, attrs: dict[str, list[Instance]], known: Known) -> None:
    """Instances as rows of history: one a point in time, so that each interval is found by the index."""
    by_time: dict[str | None, dict[str, list[Instance]]] = {}
    for name, some in attrs.items():
        txn.name(name)
        for one in some:
            there = known.get((name, one.get("datasetId", ""), parse_us(one.get("observedAt")) or 0))
            if there is not None:
                if there.instance != one:
                    _amend(txn, key, name, there, one)
                continue
            by_time.setdefault(one.get("observedAt"), {}).setdefault(name, []).append(one)
    for written in by_time.values():
        txn.observe(key, now_us(), txn.names.pack_write(written, [], {}), written)


# Correct and delete


async def _found(call: Call, id_: str) -> Evolution:
    found: Evolution | None = await ask_history(call, lambda history: history.find(id_))
    if found is None:
        raise _unknown(id_)
    return found


async def ask_history(call: Call, ask: Any) -> Any:
    store, folder = call.store, call.broker.history_folder

    def run(connection: sqlite3.Connection) -> Any:
        history = History(store, connection, folder)
        try:
            return ask(history)
        finally:
            history.close()

    return await store.in_thread(run)


def attribute(name: str, context: Context) -> str:
    """The full name of the attribute in an address."""
    if name in (".", "..") or name.lower() in ("%2e", "%2e%2e"):
        raise bad_data(f"{shown(name)} is no name of an attribute (4.6.2).")
    return SCOPE if name == "scope" else context.full(name)


def _amend(txn: Txn, key: int, attr: str, old: Moment, new: Instance) -> None:
    """Put an instance in the place of another, whose instanceId and createdAt it keeps (5.6.14.4)."""
    written = {attr: [new]}
    txn.name(attr)
    doc = txn.names.pack_write(written, [], {"amends": [old.seq, old.n, old.created]})
    row = txn.observe(key, now_us(), doc, written, amends=True)
    hide(txn, key, attr, "*", old.seq, old.n, row)


async def delete_evolution(call: Call) -> Response:
    """DELETE /temporal/entities/{entityId}: Delete Temporal Evolution of an Entity (5.6.16, 6.19.3.2)."""
    id_ = uri(call.args["id"], "The id of the entity")
    call.params(_LOCAL)

    def job(txn: Txn) -> None:
        row = _row(txn.connection, id_)
        if row is None or row[1] is None:
            raise _unknown(id_)
        key = row[0]
        hide(txn, key, "")
        txn.connection.execute("UPDATE entity SET home = NULL, past = NULL WHERE key = ?", (key,))
        txn.connection.execute("DELETE FROM past_type WHERE entity = ?", (key,))

    await call.store.writer.do(job)
    return Response(204)


async def delete_attribute(call: Call) -> Response:
    """DELETE /temporal/entities/{entityId}/attrs/{attrId}: Delete Attribute from Temporal Evolution of an Entity (5.6.13, 6.21.3.1)."""
    return await _delete_attribute(call, call.args["attr"])


async def _delete_attribute(call: Call, name: str) -> Response:
    id_ = uri(call.args["id"], "The id of the entity")
    params = call.params(frozenset({"datasetId", "deleteAll", "local"}))
    every = params.flag("deleteAll")
    dataset = params.text("datasetId") or "@none"
    if dataset != "@none":
        uri(dataset, "datasetId")
    attr = attribute(name, await call.linked())
    found = await _found(call, id_)
    wanted = Wanted(Window(), frozenset({attr}), None if every else frozenset({dataset}))
    if not await ask_history(call, lambda history: history.exist([found], wanted)):
        which = "" if every or dataset == "@none" else f" with the datasetId {dataset}"
        raise not_found(f"The history of {id_} holds no attribute {name!r}{which}.")
    held = "*" if every else "" if dataset == "@none" else dataset
    await call.store.writer.do(lambda txn: hide(txn, found.key, attr, held))
    return Response(204)


async def _instance(call: Call, context: Context) -> tuple[Evolution, str, Moment]:
    """The instance in the address of a request."""
    id_ = uri(call.args["id"], "The id of the entity")
    attr = attribute(call.args["attr"], context)
    instance_id = uri(call.args["instance"], "The instanceId")
    found = await _found(call, id_)
    numbers = call.store.naming.place(instance_id)
    moment = await ask_history(call, lambda history: history.instance(found, attr, *numbers)) if numbers is not None else None
    if moment is None:
        raise not_found(f"The history of {id_} holds no instance {instance_id} of {call.args['attr']!r}.")
    return found, attr, moment


def is_name(attr: str, last: str) -> bool:
    """Whether an address that ends like that of an instance is the full name of an attribute, whose last part is no instanceId."""
    return "://" in attr and ":" not in last


async def delete_instance(call: Call) -> Response:
    """DELETE /temporal/entities/{entityId}/attrs/{attrId}/{instanceId} (5.6.15, 6.22.3.2)."""
    attr, instance = call.args["attr"], call.args["instance"]
    if is_name(attr, instance):
        return await _delete_attribute(call, f"{attr}/{instance}")
    call.params(_LOCAL)
    found, full, moment = await _instance(call, await call.linked())
    await call.store.writer.do(lambda txn: hide(txn, found.key, full, "*", moment.seq, moment.n))
    return Response(204)


async def modify_instance(call: Call) -> Response:
    """PATCH /temporal/entities/{entityId}/attrs/{attrId}/{instanceId} (5.6.14, 6.22.3.1)."""
    uri(call.args["id"], "The id of the entity")
    call.params(_LOCAL)
    raw, context = await call.document(patch=True)
    name = call.args["attr"]
    given = replacing(name, raw, context, call)
    found, attr, moment = await _instance(call, context)
    await call.store.writer.do(lambda txn: _amend(txn, found.key, attr, moment, given))
    return Response(204)


def replacing(name: str, raw: dict[str, Any], context: Context, call: Call) -> Instance:
    """The instance that is to stand in the place of another: its members alone, or as that of its attribute."""
    full = attribute(name, context)
    members = {member: value for member, value in raw.items() if member not in ("@context", "id", "@id")}
    vertices = call.broker.settings.limits.vertices
    first = next(iter(members), "")
    alone = len(members) == 1 and first not in MEMBERS and (first == name or context.full(first) == full)
    given = instances(name, full, members[first] if alone else members, context, vertices)
    if len(given) != 1:
        raise bad_data(f"{name!r}: exactly one instance is to stand in the place of the old one (5.6.14.3).")
    return given[0]
