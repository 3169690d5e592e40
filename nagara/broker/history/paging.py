"""Where an answer with history is cut when it would hold too many instances (6.3.10)."""

from __future__ import annotations

from dataclasses import dataclass, field

from nagara.broker.clock import iso
from nagara.broker.history.moments import Moment
from nagara.broker.history.reading import Evolution, History, Wanted, newest
from nagara.broker.history.window import Window


@dataclass(slots=True)
class Page:
    """The instances of one answer, and where it was cut: the last time that is whole, in the direction of the paging."""

    by_key: dict[int, list[Moment]] = field(default_factory=dict)
    bound: int | None = None

    def content_range(self, window: Window, last: int | None) -> str:
        """The Content-Range header of a partial answer."""
        times = [window.time(each) for some in self.by_key.values() for each in some]
        oldest, newest = min(times), max(times)
        if last is not None:
            return f"date-time {iso(newest if window.end is None else window.end)}-{iso(oldest)}/{last}"
        return f"date-time {iso(oldest if window.start is None else window.start)}-{iso(newest)}/*"


def cut(
    history: History, some: list[Evolution], wanted: Wanted, last: int | None, most: int, chosen: dict[int, list[Moment]] | None
) -> Page:
    """The instances of some entities, at most about `most`: the oldest, or, where the last ones are asked for, the newest.

    The cut lies between two points in time, so that the next request can go on from there, and leaves at
    least two of them, so that it comes forward.
    """
    time = wanted.window.time
    if last is not None:
        by_key = chosen if chosen is not None else history.read(some, wanted, last=last).by_key
        if chosen is not None:
            by_key = {key: newest(moments, last) for key, moments in chosen.items()}
        times = sorted((time(each) for moments in by_key.values() for each in moments), reverse=True)
        if len(times) <= most:
            return Page(by_key)
        bound = _edge(times, most)
        if bound == times[-1]:
            return Page(by_key)
        return Page({key: [each for each in moments if time(each) >= bound] for key, moments in by_key.items()}, bound)
    first = most
    while True:
        complete: int | None = None
        if chosen is not None:
            by_key = chosen
        else:
            series = history.read(some, wanted, first=first)
            by_key, complete = series.by_key, series.bound
        times = sorted(time(each) for moments in by_key.values() for each in moments)
        if complete is None or (times and times[0] < times[-1]):
            break
        first *= 4
    if len(times) <= most and complete is None:
        return Page(by_key)
    bound = _edge(times, most) if len(times) > most else times[-1]
    if bound == times[-1] and complete is None:
        return Page(by_key)
    return Page({key: [each for each in moments if time(each) <= bound] for key, moments in by_key.items()}, bound)


def _edge(times: list[int], most: int) -> int:
    """The last time of a page of about so many; the second one at least."""
    edge = times[most - 1]
    if edge == times[0]:
        return next((each for each in times if each != edge), edge)
    return edge
