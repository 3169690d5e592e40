"""Names on a map."""

from shapely.geometry import Polygon, box

from nagara.web.maps.labels import Name, place


def test_a_shape_outside_the_window_gets_no_label() -> None:
    window = (0.0, 0.0, 400.0, 300.0)
    names = [_name("in", box(50, 50, 350, 250)), _name("out", Polygon())]
    assert [label.name.key for label in place(names, size=12, window=window)] == ["in"]


def _name(key: str, shape: Polygon) -> Name:
    return Name(key=key, text=key, tail="", shape=shape, weight=1)
