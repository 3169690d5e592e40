"""The line of steps: how a count came to where it is, each step at its day."""

from collections.abc import Callable, Sequence
from datetime import date

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from nagara.toolkit.days import month_text
from nagara.web.maps.labels import width_of

WIDTH, HEIGHT = 540, 174
LEFT, RIGHT, TOP, BASE = 22, 520, 38, 122


def step_line(points: Sequence[tuple[date, int]], *, until: date, label: str, small: bool = False) -> SafeString:
    """An SVG of a count that holds from each day on until the next, and since the last until `until`."""
    if not points:
        return mark_safe("")
    first, most = points[0][0], max(value for _, value in points)
    days = max((until - first).days, 1)

    def x(day: date) -> float:
        return LEFT + (RIGHT - LEFT) * (day - first).days / days

    def y(value: int) -> float:
        return BASE - (BASE - TOP) * value / max(most, 1)

    line = f"M{x(points[0][0]):.0f} {y(points[0][1]):.0f}"
    for day, value in points[1:]:
        line += f"H{x(day):.0f}V{y(value):.0f}"
    line += f"H{RIGHT}"
    dots = "".join(
        f'<circle cx="{x(day):.0f}" cy="{y(value):.0f}" r="{7.5 if (day, value) == points[-1] else 6}"/>' for day, value in points
    )
    numbers = "".join(
        f'<text x="{x(day):.0f}" y="{y(value) - 13:.0f}" text-anchor="middle">{value}</text>' for day, value in _apart(points, x, 36)
    )
    months = "".join(f'<text x="{left:.0f}" y="{146 + 21 * row}">{escape(words)}</text>' for left, row, words in _in_two_rows(points, x))
    return mark_safe(  # noqa: S308 - numbers and escaped words
        f'<svg class="ng-steps{" ng-steps--small" if small else ""}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'<path class="base" d="M10 {BASE}H{RIGHT + 10}"/><path class="fill" d="{line}V{BASE}H{LEFT}z"/><path class="line" d="{line}"/>'
        f'<g class="dots">{dots}</g><g class="nums">{numbers}</g><g class="days">{months}</g></svg>'
    )


def _apart(points: Sequence[tuple[date, int]], x: Callable[[date], float], least: float) -> list[tuple[date, int]]:
    """The points whose numbers do not run into each other: the last always, then from the newest back."""
    kept: list[tuple[date, int]] = []
    for point in reversed(points):
        if not kept or x(kept[-1][0]) - x(point[0]) >= least:
            kept.append(point)
    return list(reversed(kept))


def _in_two_rows(points: Sequence[tuple[date, int]], x: Callable[[date], float]) -> list[tuple[float, int, str]]:
    """The month of each step, in the second row where the first has no room, left out where neither has."""
    found = []
    ends = [-99.0, -99.0]
    for day, _ in points:
        words = month_text(day)
        width = width_of(words, 17)
        left = min(max(x(day) - width / 2, 0), WIDTH - width)
        row = next((row for row in (0, 1) if left > ends[row] + 10), None)
        if row is not None:
            ends[row] = left + width
            found.append((left, row, words))
    return found
