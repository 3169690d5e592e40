"""Outlines as they come in: read from text and files, examined with reason and place, mended only where agreed."""

import io
import json
import math

import pytest
import shapefile
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from shapely.geometry import Point, Polygon, box, shape

from nagara.documents.tests.samples import zip_bytes
from nagara.places.outlines import Raw
from nagara.places.outlines.checks import MOST_POINTS, examine
from nagara.places.outlines.files import parts_of_geojson, read
from nagara.places.outlines.text import read_text, write_text
from nagara.places.tests.world import PROVINCE
from nagara.toolkit.refusal import Refusal

SQUARE = [(101.2, 12.6), (101.3, 12.6), (101.3, 12.7), (101.2, 12.7)]


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def codes(examined) -> list[str]:
    return [fault.code for fault in examined.faults]


def geojson(geometry: dict, **more) -> io.BytesIO:
    return io.BytesIO(json.dumps({"type": "Feature", "properties": {}, "geometry": geometry, **more}).encode())


# What a person typed


def test_a_list_of_coordinates_is_read_and_written_back():
    text = "101.200000, 12.600000\n101.300000, 12.600000\n101.300000, 12.700000"
    raw, faults = read_text(text)
    assert (raw.parts, faults) == ([[[(101.2, 12.6), (101.3, 12.6), (101.3, 12.7)]]], [])
    assert write_text(raw) == text


def test_parts_holes_remarks_and_thai_digits_are_understood():
    raw, faults = read_text(
        "# เขตเทศบาล\n๑๐๑.๒ ๑๒.๖\n101.3;12.6\n101.3\t12.7 # มุม\n-\n101.25 12.61\n101.27 12.61\n101.27 12.63\n\n101.5 12.5\n101.6 12.5\n101.6 12.6 14"
    )
    assert faults == []
    assert [len(part) for part in raw.parts] == [2, 1]
    assert raw.parts[0][0][0] == (101.2, 12.6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("101.2 12.6\nมุมวัด\n", "Line 2: “มุมวัด” is not a longitude and a latitude."),
        ("101.2\n", "Line 1: “101.2” is not a longitude and a latitude."),
        ("-\n", "Line 1: a hole needs a part around it."),
        ("1e400 12\n", "Line 1: “1e400 12” is not a longitude and a latitude."),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text, message):
    assert [fault.message for fault in read_text(text)[1]] == [message]


@given(st.lists(st.tuples(st.floats(97, 106), st.floats(5, 21)), min_size=3, max_size=30))
def test_any_list_of_points_survives_writing_and_reading(points):
    ring = list({(round(x, 6), round(y, 6)): None for x, y in points})
    text = write_text(Raw([[ring]]))
    again, faults = read_text(text)
    assert faults == []
    assert write_text(again) == text


# What is wrong with an outline


def test_a_sound_outline_has_its_size_on_the_ellipsoid():
    examined = examine(Raw([[SQUARE]]), province=PROVINCE)
    assert examined.faults == []
    assert examined.square_kilometres == pytest.approx(120.1, abs=0.2)


def test_a_self_crossing_boundary_is_refused_with_its_place():
    bow = [(101.2, 12.6), (101.4, 12.8), (101.4, 12.6), (101.2, 12.8)]
    examined = examine(Raw([[bow]]), province=PROVINCE)
    assert (examined.outline, codes(examined)) == (None, ["crossing"])
    assert examined.faults[0].message == "The outline crosses or touches itself at 101.30000° E, 12.70000° N."
    assert examined.faults[0].places == ((101.3, 12.7),)


def test_every_crossing_is_counted():
    zigzag = [(101.0, 12.5), (101.8, 12.5), (101.8, 12.6), (101.6, 12.4), (101.4, 12.6), (101.2, 12.4), (101.0, 12.6)]
    fault = examine(Raw([[zigzag]])).faults[0]
    assert len(fault.places) == 4
    assert fault.message.endswith("and at 3 more places.")


def test_a_star_in_which_every_line_crosses_every_other_is_refused_without_counting_them_all():
    count = 4_001
    star = [circle(count)[(n * (count // 2)) % count] for n in range(count)]
    fault = examine(Raw([[star]])).faults[0]
    assert len(fault.places) == 50
    assert fault.message.endswith("and at 49+ more places.")


def test_a_file_that_nests_too_deeply_is_refused():
    deep = '{"type": "GeometryCollection", "geometries": [' * 600 + "]}" * 600
    with pytest.raises(Refusal) as refused:
        read(io.BytesIO(deep.encode()), "geojson", len(deep))
    assert refused.value.code in ("outline-unreadable", "outline-missing", "file-damaged")


def test_a_spike_that_runs_out_and_back_is_found():
    spike = [(101.2, 12.6), (101.3, 12.6), (101.3, 12.65), (101.4, 12.65), (101.3, 12.65), (101.3, 12.7), (101.2, 12.7)]
    assert codes(examine(Raw([[spike]]))) == ["crossing"]


def test_a_hole_outside_its_part_is_found_with_its_place():
    hole = [(101.5, 12.6), (101.6, 12.6), (101.6, 12.7)]
    fault = examine(Raw([[SQUARE, hole]])).faults[0]
    assert fault.message.startswith("A hole lies outside its part, at 101.5")


def test_a_hole_in_a_hole_is_found():
    outer = [(101.21, 12.61), (101.29, 12.61), (101.29, 12.69), (101.21, 12.69)]
    inner = [(101.23, 12.63), (101.27, 12.63), (101.27, 12.67), (101.23, 12.67)]
    assert "within another hole" in examine(Raw([[SQUARE, outer, inner]])).faults[0].message


def test_points_on_one_line_enclose_nothing():
    assert codes(examine(Raw([[[(101.2, 12.6), (101.3, 12.7), (101.4, 12.8)]]]))) == ["no-area"]
    assert codes(examine(Raw([[[(101.2, 12.6), (101.20001, 12.6), (101.20001, 12.60001)]]]))) == ["no-area"]


def test_two_points_are_no_outline():
    assert codes(examine(Raw([[[(101.2, 12.6), (101.3, 12.6)]]]))) == ["few-points"]
    assert codes(examine(Raw([]))) == ["empty"]


def test_points_given_twice_are_left_out_and_it_is_said():
    doubled = [point for point in SQUARE for _ in range(2)]
    examined = examine(Raw([[doubled]]))
    assert examined.faults == []
    assert examined.notes == ["4 points that only repeat the one before were left out."]


def test_metres_are_not_taken_for_degrees():
    assert codes(examine(Raw([[[(735_000, 1_400_000), (736_000, 1_400_000), (736_000, 1_401_000)]]]))) == ["not-degrees"]


def test_latitude_before_longitude_is_noticed_and_turned_only_when_agreed():
    turned = [(y, x) for x, y in SQUARE]
    examined = examine(Raw([[turned]]), province=PROVINCE)
    assert (codes(examined), examined.faults[0].offer) == (["swapped"], "swap")
    agreed = examine(Raw([[turned]]), province=PROVINCE, agreed=frozenset({"swap"}))
    assert agreed.faults == []
    assert agreed.outline is not None
    assert agreed.outline.equals(Polygon(SQUARE))


def test_an_unclosed_ring_of_a_file_is_refused_and_closed_only_when_agreed():
    raw = Raw([[SQUARE]], closed=True)
    fault = examine(raw).faults[0]
    assert (fault.code, fault.offer) == ("unclosed", "close")
    assert "11,0" in fault.message, "the gap is said in metres"
    assert fault.places == ((101.2, 12.7), (101.2, 12.6))
    assert examine(raw, agreed=frozenset({"close"})).faults == []


def test_an_area_in_another_province_is_refused():
    far = [(x + 3, y) for x, y in SQUARE]
    fault = examine(Raw([[far]]), province=PROVINCE).faults[0]
    assert (fault.code, fault.offer) == ("outside", "")
    assert fault.message.startswith("100 % of the area lie outside the province")
    assert codes(examine(Raw([[far]]), province=PROVINCE, agreed=frozenset({"outside"}))) == ["outside"]


def test_an_area_that_reaches_beyond_its_province_needs_a_word():
    beyond = [(101.8, 12.4), (102.1, 12.4), (102.1, 12.6), (101.8, 12.6)]
    assert examine(Raw([[beyond]]), province=PROVINCE).faults[0].offer == "outside"
    assert examine(Raw([[beyond]]), province=PROVINCE, agreed=frozenset({"outside"})).faults == []


def test_the_outline_of_a_province_is_rough_so_its_edge_is_not_taken_to_the_metre():
    edge = [(101.98, 12.4), (102.01, 12.4), (102.01, 12.6), (101.98, 12.6)]
    assert examine(Raw([[edge]]), province=PROVINCE).faults == []


def circle(count: int) -> list[tuple[float, float]]:
    return [(101.5 + 0.2 * math.cos(2 * math.pi * n / count), 12.5 + 0.2 * math.sin(2 * math.pi * n / count)) for n in range(count)]


def test_too_many_points_are_thinned_only_when_agreed_and_the_change_is_said():
    raw = Raw([[circle(40_000)]])
    fault = examine(raw).faults[0]
    assert (fault.code, fault.offer) == ("too-many-points", "simplify")
    assert fault.message.startswith("The outline has 40,001 points; at most 5,000 are kept.")
    thin = examine(raw, agreed=frozenset({"simplify"}))
    assert thin.outline is not None
    assert thin.outline.is_valid
    assert len(thin.outline.exterior.coords) <= MOST_POINTS
    assert thin.square_kilometres == pytest.approx(examine(Raw([[circle(4_000)]])).square_kilometres, rel=0.001)


def test_parts_that_overlap_are_joined_and_it_is_said():
    other = [(x + 0.05, y) for x, y in SQUARE]
    examined = examine(Raw([[SQUARE], [other]]))
    assert examined.notes == ["Parts that overlap were joined."]
    assert examined.outline is not None
    assert examined.outline.geom_type == "Polygon"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=9))
def test_whatever_is_drawn_either_is_sound_or_is_told_why(points):
    ring = [(101 + x / 10, 12 + y / 10) for x, y in points]
    examined = examine(Raw([[ring]]), province=PROVINCE)
    if examined.outline is None:
        assert examined.faults
        assert all(fault.message for fault in examined.faults)
    else:
        assert examined.outline.is_valid
        assert examined.square_kilometres > 0


# Files


def test_geojson_is_read_with_all_its_parts():
    raw = read(
        geojson(
            {
                "type": "MultiPolygon",
                "coordinates": [[[*SQUARE, SQUARE[0]]], [[(101.5, 12.5), (101.6, 12.5), (101.6, 12.6), (101.5, 12.5)]]],
            }
        ),
        "geojson",
        1,
    )
    assert [len(part[0]) for part in raw.parts] == [5, 4]
    assert raw.notes == ["The file has 2 parts; they were read as one boundary."]
    assert examine(raw, province=PROVINCE).faults == []


def test_geojson_of_a_named_projection_is_turned_to_degrees():
    turn = Transformer.from_crs(4326, 32647, always_xy=True)
    ring = [turn.transform(x, y) for x, y in [*SQUARE, SQUARE[0]]]
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32647"}}
    raw = read(geojson({"type": "Polygon", "coordinates": [ring]}, crs=named), "geojson", 1)
    assert raw.parts[0][0][0] == pytest.approx(SQUARE[0], abs=1e-7)
    assert raw.notes == ["Converted from WGS 84 / UTM zone 47N to WGS 84."]


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ({"type": "Point", "coordinates": [101, 12]}, "outline-missing"),
        ({"type": "LineString", "coordinates": [[101, 12], [102, 12]]}, "outline-missing"),
        (None, "outline-missing"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, "outline-unreadable"),
        ({"type": "Polygon", "coordinates": 7}, "outline-unreadable"),
        ({"type": "Polygon"}, "outline-unreadable"),
    ],
)
def test_geojson_without_an_area_is_refused(geometry, code):
    with pytest.raises(Refusal) as refused:
        read(geojson(geometry), "geojson", 1)
    assert refused.value.code == code


def test_a_collection_gives_its_areas_in_order():
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[*SQUARE, SQUARE[0]]]}}
    found = {"type": "FeatureCollection", "features": [feature, {"type": "Feature", "geometry": None}, feature]}
    assert len(parts_of_geojson(found)) == 2


def test_kml_is_read_with_its_holes():
    kml = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>เขต</name><Polygon>
    <outerBoundaryIs><LinearRing><coordinates>101.2,12.6,0 101.3,12.6,0 101.3,12.7,0 101.2,12.7,0 101.2,12.6,0</coordinates></LinearRing></outerBoundaryIs>
    <innerBoundaryIs><LinearRing><coordinates>101.22,12.62 101.24,12.62 101.24,12.64 101.22,12.62</coordinates></LinearRing></innerBoundaryIs>
    </Polygon></Placemark></Document></kml>"""
    raw = read(io.BytesIO(kml.encode()), "kml", 1)
    assert [len(ring) for ring in raw.parts[0]] == [5, 4]
    assert examine(raw).faults == []


def shapefile_bytes(ring, *, prj: str = "", field: str = "ชื่อ") -> bytes:
    parts = {end: io.BytesIO() for end in ("shp", "shx", "dbf")}
    writer = shapefile.Writer(**parts, shapeType=shapefile.POLYGON)
    writer.field("NAME", "C")
    writer.poly([[*ring, ring[0]]])
    writer.record(field)
    writer.close()
    entries = {f"ขอบเขต.{end}": stream.getvalue() for end, stream in parts.items()}
    return zip_bytes({**entries, **({"ขอบเขต.prj": prj.encode()} if prj else {})})


def test_a_shapefile_in_metres_is_turned_by_its_prj():
    turn = Transformer.from_crs(4326, 32647, always_xy=True)
    content = shapefile_bytes([turn.transform(x, y) for x, y in SQUARE], prj=CRS.from_epsg(32647).to_wkt("WKT1_ESRI"))
    raw = read(io.BytesIO(content), "shapefile", len(content))
    assert shape({"type": "Polygon", "coordinates": raw.parts[0]}).symmetric_difference(box(101.2, 12.6, 101.3, 12.7)).area < 1e-6
    assert raw.notes == ["Converted from WGS 84 / UTM zone 47N to WGS 84."]


def test_a_shapefile_of_the_old_thai_datum_is_moved():
    """Indian 1975 lies some hundred metres beside WGS 84: left out, every boundary would be off by streets."""
    content = shapefile_bytes(SQUARE, prj=CRS.from_epsg(4240).to_wkt("WKT1_ESRI"))
    raw = read(io.BytesIO(content), "shapefile", len(content))
    assert 0.0005 < Point(raw.parts[0][0][0]).distance(Point(SQUARE[0])) < 0.01


def test_a_shapefile_without_prj_in_degrees_must_be_confirmed():
    content = shapefile_bytes(SQUARE)
    raw = read(io.BytesIO(content), "shapefile", len(content))
    assert (codes(examine(raw)), examine(raw).faults[0].offer) == (["degrees"], "degrees")
    assert examine(raw, agreed=frozenset({"degrees"})).faults == []


def test_a_shapefile_without_prj_in_metres_is_refused():
    content = shapefile_bytes([(735_000, 1_400_000), (736_000, 1_400_000), (736_000, 1_401_000)])
    with pytest.raises(Refusal) as refused:
        read(io.BytesIO(content), "shapefile", len(content))
    assert refused.value.code == "projection-missing"


def test_a_shapefile_with_an_unknown_projection_is_refused():
    content = shapefile_bytes(SQUARE, prj="not a projection")
    with pytest.raises(Refusal) as refused:
        read(io.BytesIO(content), "shapefile", len(content))
    assert refused.value.code == "projection-unknown"


@pytest.mark.filterwarnings("ignore:Declared file size")
def test_a_damaged_shapefile_is_refused():
    content = zip_bytes({"a.shp": b"x" * 200, "a.shx": b"x" * 120, "a.dbf": b"x" * 60, "a.prj": b""})
    with pytest.raises(Refusal) as refused:
        read(io.BytesIO(content), "shapefile", len(content))
    assert refused.value.code == "outline-unreadable"
