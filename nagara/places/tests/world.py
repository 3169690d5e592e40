"""A small country for the tests: one province that is a square of one degree, and areas in it."""

from datetime import UTC, datetime

from shapely.geometry import box, mapping

from nagara.documents.models import Source
from nagara.places.models import Area, Boundary, State, Subdivision
from nagara.toolkit.digests import digest

PROVINCE = box(101, 12, 102, 13)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def make_source(code: str = "atlas") -> Source:
    return Source.objects.get_or_create(code=code, defaults={"title": {"th": "แผนที่", "en": "Atlas"}, "certainty": "official"})[0]


def make_province(code: str = "TH-21", th: str = "ระยอง", en: str = "Rayong") -> Subdivision:
    state, _ = State.objects.get_or_create(iso2="TH", defaults={"iso3": "THA", "name": {"th": "ไทย", "en": "Thailand"}})
    province, made = Subdivision.objects.get_or_create(
        code=code, defaults={"state": state, "name": {"th": th, "en": en}, "latitude": 12.5, "longitude": 101.5, "source": make_source()}
    )
    if made:
        outline = PROVINCE
        Boundary.objects.create(
            subdivision=province,
            geometry=mapping(outline),
            **dict(zip(("west", "south", "east", "north"), outline.bounds, strict=True)),
            square_kilometres=12_000,
            origin=Boundary.Origin.REFERENCE,
            digest=digest(mapping(outline)),
            source=make_source(),
            made_at=LONG_AGO,
            made_by="system:test",
        )
    return province


def make_area(th: str = "นครระยอง", en: str = "Nakhon Rayong", *, slug: str = "", province: Subdivision | None = None) -> Area:
    return Area.objects.create(
        name={"th": th, "en": en}, slug=slug or en.lower().replace(" ", "-"), subdivision=province or make_province()
    )
