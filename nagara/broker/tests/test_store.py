"""The store: what is acknowledged is kept, groups share a commit, every query has its index, counts are right (and pages cost no counting up)."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from nagara.broker.clock import now_us
from nagara.broker.core import Broker
from nagara.broker.model.changing import created
from nagara.broker.settings import Settings
from nagara.broker.store.changes import Change
from nagara.broker.store.tenant import Store
from nagara.broker.tests.conftest import Api, Inside, Running, station

SHAPES = [
    "type=Station", "type=Station&limit=5&offset=10", "type=Station&count=true", "type=Station,House", "type=(Station;House)", "type=*&local=true",
    "id=urn:ngsi-ld:Station:1,urn:ngsi-ld:Station:2&local=true", "idPattern=^urn:ngsi-ld:Station:1&local=true", "type=Station&idPattern=1$", "attrs=pm25,level",
    "type=Station&q=pm25==20", "type=Station&q=pm25>20", "type=Station&q=pm25<20;level>3", "type=Station&q=pm25<20;level>3&count=true",
    "type=Station&q=pm25<5|level>3", "type=Station&q=name~=^Sta", "type=Station&q=name~=x", "type=Station&q=pm25==3..7", "type=Station&q=name==%22Station%201%22",
    "type=Station&q=!level", "type=Station&q=pm25!=3", "q=pm25", "q=modifiedAt>2020-01-01T00:00:00Z&local=true", "type=Station&q=near==%22urn:x:2%22",
    "type=Station&q=near{level}>2&join=flat", "type=Station&scopeQ=/North/%23", "scopeQ=/North&local=true", "type=Station&scopeQ=/%23",
    "type=Station&georel=near;maxDistance==900&geometry=Point&coordinates=[100.5,13.5]", "georel=within&geometry=Polygon&coordinates=[[[0,0],[1,0],[1,1],[0,0]]]",
    "georel=disjoint&geometry=Point&coordinates=[0,0]", "type=Station&orderBy=pm25", "type=Station&join=inline", "type=Nothing", "q=unknown==1",
]  # fmt: skip


def _filled(inside: Inside) -> None:
    made = [
        station(i, pm25=i % 30, level=i % 5, name=f"Station {i}", near={"type": "Relationship", "object": f"urn:ngsi-ld:Station:{i + 1}"},
                location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [100 + i / 100, 13.5]}})
        for i in range(200)
    ]  # fmt: skip
    made[3]["scope"] = "/North/A"
    made[4]["type"] = ["Station", "House"]
    assert inside.ask("POST", "entityOperations/upsert", made).status in (201, 204)


def _scans(connection: sqlite3.Connection, sql: str) -> list[str]:
    """The steps of a query's plan that walk through a whole table."""
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    tables = (
        "entity",
        "entity_type",
        "entity_scope",
        "value",
        "observation",
        "name",
        "place",
        "tally",
        "ld_context",
        "past_type",
        "segment",
        "t",
        "u",
    )
    return [
        step
        for step in steps
        if step.startswith("SCAN ")
        and step.split()[1] in tables
        and not step.endswith("VIRTUAL TABLE INDEX 1:")
        and "INDEX 2:D" not in step
    ]


def test_no_query_walks_through_a_whole_table(inside: Inside) -> None:
    _filled(inside)
    store = inside.broker.tenants.get("")
    ran: list[str] = []
    store.inline.set_trace_callback(ran.append)
    try:
        for shape in SHAPES:
            store.shown.epoch += 1
            answer = inside.ask("GET", "entities", query=shape)
            assert answer.status == 200, (shape, answer.body)
        for path in (
            "entities/urn:ngsi-ld:Station:1",
            "types",
            "types?details=true",
            "types/Station",
            "attributes",
            "attributes/pm25",
            "jsonldContexts",
        ):
            address, _, query = path.partition("?")
            assert inside.ask("GET", address, query=query).status == 200, path
    finally:
        store.inline.set_trace_callback(None)
    assert len(ran) > len(SHAPES)
    asked = {sql for sql in ran if sql.startswith("SELECT")}
    assert {sql: found for sql in asked if (found := _scans(store.inline, sql))} == {}


def test_no_query_of_history_walks_through_a_whole_table(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(inside)
    inside.ask("DELETE", "entities/urn:ngsi-ld:Station:199")
    store = inside.broker.tenants.get("")
    monkeypatch.setattr(Store, "in_thread", Store.read)  # on the connection that is watched
    ran: list[str] = []
    store.inline.set_trace_callback(ran.append)
    since = "timerel=after&timeAt=2020-01-01T00:00:00Z"
    try:
        for shape in (
            f"{since}&type=Station&attrs=pm25&timeproperty=modifiedAt",
            f"{since}&type=Station&lastN=2&limit=5&timeproperty=createdAt",
            f"{since}&type=Station&q=pm25>20&count=true",
            f"{since}&type=Station&attrs=pm25&format=aggregatedValues&aggrMethods=avg,max&aggrPeriodDuration=P1D&timeproperty=modifiedAt",
            "timerel=between&timeAt=2020-01-01T00:00:00Z&endTimeAt=2020-02-01T00:00:00Z&type=Station&scopeQ=/North/%23",
            f"{since}&type=Station&georel=near;maxDistance==900&geometry=Point&coordinates=[100.5,13.5]",
        ):
            answer = inside.ask("GET", "temporal/entities", query=shape)
            assert answer.status in (200, 206), (shape, answer.body)
        assert inside.ask("GET", "temporal/entities/urn:ngsi-ld:Station:1", query="lastN=5&attrs=pm25").status == 200
    finally:
        store.inline.set_trace_callback(None)
    asked = {sql for sql in ran if sql.startswith("SELECT")}
    assert len(asked) > 10
    assert {sql: found for sql in asked if (found := _scans(store.inline, sql))} == {}


def test_no_write_walks_through_a_whole_table(inside: Inside) -> None:
    _filled(inside)
    store = inside.broker.tenants.get("")
    ran: list[str] = []
    store.write.set_trace_callback(ran.append)
    try:
        one = "entities/urn:ngsi-ld:Station:7"
        inside.ask("PATCH", f"{one}/attrs/pm25", {"value": 77})
        inside.ask("PUT", one, {**station(7, other=1), "type": ["Station", "Kiosk"], "scope": "/South"})
        inside.ask("POST", f"{one}/attrs", {"location": {"type": "Point", "coordinates": [1, 2]}})
        inside.ask("DELETE", one)
        inside.ask("DELETE", "entities", query="type=Station&q=pm25==3")
    finally:
        store.write.set_trace_callback(None)
    changing = {sql for sql in ran if sql.startswith(("SELECT", "UPDATE", "DELETE")) and "place_" not in sql}
    assert len(changing) > 8
    assert {sql: found for sql in changing if (found := _scans(store.write, sql))} == {}


def test_a_page_far_along_does_not_count_up_to_itself(inside: Inside) -> None:
    _filled(inside)
    store = inside.broker.tenants.get("")
    for offset in range(0, 120, 20):
        inside.ask("GET", "entities", query=f"type=Station&limit=20&offset={offset}")
    ran: list[str] = []
    store.inline.set_trace_callback(ran.append)
    found = inside.ask("GET", "entities", query="type=Station&limit=20&offset=120&options=keyValues").json
    store.inline.set_trace_callback(None)
    pages = [sql for sql in ran if "entity_type" in sql]
    steps = [row[3] for sql in pages for row in store.inline.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert pages and not any("OFFSET" in sql for sql in pages)
    assert any("(type=? AND entity>?)" in step for step in steps), steps
    assert found == inside.ask("GET", "entities", query="type=Station&limit=1000&options=keyValues").json[120:140]


def _index_rows(store: Any) -> dict[str, list[Any]]:
    tables = {"value": "attr, value, entity, kind", "entity_type": "type, entity", "entity_scope": "scope, entity", "place": "id, attr"}
    return {table: sorted(map(repr, store.write.execute(f"SELECT {columns} FROM {table}"))) for table, columns in tables.items()}


def _change(chance: random.Random, inside: Inside) -> None:
    one = f"urn:r:{chance.randint(0, 7)}"
    values = [1, 2.5, "x", True, {"a": 1}, [1, "y", 2], {"type": "Point", "coordinates": [chance.randint(0, 9), 1]}]

    def attrs() -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in chance.sample(["a", "b", "c", "d"], chance.randint(1, 3)):
            found[name] = [{"value": chance.choice(values)}, {"object": "urn:x:1", "datasetId": "urn:d:1"}][: chance.randint(1, 2)]
        return found

    more = {"scope": chance.choice(["/A", "/A/B", ["/C", "/D"]])} if chance.random() < 0.4 else {}
    body = {"id": one, "type": chance.choice(["T", "U", ["T", "V"]]), **attrs(), **more}
    chance.choice(
        [
            lambda: inside.ask("POST", "entities", body),
            lambda: inside.ask("PUT", f"entities/{one}", body),
            lambda: inside.ask("PATCH", f"entities/{one}", {**attrs(), "type": chance.choice(["T", "W"])}),
            lambda: inside.ask("POST", f"entities/{one}/attrs", {**attrs(), **more}),
            lambda: inside.ask("PATCH", f"entities/{one}/attrs", {"a": chance.choice(["urn:ngsi-ld:null", {"value": 9}]), **attrs()}),
            lambda: inside.ask("PATCH", f"entities/{one}/attrs/a", {"value": chance.choice(values)}),
            lambda: inside.ask("DELETE", f"entities/{one}/attrs/b", query="deleteAll=true"),
            lambda: inside.ask("DELETE", f"entities/{one}/attrs/scope"),
            lambda: inside.ask("DELETE", f"entities/{one}"),
            lambda: inside.ask("POST", "entityOperations/upsert", [body], query=chance.choice(["", "options=update"])),
            lambda: inside.ask("DELETE", "entities", query="type=U&drop=c"),
        ]
    )()


def test_indexes_and_counts_follow_every_change(tmp_path: Path) -> None:
    """After any changes they are as if the entities that are left had just been created."""
    for seed in range(4):
        chance = random.Random(seed)
        changed = Inside(Settings(data=tmp_path / f"changed{seed}", open=True))
        for _ in range(120):
            _change(chance, changed)
        store = changed.broker.tenants.get("")
        fresh = Inside(Settings(data=tmp_path / f"fresh{seed}", open=True))
        other = fresh.broker.tenants.get("")
        for key, doc in store.write.execute("SELECT key, doc FROM entity WHERE doc IS NOT NULL ORDER BY key").fetchall():
            entity = store.names.unpack(doc)

            def put(txn: Any, entity: Any = entity, key: int = key, names: Any = store.names) -> None:
                for iri in names.numbers:
                    txn.name(iri)  # the same numbers as in the other file
                txn.connection.execute("INSERT INTO entity (key, id, modified) VALUES (?, ?, 0)", (key, entity["id"]))
                txn.create(entity, created(entity, now_us()), now_us(), key)

            fresh.do(other.writer.do(put))
        assert store.names.numbers == other.names.numbers
        assert _index_rows(store) == _index_rows(other)
        assert +store.tally == +other.tally
        held = {(t, a, k): n for t, a, k, n in store.write.execute("SELECT type, attr, kind, n FROM tally WHERE n <> 0")}
        assert held == dict(+store.tally)
        changed.stop()
        fresh.stop()


def test_writes_that_come_together_share_a_commit(tmp_path: Path) -> None:
    async def run() -> tuple[int, int]:
        broker = Broker(Settings(data=tmp_path, open=True))
        from nagara.broker.http import Request

        def create(n: int) -> Any:
            body = json.dumps(station(n, a=n)).encode()
            headers = {"content-type": "application/json", "content-length": str(len(body))}
            return broker.handle(Request("POST", "/ngsi-ld/v1/entities", "", headers, body, "1.1.1.1:1"))

        before = broker.tenants.get("").writer.commits
        answers = await asyncio.gather(*(create(n % 90) for n in range(100)))
        commits = broker.tenants.get("").writer.commits - before
        await broker.stop()
        return sum(one.status == 201 for one in answers), commits

    made, commits = asyncio.run(run())
    assert made == 90 and commits <= 20


def test_what_was_acknowledged_survives_a_kill(start: Callable[..., Running], tmp_path: Path) -> None:
    data = tmp_path / "kept"
    broker = start("--open", data=data)
    acknowledged: list[list[int]] = [[] for _ in range(4)]

    def write(lane: int) -> None:
        api = broker.api()
        for n in range(lane * 100_000, lane * 100_000 + 50_000):
            try:
                if api.post("entities", station(n, a=n)).status != 201:
                    return
            except OSError:
                return
            acknowledged[lane].append(n)

    lanes = [threading.Thread(target=write, args=(lane,)) for lane in range(4)]
    for lane in lanes:
        lane.start()
    lanes[0].join(1.2)
    broker.stop(signal.SIGKILL)
    for lane in lanes:
        lane.join(10)
    done = [id_ for lane in acknowledged for id_ in lane]
    assert len(done) > 40
    again = start("--open", data=data).api()
    count = int(again.get("entities", query={"type": "Station", "limit": "0", "count": "true"}).headers["ngsild-results-count"])
    assert count >= len(done)
    for n in [lane[-1] for lane in acknowledged if lane] + done[:: max(1, len(done) // 50)]:
        assert again.get(f"entities/urn:ngsi-ld:Station:{n}").json["a"]["value"] == n
    with sqlite3.connect(data / "tenants" / "_.sqlite") as sql:
        assert sql.execute("SELECT count(*) FROM observation").fetchone()[0] == count
        assert sql.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert sql.execute("SELECT n FROM tally WHERE type = 0 AND attr = 0").fetchone()[0] == count


def test_a_job_that_fails_takes_no_other_with_it(inside: Inside) -> None:
    store = inside.broker.tenants.get("")

    async def run() -> list[Any]:
        def good(txn: Any) -> str:
            txn.connection.execute("INSERT OR REPLACE INTO fact VALUES ('good', '1')")
            return "good"

        def bad(txn: Any) -> None:
            txn.connection.execute("INSERT OR REPLACE INTO fact VALUES ('bad', '1')")
            txn.name("https://example.org/in-vain")
            raise RuntimeError("this is meant")

        return await asyncio.gather(*(store.writer.do(job) for job in (good, bad, good)), return_exceptions=True)

    first, second, third = inside.do(run())
    assert first == third == "good" and isinstance(second, Exception)
    facts = dict(store.write.execute("SELECT name, value FROM fact"))
    assert "good" in facts and "bad" not in facts and "https://example.org/in-vain" not in store.names.numbers


def test_every_write_is_in_the_history_and_what_follows_is_done(tmp_path: Path) -> None:
    inside = Inside(Settings(data=tmp_path, open=True))
    told: list[Change] = []
    recorded: list[int] = []

    def record(sql: sqlite3.Connection, changes: list[Change]) -> Callable[[], None]:
        assert sql.in_transaction
        recorded.extend(one.seq for one in changes)
        return partial(told.extend, changes)

    inside.broker.tenants.recorders.append(record)
    one = "entities/urn:ngsi-ld:Station:1"
    inside.ask("POST", "entities", station(1, a=1, b=2))
    inside.ask("PATCH", f"{one}/attrs/a", {"value": 5})
    inside.ask("DELETE", f"{one}/attrs/b")
    inside.ask("DELETE", one)
    names = "https://uri.etsi.org/ngsi-ld/default-context/"
    assert [one.seq for one in told] == recorded == [1, 2, 3, 4] and len({one.key for one in told}) == 1
    assert told[0].entity_before() is None and told[0].outcome.created
    before = told[1].entity_before()
    assert before is not None and before["attrs"][names + "a"][0]["value"] == 1
    assert told[1].outcome.entity is not None and told[1].outcome.entity["attrs"][names + "a"][0]["value"] == 5
    assert told[2].outcome.removed == [(names + "b", None, "Property")] and told[3].deleted
    store = inside.broker.tenants.get("")
    history = [store.names.unpack_write(doc) for (doc,) in store.write.execute("SELECT doc FROM observation ORDER BY seq")]
    assert set(history[0]["attrs"]) == {names + "a", names + "b"} and history[0]["id"] == "urn:ngsi-ld:Station:1"
    assert history[1]["attrs"][names + "a"][0]["value"] == 5
    assert history[2]["removed"] == [(names + "b", None, "Property")] and history[3]["deleted"] is True
    inside.stop()


def test_a_reader_sees_its_own_writes_whatever_is_remembered(inside: Inside) -> None:
    inside.ask("POST", "entityOperations/upsert", [station(900, a=0)])
    for n in range(1, 30):
        assert inside.ask("PATCH", "entities/urn:ngsi-ld:Station:900/attrs/a", {"value": n}).status == 204
        assert inside.ask("GET", "entities/urn:ngsi-ld:Station:900").json["a"]["value"] == n
        found = inside.ask("GET", "entities", query="id=urn:ngsi-ld:Station:900&q=" + quote(f"a=={n};a>0")).json
        assert found[0]["a"]["value"] == n


def test_entities_and_attributes_end_when_they_should(running: Running, api: Api) -> None:
    from nagara.broker.clock import iso

    soon = iso(now_us() + 700_000)
    api.made({**station(1, a=1), "expiresAt": soon}, station(2, a={"type": "Property", "value": 1, "expiresAt": soon}, b=2))
    assert api.get("entities/urn:ngsi-ld:Station:1").status == 200
    threading.Event().wait(0.8)
    assert api.get("entities/urn:ngsi-ld:Station:1").status == 404
    assert set(api.get("entities/urn:ngsi-ld:Station:2").json) == {"id", "type", "b"}
    assert api.ids(type="Station", q="a") == []


def test_data_of_a_newer_broker_are_left_alone(tmp_path: Path) -> None:
    inside = Inside(Settings(data=tmp_path, open=True))
    inside.broker.tenants.get("").write.execute("PRAGMA user_version = 99")
    inside.stop()
    with pytest.raises(RuntimeError, match="newer"):
        Broker(Settings(data=tmp_path, open=True))


def test_what_is_refused_half_way_leaves_nothing_behind(inside: Inside) -> None:
    def place(n: int) -> dict[str, Any]:
        return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [100 + n / 10_000, 13]}}

    inside.ask("POST", "entities", station(950, a=1, location=place(0)))
    before = inside.ask("GET", "entities/urn:ngsi-ld:Station:950", query="options=sysAttrs").json
    many = {f"p{n}": place(n) for n in range(1_100)}
    assert inside.ask("POST", "entities/urn:ngsi-ld:Station:950/attrs", {"a": 2, **many}).status == 400
    assert inside.ask("POST", "entityOperations/upsert", [station(950, a=3, **many)]).status == 207
    assert inside.ask("GET", "entities/urn:ngsi-ld:Station:950", query="options=sysAttrs").json == before
    assert inside.ask("GET", "entities", query="type=Station&q=a==2|a==3&id=urn:ngsi-ld:Station:950").json == []


def test_a_fault_in_what_is_recorded_with_a_write_undoes_it_and_no_other(inside: Inside) -> None:
    recorders = inside.broker.tenants.recorders

    def broken(_: sqlite3.Connection, changes: list[Change]) -> None:
        raise KeyError("this is meant")

    recorders.append(broken)
    try:
        assert inside.ask("POST", "entities", station(960, a=1)).status == 500
    finally:
        recorders.remove(broken)
    assert inside.ask("GET", "entities/urn:ngsi-ld:Station:960").status == 404
    assert inside.ask("POST", "entities", station(960, a=1)).status == 201
