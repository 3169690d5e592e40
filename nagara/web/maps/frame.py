"""From longitude and latitude to the units of a drawing, and from outlines to paths."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, radians

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True)
class Frame:
    """A window on the earth, drawn with `scale` units for one degree of latitude. Distances east are true at its middle."""

    west: float
    south: float
    east: float
    north: float
    scale: float = 100

    @property
    def _east_scale(self) -> float:
        return self.scale * cos(radians((self.south + self.north) / 2))

    @property
    def width(self) -> int:
        return round((self.east - self.west) * self._east_scale)

    @property
    def height(self) -> int:
        return round((self.north - self.south) * self.scale)

    def x(self, longitude: float) -> float:
        return (longitude - self.west) * self._east_scale

    def y(self, latitude: float) -> float:
        return (self.north - latitude) * self.scale

    def drawn(self, outline: BaseGeometry) -> BaseGeometry:
        """The outline in units of the drawing, cut to the window and a margin."""
        margin = 60 / self.scale
        cut = shapely.clip_by_rect(outline, self.west - margin, self.south - margin, self.east + margin, self.north + margin)
        return shapely.transform(cut, lambda points: [(self.x(lon), self.y(lat)) for lon, lat in points])


def _rings(shape: BaseGeometry) -> Iterable[list[tuple[float, float]]]:
    for part in shapely.get_parts(shape):
        if isinstance(part, Polygon):
            yield list(part.exterior.coords)
            for hole in part.interiors:
                yield list(hole.coords)


def path(shape: BaseGeometry, *, least: float = 6) -> str:
    """A drawn shape as the `d` of a path, in whole units and relative steps. Rings smaller than `least` square units are left out."""
    pieces = []
    for ring in _rings(shape):
        if abs(Polygon(ring).area) < least:
            continue
        points = [(round(x), round(y)) for x, y in ring]
        steps = []
        last = points[0]
        for point in points[1:-1]:
            dx, dy = point[0] - last[0], point[1] - last[1]
            if dx or dy:
                steps.append(f"{dx}{'' if dy < 0 else ' '}{dy}")
                last = point
        if len(steps) < 2:
            continue
        line = "l" + steps[0] + "".join(step if step.startswith("-") else f" {step}" for step in steps[1:])
        pieces.append(f"M{points[0][0]} {points[0][1]}{line}z")
    return "".join(pieces)


def graticule(frame: Frame, every: int) -> str:
    """Lines of longitude and latitude, as the `d` of a path."""
    lines = [f"M{frame.x(lon):.0f} 0V{frame.height}" for lon in _whole(frame.west, frame.east, every)]
    lines += [f"M0 {frame.y(lat):.0f}H{frame.width}" for lat in _whole(frame.south, frame.north, every)]
    return "".join(lines)


def _whole(low: float, high: float, every: int) -> range:
    first = int(low // every + 1) * every
    return range(first, int(high) + 1, every)
