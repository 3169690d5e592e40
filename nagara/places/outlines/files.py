"""Outlines from files: GeoJSON, KML, zipped shapefile. What the file says of its projection is believed; what it does not say is asked."""

import io
import math
import zipfile
from collections.abc import Iterable
from typing import Any, BinaryIO

import shapefile
from defusedxml import ElementTree
from django.utils.translation import gettext as _
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from nagara.documents.kinds.plain import read_geojson
from nagara.documents.kinds.zips import open_zip, part_of, read_entry, shapefile_stem
from nagara.places.geometry import Point
from nagara.places.outlines import Part, Raw, Ring
from nagara.toolkit.refusal import Refusal

MOST_POINTS = 150_000
MOST_PARTS = 500
MOST_UNPACKED = 12 << 20
"""Of one file of a shapefile: 750,000 points."""
_WGS84 = CRS.from_epsg(4326)


def read(file: BinaryIO, kind: str, size: int) -> Raw:
    """The rings of a file of this kind ("geojson", "kml", "shapefile")."""
    try:
        raw = {"geojson": _from_geojson, "kml": _from_kml, "shapefile": _from_shapefile}[kind](file, size)
    except RecursionError as error:
        raise Refusal(
            _("The file nests one thing in another too deeply to be read."),
            next_step=_("Export the boundary as a polygon."),
            code="outline-unreadable",
        ) from error
    if not raw.parts:
        raise Refusal(
            _("There is no area in the file: it holds only points or lines, or nothing."),
            next_step=_("Export the boundary as a polygon."),
            code="outline-missing",
        )
    if len(raw.parts) > MOST_PARTS or sum(len(ring) for part in raw.parts for ring in part) > MOST_POINTS:
        raise Refusal(
            _("The file has %(parts)s parts and %(points)s points. It seems to hold more than one boundary.")
            % {"parts": len(raw.parts), "points": sum(len(ring) for part in raw.parts for ring in part)},
            next_step=_("Export only the boundary of this area."),
            code="outline-too-large",
        )
    if len(raw.parts) > 1:
        raw.notes.append(_("The file has %(count)s parts; they were read as one boundary.") % {"count": len(raw.parts)})
    return raw


def parts_of_geojson(found: Any) -> list[Part]:
    """The polygons of any GeoJSON object, in the order in which they stand."""
    kind = found.get("type") if isinstance(found, dict) else None
    if kind == "FeatureCollection":
        return [part for feature in found.get("features") or [] for part in parts_of_geojson(feature)]
    if kind == "Feature":
        return parts_of_geojson(found.get("geometry"))
    if kind == "GeometryCollection":
        return [part for geometry in found.get("geometries") or [] for part in parts_of_geojson(geometry)]
    try:
        if kind == "Polygon":
            return [_part(found["coordinates"])]
        if kind == "MultiPolygon":
            return [_part(part) for part in found["coordinates"]]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Refusal(
            _("The coordinates in the file are not lists of longitude and latitude."),
            next_step=_("Export the boundary as GeoJSON (RFC 7946)."),
            code="outline-unreadable",
        ) from error
    return []


def _part(rings: Any) -> Part:
    return [[_pair(point) for point in ring] for ring in rings]


def _pair(point: Any) -> Point:
    x, y = float(point[0]), float(point[1])
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError("not a number")
    return x, y


def _from_geojson(file: BinaryIO, size: int) -> Raw:
    found = read_geojson(file)
    raw = Raw([part for part in parts_of_geojson(found) if part], closed=True)
    named = found.get("crs")
    name = str((named.get("properties") or {}).get("name", "")) if isinstance(named, dict) else ""
    if name and not name.endswith(("CRS84", ":4326")):
        return _transformed(raw, _crs(name))
    return raw


def _from_kml(file: BinaryIO, size: int) -> Raw:
    file.seek(0)
    parts: list[Part] = []
    for element in ElementTree.fromstring(file.read()).iter():
        if _local(element) != "Polygon":
            continue
        rings: Part = []
        for side in ("outerBoundaryIs", "innerBoundaryIs"):
            for edge in element:
                if _local(edge) == side:
                    rings += [_kml_ring(entry.text or "") for entry in edge.iter() if _local(entry) == "coordinates"]
        if rings:
            parts.append(rings)
    return Raw(parts, closed=True)


def _local(element: Any) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _kml_ring(text: str) -> Ring:
    try:
        return [_pair(entry.split(",")) for entry in text.split()]
    except (ValueError, IndexError) as error:
        raise Refusal(
            _("The coordinates in the file are not lists of longitude and latitude."),
            next_step=_("Export the boundary as KML or GeoJSON."),
            code="outline-unreadable",
        ) from error


def _from_shapefile(file: BinaryIO, size: int) -> Raw:
    with open_zip(file, size) as archive:
        stem = shapefile_stem(archive)
        content = {suffix: _entry(archive, stem, suffix) for suffix in (".shp", ".shx", ".dbf", ".prj")}
    try:
        reader = shapefile.Reader(
            shp=io.BytesIO(content[".shp"]), shx=io.BytesIO(content[".shx"]), dbf=io.BytesIO(content[".dbf"]), encodingErrors="replace"
        )
        parts = [part for entry in reader.iterShapes() for part in parts_of_geojson(_geo(entry))]
    except Refusal:
        raise
    except Exception as error:  # the reader fails in many ways on a damaged file
        raise Refusal(
            _("The shapefile is damaged: it cannot be read."),
            next_step=_("Open it in your own program, export it anew and upload it again."),
            code="outline-unreadable",
        ) from error
    raw = Raw(parts, closed=True)
    projection = content[".prj"].decode("utf-8", "replace").strip()
    if projection:
        return _transformed(raw, _crs(projection))
    if not _plausible_degrees(raw.points()):
        raise Refusal(
            _("The shapefile does not say in which projection its numbers are (no .prj), and they are not degrees."),
            next_step=_("Export it with its .prj, best in WGS 84 (EPSG:4326)."),
            code="projection-missing",
        )
    raw.degrees_unsure = True
    return raw


def _geo(entry: Any) -> dict[str, Any]:
    return dict(entry.__geo_interface__) if entry.shapeType in (5, 15, 25) else {}


def _entry(archive: zipfile.ZipFile, stem: str, suffix: str) -> bytes:
    name = part_of(archive, stem, suffix)
    return read_entry(archive, name, MOST_UNPACKED) if name else b""


def _plausible_degrees(points: Iterable[Point]) -> bool:
    return all(abs(x) <= 180 and abs(y) <= 90 for x, y in points)


def _crs(name: str) -> CRS:
    try:
        return CRS.from_user_input(name)
    except CRSError as error:
        raise Refusal(
            _("The projection that the file names is not known: %(name)s") % {"name": name[:120]},
            next_step=_("Export it in WGS 84 (EPSG:4326)."),
            code="projection-unknown",
        ) from error


def _transformed(raw: Raw, crs: CRS) -> Raw:
    """The same rings in WGS 84."""
    if crs.equals(_WGS84, ignore_axis_order=True):
        return raw
    turn = Transformer.from_crs(crs, _WGS84, always_xy=True)
    try:
        raw.parts = [[_turned(turn, ring) for ring in part] for part in raw.parts]
    except (ProjError, ValueError) as error:
        raise Refusal(
            _("The numbers in the file do not fit its projection %(name)s.") % {"name": crs.name},
            next_step=_("Export it in WGS 84 (EPSG:4326)."),
            code="projection-wrong",
        ) from error
    raw.notes.append(_("Converted from %(name)s to WGS 84.") % {"name": crs.name})
    return raw


def _turned(turn: Transformer, ring: Ring) -> Ring:
    if not ring:
        return []
    xs, ys = turn.transform([x for x, _y in ring], [y for _x, y in ring], errcheck=True)
    return [_pair(point) for point in zip(xs, ys, strict=True)]
