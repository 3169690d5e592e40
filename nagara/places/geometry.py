"""Outlines on the earth as plain functions: sizes, windows, paths. Coordinates are (longitude, latitude) in degrees, WGS 84."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import atan, degrees, log, pi, radians, sinh, tan
from typing import Any

import shapely
from pyproj import Geod
from shapely.geometry import MultiPolygon, Polygon, mapping, shape
from shapely.geometry.base import BaseGeometry

Point = tuple[float, float]
Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

DIGITS = 6
"""Decimals of a degree that are kept: 11 cm on the ground."""

_EARTH = Geod(ellps="WGS84")


def square_kilometres(outline: BaseGeometry) -> float:
    """The size on the ellipsoid (geodesic), not on any map."""
    return abs(_EARTH.geometry_area_perimeter(outline)[0]) / 1e6


def metres(one: Point, other: Point) -> float:
    """The distance on the ellipsoid."""
    return float(_EARTH.inv(*one, *other)[2])


def polygons(outline: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(outline) if isinstance(part, Polygon) and not part.is_empty]


def as_geojson(outline: BaseGeometry) -> dict[str, Any]:
    """A Polygon, or a MultiPolygon of several, as RFC 7946 writes it: outer rings counter-clockwise, closed, rounded."""
    parts = [shapely.geometry.polygon.orient(part) for part in polygons(outline)]
    found = mapping(parts[0] if len(parts) == 1 else MultiPolygon(parts))
    return {"type": found["type"], "coordinates": _rounded(found["coordinates"])}


def _rounded(value: Any) -> Any:
    if isinstance(value, float | int):
        return round(float(value), DIGITS)
    return [_rounded(entry) for entry in value]


def bounds_of(geometries: Iterable[dict[str, Any]]) -> Bounds | None:
    """The box around several GeoJSON geometries; None where there is none."""
    boxes = [shape(geometry).bounds for geometry in geometries]
    if not boxes:
        return None
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def simplified(outline: BaseGeometry, most: int) -> BaseGeometry:
    """The outline with at most `most` points, as like itself as that allows; valid where it was valid."""
    tolerance = 5e-6
    while shapely.get_num_coordinates(outline) > most and tolerance < 1:
        outline = shapely.simplify(outline, tolerance, preserve_topology=True)
        tolerance *= 1.5
    return outline


def simplified_together(outlines: dict[str, BaseGeometry], tolerance: float) -> dict[str, BaseGeometry]:
    """Neighbours simplified so that their common lines stay common. `tolerance` is in degrees."""
    thin = shapely.coverage_simplify(list(outlines.values()), tolerance)
    return dict(zip(outlines, thin, strict=True))


def label_point(outline: BaseGeometry) -> Point:
    """A point inside the largest part: where a name may stand."""
    largest = max(polygons(outline), key=lambda part: part.area)
    point = shapely.maximum_inscribed_circle(largest, tolerance=0.001).coords[0]
    return float(point[0]), float(point[1])


@dataclass(frozen=True)
class Window:
    """A part of the earth on a drawing of `width` × `height` units, in the projection of Mercator (angles are true)."""

    west: float
    south: float
    east: float
    north: float
    width: float
    height: float

    def xy(self, longitude: float, latitude: float) -> Point:
        top, bottom = _mercator(self.north), _mercator(self.south)
        x = (longitude - self.west) / (self.east - self.west) * self.width
        y = (top - _mercator(latitude)) / (top - bottom) * self.height
        return x, y

    def lon_lat(self, x: float, y: float) -> Point:
        """The place that is drawn at (x, y)."""
        top, bottom = _mercator(self.north), _mercator(self.south)
        latitude = degrees(atan(sinh(radians(top - y / self.height * (top - bottom)))))
        return self.west + x / self.width * (self.east - self.west), latitude


def _mercator(latitude: float) -> float:
    return degrees(log(tan(pi / 4 + radians(max(-85.0, min(85.0, latitude))) / 2)))


def window(bounds: Bounds, width: float, height: float, *, margin: float = 0.08) -> Window:
    """The smallest window of this form that shows `bounds` with a margin around it."""
    west, south, east, north = bounds
    low, high = _mercator(south), _mercator(north)
    wide, tall = max(east - west, 1e-6) * (1 + 2 * margin), max(high - low, 1e-6) * (1 + 2 * margin)
    if wide / tall < width / height:
        wide = tall * width / height
    else:
        tall = wide * height / width
    middle, level = (west + east) / 2, (low + high) / 2
    back = [degrees(atan(sinh(radians(edge)))) for edge in (level - tall / 2, level + tall / 2)]
    return Window(middle - wide / 2, back[0], middle + wide / 2, back[1], width, height)


def svg_path(outline: BaseGeometry, seen: Window, *, digits: int = 1) -> str:
    """The outline as the `d` of an SVG path in units of the window, holes included (draw with fill-rule evenodd)."""
    pieces = []
    for part in polygons(outline):
        for ring in (part.exterior, *part.interiors):
            points = [seen.xy(*point[:2]) for point in list(ring.coords)[:-1]]
            pieces.append("M" + "L".join(f"{x:.{digits}f} {y:.{digits}f}" for x, y in points) + "Z")
    return "".join(pieces)
