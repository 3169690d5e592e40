"""What is measured in failures rather than in seconds: the broker killed under load, and a fuzzer on its parsers.

    python -m benchmarks reliability [--kills 100] [--minutes 10] [--seed N]

Each round starts the broker on the data of the round before, checks every write that was acknowledged until then, lets four clients
create, change and upsert, and sends SIGKILL at an instant that nobody knows. Aim: 0 lost, 0 half-written. Then the fuzzer sends
bodies and queries, mutated from what clients send, for some minutes. Aim: no answer 500.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reliability.fuzz import fuzz
from nagara.broker.tests.conftest import Api, Running, station

LANES = 4
BATCH = 20


@dataclass
class Ledger:
    """What one client was told is kept: the number of an entity, and the last value acknowledged for it."""

    first: int
    kept: dict[int, int] = field(default_factory=dict)
    fresh: set[int] = field(default_factory=set)
    """What was acknowledged since the last check."""

    def write(self, api: Api, luck: random.Random, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._one(api, luck)
            except OSError:
                return

    def _one(self, api: Api, luck: random.Random) -> None:
        value = luck.getrandbits(30)
        kind = luck.random()
        if kind < 0.5 or not self.kept:
            self._told([self._next()], value, api.post("entities", entity(self._next(), value)).status == 201)
        elif kind < 0.8:
            number = luck.choice(list(self.kept)[-200:])
            version = self.kept[number] + 1
            self._told([number], version, api.patch(f"entities/urn:ngsi-ld:Station:{number}/attrs", both(version)).status == 204)
        else:
            numbers = list(range(self._next(), self._next() + BATCH))
            answer = api.post("entityOperations/upsert", [entity(number, value) for number in numbers])
            self._told(numbers, value, answer.status in (201, 204))

    def _next(self) -> int:
        return max(self.kept, default=self.first) + 1

    def _told(self, numbers: list[int], value: int, acknowledged: bool) -> None:
        if acknowledged:
            self.kept.update(dict.fromkeys(numbers, value))
            self.fresh.update(numbers)


def both(value: int) -> dict[str, object]:
    """Two attributes that always change together, so that half a write shows."""
    return {"a": {"type": "Property", "value": value}, "b": {"type": "Property", "value": value}}


def entity(number: int, value: int) -> dict[str, object]:
    return {**station(number), **both(value)}


@dataclass
class Found:
    acknowledged: int = 0
    lost: int = 0
    halved: int = 0
    damaged: int = 0
    miscounted: int = 0
    starts: list[float] = field(default_factory=list)


def check(api: Api, ledgers: list[Ledger], found: Found) -> None:
    """A value newer than the acknowledged one is right too: the write was on its way when the broker was killed."""
    for ledger in ledgers:
        for number in ledger.fresh:
            answer = api.get(f"entities/urn:ngsi-ld:Station:{number}")
            found.acknowledged += 1
            if answer.status != 200:
                found.lost += 1
                continue
            a, b = answer.json["a"]["value"], answer.json["b"]["value"]
            found.halved += a != b
            found.lost += a not in (ledger.kept[number], ledger.kept[number] + 1)
        ledger.fresh.clear()


def check_files(data: Path, found: Found) -> None:
    with sqlite3.connect(data / "tenants" / "_.sqlite") as sql:
        found.damaged += sql.execute("PRAGMA integrity_check").fetchone()[0] != "ok"


def check_count(api: Api, data: Path, found: Found) -> None:
    said = int(api.get("entities", query={"type": "Station", "limit": "0", "count": "true"}).headers["ngsild-results-count"])
    with sqlite3.connect(data / "tenants" / "_.sqlite") as sql:
        found.miscounted += said != sql.execute("SELECT count(*) FROM entity").fetchone()[0]


def kills(rounds: int, luck: random.Random) -> Found:
    found = Found()
    ledgers = [Ledger(lane * 10_000_000) for lane in range(LANES)]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        for turn in range(rounds + 1):
            began = time.perf_counter()
            broker = Running(data, "--open")
            found.starts.append(time.perf_counter() - began)
            check(broker.api(), ledgers, found)
            check_count(broker.api(), data, found)
            if turn == rounds:
                broker.stop()
                check_files(data, found)
                break
            stop = threading.Event()
            lanes = [threading.Thread(target=ledger.write, args=(broker.api(), random.Random(luck.random()), stop)) for ledger in ledgers]
            for lane in lanes:
                lane.start()
            time.sleep(luck.uniform(0.05, 0.6))
            broker.stop(signal.SIGKILL)
            stop.set()
            for lane in lanes:
                lane.join(20)
            if turn % 10 == 9:
                check_files(data, found)
    return found


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks reliability")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=0.25)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    asked = parser.parse_args(argv)
    print(f"seed {asked.seed}", flush=True)
    luck = random.Random(asked.seed)
    found = kills(asked.kills, luck)
    print(
        f"kill -9 under load, {asked.kills} times: {found.acknowledged} acknowledged writes checked, {found.lost} lost, "
        f"{found.halved} half-written, {found.damaged} damaged files, {found.miscounted} wrong counts; "
        f"slowest start {max(found.starts) * 1000:.0f} ms",
        flush=True,
    )
    sent, broken = fuzz(asked.minutes * 60, luck)
    print(f"fuzzer, {asked.minutes:g} minutes: {sent} requests, {len(broken)} answered 500")
    for request in broken[:20]:
        print("  ", request)
    if found.lost or found.halved or found.damaged or found.miscounted or broken:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
