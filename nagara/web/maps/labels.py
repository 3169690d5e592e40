"""Where names stand on a map: inside where they fit, else beside with a leader line; never one over another."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin

import shapely
from shapely.geometry import LineString, box
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True)
class Name:
    """What is to be written at a drawn shape. `tail` follows the name in another tone."""

    key: str
    text: str
    tail: str
    shape: BaseGeometry


@dataclass(frozen=True)
class Label:
    """A name in its place. `leader` is the line from the place to the text, where there is one."""

    name: Name
    x: float
    y: float
    anchor: str
    leader: tuple[float, float, float, float] | None = None


def width_of(text: str, size: float) -> float:
    """About how wide a text is in Sarabun: marks above and below a Thai letter take no room."""
    return sum(0 if unicodedata.category(letter) == "Mn" else (0.3 if letter == " " else 0.56) for letter in text) * size


_DIRECTIONS = [index * pi / 12 for index in range(24)]
_DISTANCES = (34, 52, 74, 100, 130, 165, 205)


def place(
    names: Sequence[Name], *, size: float, window: tuple[float, float, float, float], taken: Sequence[BaseGeometry] = ()
) -> list[Label]:
    """A place for each name within `window` (left, top, right, bottom). A name that fits nowhere is left out: the index has it."""
    placed: list[Label] = []
    boxes: list[BaseGeometry] = list(taken)
    leaders: list[LineString] = []
    coloured = shapely.union_all([name.shape for name in names]) if names else shapely.Polygon()
    shapely.prepare(coloured)
    for name in sorted(names, key=lambda one: (-_fits_inside(one, size), one.shape.area, one.key)):
        found = _best(name, size, window, boxes, leaders, coloured)
        if found is None:
            continue
        label, room, line = found
        placed.append(label)
        boxes.append(room)
        if line is not None:
            leaders.append(line)
    return placed


def _room(x: float, y: float, anchor: str, width: float, size: float) -> BaseGeometry:
    left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
    return box(left - 4, y - size * 0.95, left + width + 4, y + size * 0.32)


def _fits_inside(name: Name, size: float) -> float:
    """How much of the label lies inside the shape when it stands in its middle."""
    middle = name.shape.representative_point()
    room = _room(middle.x, middle.y + size * 0.32, "middle", width_of(name.text + name.tail, size), size)
    cover = room.intersection(name.shape).area / room.area
    return round(cover, 1) if cover > 0.93 else 0


def _best(
    name: Name,
    size: float,
    window: tuple[float, float, float, float],
    boxes: Sequence[BaseGeometry],
    leaders: Sequence[LineString],
    coloured: BaseGeometry,
) -> tuple[Label, BaseGeometry, LineString | None] | None:
    width = width_of(name.text + name.tail, size)
    middle = name.shape.representative_point()
    inside = _room(middle.x, middle.y + size * 0.32, "middle", width, size)
    if _fits_inside(name, size) and not any(inside.intersects(one) for one in (*boxes, *leaders)):
        return Label(name, middle.x, middle.y + size * 0.32, "middle"), inside, None
    left, top, right, bottom = window
    others = coloured.difference(name.shape)
    best: tuple[float, Label, BaseGeometry, LineString] | None = None
    for distance in _DISTANCES:
        for direction in _DIRECTIONS:
            east, south = cos(direction), sin(direction)
            x, y = middle.x + east * distance, middle.y + south * distance
            anchor = "start" if east > 0.25 else "end" if east < -0.25 else "middle"
            gap = 6 if anchor == "start" else -6 if anchor == "end" else 0
            base = y + size * (0.32 if anchor != "middle" else 0.95 if south > 0 else -0.32)
            room = _room(x + gap, base, anchor, width, size)
            if room.bounds[0] < left or room.bounds[1] < top or room.bounds[2] > right or room.bounds[3] > bottom:
                continue
            line = LineString([(middle.x, middle.y), (x, y)])
            if any(room.intersects(one) for one in (*boxes, *leaders)) or any(line.intersects(one) for one in (*boxes, *leaders)):
                continue
            covered = room.intersection(coloured).area / room.area
            crossed = line.intersection(others).length
            cost = distance * 0.5 + covered * 160 + crossed * 0.9 + (10 if anchor == "middle" else 0)
            if best is None or cost < best[0]:
                best = cost, Label(name, x + gap, base, anchor, (middle.x, middle.y, x, y)), room, line
        if best is not None and best[0] < distance * 0.5 + 12:
            break
    if best is None:
        return None
    _, label, room, line = best
    return label, room, line if hypot(*_step(line)) > 0 else None


def _step(line: LineString) -> tuple[float, float]:
    (x1, y1), (x2, y2) = line.coords
    return x2 - x1, y2 - y1
