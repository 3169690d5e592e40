"""A broker on a disk that fills up. Run in a mount namespace of its own: `unshare -rm python -m nagara.broker.tests.full_disk`.

Prints one JSON object: what was acknowledged, how the refusals looked, what was still there after them and after a restart.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from nagara.broker.tests.conftest import Api, Running, station

SIZE = "24m"
BALLAST = 4 << 20


def present(api: Api, values: dict[int, int]) -> int:
    """How many of the acknowledged entities are there with the value that was acknowledged."""
    return sum(api.get(f"entities/urn:ngsi-ld:Station:{n}").json.get("a", {}).get("value") == value for n, value in values.items())


def fill(api: Api, acknowledged: dict[int, int]) -> list[int]:
    """Write until ten writes in a row are refused. Returns the statuses of the refusals."""
    refused: list[int] = []
    n = len(acknowledged)
    while len(refused) < 10:
        answer = api.post("entities", station(n, a=n, text="ข้อความ" * 2000))
        if answer.status == 201:
            acknowledged[n] = n
            refused.clear()
        else:
            refused.append(answer.status)
        n += 1
    return refused


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(folder)], check=True)
    ballast = folder / "ballast"
    ballast.write_bytes(os.urandom(BALLAST))
    broker = Running(folder / "data", "--open")
    found: dict[str, object] = {}
    acknowledged: dict[int, int] = {}
    try:
        api = broker.api()
        found["refusals"] = sorted(set(fill(api, acknowledged)))
        found["acknowledged"] = len(acknowledged)
        found["present"] = present(api, acknowledged)
        found["query"] = api.get("entities", query={"type": "Station", "limit": "1"}).status
        ballast.unlink()
        answer = api.post("entities", station("after", a=1))
        found["after_room"] = answer.status
        broker.stop()
        broker = Running(folder / "data", "--open")
        api = broker.api()
        found["present_after_restart"] = present(api, acknowledged)
        found["after_restart"] = api.get("entities/urn:ngsi-ld:Station:after").status
    finally:
        broker.stop()
        found["log"] = broker.log.read_text()[-2000:]
        json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
