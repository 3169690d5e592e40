"""The same requests to our broker and to any other NGSI-LD broker that runs already, in turns, and how many times faster ours is."""

from __future__ import annotations

import json
import urllib.error
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.broker.load import Result, call, entity, free_port, lua_get, lua_post, start_broker, stop, wrk

ENTITIES = 1_000
"""Entities that are asked for and changed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One kind of request: a path, or a script where each request differs."""

    part: str
    name: str
    path: str = ""
    script: str = ""
    few: bool = False
    """On 8 connections: each request is large."""


def asks(root: str) -> list[Ask]:
    """What is measured; `root` is the path that a broker's API has."""
    of_type = f"{root}/entities?type=AirQualityObserved"
    value = json.dumps({"value": "@V@", "observedAt": "2026-11-09T08:00:00Z"}).replace('"@V@"', "@V@")
    batch = f"{root}/entityOperations/upsert"
    known, new = (json.dumps([entity(n, prefix) for n in range(100)]) for prefix in ("u", "@N@"))
    one = f"{root}/entities/urn:ngsi-ld:AirQualityObserved:b:@N@"
    return [
        Ask("get", "GET by id", script=lua_get(one, ENTITIES)),
        Ask("query", "query of 20 by type", f"{of_type}&limit=20"),
        Ask("query", "query of 20 by type and q", f"{of_type}&q=pm25%3E40;temperature%3E20&limit=20"),
        Ask("patch", "PATCH of one attribute", script=lua_post(f"{one}/attrs/pm25", value, method="PATCH", ids=ENTITIES)),
        Ask("create", "create", script=lua_post(f"{root}/entities", json.dumps(entity("@N@", "c")))),
        Ask("batch", "batch upsert of 100, known", script=lua_post(batch, known), few=True),
        Ask("batch", "batch upsert of 100, new", script=lua_post(batch, new), few=True),
    ]


def prepare(base: str) -> None:
    """The entities that are asked for; a hundred at a time, as other brokers bound a batch or a body."""
    for i in range(0, ENTITIES, 100):
        call("POST", f"{base}/entityOperations/upsert", [entity(n) for n in range(i, i + 100)])


def root_of(address: str) -> tuple[str, str]:
    """The host of a broker and the path of its API: given with /ngsi-ld/v1 or without."""
    parts = urlsplit(address.rstrip("/"))
    return f"{parts.scheme}://{parts.netloc}", parts.path.removesuffix("/ngsi-ld/v1") + "/ngsi-ld/v1"


def load(host: str, ask: Ask, pid: int | None, *, seconds: float, runs: int, connections: int) -> Result:
    """One kind of request, for some seconds."""
    connections = min(connections, 8) if ask.few else connections
    return wrk(pid, host + ask.path, script=ask.script, seconds=seconds, runs=runs, connections=connections)


HEAD = """
| request | ours: a second | p99 ms | failed | peer: a second | p99 ms | failed | ours/peer |
|---|---|---|---|---|---|---|---|"""


def line(name: str, ours: Result, peer: Result) -> str:
    cells = [name]
    for one in (ours, peer):
        cells += [f"{one.rate:,.0f}", f"{one.p99:.1f}", str(one.failed or "")]
    cells.append(f"{ours.rate / peer.rate:.2f}" if peer.rate else "")
    return "| " + " | ".join(cells) + " |"


def compare(address: str, folder: Path, parts: set[str], **how: float) -> None:
    """Print the table, row by row; our broker is started for it, the other one runs already and keeps what is written to it."""
    host, root = root_of(address)
    try:
        prepare(host + root)
    except urllib.error.URLError as why:
        raise SystemExit(f"The broker at {host}{root} takes no batch: {why}") from None
    port = free_port()
    process, _ = start_broker(port, folder / "ours")
    ours = f"http://127.0.0.1:{port}"
    try:
        prepare(f"{ours}/ngsi-ld/v1")
        print(f"Ours, on disk and with history, beside {host}{root}, each request in turns.\n{HEAD}", flush=True)
        for here, there in zip(asks("/ngsi-ld/v1"), asks(root), strict=True):
            if here.part in parts:
                told = load(ours, here, process.pid, **how), load(host, there, None, **how)  # type: ignore[arg-type]
                print(line(here.name, *told), flush=True)
    finally:
        stop(process)
