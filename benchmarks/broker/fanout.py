"""How fast one write reaches many subscribers: notifications a second, what they cost the broker, and what they cost those who write."""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.broker.load import call, cpu_seconds, entity


def _sent(base: str, subscribers: int) -> int:
    total = 0
    for offset in range(0, subscribers, 500):
        with urlopen(f"{base}/subscriptions?limit=500&offset={offset}") as reply:
            total += sum(one["notification"].get("timesSent", 0) for one in json.load(reply))
    return total


def _writes(port: int, count: int) -> list[float]:
    """Seconds that each of `count` writes took, one after another."""
    connection = HTTPConnection("127.0.0.1", port)
    took = []
    for number in range(count):
        body = json.dumps({"pm25": {"type": "Property", "value": number + time.time()}})
        begun = time.perf_counter()
        connection.request(
            "PATCH", "/ngsi-ld/v1/entities/urn:ngsi-ld:AirQualityObserved:f:1/attrs", body, {"Content-Type": "application/json"}
        )
        connection.getresponse().read()
        took.append(time.perf_counter() - begun)
    connection.close()
    return took


def fan_out(pid: int, port: int, receiver: int, *, subscribers: int = 100, writes: int = 100) -> dict[str, Any]:
    """Write to one entity that `subscribers` watch, until all of them were told of all `writes`."""
    base = f"http://127.0.0.1:{port}/ngsi-ld/v1"
    call("POST", f"{base}/entities", entity(1, "f"))
    alone = _writes(port, writes)
    for number in range(subscribers):
        notification = {"endpoint": {"uri": f"http://127.0.0.1:{receiver}/{number}"}, "format": "concise", "attributes": ["pm25"]}
        call(
            "POST",
            f"{base}/subscriptions",
            {"type": "Subscription", "entities": [{"type": "AirQualityObserved"}], "notification": notification},
        )
    wanted = subscribers * writes
    cpu, begun = cpu_seconds(pid), time.perf_counter()
    beside = _writes(port, writes)
    while _sent(base, subscribers) < wanted:
        if time.perf_counter() - begun > 120:
            raise RuntimeError(f"only {_sent(base, subscribers)} of {wanted} notifications were sent")
        time.sleep(0.05)
    took = time.perf_counter() - begun
    return {
        "rate": wanted / took,
        "cpu": (cpu_seconds(pid) - cpu) / wanted * 1e6,
        "alone_ms": statistics.median(alone) * 1000,
        "beside_ms": statistics.median(beside) * 1000,
        "slowest_ms": max(beside) * 1000,
    }


def line(found: dict[str, Any], subscribers: int) -> str:
    """The result in words."""
    return (
        f"Fan-out of one write to {subscribers} subscribers: {found['rate']:,.0f} notifications a second, {found['cpu']:,.0f} µs of the broker's "
        f"processor each (writes included); a write takes {found['beside_ms']:.1f} ms meanwhile (slowest {found['slowest_ms']:.0f}), "
        f"{found['alone_ms']:.1f} ms with nobody subscribed."
    )


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.broker.fanout", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=100)
    parser.add_argument("--writes", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3, help="runs of which the median is told")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        body = folder / "bare"
        body.write_bytes(b"")
        receiver = _free_port()
        bare = subprocess.Popen([sys.executable, "-m", "benchmarks.broker.ceilings", str(receiver), "204", str(body)])
        found = []
        try:
            _wait(receiver)
            for run in range(options.runs):
                port = _free_port()
                code = "import sys; from nagara.broker.cli import main; main(sys.argv[1:])"
                data = str(folder / f"data{run}")
                process = subprocess.Popen(
                    [sys.executable, "-c", code, "--port", str(port), "--data", data, "--open"], stderr=subprocess.DEVNULL
                )
                try:
                    _wait(port)
                    found.append(fan_out(process.pid, port, receiver, subscribers=options.subscribers, writes=options.writes))
                finally:
                    process.terminate()
                    process.wait(20)
        finally:
            bare.terminate()
            bare.wait(20)
    print(line(sorted(found, key=lambda one: one["rate"])[len(found) // 2], options.subscribers))


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
            time.sleep(0.005)
    sys.exit("The server did not start.")


if __name__ == "__main__":
    main(sys.argv[1:])
