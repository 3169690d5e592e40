"""A photograph shows when and where; the picture that is published holds nothing of what the camera wrote."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import ExifTags, Image

from nagara.audit.models import Entry
from nagara.documents.files import open_file
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.places.models import Area, Boundary
from nagara.plans.actions import photos
from nagara.plans.models import Photo
from nagara.plans.pictures import LONGEST, Written, clean_copy, written
from nagara.plans.tests.make import NOON, TODAY, make_city, make_project, make_subdivision
from nagara.plans.tests.test_pages import signed_in
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

INSIDE, OUTSIDE = (12.68, 101.27), (13.75, 100.5)


def degrees(value: float) -> tuple[float, float, float]:
    whole = int(value)
    minutes = int((value - whole) * 60)
    return float(whole), float(minutes), (value - whole - minutes / 60) * 3600


def picture(
    *,
    point: tuple[float, float] | None = INSIDE,
    day: str = "2026:11:09 08:30:00",
    size: tuple[int, int] = (400, 300),
    turned: bool = False,
) -> bytes:
    """A JPEG as a phone writes it."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Phone of somebody"
    exif[ExifTags.Base.Artist] = "Somchai"
    if turned:
        exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = day
    if point:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLatitudeRef] = "N" if point[0] >= 0 else "S"
        gps[ExifTags.GPS.GPSLatitude] = degrees(abs(point[0]))
        gps[ExifTags.GPS.GPSLongitudeRef] = "E" if point[1] >= 0 else "W"
        gps[ExifTags.GPS.GPSLongitude] = degrees(abs(point[1]))
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def officer() -> User:
    city = make_city("rayong")
    area = Area.objects.create(slug="nakhon-rayong", name={"th": "นครระยอง"}, subdivision=make_subdivision(), city=city)
    Boundary.objects.create(
        area=area,
        geometry={"type": "Polygon", "coordinates": [[[101.2, 12.6], [101.4, 12.6], [101.4, 12.8], [101.2, 12.8], [101.2, 12.6]]]},
        west=101.2,
        south=12.6,
        east=101.4,
        north=12.8,
        square_kilometres=480,
        origin="drawn",
        digest="x",
        made_at=NOON,
        made_by="system:test",
    )
    return make_user("officer", (Role.CITY_OFFICER, "city:rayong"))


def added(officer: User, content: bytes | None = None) -> Photo:
    return photos.add(make_project(), SimpleUploadedFile("site.jpg", content or picture()), by=officer, at=NOON)


def test_day_and_place_are_read_from_the_picture():
    assert written(io.BytesIO(picture())) == Written(date(2026, 11, 9), 12.68, 101.27)
    assert written(io.BytesIO(picture(point=(-6.2, 106.8)))).latitude == -6.2


@pytest.mark.parametrize("day", ["0000:00:00 00:00:00", "soon", "1970:01:01 00:00:00"])
def test_a_day_that_no_camera_could_mean_is_not_read(day: str):
    assert written(io.BytesIO(picture(day=day, point=(0.0, 0.0)))) == Written()


def test_the_published_picture_holds_pixels_and_nothing_else():
    content = clean_copy(io.BytesIO(picture(size=(4000, 2000), turned=True)))
    with Image.open(io.BytesIO(content)) as found:
        assert found.size == (LONGEST // 2, LONGEST)
        assert dict(found.getexif()) == {}
        assert set(found.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    assert b"Somchai" not in content


def test_what_is_no_picture_is_refused():
    with pytest.raises(Refusal):
        written(io.BytesIO(b"\xff\xd8\xff not a picture"))


def test_a_photograph_is_public_only_after_a_person_confirmed_it(officer: User):
    photo = added(officer)
    address = f"/photos/{photo.pk}.jpg"
    assert Client().get(address).status_code == 404
    assert signed_in(officer).get(address).status_code == 200
    photos.confirm(photo, caption={"th": "รางรถไฟ"}, taken_on=date(2026, 11, 9), place_published=False, by=officer, at=NOON)
    public = Client().get(address)
    assert public.status_code == 200
    content = b"".join(public.streaming_content)
    assert b"Somchai" not in content
    assert b"Phone of somebody" not in content
    page = Client().get("/en/cities/rayong/projects/P-1").content.decode()
    assert "รางรถไฟ" in page
    assert "12.68" not in page


def test_the_original_has_no_address_of_its_own(officer: User):
    photo = added(officer)
    with open_file(photo.original) as file:
        assert b"Somchai" in file.read()
    with open_file(photo.picture) as file:
        assert b"Somchai" not in file.read()


def test_a_place_inside_the_city_may_be_published(officer: User):
    photo = photos.confirm(added(officer), caption={}, taken_on=TODAY, place_published=True, by=officer, at=NOON)
    assert photo.place_published
    assert "12.6800" in Client().get("/en/cities/rayong/projects/P-1").content.decode()


@pytest.mark.parametrize("point", [OUTSIDE, None])
def test_a_place_elsewhere_or_unknown_is_never_published(officer: User, point: tuple[float, float] | None):
    photo = added(officer, picture(point=point))
    assert not photos.inside_the_city(photo)
    with pytest.raises(Refusal) as refusal:
        photos.confirm(photo, caption={}, taken_on=TODAY, place_published=True, by=officer, at=NOON)
    assert list(refusal.value.fields) == ["place_published"]


def test_without_an_outline_on_record_no_place_is_published(officer: User):
    Boundary.objects.all().delete()
    assert not photos.inside_the_city(added(officer))


def test_the_same_picture_twice_is_one_photograph(officer: User):
    project = make_project()
    content = picture()
    one = photos.add(project, SimpleUploadedFile("a.jpg", content), by=officer, at=NOON)
    two = photos.add(project, SimpleUploadedFile("b.jpg", content), by=officer, at=NOON)
    assert one == two


def test_a_photograph_of_tomorrow_is_refused(officer: User):
    with pytest.raises(Refusal):
        photos.confirm(added(officer), caption={}, taken_on=TODAY + timedelta(days=1), place_published=False, by=officer, at=NOON)


def test_a_photograph_is_taken_off_the_page_and_the_record_keeps_it(officer: User):
    photo = photos.confirm(added(officer), caption={}, taken_on=TODAY, place_published=False, by=officer, at=NOON)
    photos.withdraw(photo, by=officer, at=NOON)
    assert Client().get(f"/photos/{photo.pk}.jpg").status_code == 404
    assert list(Entry.objects.filter(about=f"plans.photo:{photo.pk}").values_list("did", flat=True)) == [
        "plans.add_photo",
        "plans.confirm_photo",
        "plans.withdraw_photo",
    ]


def test_the_record_names_no_place(officer: User):
    photos.confirm(added(officer), caption={}, taken_on=TODAY, place_published=True, by=officer, at=NOON)
    assert not [entry for entry in Entry.objects.all() if "101.27" in entry.after]


def test_an_officer_of_another_city_adds_and_confirms_nothing(officer: User):
    make_city("phuket")
    other = make_user("other", (Role.CITY_OFFICER, "city:phuket"))
    photo = added(officer)
    for act in (
        lambda: photos.add(photo.project, SimpleUploadedFile("a.jpg", picture()), by=other, at=NOON),
        lambda: photos.confirm(photo, caption={}, taken_on=None, place_published=False, by=other, at=NOON),
        lambda: photos.withdraw(photo, by=other, at=NOON),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_the_database_publishes_no_place_that_nobody_confirmed(officer: User):
    photo = added(officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Photo.objects.filter(pk=photo.pk).update(place_published=True)


def test_a_photograph_goes_up_from_the_page(officer: User):
    client = signed_in(officer)
    project = make_project()
    answer: Any = client.post(f"/en/projects/{project.pk}/photos", {"photo": SimpleUploadedFile("site.jpg", picture())})
    photo = Photo.objects.get()
    assert answer.url == f"/en/photos/{photo.pk}"
    page = client.get(answer.url)
    assert page.context["form"]["taken_on"].value() == date(2026, 11, 9)
    assert "place_published" in page.context["form"].fields
    client.post(answer.url, {"caption_th": "ราง", "taken_on": "9 พ.ย. 2569", "place_published": "on"})
    photo.refresh_from_db()
    assert (photo.taken_on, photo.place_published) == (date(2026, 11, 9), True)
