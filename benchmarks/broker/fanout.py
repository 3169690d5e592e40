"""How fast one write reaches many subscribers: notifications a second, what they cost the broker, and what they cost those who write."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.broker.load import call, cpu_seconds, entity, free_port, start_bare, start_broker, stop

AT_ONCE = 32  # calls under way to one host, as in the broker


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


async def _bare_client(url: str, body: bytes, count: int) -> tuple[float, float]:
    """(a second, µs of processor each) of the same bytes by the same library, as many at once, with no broker around it."""
    import aiohttp

    left = iter(range(count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def post() -> None:
            for _ in left:
                async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as reply:
                    await reply.read()

        used, begun = time.process_time(), time.perf_counter()
        await asyncio.gather(*(post() for _ in range(AT_ONCE)))
    return count / (time.perf_counter() - begun), (time.process_time() - used) / count * 1e6


def measure(folder: Path, runs: int, *, subscribers: int = 100, writes: int = 100, ceiling: bool = True) -> str:
    """The median of some runs in words, beside its ceiling."""
    body = folder / "nothing"
    body.write_bytes(b"")
    receiver = free_port()
    bare, _ = start_bare(receiver, 204, body)
    found, bounds = [], []
    try:
        for run in range(runs):
            process, _ = start_broker(port := free_port(), folder / f"fanout{run}")
            try:
                found.append(fan_out(process.pid, port, receiver, subscribers=subscribers, writes=writes))
            finally:
                stop(process)
            if ceiling:
                url = f"http://127.0.0.1:{receiver}/bare"
                bounds.append(asyncio.run(_bare_client(url, json.dumps(entity(1)).encode()[:400], subscribers * writes)))
    finally:
        stop(bare)
    one = sorted(found, key=lambda each: each["rate"])[len(found) // 2]
    said = (
        f"Fan-out of one write to {subscribers} subscribers: {one['rate']:,.0f} notifications a second, {one['cpu']:,.0f} µs of the broker's "
        f"processor each (writes included); a write takes {one['beside_ms']:.1f} ms meanwhile (slowest {one['slowest_ms']:.0f}), "
        f"{one['alone_ms']:.1f} ms with nobody subscribed."
    )
    if bounds:
        rate, cpu = sorted(bounds)[len(bounds) // 2]
        said += f" Bare client: {rate:,.0f} a second, {cpu:,.0f} µs each; CPU ratio {cpu / one['cpu']:.2f}."
    return said
