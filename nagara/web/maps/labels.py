"""Where names stand on a map: inside where they fit, else beside with a leader line; never one over another."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any

import numpy as np
import shapely
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

Room = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Line = tuple[float, float, float, float]


@dataclass(frozen=True)
class Name:
    """What is to be written at a drawn shape. `tail` follows the name in another tone; a greater `weight` is written first."""

    key: str
    text: str
    tail: str
    shape: BaseGeometry
    weight: float = 0


@dataclass(frozen=True)
class Label:
    """A name in its place. `leader` is the line from the place to the text, where there is one."""

    name: Name
    x: float
    y: float
    anchor: str
    leader: Line | None = None


def width_of(text: str, size: float) -> float:
    """About how wide a text is in Sarabun: marks above and below a Thai letter take no room."""
    return sum(0 if unicodedata.category(letter) == "Mn" else (0.3 if letter == " " else 0.56) for letter in text) * size


_DIRECTIONS = [(cos(index * pi / 12), sin(index * pi / 12)) for index in range(24)]
_DISTANCES = (34, 52, 74, 100, 130, 165, 205)
CELL = 6
"""The side of a cell, in units of the drawing, in which it is known what lies below."""
NOBODY = -1
MOST = 40
"""More names than this make no map clearer: the index has them all."""


def place(names: Sequence[Name], *, size: float, window: Room, taken: Sequence[Room] = ()) -> list[Label]:
    """A place for each name within `window`. A name that fits nowhere is left out: the index has it."""
    # What lies wholly outside the window has no shape left, and nowhere to write.
    written = sorted((name for name in names if not name.shape.is_empty), key=lambda one: (-one.weight, one.key))[:MOST]
    placing = _Placing(names, size, window, list(taken))
    inside = {name.key: placing.fits_inside(name) for name in written}
    order = sorted(written, key=lambda one: (not inside[one.key], one.shape.area, one.key))
    return [label for name in order if (label := placing.place(name, inside=inside[name.key]))]


class _Placing:
    """What stands on the map so far."""

    def __init__(self, names: Sequence[Name], size: float, window: Room, rooms: list[Room]) -> None:
        self.size, self.window, self.rooms = size, window, rooms
        self.lines: list[Line] = []
        self.owners = _owners([name.shape for name in names], window)
        self.indexes = {name.key: number for number, name in enumerate(names)}

    def room(self, x: float, y: float, anchor: str, width: float) -> Room:
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        return left - 4, y - self.size * 0.95, left + width + 4, y + self.size * 0.32

    def free(self, room: Room) -> bool:
        return not any(_overlap(room, one) for one in self.rooms) and not any(_meets(line, room) for line in self.lines)

    def fits_inside(self, name: Name) -> bool:
        """Does nearly the whole label lie inside the shape when it stands in its middle?"""
        middle = name.shape.representative_point()
        room = box(*self.room(middle.x, middle.y + self.size * 0.32, "middle", width_of(name.text + name.tail, self.size)))
        return bool(room.intersection(name.shape).area > 0.93 * room.area)

    def place(self, name: Name, *, inside: bool) -> Label | None:
        middle = name.shape.representative_point()
        width = width_of(name.text + name.tail, self.size)
        if inside:
            base = middle.y + self.size * 0.32
            room = self.room(middle.x, base, "middle", width)
            if self.free(room):
                self.rooms.append(room)
                return Label(name, middle.x, base, "middle")
        best: tuple[float, Label, Room, Line] | None = None
        for distance in _DISTANCES:
            for east, south in _DIRECTIONS:
                found = self._candidate(name, middle.x, middle.y, east, south, distance, width)
                if found is not None and (best is None or found[0] < best[0]):
                    best = found
            if best is not None and best[0] < distance * 0.5 + 12:
                break
        if best is None:
            return None
        self.rooms.append(best[2])
        self.lines.append(best[3])
        return best[1]

    def _candidate(
        self, name: Name, x0: float, y0: float, east: float, south: float, distance: float, width: float
    ) -> tuple[float, Label, Room, Line] | None:
        x, y = x0 + east * distance, y0 + south * distance
        anchor = "start" if east > 0.25 else "end" if east < -0.25 else "middle"
        gap = 6 if anchor == "start" else -6 if anchor == "end" else 0
        base = y + self.size * (0.32 if anchor != "middle" else 0.95 if south > 0 else -0.32)
        room, line = self.room(x + gap, base, anchor, width), (x0, y0, x, y)
        left, top, right, bottom = self.window
        if room[0] < left or room[1] < top or room[2] > right or room[3] > bottom or not self.free(room):
            return None
        if any(_meets(line, one) for one in self.rooms) or any(_cross(line, one) for one in self.lines):
            return None
        covered, crossed = self._below(name, room, line)
        cost = distance * 0.5 + covered * 160 + crossed * 0.9 + (10 if anchor == "middle" else 0)
        return cost, Label(name, x + gap, base, anchor, line), room, line

    def _below(self, name: Name, room: Room, line: Line) -> tuple[float, float]:
        """Which share of the label lies over coloured shapes, and how far its line runs over those of others."""
        over = self.owners[self.rows(room[1]) : self.rows(room[3]) + 1, self.columns(room[0]) : self.columns(room[2]) + 1]
        length = max(abs(line[2] - line[0]), abs(line[3] - line[1]))
        points = max(int(length / CELL), 1)
        own = self.indexes[name.key]
        crossed = 0
        for step in range(points):
            x, y = line[0] + (line[2] - line[0]) * step / points, line[1] + (line[3] - line[1]) * step / points
            crossed += int(self.owners[self.rows(y), self.columns(x)]) not in (NOBODY, own)
        return float((over != NOBODY).mean()), crossed * CELL

    def rows(self, y: float) -> int:
        return min(max(int((y - self.window[1]) / CELL), 0), self.owners.shape[0] - 1)

    def columns(self, x: float) -> int:
        return min(max(int((x - self.window[0]) / CELL), 0), self.owners.shape[1] - 1)


def _owners(shapes: Sequence[BaseGeometry], window: Room) -> Any:
    """The window as a grid: in each cell the number of the shape that lies there, or nobody's."""
    left, top, right, bottom = window
    xs, ys = np.arange(left, right, CELL) + CELL / 2, np.arange(top, bottom, CELL) + CELL / 2
    grid = np.full((len(ys), len(xs)), NOBODY, dtype=np.int16)
    for number, shape in enumerate(shapes):
        west, north, east, south = shape.bounds
        columns, rows = np.searchsorted(xs, (west, east)), np.searchsorted(ys, (north, south))
        part = np.meshgrid(xs[slice(*columns)], ys[slice(*rows)])
        shapely.prepare(shape)
        grid[slice(*rows), slice(*columns)][shapely.contains_xy(shape, *part)] = number
    return grid


def _overlap(one: Room, other: Room) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _meets(line: Line, room: Room) -> bool:
    """Does a line touch a room?"""
    x1, y1, x2, y2 = line
    left, top, right, bottom = room
    if max(x1, x2) < left or min(x1, x2) > right or max(y1, y2) < top or min(y1, y2) > bottom:
        return False
    if (left <= x1 <= right and top <= y1 <= bottom) or (left <= x2 <= right and top <= y2 <= bottom):
        return True
    sides = ((left, top, right, top), (right, top, right, bottom), (right, bottom, left, bottom), (left, bottom, left, top))
    return any(_cross(line, side) for side in sides)


def _cross(one: Line, other: Line) -> bool:
    def side(line: Line, x: float, y: float) -> float:
        return (line[2] - line[0]) * (y - line[1]) - (line[3] - line[1]) * (x - line[0])

    return side(one, *other[:2]) * side(one, *other[2:]) <= 0 and side(other, *one[:2]) * side(other, *one[2:]) <= 0
