"""The map of one province with its neighbours, and the boundary of an area in it where one is on record."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import shapely
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from shapely.geometry import shape as read_shape
from shapely.geometry.base import BaseGeometry

from nagara.web.maps import outlines
from nagara.web.maps.frame import Frame, graticule, path
from nagara.web.maps.labels import Name, Room, place
from nagara.web.maps.thailand import HERE, Moment, leader, word

WIDTH, HEIGHT = 1100, 760


def province(code: str, names: Mapping[str, str], *, day: date, label: str, boundary: dict[str, Any] | None = None) -> SafeString | None:
    """The province `code` as one SVG; None where its outline is not on record. `boundary` is GeoJSON and is drawn darkest."""
    around = read_shape(boundary).bounds if boundary else None
    ground = _ground(code, tuple(sorted(names.items())), outlines.moment(day), around)
    if ground is None:
        return None
    frame, before, after = ground
    inner = _boundary(frame, boundary) if boundary else ""
    return mark_safe(before.replace("@label@", escape(label)) + inner + after)  # noqa: S308 - names are escaped where they are drawn


Box = tuple[float, float, float, float]
LEAST = 0.35
"""The lowest window in degrees: an area of a few streets is still shown with its surroundings."""


def _frame(around: Box, *, margin: float) -> Frame:
    """A window of a fixed shape around a box, with its surroundings in sight."""
    west, south, east, north = around
    middle = Frame(west, south, east, north)
    high, wide = max((north - south) * margin, LEAST), (east - west) * margin
    per_degree = middle.width / middle.scale / (east - west)
    high = max(high, wide * per_degree * HEIGHT / WIDTH)
    wide = high * WIDTH / HEIGHT / per_degree
    x, y = (west + east) / 2, (south + north) / 2
    return Frame(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2, scale=HEIGHT / high)


@lru_cache(maxsize=256)
def _ground(code: str, names: tuple[tuple[str, str], ...], at: Moment, around: Box | None) -> tuple[Frame, str, str] | None:
    shapes = outlines.provinces_at(at)
    if code not in shapes:
        return None
    frame = _frame(around, margin=9) if around else _frame(shapes[code].bounds, margin=2.1)
    called = dict(names)
    near = {key: drawn for key, outline in shapes.items() if not (drawn := frame.drawn(outline)).is_empty}
    abroad = (frame.drawn(outline) for key, outline in outlines.states_at(at).items() if key != HERE)
    before = [
        f'<svg class="ng-map ng-local" viewBox="0 0 {frame.width} {frame.height}" preserveAspectRatio="xMidYMid slice" role="img" aria-label="@label@">',
        f'<path class="gr" stroke-width="1.5" d="{graticule(frame, 1)}"/>',
        f'<path class="nb0" stroke-width="2" d="{"".join(path(shape) for shape in abroad)}"/>',
        *(f'<path class="p" stroke-width="2.5" d="{path(shape)}"/>' for key, shape in near.items() if key != code),
        f'<path class="p {"here" if around else "k3"}" stroke-width="2.5" d="{path(near[code])}"/>',
    ]
    window = (20, 20, frame.width - 20, frame.height - 60)
    seen = shapely.box(*window)
    here = Name(code, called.get(code, code), "", near[code].intersection(seen))
    others = [
        Name(key, called.get(key, key), "", cut) for key, one in near.items() if key != code and (cut := one.intersection(seen)).area > 9000
    ]
    kept = [_room_around(frame.drawn(shapely.box(*around)))] if around else []
    found = place([here], size=34, window=window, taken=kept)
    rooms = [_room_of(label.x, label.y, 34, len(label.name.text)) for label in found]
    names_around = [label for label in place(others, size=26, window=window, taken=[*rooms, *kept]) if label.leader is None]
    inside = "in" if found and found[0].leader is None and not around else "out"
    after = [
        f'<g class="ct" font-size="26">{"".join(word(label) for label in names_around)}</g>',
        f'<g class="lbs here {inside}" font-size="34">{"".join(leader(label) + word(label) for label in found)}</g>',
        "</svg>",
    ]
    return frame, "".join(before), "".join(after)


def _room_of(x: float, y: float, size: float, letters: int) -> Room:
    half = letters * size * 0.3 + 10
    return x - half, y - size, x + half, y + size * 0.4


def _room_around(shape: BaseGeometry) -> Room:
    left, top, right, bottom = shape.bounds
    return left - 30, top - 30, right + 30, bottom + 30


def _boundary(frame: Frame, geometry: dict[str, Any]) -> str:
    """The outline of the area; a ring around it where it would be too small to find."""
    drawn = frame.drawn(read_shape(geometry))
    if drawn.is_empty:
        return ""
    left, top, right, bottom = drawn.bounds
    ring = ""
    if max(right - left, bottom - top) < 70:
        middle = drawn.centroid
        ring = f'<circle class="ring" cx="{middle.x:.0f}" cy="{middle.y:.0f}" r="46"/>'
    return f'<path class="p k3" stroke-width="1.5" d="{path(drawn, least=0.5)}"/>{ring}'
