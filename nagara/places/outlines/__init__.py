"""Outlines as they come in: drawn, typed or uploaded. Read first, examined after; nothing is mended without being asked for."""

from dataclasses import dataclass, field

from nagara.places.geometry import Point

Ring = list[Point]
Part = list[Ring]
"""One outer ring and then its holes."""


@dataclass
class Raw:
    """Rings as they were given, in whatever state they are."""

    parts: list[Part]
    closed: bool = False
    """Should the rings be closed by their own last point, as GeoJSON and KML demand?"""
    notes: list[str] = field(default_factory=list)
    """What was done in reading, for the person to know."""
    degrees_unsure: bool = False
    """No projection was named: the numbers look like degrees, and the person has to say that they are."""

    def points(self) -> list[Point]:
        return [point for part in self.parts for ring in part for point in ring]


@dataclass(frozen=True)
class Fault:
    """What is wrong with an outline: why, and where. `offer` names what would mend it, if the person agrees."""

    code: str
    message: str
    places: tuple[Point, ...] = ()
    offer: str = ""
    offer_label: str = ""
