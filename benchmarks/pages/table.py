"""Figures of many runs, and the table that shows them beside their aim and their baseline."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

AIM_MS, AIM_QUERIES, AIM_MB = 100, 15, 300


@dataclass(frozen=True)
class Line:
    """One page: milliseconds of each run, queries, bytes sent. `aimed` is False for what has no aim of its own, such as a PDF.

    `cpu` is the processor's time of a run, the database's with it: on a machine that others use too, it says more than the clock.
    """

    words: str
    times: list[float]
    queries: int | None = None
    size: int = 0
    aimed: bool = True
    cpu: float = 0.0

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return sorted(self.times)[min(len(self.times) - 1, round(0.95 * (len(self.times) - 1)))]

    @property
    def meets(self) -> bool:
        return not self.aimed or (self.p95 <= AIM_MS and (self.queries or 0) <= AIM_QUERIES)


def show(title: str, lines: Iterable[Line], baseline: Line) -> None:
    print(f"\n{title}; aim: p95 {AIM_MS} ms, {AIM_QUERIES} queries; baseline: {baseline.words}", flush=True)
    print("| page | median ms | p95 ms | CPU ms | queries | kB | × baseline | aim |\n|---|--:|--:|--:|--:|--:|--:|---|")
    missed, count = [], 0
    for line in chain([baseline], lines):
        found = "met" if line.meets else "MISSED"
        queries = "" if line.queries is None else line.queries
        print(
            f"| {line.words} | {line.median:.1f} | {line.p95:.1f} | {line.cpu:.1f} | {queries} | {line.size / 1000:.0f} |"
            f" {(line.cpu or line.median) / (baseline.cpu or baseline.median):.1f} | {found if line.aimed else ''} |",
            flush=True,
        )
        count += line is not baseline
        missed += [] if line.meets else [line.words]
    print(f"{count - len(missed)} of {count} meet their aim" + (f"; missed: {', '.join(missed)}" if missed else ""), flush=True)
