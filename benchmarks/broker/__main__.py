"""`python -m benchmarks broker`: the broker under load, beside its ceilings, as a table."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.broker import fanout, history
from benchmarks.broker.ceilings import sqlite_group_commit
from benchmarks.broker.load import (
    Result,
    call,
    cpu_seconds,
    entity,
    free_port,
    memory_mb,
    rest,
    start_bare,
    start_broker,
    stop,
    wrk,
)
from benchmarks.broker.peer import Ask, asks, compare, load, prepare


def _bare(status: int, body: bytes, folder: Path, *durable: object, **load: object) -> Result:
    """The same bytes from a bare route; `durable` as in `start_bare`."""
    port = free_port()
    path = folder / "bare"
    path.write_bytes(body)
    process, _ = start_bare(port, status, path, *durable)
    try:
        return wrk(process.pid, f"http://127.0.0.1:{port}/", **load)  # type: ignore[arg-type]
    finally:
        stop(process)


def _line(name: str, ours: Result, bare: Result | None, disk: float | None = None, unit: float = 1, both: Result | None = None) -> str:
    cells = [name, f"{ours.rate:,.0f}", f"{ours.cpu:,.0f}", f"{ours.p99:.1f}"]
    cells += [f"{bare.rate:,.0f}", f"{bare.cpu:,.0f}", f"{bare.cpu / ours.cpu:.2f}"] if bare else ["", "", ""]
    cells += [f"{disk / unit:,.0f}"] if disk else [""]
    cells += [f"{both.rate:,.0f}", f"{ours.rate / both.rate:.2f}"] if both else ["", ""]
    cells.append(str(ours.failed) if ours.failed else "")
    return "| " + " | ".join(cells) + " |"


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks broker")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one run")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the median is told")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--only", default="", help=f"some of {','.join(PARTS)}")
    parser.add_argument(
        "--full", action="store_true", help="10 million observations, and a million entities beside those that are asked for"
    )
    parser.add_argument("--days", type=int, default=0, help="days of history: 144,000 observations each (2; with --full 70)")
    parser.add_argument("--entities", type=int, default=0, help="entities beside those that are asked for (0; with --full 1,000,000)")
    parser.add_argument("--no-ceilings", action="store_true")
    parser.add_argument(
        "--peer", default="", help="the address of another NGSI-LD broker that runs: the same requests to both, and the ratio"
    )
    options = parser.parse_args(argv)
    options.days = options.days or (70 if options.full else 2)
    options.entities = options.entities or (1_000_000 if options.full else 0)
    options.wanted = set(options.only.split(",")) - {""} or set(PARTS)
    return options


LOADS = ("get", "query", "patch", "create", "batch")
PARTS = ("start", *LOADS, "fanout", "history")
HEAD = """
| request | a second | CPU µs | p99 ms | bare route: a second | CPU µs | CPU ratio | bare commit: a second | bare route that commits: a second | ratio | failed |
|---|---|---|---|---|---|---|---|---|---|---|"""


def script_of(ask: Ask) -> str:
    """What a bare route is sent: a read is the same to it whatever it asks for."""
    return "" if ask.part in ("get", "query") else ask.script


def few_of(load: dict[str, Any], ask: Ask) -> dict[str, Any]:
    """The load of one kind of request."""
    return {**load, "connections": min(load["connections"], 8)} if ask.few else load


class Bench:
    """One broker under load, and its ceilings in the same run."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder = folder
        self.options = options
        self.load = {"seconds": options.seconds, "runs": options.runs, "connections": options.connections}
        self.one = json.dumps(entity(1)).encode()
        self.bares: dict[tuple[str, int], Result | None] = {}
        self.ceiling = {  # the status and bytes of the bare route, rows of one bare commit, rows of one request
            "GET by id": (200, self.one, 0, 1),
            "query of 20 by type": (200, b"[" + b",".join([self.one] * 20) + b"]", 0, 1),
            "query of 20 by type and q": (200, b"[" + b",".join([self.one] * 20) + b"]", 0, 1),
            "PATCH of one attribute": (204, b"", 32, 1),
            "create": (201, b"", 33, 1),
            "batch upsert of 100, known": (204, b"", 100, 100),
            "batch upsert of 100, new": (204, b"", 101, 100),
        }

    def begin(self) -> None:
        """Start the broker that is loaded, with the entities that are asked for."""
        self.port = free_port()
        self.process, _ = start_broker(self.port, self.folder / "data")
        self.pid = self.process.pid
        self.base = f"http://127.0.0.1:{self.port}/ngsi-ld/v1"
        prepare(self.base)

    def bare(self, status: int, body: bytes, **load: object) -> Result | None:
        """A bare granian route that answers the same bytes."""
        return None if self.options.no_ceilings else _bare(status, body, self.folder, **load)

    def durable(self, name: str, status: int, body: bytes, unit: int, **load: object) -> Result | None:
        """The same route where it answers once what it was sent is on disk, and does nothing else with it."""
        if self.options.no_ceilings:
            return None
        database = self.folder / f"{name.replace(' ', '-')}-{time.time_ns()}.sqlite"
        return _bare(status, body, self.folder, database, unit, **load)

    def disk(self, group: int) -> float | None:
        """Rows a second of a bare SQLite group commit, each group on disk before the next."""
        if self.options.no_ceilings:
            return None
        return sqlite_group_commit(self.folder / f"bare-{time.time_ns()}.sqlite", self.one, group, self.options.seconds)

    def measure(self, part: str) -> list[str]:
        """The lines of one part, each request beside its ceilings."""
        return [self._one(ask) for ask in asks("/ngsi-ld/v1") if ask.part == part]

    def _one(self, ask: Ask) -> str:
        ours = load(f"http://127.0.0.1:{self.port}", ask, self.pid, **self.load)
        status, body, group, unit = self.ceiling[ask.name]
        key = (ask.part, status)
        if key not in self.bares:
            self.bares[key] = self.bare(status, body, script=script_of(ask), **few_of(self.load, ask))
        if not group:
            return _line(ask.name, ours, self.bares[key])
        both = self.durable(ask.name, status, body, unit, script=script_of(ask), **few_of(self.load, ask))
        return _line(ask.name, ours, self.bares[key], self.disk(group), unit, both)

    def fill(self) -> None:
        """Many more entities of the same type."""
        total = self.options.entities
        before, begun = cpu_seconds(self.pid), time.perf_counter()
        for i in range(0, total, 1_000):
            call("POST", f"{self.base}/entityOperations/create", [entity(n, "fill") for n in range(i, min(i + 1_000, total))])
        took = time.perf_counter() - begun
        each = (cpu_seconds(self.pid) - before) / total * 1e6
        call("POST", f"{self.base}/history/seal", timeout=1_800)
        rest(self.pid)  # the entities are what is to be measured, not that they just came
        _say(
            f"\nFilled with {total:,} entities: {total / took:,.0f} a second, {each:.0f} µs of CPU each, memory {memory_mb(self.pid):.0f} MB."
        )

    def history(self) -> None:
        """Filling, one series, and aggregates; on a broker of its own."""
        data = self.folder / "history"
        process, _ = start_broker(port := free_port(), data)
        base, pid, runs = f"http://127.0.0.1:{port}/ngsi-ld/v1", process.pid, max(self.options.runs, 3)
        filled = history.fill(base, min(self.options.days, 2))
        n = filled.observations
        _say(
            f"\nHistory of {n:,} observations: written {n / filled.written:,.0f} a second, in files {n / filled.sealed:,.0f} a second, "
            f"{filled.bytes / n:.1f} bytes each; memory {memory_mb(pid):.0f} MB."
        )
        if self.options.days > 2:
            stop(process)
            n += history.add_days(data, 2, self.options.days - 2)
            process, _ = start_broker(port, data)
            pid = process.pid
            _say(f"With {n:,} observations in files:")
        path = f"/temporal/entities/{history.ID.format(5)}?attrs=pm25&lastN=100&format=temporalValues"
        with urllib.request.urlopen(base + path) as answer:
            body = answer.read()
        _say(HEAD)
        few = {**self.load, "connections": 8}
        _say(_line("one series, last 100", wrk(pid, base + path, **few), self.bare(200, body, **few)))
        _say("\n| aggregate of all | ms | CPU ms | DuckDB alone: ms | CPU ms | CPU ratio | memory MB |\n|---|---|---|---|---|---|---|")
        for name, period, seconds in (("by day", "P1D", 86_400), ("whole interval", "PT0S", 10**9)):
            took, cpu, _ = history.timed(pid, f"{base}/temporal/entities?{history.question(self.options.days, period)}", runs)
            alone, alone_cpu = history.duckdb_alone(data / "history", seconds, runs)
            _say(
                f"| {n:,} {name} | {took:.0f} | {cpu:.0f} | {alone:.0f} | {alone_cpu:.0f} | {alone_cpu / max(cpu, 1):.2f} | {memory_mb(pid):.0f} |"
            )
        stop(process)


def _say(text: str) -> None:
    print(text, flush=True)


def _start_up(folder: Path, runs: int) -> None:
    """Until the first answer, and idle memory; beside a process with nothing but the bare route."""
    body = folder / "bare"
    body.write_bytes(b"{}")
    ours, bare = [], []
    for i in range(runs):
        process, took = start_broker(free_port(), folder / f"start{i}")
        ours.append((took, memory_mb(process.pid)))
        stop(process)
        process, took = start_bare(free_port(), 200, body)
        bare.append((took, memory_mb(process.pid)))
        stop(process)
    told = [
        f"{statistics.median(t for t, _ in some):.2f} s, memory {statistics.median(m for _, m in some):.0f} MB" for some in (ours, bare)
    ]
    _say(f"Start-up until the first answer {told[0]}; bare route {told[1]}.")


def main(argv: list[str]) -> None:
    options = _options(argv)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        if options.peer:
            how = {"seconds": options.seconds, "runs": options.runs, "connections": options.connections}
            compare(options.peer, folder, options.wanted, **how)
            return
        if "start" in options.wanted:
            _start_up(folder, max(options.runs, 3))
        parts = [part for part in LOADS if part in options.wanted]
        bench = Bench(folder, options)
        if parts:
            _loads(bench, parts)
        if "fanout" in options.wanted:
            _say("\n" + fanout.measure(folder, options.runs, ceiling=not options.no_ceilings))
        if "history" in options.wanted:
            bench.history()


def _loads(bench: Bench, parts: list[str]) -> None:
    bench.begin()
    _say(HEAD)
    for part in parts:
        _say("\n".join(bench.measure(part)))
    _say(f"\nMemory after the load {memory_mb(bench.pid):.0f} MB.")
    if bench.options.entities:
        bench.fill()
        _say(HEAD)
        for part in parts:
            _say("\n".join(bench.measure(part)))
    stop(bench.process)


if __name__ == "__main__":
    main(sys.argv[1:])
