"""`python -m benchmarks broker`: the broker under load, beside its ceilings, as a table."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.broker.ceilings import sqlite_group_commit
from benchmarks.broker.load import Result, call, cpu_seconds, entity, lua_get, lua_post, memory_mb, wrk

ENTITIES = 1_000


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(2_000):
        try:
            socket.create_connection(("127.0.0.1", port), 0.1).close()
            return
        except OSError:
            time.sleep(0.002)
    sys.exit("The server did not start.")


def _broker(port: int, data: Path) -> tuple[subprocess.Popen[bytes], float]:
    start = time.perf_counter()
    code = "import sys; from nagara.broker.cli import main; main(sys.argv[1:])"
    process = subprocess.Popen([sys.executable, "-c", code, "--port", str(port), "--data", str(data), "--open"], stderr=subprocess.DEVNULL)
    _wait(port)
    call("GET", f"http://127.0.0.1:{port}/ngsi-ld/v1/health")
    return process, time.perf_counter() - start


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(20)


def _bare(status: int, body: bytes, folder: Path, **load: object) -> Result:
    """The same bytes from a bare route."""
    port = _free_port()
    path = folder / "bare"
    path.write_bytes(body)
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.broker.ceilings", str(port), str(status), str(path)])
    try:
        _wait(port)
        return wrk(process.pid, f"http://127.0.0.1:{port}/", **load)  # type: ignore[arg-type]
    finally:
        _stop(process)


def _line(name: str, ours: Result, bare: Result | None, disk: float | None = None, unit: float = 1) -> str:
    cells = [name, f"{ours.rate:,.0f}", f"{ours.cpu:,.0f}", f"{ours.p99:.1f}"]
    cells += [f"{bare.rate:,.0f}", f"{bare.cpu:,.0f}", f"{bare.cpu / ours.cpu:.2f}"] if bare else ["", "", ""]
    cells += [f"{disk / unit:,.0f}", f"{ours.rate * unit / disk:.2f}"] if disk else ["", ""]
    cells.append(str(ours.failed) if ours.failed else "")
    return "| " + " | ".join(cells) + " |"


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks broker")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one run")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the median is told")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--only", default="", help="some of get,query,create,batch,patch")
    parser.add_argument("--entities", type=int, default=0, help="fill the store with so many entities first")
    parser.add_argument("--no-ceilings", action="store_true")
    options = parser.parse_args(argv)
    only = set(options.only.split(",")) - {""}
    load = {"seconds": options.seconds, "runs": options.runs, "connections": options.connections}
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        starts = []
        for i in range(options.runs):
            process, took = _broker(_free_port(), folder / f"start{i}")
            starts.append(took)
            idle = memory_mb(process.pid)
            _stop(process)
        port = _free_port()
        process, _ = _broker(port, folder / "data")
        base = f"http://127.0.0.1:{port}/ngsi-ld/v1"
        pid = process.pid
        for i in range(0, ENTITIES, 500):
            call("POST", f"{base}/entityOperations/upsert", [entity(n) for n in range(i, i + 500)])
        if options.entities:
            before = cpu_seconds(pid)
            start = time.perf_counter()
            for i in range(0, options.entities, 1000):
                call("POST", f"{base}/entityOperations/create", [entity(n, "fill") for n in range(i, min(i + 1000, options.entities))])
            took = time.perf_counter() - start
            print(
                f"Filled with {options.entities:,} entities: {options.entities / took:,.0f}/s, {(cpu_seconds(pid) - before) / options.entities * 1e6:.0f} µs each.\n"
            )
        one = json.dumps(entity(1)).encode()
        rows: list[str] = []
        ceilings = not options.no_ceilings
        sql = (
            (lambda group: sqlite_group_commit(folder / f"bare{group}.sqlite", one, group, options.seconds))
            if ceilings
            else (lambda group: None)
        )

        def wanted(what: str) -> bool:
            return not only or what in only

        if wanted("get"):
            ours = wrk(pid, base, script=lua_get("/ngsi-ld/v1/entities/urn:ngsi-ld:AirQualityObserved:b:@N@", ENTITIES), **load)
            rows.append(_line("GET by id", ours, _bare(200, one, folder, **load) if ceilings else None))
        if wanted("query"):
            ours = wrk(pid, f"{base}/entities?type=AirQualityObserved&limit=20", **load)
            bare = _bare(200, b"[" + b",".join([one] * 20) + b"]", folder, **load) if ceilings else None
            rows.append(_line("query of 20 by type", ours, bare))
            ours = wrk(pid, f"{base}/entities?type=AirQualityObserved&q=pm25%3E40;temperature%3E20&limit=20", **load)
            rows.append(_line("query of 20 by type and q", ours, bare))
        if wanted("patch"):
            body = json.dumps({"value": "@V@", "observedAt": "2026-11-09T08:00:00Z"}).replace('"@V@"', "@V@")
            path = "/ngsi-ld/v1/entities/urn:ngsi-ld:AirQualityObserved:b:@N@/attrs/pm25"
            script = lua_post(path, body, method="PATCH", ids=ENTITIES)
            ours = wrk(pid, base, script=script, **load)
            bare = _bare(204, b"", folder, script=script, **load) if ceilings else None
            rows.append(_line("PATCH of one attribute", ours, bare, sql(32)))
        if wanted("create"):
            script = lua_post("/ngsi-ld/v1/entities", json.dumps(entity("@N@", "c")))
            ours = wrk(pid, base, script=script, **load)
            bare = _bare(201, b"", folder, script=script, **load) if ceilings else None
            rows.append(_line("create", ours, bare, sql(33)))
        if wanted("batch"):
            many = json.dumps([entity(n, "u") for n in range(100)])
            script = lua_post("/ngsi-ld/v1/entityOperations/upsert", many)
            ours = wrk(pid, base, script=script, **{**load, "connections": 8})
            bare = _bare(204, b"", folder, script=script, **{**load, "connections": 8}) if ceilings else None
            rows.append(_line("batch upsert of 100, known", ours, bare, sql(100), 100))
            fresh = json.dumps([entity(n, "@N@") for n in range(100)])
            script = lua_post("/ngsi-ld/v1/entityOperations/upsert", fresh)
            ours = wrk(pid, base, script=script, **{**load, "connections": 8})
            rows.append(_line("batch upsert of 100, new", ours, bare, sql(101), 100))
        print(f"Start-up {sorted(starts)[len(starts) // 2]:.2f} s; memory idle {idle:.0f} MB, after the load {memory_mb(pid):.0f} MB.\n")
        print(
            "| request | a second | CPU µs | p99 ms | bare route: a second | CPU µs | CPU ratio | bare commit: a second | ratio | failed |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
        print("\n".join(rows))
        _stop(process)


if __name__ == "__main__":
    main(sys.argv[1:])
