"""A small record for the tests: states, provinces, areas and a source, made with as few words as possible."""

from datetime import UTC, date, datetime

from nagara.audit.record import System
from nagara.documents.models import Source
from nagara.people.models import Organisation
from nagara.places.models import Area, State, Subdivision
from nagara.recognition.models import Recognition
from nagara.recognition.record import enter
from nagara.recognition.states import Tier

LOADER = System("test")
THEN = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)


def make_source(code: str = "press") -> Source:
    return Source.objects.get_or_create(code=code, defaults={"title": {"en": code}, "certainty": "press"})[0]


def make_province(code: str) -> Subdivision:
    thailand = State.objects.get_or_create(iso2="TH", defaults={"iso3": "THA", "name": {"th": "ไทย", "en": "Thailand"}})[0]
    found = Subdivision.objects.filter(code=code).first()
    return found or Subdivision.objects.create(
        code=code, state=thailand, name={"th": f"จังหวัด {code}", "en": code}, latitude=13.7, longitude=100.5, source=make_source()
    )


def make_area(slug: str, province: str = "TH-21", organisation: Organisation | None = None) -> Area:
    return Area.objects.create(
        slug=slug, name={"th": f"เมือง {slug}", "en": slug.title()}, subdivision=make_province(province), organisation=organisation
    )


def on_the_record(area: Area, number: int, day: date, *, tier: str = Tier.LABEL, valid_until: date | None = None) -> Recognition:
    return enter(
        area,
        tier=tier,
        number=number,
        batch=day.year,
        decided_on=day,
        effective_on=day,
        valid_until=valid_until,
        source=make_source(),
        certainty="press",
        at=THEN,
        by=LOADER,
    )
