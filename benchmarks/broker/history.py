"""History under measurement: filling it, reading one series, aggregating all of it; beside DuckDB alone over the same files."""

from __future__ import annotations

import json
import statistics
import time
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.broker.load import cpu_seconds

STATIONS = 100
MINUTES = 1_440
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
ID = "urn:ngsi-ld:AirQualityObserved:h:{}"


@dataclass(slots=True)
class Filled:
    """How long it took to load so many observations, until all are in files."""

    observations: int
    written: float  # seconds until all were acknowledged
    sealed: float  # seconds until all were in files
    bytes: int


def fill(base: str, days: int) -> Filled:
    """One value a minute of each station, a day of a station in one request."""
    begun = time.perf_counter()
    for day in range(days):
        start = FIRST + timedelta(days=day)
        times = [(start + timedelta(minutes=i)).strftime("%Y-%m-%dT%H:%M:00Z") for i in range(MINUTES)]
        for station in range(STATIONS):
            pairs = [[(station * 7 + day * 3 + i) % 997 / 10, at] for i, at in enumerate(times)]
            body = {"id": ID.format(station), "type": "AirQualityObserved", "pm25": {"type": "Property", "values": pairs}}
            _post(f"{base}/temporal/entities", body)
    written = time.perf_counter() - begun
    _post(f"{base}/history/seal", None)
    with urllib.request.urlopen(f"{base}/history") as answer:
        told = json.load(answer)
    return Filled(days * STATIONS * MINUTES, written, time.perf_counter() - begun, told["fileBytes"])


def add_days(data: Path, first: int, days: int) -> int:
    """More days of the same stations, made by DuckDB and named by the broker's own writer while no broker runs: loading ten million
    values over HTTP takes the better part of an hour of a machine that others use too. Gives how many there are."""
    from nagara.broker.history.duck import cursor
    from nagara.broker.history.segments import mark, name_in, settle, write
    from nagara.broker.store.schema import connect

    store = connect(data / "tenants" / "_.sqlite", write=True)
    names = {iri: number for number, iri in store.execute("SELECT key, iri FROM name")}
    type_iri = next(iri for iri in names if iri.endswith("/AirQualityObserved"))
    attr = next(iri for iri in names if iri.endswith("/pm25"))
    keys = dict(store.execute("SELECT id, key FROM entity"))
    stations = ", ".join(f"({i}, {keys[ID.format(i)]})" for i in range(STATIONS))
    row, duck, made = mark(store, "sealed"), cursor(), []
    for day in range(first, first + days):
        moment = f"make_timestamp({int((FIRST + timedelta(days=day)).timestamp()) * 1_000_000} + i * 60000000)"
        source = (
            f"SELECT k::BIGINT AS entity, replace('{ID}', '{{}}', s::VARCHAR) AS id, '{attr}' AS attr, NULL::VARCHAR AS dataset, "
            "'Property' AS kind, 'f' AS form, ((s * 7 + {day} * 3 + i) % 997 / 10.0)::DOUBLE AS number, NULL::VARCHAR AS text, "
            f"NULL::VARCHAR AS unit, {moment} AS time, {moment} AS observed, {moment} AS created, {moment} AS modified, "
            f"NULL::TIMESTAMP AS deleted, {row}::BIGINT AS seq, (s * {MINUTES} + i)::INTEGER AS n, {row}::BIGINT AS row, NULL::VARCHAR AS doc "
            f"FROM (VALUES {stations}) t(s, k), range({MINUTES}) u(i)"
        ).replace("{day}", str(day))
        made.append(write(duck, source, data / "history", "", names[type_iri], type_iri, f"{FIRST + timedelta(days=day):%Y-%m-%d}"))
    settle(data / "history", made)
    store.execute("BEGIN IMMEDIATE")
    name_in(store, made)
    store.execute("COMMIT")
    store.close()
    return days * STATIONS * MINUTES


def _post(url: str, body: object) -> None:
    data = json.dumps(body).encode() if body is not None else b""
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=600) as answer:
        answer.read()


def question(days: int, period: str) -> str:
    """The query string of an aggregation over everything."""
    end = FIRST + timedelta(days=days)
    return urlencode(
        {
            "type": "AirQualityObserved",
            "attrs": "pm25",
            "timerel": "between",
            "timeAt": FIRST.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "endTimeAt": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "format": "aggregatedValues",
            "aggrMethods": "avg,min,max",
            "aggrPeriodDuration": period,
            "limit": "1000",
        }
    )


def timed(pid: int, url: str, runs: int) -> tuple[float, float, int]:
    """(median milliseconds, median CPU milliseconds, bytes) of one request after another."""
    took, cost, size = [], [], 0
    for run in range(runs + 1):
        before, begun = cpu_seconds(pid), time.perf_counter()
        with urllib.request.urlopen(url, timeout=600) as answer:
            size = len(answer.read())
        if run:  # the first is to warm up
            took.append((time.perf_counter() - begun) * 1e3)
            cost.append((cpu_seconds(pid) - before) * 1e3)
    return statistics.median(took), statistics.median(cost), size


def duckdb_alone(folder: Path, step_seconds: int, runs: int) -> tuple[float, float]:
    """Median milliseconds, and of CPU, of the same aggregation by DuckDB alone, in this process, over the same files."""
    import duckdb

    start = int(FIRST.timestamp()) * 1_000_000
    connection = duckdb.connect()
    sql = (
        f"SELECT entity, attr, (epoch_us(observed) - {start}) // {step_seconds * 1_000_000} AS step, avg(number), min(number), max(number) "
        f"FROM read_parquet('{folder}/**/*.parquet', hive_partitioning = false) WHERE attr LIKE '%pm25' GROUP BY ALL ORDER BY ALL"
    )
    took, cost = [], []
    for run in range(runs + 1):
        begun, used = time.perf_counter(), time.process_time()
        connection.execute(sql).fetchall()
        if run:
            took.append((time.perf_counter() - begun) * 1e3)
            cost.append((time.process_time() - used) * 1e3)
    return statistics.median(took), statistics.median(cost)
