"""What the boundary editor draws: the province, what lies around it, and the outlines on record. The browser draws the same from `plain`."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from nagara.places.geometry import Bounds, as_geojson, svg_path, window
from nagara.places.models import Area, Boundary, Outline
from nagara.places.outlines import Fault, Raw
from nagara.places.outlines.files import parts_of_geojson

WIDTH, HEIGHT = 800, 640
MOST_AROUND = 60


@dataclass
class Ground:
    """The ground of the editor of one area."""

    province: BaseGeometry | None
    around: list[BaseGeometry] = field(default_factory=list)
    others: list[BaseGeometry] = field(default_factory=list)
    """The outlines of other areas of the province."""
    present: BaseGeometry | None = None
    """What is on record today."""

    @property
    def bounds(self) -> Bounds:
        if self.province is not None:
            return self.province.bounds
        return (97.3, 5.6, 105.7, 20.5)

    def plain(self, faults: list[Fault]) -> dict[str, Any]:
        """As JSON for the script of the page."""
        return {
            "province": as_geojson(self.province) if self.province is not None else None,
            "around": [as_geojson(outline) for outline in self.around],
            "others": [as_geojson(outline) for outline in self.others],
            "present": as_geojson(self.present) if self.present is not None else None,
            "bounds": list(self.bounds),
            "faults": [list(place) for fault in faults for place in fault.places],
        }


def ground(area: Area, on: date) -> Ground:
    """The province with its neighbours, the areas in it and the area's own outline. Three queries."""
    holding = Boundary.objects.on(on)
    province = next((shape(row) for row in holding.filter(subdivision=area.subdivision_id).values_list("geometry", flat=True)[:1]), None)
    found = Ground(province)
    if province is not None:
        west, south, east, north = _wider(province.bounds)
        near = holding.filter(subdivision__isnull=False, west__lt=east, east__gt=west, south__lt=north, north__gt=south)
        rows = near.exclude(subdivision=area.subdivision_id).order_by("pk").values_list("geometry", flat=True)[:MOST_AROUND]
        cut = [shapely.clip_by_rect(shape(row), west, south, east, north) for row in rows]
        found.around = [outline for outline in cut if not outline.is_empty and outline.area > 0]
    for pk, row in holding.filter(area__subdivision=area.subdivision_id).order_by("pk").values_list("area", "geometry")[:MOST_AROUND]:
        if pk == area.pk:
            found.present = shape(row)
        else:
            found.others.append(shape(row))
    return found


def _wider(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    wide, tall = (east - west) / 2, (north - south) / 2
    return west - wide, south - tall, east + wide, north + tall


@dataclass(frozen=True)
class Drawing:
    """The paths of the picture that stands there before the script draws its own, and where there is none."""

    width: int
    height: int
    around: str
    province: str
    others: str
    present: str
    outline: str
    faults: list[tuple[float, float]]


def drawing(seen: Ground, raw: Raw, faults: list[Fault]) -> Drawing:
    rings = [ring for part in raw.parts for ring in part if len(ring) > 2]
    points = [point for ring in rings for point in ring if abs(point[0]) <= 180 and abs(point[1]) <= 85]
    bounds = seen.bounds
    if points:
        xs, ys = [x for x, _y in points], [y for _x, y in points]
        bounds = (min(xs), min(ys), max(xs), max(ys))
    frame = window(bounds, WIDTH, HEIGHT, margin=0.25 if points else 0.06)

    def path(outlines: list[BaseGeometry]) -> str:
        return "".join(svg_path(outline, frame) for outline in outlines)

    return Drawing(
        WIDTH,
        HEIGHT,
        around=path(seen.around),
        province=path([seen.province] if seen.province is not None else []),
        others=path(seen.others),
        present=path([seen.present] if seen.present is not None else []),
        outline="".join("M" + "L".join("{:.1f} {:.1f}".format(*frame.xy(*point)) for point in ring) + "Z" for ring in rings)
        if points
        else "",
        faults=[frame.xy(*place) for fault in faults for place in fault.places],
    )


def picture(area: Area, outline: Outline, on: date) -> Drawing:
    """An outline on record, or a proposed one, in its province: for a page that shows it and changes nothing."""
    return drawing(ground(area, on), Raw(parts_of_geojson(outline.geometry)), [])
