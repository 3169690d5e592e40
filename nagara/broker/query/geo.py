"""The geoquery language (4.10), and distances on the sphere (4.23.1).

Distances are by haversine on a sphere of the earth's mean radius. Topological relations between anything but
points are told by shapely, which is loaded with the first query that needs it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import orjson

from nagara.broker.model.incoming import Entity
from nagara.broker.model.names import GEOMETRIES
from nagara.broker.model.values import geometry, shown
from nagara.broker.problems import bad_data
from nagara.broker.store.rows import box

EARTH = 6_371_008.8  # metres
_DEGREE = EARTH * math.pi / 180
_NEAR = re.compile(r"(maxDistance|minDistance)==(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\Z")
RELATIONS = ("equals", "disjoint", "intersects", "within", "contains", "overlaps")
Box = tuple[float, float, float, float]  # min x, max x, min y, max y


@dataclass(frozen=True, slots=True)
class GeoQuery:
    """Where entities are to be: the relation of one of their GeoProperties to a reference geometry."""

    relation: str  # "near" or one of RELATIONS
    reference: dict[str, Any]
    property: str  # full name
    max_distance: float | None = None  # metres
    min_distance: float | None = None

    def matches(self, entity: Entity) -> bool:
        """Whether any instance of the GeoProperty stands in the relation."""
        return any(one["type"] == "GeoProperty" and self.fits(one["value"]) for one in entity["attrs"].get(self.property, ()))

    def fits(self, target: dict[str, Any]) -> bool:
        """Whether one geometry stands in the relation."""
        if self.relation == "near":
            distance = nearest(target, self.reference)
            if self.max_distance is not None and distance > self.max_distance:
                return False
            return self.min_distance is None or distance > self.min_distance
        if target["type"] == "Point" and self.reference["type"] == "Point":
            same = target["coordinates"][:2] == self.reference["coordinates"][:2]
            return (not same) if self.relation == "disjoint" else (same and self.relation != "overlaps")
        return bool(getattr(_shape(target), self.relation)(_shape(self.reference)))

    def boxes(self) -> list[Box] | None:
        """Bounding boxes that every match overlaps; None where none can be told."""
        if self.relation == "disjoint" or (self.relation == "near" and self.max_distance is None):
            return None
        min_x, max_x, min_y, max_y = box(self.reference["coordinates"])
        margin_y = margin_x = 1e-6
        if self.max_distance is not None:
            margin_y += self.max_distance / _DEGREE
            top = max(abs(min_y), abs(max_y)) + margin_y
            margin_x = 360.0 if top >= 89.9 else margin_y / math.cos(math.radians(top)) + 1e-6
        min_x, max_x, min_y, max_y = min_x - margin_x, max_x + margin_x, min_y - margin_y, max_y + margin_y
        if max_x - min_x >= 360:
            return [(-180.0, 180.0, min_y, max_y)]
        if min_x < -180:
            return [(-180.0, max_x, min_y, max_y), (min_x + 360, 180.0, min_y, max_y)]
        if max_x > 180:
            return [(min_x, 180.0, min_y, max_y), (-180.0, max_x - 360, min_y, max_y)]
        return [(min_x, max_x, min_y, max_y)]


def geo_query(georel: str, geometry_type: str, coordinates: Any, property_: str, vertices: int = 20_000) -> GeoQuery:
    """Read a geoquery; `property_` is the full name of the GeoProperty."""
    if geometry_type not in GEOMETRIES:
        raise bad_data(f"{shown(geometry_type)} is no geometry to search by; use one of {', '.join(sorted(GEOMETRIES))} (4.10).")
    if isinstance(coordinates, str):
        try:
            coordinates = orjson.loads(coordinates)
        except orjson.JSONDecodeError:
            raise bad_data(f"coordinates must be a JSON array such as [8,40], not {shown(coordinates)} (4.10).") from None
    reference = geometry({"type": geometry_type, "coordinates": coordinates}, "The geometry of the geoquery", vertices)
    relation, *modifiers = georel.split(";")
    if relation == "near":
        found = _NEAR.match(modifiers[0]) if len(modifiers) == 1 else None
        metres = float(found[2]) if found is not None else 0.0
        if found is None or not 0 < metres < math.inf:
            raise bad_data(f"georel {shown(georel)}: near takes either maxDistance==metres or minDistance==metres, more than 0 (4.10).")
        if found[1] == "maxDistance":
            return GeoQuery("near", reference, property_, metres)
        return GeoQuery("near", reference, property_, None, metres)
    if relation not in RELATIONS or modifiers:
        raise bad_data(f"{shown(georel)} is no georel; use near;maxDistance==metres or one of {', '.join(RELATIONS)} (4.10).")
    return GeoQuery(relation, reference, property_)


def haversine(a: list[float], b: list[float]) -> float:
    """Metres between two positions."""
    lat_a, lat_b = math.radians(a[1]), math.radians(b[1])
    d_lat, d_lon = lat_b - lat_a, math.radians(b[0] - a[0])
    h = math.sin(d_lat / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(d_lon / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(h)))


def nearest(a: dict[str, Any], b: dict[str, Any]) -> float:
    """Metres between the nearest points of two geometries.

    The nearest points are sought on a plane whose degrees of longitude are as short as they are at the latitude of
    `b`, or else, far from the equator, a point to the north would seem nearer than one to the east.
    """
    if a["type"] == "Point" and b["type"] == "Point":
        return haversine(a["coordinates"], b["coordinates"])
    from shapely.affinity import scale  # loaded with the first query that needs it
    from shapely.ops import nearest_points

    _, _, low, high = box(b["coordinates"])
    shrink = max(math.cos(math.radians((low + high) / 2)), 1e-6)
    one, other = nearest_points(scale(_shape(a), shrink, 1.0, origin=(0, 0)), scale(_shape(b), shrink, 1.0, origin=(0, 0)))
    return haversine([one.x / shrink, one.y], [other.x / shrink, other.y])


def _shape(value: dict[str, Any]) -> Any:
    from shapely import make_valid  # loaded with the first query that needs it
    from shapely.geometry import shape

    found = shape({"type": value["type"], "coordinates": value["coordinates"]})
    return found if found.is_valid else make_valid(found)
