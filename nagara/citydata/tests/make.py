"""What the tests of this part stand on: a place, its space, its officer, a table."""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from nagara.citydata.actions.spaces import open_space
from nagara.citydata.models import DataSpace
from nagara.documents.models import Source
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.places.models import Area, City, State, Subdivision

AIR = """สถานี,วันที่,ละติจูด,ลองจิจูด,PM2.5
ตลาดเก่า,๑/๑/๒๕๖๙,17.852,102.748,40.5
ตลาดเก่า,2/1/2569,17.852,102.748,41
ท่าน้ำ,1 ม.ค. 2569,17.83,102.766,30
ท่าน้ำ,2026-01-02 13:00,17.83,102.766,
"""


def make_area(slug: str) -> Area:
    source = Source.objects.get_or_create(code="test", defaults={"title": {"en": "test"}, "certainty": "invented"})[0]
    state = State.objects.get_or_create(iso2="TH", defaults={"iso3": "THA", "name": {"en": "Thailand"}})[0]
    province = Subdivision.objects.get_or_create(
        code="TH-43",
        defaults={"state": state, "name": {"th": "หนองคาย", "en": "Nong Khai"}, "latitude": 17.88, "longitude": 102.74, "source": source},
    )[0]
    city = City.objects.create(
        slug=slug, state=state, subdivision=province, name={"en": slug}, latitude=17.85, longitude=102.75, source=source
    )
    return Area.objects.create(slug=slug, subdivision=province, name={"th": "เมืองสายน้ำ", "en": slug}, city=city)


def make_space(slug: str, at: datetime) -> tuple[DataSpace, User]:
    """A data space and an officer of its area."""
    area = make_area(slug)
    officer = make_user(f"officer of {slug}", (Role.CITY_OFFICER, f"area:{area.pk}"))
    return open_space(area, title={"th": "ข้อมูลเมืองสายน้ำ", "en": "City data"}, licence="CC-BY-4.0", by=officer, at=at), officer


def table(content: str = AIR, *, name: str = "air.csv", encoding: str = "utf-8") -> Any:
    return SimpleUploadedFile(name, content.encode(encoding), content_type="text/csv")
