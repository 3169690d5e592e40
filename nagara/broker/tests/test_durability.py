"""What the disk has to hold before anybody is told: answers, what follows a write, and what happens where the disk fails."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import random
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from nagara.broker.http import ROOT, Request, Response
from nagara.broker.problems import Problem
from nagara.broker.settings import Settings
from nagara.broker.store.changes import Change
from nagara.broker.store.transaction import Txn
from nagara.broker.tests.conftest import Inside, station


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Inside]:
    found = Inside(Settings(data=tmp_path, open=True))
    yield found
    found.stop()


def _create(inside: Inside, n: int) -> asyncio.Future[Response]:
    body = json.dumps(station(n, a=n)).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    return asyncio.ensure_future(inside.broker.handle(Request("POST", f"{ROOT}/entities", "", headers, body, "1.1.1.1:1")))


def test_nobody_is_answered_or_told_before_the_disk_has_it(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Change] = []
    asked, go_on = threading.Event(), threading.Event()
    real = os.fdatasync

    def slow(descriptor: int) -> None:
        asked.set()
        assert go_on.wait(60)
        real(descriptor)

    inside.ask("POST", "entities", station(0, a=0))
    nobody_there = {"endpoint": {"uri": "http://127.0.0.1:9/"}}
    inside.ask("POST", "subscriptions", {"type": "Subscription", "entities": [{"type": "Station"}], "notification": nobody_there})
    inside.broker.tenants.recorders.append(lambda _, changes: partial(told.extend, changes))
    monkeypatch.setattr("nagara.broker.store.writing.os.fdatasync", slow)

    async def run() -> list[bool]:
        first = _create(inside, 1)
        await asyncio.to_thread(asked.wait, 60)
        second = _create(inside, 2)
        for _ in range(50):
            await asyncio.sleep(0)
        before = [first.done(), second.done(), bool(told)]
        go_on.set()
        statuses = [(await first).status, (await second).status]
        assert statuses == [201, 201]
        return before

    assert inside.do(run()) == [False, False, False]
    assert [one.id for one in told] == ["urn:ngsi-ld:Station:1", "urn:ngsi-ld:Station:2"]
    (lane,) = inside.broker.notifier.posts[""].lanes.values()
    assert lane.length == 2  # both notifications wait for the receiver, though the second was written before the first was on disk


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EIO, 503)])
def test_where_the_disk_fails_a_write_is_refused_and_nothing_follows_before_it_works_again(
    inside: Inside, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    told: list[Change] = []
    left = [2]
    real = os.fdatasync

    def failing(descriptor: int) -> None:
        if left[0]:
            left[0] -= 1
            raise OSError(number, os.strerror(number))
        real(descriptor)

    inside.ask("POST", "entities", station(0, a=0))
    inside.broker.tenants.recorders.append(lambda _, changes: partial(told.extend, changes))
    monkeypatch.setattr("nagara.broker.store.writing.os.fdatasync", failing)
    assert [inside.ask("POST", "entities", station(n, a=n)).status for n in (1, 2, 3)] == [status, status, 201]
    # What was refused because of the disk may have been kept: then it is told of, too, once, and is whole.
    assert [one.id[-1] for one in told] == ["1", "2", "3"]
    assert inside.ask("GET", "entities", query="type=Station&limit=0&count=true").headers["ngsild-results-count"] == "4"
    store = inside.broker.tenants.get("")
    assert store.write.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_log_that_cannot_be_started_anew_keeps_writes_out(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    inside.ask("POST", "entities", station(0, a=0))
    store = inside.broker.tenants.get("")
    failed = [False]
    real = os.fdatasync

    def failing(descriptor: int) -> None:
        if not failed[0]:
            failed[0] = True
            raise OSError(errno.EIO, "broken")
        real(descriptor)

    monkeypatch.setattr("nagara.broker.store.writing.os.fdatasync", failing)
    assert inside.ask("POST", "entities", station(1, a=1)).status == 503

    def still_broken(must: bool) -> None:
        assert must
        raise OSError(errno.EIO, "still broken")

    monkeypatch.setattr(store.writer, "_restart", still_broken)
    assert inside.ask("POST", "entities", station(2, a=2)).status == 503
    assert inside.ask("GET", "entities/urn:ngsi-ld:Station:2").status == 404
    assert inside.ask("GET", "entities/urn:ngsi-ld:Station:0").status == 200
    monkeypatch.undo()
    assert inside.ask("POST", "entities", station(2, a=2)).status == 201


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_write_gets_its_answer_whatever_goes_wrong_around_it(inside: Inside, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    luck = random.Random(seed)
    real = os.fdatasync

    def failing(descriptor: int) -> None:
        if luck.random() < 0.05:
            raise OSError(errno.EIO, "a bad moment")
        real(descriptor)

    monkeypatch.setattr("nagara.broker.store.writing.os.fdatasync", failing)
    monkeypatch.setattr("nagara.broker.store.writing.CHECKPOINT_FRAMES", 50)
    store = inside.broker.tenants.get("")
    inside.ask("POST", "entities", station(0, a=0))

    def breaking(txn: Txn) -> None:
        txn.name("https://example.org/in-vain")
        raise RuntimeError("this is meant")

    async def client(first: int) -> list[int]:
        kept = []
        for n in range(first, first + 60):
            kind = luck.random()
            if kind < 0.05:
                with pytest.raises(Problem):
                    await store.writer.do(breaking)
            elif kind < 0.1:
                task = asyncio.ensure_future(_create(inside, n))
                await asyncio.sleep(0)
                task.cancel()
            else:
                reply = await _create(inside, n)
                assert reply.status in (201, 503)
                kept += [n] if reply.status == 201 else []
            if luck.random() < 0.3:
                await asyncio.sleep(0)
        return kept

    async def run() -> list[int]:
        lanes = await asyncio.wait_for(asyncio.gather(*(client(first) for first in range(1_000, 11_000, 1_000))), 120)
        return [n for lane in lanes for n in lane]

    kept = inside.do(run())
    assert len(kept) > 300
    assert all(inside.ask("GET", f"entities/urn:ngsi-ld:Station:{n}").json["a"]["value"] == n for n in kept)
    counted = int(inside.ask("GET", "entities", query="type=Station&limit=0&count=true").headers["ngsild-results-count"])
    assert counted == store.write.execute("SELECT count(*) FROM entity WHERE doc IS NOT NULL").fetchone()[0] >= len(kept) + 1
    assert store.write.execute("SELECT count(*) FROM observation").fetchone()[0] == counted
    assert "https://example.org/in-vain" not in store.names.numbers
