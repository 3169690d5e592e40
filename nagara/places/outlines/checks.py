"""Is an outline sound? Every fault with its reason and its place; what can be mended is offered, and done only once it is agreed to."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from nagara.places.geometry import DIGITS, Point, metres, polygons, simplified, square_kilometres
from nagara.places.outlines import Fault, Part, Raw, Ring

MOST_POINTS = 5_000
MOST_NAMED = 50
"""Places of one fault that are named and marked."""
LEAST_SQUARE_KILOMETRES = 0.001
SQUARE_DEGREE = 12_000
"""Roughly the km² of a square degree."""
MOST_OUTSIDE = 5
"""Per cent of the area that may lie outside its province without a word."""
FAR_OUTSIDE = 50
"""Per cent from which on it is another province, whatever anybody says."""
PROVINCE_ACCURACY = 0.03
"""Degrees by which the province outline may be off: it is generalised for maps of the whole country."""

OFFERS = ("swap", "close", "degrees", "simplify", "outside")
"""What a person may agree to."""


@dataclass
class Examined:
    """What the examination found: a sound outline, or faults."""

    outline: BaseGeometry | None
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    square_kilometres: float = 0


def examine(raw: Raw, *, province: BaseGeometry | None = None, agreed: frozenset[str] = frozenset()) -> Examined:
    """Examine rings as they were given. `agreed` holds the offers that the person accepted."""
    notes = list(raw.notes)
    parts = [[list(ring) for ring in part] for part in raw.parts]
    if faults := _faults_of_numbers(parts):
        return Examined(None, faults, notes)
    if province is not None and (fault := _swapped(parts, province)):
        if "swap" not in agreed:
            return Examined(None, [fault], notes)
        parts = [[[(y, x) for x, y in ring] for ring in part] for part in parts]
        notes.append(_("Longitude and latitude were put the right way round."))
    elif any(abs(y) > 90 for part in parts for ring in part for _x, y in ring):
        return Examined(None, [_not_degrees(parts)], notes)
    if raw.degrees_unsure and "degrees" not in agreed:
        return Examined(
            None,
            [
                Fault(
                    "degrees",
                    _("The file does not say in which projection its numbers are. They look like degrees of WGS 84."),
                    offer="degrees",
                    offer_label=_("They are degrees of WGS 84"),
                )
            ],
            notes,
        )
    faults = _faults_of_ends(parts) if raw.closed and "close" not in agreed else []
    if faults:
        return Examined(None, faults, notes)
    return _examine_shape(parts, notes, province, agreed)


def _examine_shape(parts: list[Part], notes: list[str], province: BaseGeometry | None, agreed: frozenset[str]) -> Examined:
    doubles = 0
    faults: list[Fault] = []
    found: list[Polygon] = []
    for number, part in enumerate(parts, 1):
        rings = []
        for ring in part:
            clean, dropped = _clean(ring)
            doubles += dropped
            rings.append(clean)
            if len(clean) < 3:
                faults.append(
                    Fault(
                        "few-points",
                        _("Part %(part)s has a ring of %(count)s points. At least three are needed.")
                        % {"part": number, "count": len(clean)},
                        tuple(clean),
                    )
                )
        if any(len(ring) < 3 for ring in rings):
            continue
        polygon = Polygon(rings[0], rings[1:])
        faults += _faults_of_polygon(polygon)
        found.append(polygon)
    if doubles:
        notes.append(_("%(count)s points that only repeat the one before were left out.") % {"count": doubles})
    if faults:
        return Examined(None, faults, notes)
    outline = shapely.union_all(found) if len(found) > 1 else found[0]
    if len(found) > 1 and outline.area < sum(part.area for part in found) * 0.999999:
        notes.append(_("Parts that overlap were joined."))
    return _examine_place(outline, notes, province, agreed)


def _examine_place(outline: BaseGeometry, notes: list[str], province: BaseGeometry | None, agreed: frozenset[str]) -> Examined:
    faults: list[Fault] = []
    size = square_kilometres(outline)
    if min(size, outline.area * SQUARE_DEGREE) < LEAST_SQUARE_KILOMETRES:  # points in one row on the map enclose a sliver on the earth
        faults.append(
            Fault(
                "no-area",
                _("The outline encloses no area: do all its points lie on one line?"),
                tuple(_points(polygons(outline)[0])[:50]) if polygons(outline) else (),
            )
        )
        return Examined(None, faults, notes)
    count = int(shapely.get_num_coordinates(outline))
    if count > MOST_POINTS:
        thin = simplified(outline, MOST_POINTS)
        change = abs(square_kilometres(thin) - size) / size * 100
        fewer = int(shapely.get_num_coordinates(thin))
        values = {"count": f"{count:,}", "most": f"{MOST_POINTS:,}", "fewer": f"{fewer:,}", "change": f"{change:.3f}"}
        if "simplify" not in agreed:
            faults.append(
                Fault(
                    "too-many-points",
                    _(
                        "The outline has %(count)s points; at most %(most)s are kept. With %(fewer)s points its size changes by %(change)s %%."
                    )
                    % values,
                    offer="simplify",
                    offer_label=_("Keep %(fewer)s points") % values,
                )
            )
        else:
            outline, size = thin, square_kilometres(thin)
            notes.append(_("Simplified from %(count)s to %(fewer)s points; its size changed by %(change)s %%.") % values)
    if province is not None and (fault := _outside(outline, province, agreed)):
        faults.append(fault)
    return Examined(None if faults else outline, faults, notes, size)


def _clean(ring: Ring) -> tuple[Ring, int]:
    """The ring rounded, without a point that repeats the one before it, and not closed; how many such points there were."""
    rounded = [(round(x, DIGITS), round(y, DIGITS)) for x, y in ring]
    closed = len(rounded) > 1 and rounded[0] == rounded[-1]
    if closed:
        rounded.pop()
    kept = [point for before, point in pairwise([None, *rounded]) if point is not None and point != before]
    if len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    return kept, len(rounded) - len(kept)


def place_text(point: Point) -> str:
    """101.28170° E, 12.68140° N, as the faults name a place."""
    lon, lat = point
    return _("%(lon)s° E, %(lat)s° N") % {"lon": f"{lon:.5f}", "lat": f"{lat:.5f}"}


def _faults_of_numbers(parts: list[Part]) -> list[Fault]:
    points = [point for part in parts for ring in part for point in ring]
    if not points:
        return [Fault("empty", _("There is no outline yet: at least three points are needed."))]
    if any(abs(x) > 180 or abs(y) > 180 for x, y in points):
        return [_not_degrees(parts)]
    return []


def _not_degrees(parts: list[Part]) -> Fault:
    x, y = next(point for part in parts for ring in part for point in ring if abs(point[0]) > 180 or abs(point[1]) > 90)
    return Fault(
        "not-degrees",
        _("%(x)s, %(y)s is not a longitude and a latitude in degrees. Are these metres of a projection, such as UTM?")
        % {"x": f"{x:g}", "y": f"{y:g}"},
    )


def _swapped(parts: list[Part], province: BaseGeometry) -> Fault | None:
    """Do the points lie near the province only with longitude and latitude exchanged?"""
    west, south, east, north = shapely.buffer(shapely.box(*province.bounds), 3).bounds
    points = [point for part in parts for ring in part for point in ring]
    inside = sum(west <= x <= east and south <= y <= north for x, y in points)
    turned = sum(west <= y <= east and south <= x <= north for x, y in points)
    if inside * 2 >= len(points) or turned * 2 < len(points):
        return None
    return Fault(
        "swapped",
        _("Longitude and latitude seem to be exchanged: %(given)s would lie far from the province.") % {"given": place_text(points[0])},
        offer="swap",
        offer_label=_("Exchange longitude and latitude"),
    )


def _faults_of_ends(parts: list[Part]) -> list[Fault]:
    faults = []
    for number, part in enumerate(parts, 1):
        for ring in part:
            if len(ring) > 2 and ring[0] != ring[-1]:
                faults.append(
                    Fault(
                        "unclosed",
                        _("A ring of part %(part)s is not closed: its last point lies %(gap)s m from its first (%(place)s).")
                        % {"part": number, "gap": f"{metres(ring[0], ring[-1]):,.0f}", "place": place_text(ring[-1])},
                        (ring[-1], ring[0]),
                        offer="close",
                        offer_label=_("Close it with a straight line"),
                    )
                )
    return faults


_WHERE = re.compile(r"\[(\S+) (\S+)\]")


def _faults_of_polygon(polygon: Polygon) -> list[Fault]:
    faults = []
    crossings: list[Point] = []
    for ring in (polygon.exterior, *polygon.interiors):
        crossings += _crossings(list(ring.coords))
    if crossings:
        more = len(crossings) - 1 if len(crossings) < MOST_NAMED else f"{MOST_NAMED - 1}+"
        words = _("The outline crosses or touches itself at %(place)s.") % {"place": place_text(crossings[0])}
        if more:
            words = _("The outline crosses or touches itself at %(place)s and at %(more)s more places.") % {
                "place": place_text(crossings[0]),
                "more": more,
            }
        return [Fault("crossing", words, tuple(crossings))]
    if not polygon.is_valid:
        reason = explain_validity(polygon)
        at = _WHERE.search(reason)
        place: tuple[Point, ...] = ((float(at[1]), float(at[2])),) if at else ()
        faults.append(Fault("invalid", _in_words(reason.split("[")[0].strip(), place), place))
    return faults


def _in_words(reason: str, place: tuple[Point, ...]) -> str:
    where = {"place": place_text(place[0]) if place else ""}
    if reason == "Hole lies outside shell":
        return _("A hole lies outside its part, at %(place)s.") % where
    if reason == "Holes are nested":
        return _("A hole lies within another hole, at %(place)s.") % where
    if reason == "Interior is disconnected":
        return _("A hole cuts the area in two, at %(place)s.") % where
    if reason in ("Self-intersection", "Ring Self-intersection"):
        return _("The outline crosses or touches itself at %(place)s.") % where
    return _("The outline is not sound at %(place)s (%(reason)s).") % {**where, "reason": reason}


def _crossings(ring: Ring) -> list[Point]:
    """Where a ring meets itself otherwise than from one point to the next: the first `MOST_NAMED` places, however many there are."""
    if LineString(ring).is_simple:
        return []
    points = np.array(ring)
    lines = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
    count, tree, found = len(lines), shapely.STRtree(lines), set[Point]()
    step = max(1, 20_000 // count)  # a star of lines that all cross must not fill the memory
    for first in range(0, count, step):
        block = np.arange(first, min(first + step, count))
        left, right = tree.query(lines[block], predicate="intersects")
        left = block[left]
        left, right = left[left < right], right[left < right]
        cuts = shapely.intersection(lines[left], lines[right])
        neighbours = (right - left == 1) | ((left == 0) & (right == count - 1))
        for cut in cuts[~neighbours | (shapely.get_type_id(cuts) != 0)][:MOST_NAMED]:
            place = cut.centroid
            found.add((round(place.x, 7), round(place.y, 7)))
        if len(found) >= MOST_NAMED:
            break
    return sorted(found)[:MOST_NAMED]


def _outside(outline: BaseGeometry, province: BaseGeometry, agreed: frozenset[str]) -> Fault | None:
    beyond = shapely.difference(outline, shapely.buffer(province, PROVINCE_ACCURACY))
    share = beyond.area / outline.area * 100
    if share <= MOST_OUTSIDE or (share <= FAR_OUTSIDE and "outside" in agreed):
        return None
    place = beyond.representative_point()
    values = {"share": f"{share:.0f}", "place": place_text((place.x, place.y))}
    words = _("%(share)s %% of the area lie outside the province, such as %(place)s.") % values
    if share > FAR_OUTSIDE:
        return Fault("outside", words, ((place.x, place.y),))
    return Fault("outside", words, ((place.x, place.y),), offer="outside", offer_label=_("The area does reach beyond the province"))


def _points(polygon: Polygon) -> list[Point]:
    return [(float(x), float(y)) for x, y, *_z in polygon.exterior.coords]
