"""Sizes, windows and paths, as plain numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from nagara.places.geometry import (
    as_geojson,
    bounds_of,
    label_point,
    metres,
    simplified_together,
    square_kilometres,
    svg_path,
    window,
)


def test_a_degree_at_the_equator_has_its_known_size():
    assert square_kilometres(box(0, 0, 1, 1)) == pytest.approx(12_308.8, abs=0.1)
    assert metres((101, 12), (101, 13)) == pytest.approx(110_650, abs=50)


def test_the_size_of_a_hole_does_not_count_whichever_way_it_runs():
    hole = [(101.2, 12.2), (101.4, 12.2), (101.4, 12.4), (101.2, 12.4)]
    whole, gap = square_kilometres(box(101, 12, 102, 13)), square_kilometres(Polygon(hole))
    for ring in (hole, hole[::-1]):
        outline = Polygon([(101, 12), (102, 12), (102, 13), (101, 13)], [ring])
        from shapely.geometry.polygon import orient

        assert square_kilometres(orient(outline)) == pytest.approx(whole - gap, rel=1e-9)


def test_an_outline_is_written_as_the_standard_says():
    clockwise = Polygon([(101, 12), (101, 13), (102, 13.00000049), (102, 12)])
    found = as_geojson(clockwise)
    assert found == {"type": "Polygon", "coordinates": [[[101, 12], [102, 12], [102, 13], [101, 13], [101, 12]]]}
    assert as_geojson(MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3)]))["type"] == "MultiPolygon"


def test_the_box_around_several_outlines():
    assert bounds_of([as_geojson(box(1, 2, 3, 4)), as_geojson(box(0, 3, 2, 9))]) == (0, 2, 3, 9)
    assert bounds_of([]) is None


@given(st.floats(101.01, 101.99), st.floats(12.01, 12.99))
def test_a_window_leads_there_and_back(longitude, latitude):
    seen = window((101, 12, 102, 13), 800, 500)
    x, y = seen.xy(longitude, latitude)
    assert 0 < x < 800
    assert 0 < y < 500
    assert seen.lon_lat(x, y) == pytest.approx((longitude, latitude), abs=1e-9)


def test_a_window_keeps_angles():
    seen = window((101, 12, 101.1, 12.1), 1000, 1000)
    x0, y0 = seen.xy(101.05, 12.05)
    x1, _ = seen.xy(101.06, 12.05)
    _, y1 = seen.xy(101.05, 12.05 + 0.01 * metres((101.05, 12.05), (101.06, 12.05)) / metres((101.05, 12.05), (101.05, 12.06)))
    assert x1 - x0 == pytest.approx(y0 - y1, rel=0.01)


def test_a_path_draws_holes_too():
    outline = Polygon([(101, 12), (102, 12), (102, 13), (101, 13)], [[(101.4, 12.4), (101.6, 12.4), (101.6, 12.6)]])
    path = svg_path(outline, window(outline.bounds, 100, 100))
    assert path.count("M") == path.count("Z") == 2


def test_a_name_stands_inside_its_outline_even_where_that_is_bent():
    bent = Polygon([(0, 0), (3, 0), (3, 3), (2.5, 3), (2.5, 0.5), (0, 0.5)])
    from shapely.geometry import Point

    assert bent.contains(Point(label_point(bent)))


def test_neighbours_are_simplified_without_gaps():
    wavy = [(1 + (n % 2) * 0.01, n / 10) for n in range(11)]
    left, right = Polygon([(0, 0), *wavy, (0, 1)]), Polygon([(2, 0), *wavy, (2, 1)])
    thin = simplified_together({"l": left, "r": right}, 0.05)
    assert thin["l"].union(thin["r"]).area == pytest.approx(2, abs=0.02)
    assert thin["l"].intersection(thin["r"]).area < 1e-12
    assert len(thin["l"].exterior.coords) < len(left.exterior.coords)
