"""How fast one write reaches many subscribers: notifications a second, what they cost the broker, and what they cost those who write."""

from __future__ import annotations

import json
import statistics
import time
from http.client import HTTPConnection
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
