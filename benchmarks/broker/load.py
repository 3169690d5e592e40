"""Requests by `wrk`, and what they cost the server: processor time from /proc, memory, and how long the slowest hundredth took."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")


def entity(number: int | str, prefix: str = "b") -> dict[str, Any]:
    """An entity of about a kilobyte: an air quality station with eight attributes."""
    n = number if isinstance(number, int) else 7
    at = "2026-11-09T07:00:00Z"
    return {
        "id": f"urn:ngsi-ld:AirQualityObserved:{prefix}:{number}",
        "type": "AirQualityObserved",
        "pm25": {"type": "Property", "value": 12.5 + n % 50, "unitCode": "GQ", "observedAt": at},
        "pm10": {"type": "Property", "value": 30.25 + n % 70, "unitCode": "GQ", "observedAt": at},
        "no2": {"type": "Property", "value": 18.0 + n % 30, "unitCode": "GQ", "observedAt": at},
        "temperature": {"type": "Property", "value": 28.4, "unitCode": "CEL", "observedAt": at},
        "stationName": {"type": "Property", "value": f"Station {number} at the corner of the old market"},
        "operator": {"type": "Property", "value": "Environment division of the municipality"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [100.5 + n % 97 / 1000, 13.7 + n % 89 / 1000]}},
        "refDevice": {"type": "Relationship", "object": f"urn:ngsi-ld:Device:{number}"},
    }


@dataclass(slots=True)
class Result:
    """One kind of request, medians over the runs."""

    rate: float
    cpu: float  # microseconds of the server's processor time a request
    p99: float  # milliseconds
    failed: int = 0


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def wait(port: int) -> None:
    """Until something listens there."""
    for _ in range(5_000):
        try:
            socket.create_connection(("127.0.0.1", port), 0.1).close()
            return
        except OSError:
            time.sleep(0.002)
    sys.exit("The server did not start.")


def start_broker(port: int, data: Path) -> tuple[subprocess.Popen[bytes], float]:
    """A broker, and the seconds until it answered."""
    begun = time.perf_counter()
    code = "import sys; from nagara.broker.cli import main; main(sys.argv[1:])"
    process = subprocess.Popen([sys.executable, "-c", code, "--port", str(port), "--data", str(data), "--open"], stderr=subprocess.DEVNULL)
    wait(port)
    call("GET", f"http://127.0.0.1:{port}/ngsi-ld/v1/health")
    return process, time.perf_counter() - begun


def start_bare(port: int, status: int, body: Path, *durable: object) -> tuple[subprocess.Popen[bytes], float]:
    """A bare route that answers these bytes, and the seconds until it listened. `durable`: a database that it writes to first, rows a request."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.broker.ceilings", str(port), str(status), str(body), *map(str, durable)]
    process = subprocess.Popen(command)
    wait(port)
    return process, time.perf_counter() - begun


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(20)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def rest(pid: int, *, limit: float = 600.0) -> None:
    """Wait until a process does nothing for some seconds."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        before = cpu_seconds(pid)
        time.sleep(3)
        if cpu_seconds(pid) - before < 0.1:
            return


def call(method: str, url: str, body: Any = None, *, timeout: float = 30) -> int:
    """One request; its status."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=timeout) as response:
        response.read()
        return int(response.status)


def wrk(pid: int | None, url: str, *, script: str = "", connections: int = 32, seconds: float = 4.0, runs: int = 3) -> Result:
    """Load `url` for some seconds, several times. Without `pid` (a server that others run) it is not told what a request cost."""
    rates, costs, tails, failed = [], [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        options: list[str] = []
        if script:
            path = Path(folder) / "load.lua"
            options = ["-s", str(path)]
        for run in range(runs + 1):
            if script:
                path.write_text(script.replace("@RUN@", f"{os.getpid()}-{run}-{time.time_ns() % 10**9}"))
            length = max(1, int(seconds if run else seconds / 2))  # the first is to warm up
            before = cpu_seconds(pid) if pid else 0.0
            command = ["wrk", "-t1", f"-c{connections}", f"-d{length}s", "--latency", *options, url]
            out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
            used = cpu_seconds(pid) - before if pid else 0.0
            done = int(re.search(r"(\d+) requests in", out)[1])  # type: ignore[index]
            if not run:
                continue
            bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
            failed += int(bad[1]) if bad else 0
            rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]))  # type: ignore[index]
            costs.append(used / max(done, 1) * 1e6)
            tails.append(_milliseconds(re.search(r"\n\s+99%\s+(\S+)", out)[1]))  # type: ignore[index]
    return Result(statistics.median(rates), statistics.median(costs), statistics.median(tails), failed)


def _milliseconds(text: str) -> float:
    number = float(re.match(r"[\d.]+", text)[0])  # type: ignore[index]
    return number / 1000 if text.endswith("us") else number * 1000 if text.endswith("s") and not text.endswith("ms") else number


def lua_post(path: str, template: str, *, method: str = "POST", ids: int = 0) -> str:
    """A wrk script that sends `template` with @N@ replaced: by a new number each time, or by one of `ids` known ones."""
    quoted = json.dumps(template)
    number = f"math.random(0, {ids - 1})" if ids else "counter"
    return f"""
local counter = 0
local template = {quoted}
local headers = {{["Content-Type"] = "application/json"}}
math.randomseed(os.time())
function request()
  counter = counter + 1
  local n = tostring({number})
  local path = string.gsub({json.dumps(path)}, "@N@", n)
  local body = string.gsub(template, "@N@", "@RUN@-" .. n)
  body = string.gsub(body, "@V@", tostring(counter % 977 / 10))
  return wrk.format({json.dumps(method)}, path, headers, body)
end
"""


def lua_get(path: str, ids: int) -> str:
    """A wrk script that gets one of `ids` known entities each time."""
    return f"""
math.randomseed(os.time())
function request()
  local path = string.gsub({json.dumps(path)}, "@N@", tostring(math.random(0, {ids - 1})))
  return wrk.format("GET", path)
end
"""
