"""The pages of places: who gets in, what a person who makes a mistake sees, what the list costs."""

import json
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from shapely.geometry import box

from nagara.audit.record import System
from nagara.documents.files import keep_bytes
from nagara.documents.models import StoredFile
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user, sign_in
from nagara.places.actions import propose_boundary, set_boundary
from nagara.places.models import Area, Boundary, FormerName, Population, ProposedBoundary
from nagara.places.tests.test_outlines import shapefile_bytes
from nagara.places.tests.world import make_area
from nagara.toolkit import access

pytestmark = pytest.mark.django_db
SQUARE = "101.2, 12.6\n101.3, 12.6\n101.3, 12.7\n101.2, 12.7"
BOW = "101.2, 12.6\n101.4, 12.8\n101.4, 12.6\n101.2, 12.8"


def signed_in(user: User, *, second_factor: bool = True) -> Client:
    return sign_in(Client(headers={"accept-language": "en"}), user, second_factor=second_factor)


@pytest.fixture
def area() -> Area:
    return make_area()


@pytest.fixture
def office() -> Client:
    return signed_in(make_user("office", Role.OFFICE))


@pytest.fixture
def officer(area) -> Client:
    return signed_in(make_user("officer", (Role.CITY_OFFICER, f"area:{area.pk}")), second_factor=False)


def text(response) -> str:
    return response.content.decode()


# Who gets in


def test_pages_are_closed_to_visitors_and_to_the_team_of_another_area(client, area):
    other = signed_in(make_user("other", (Role.CITY_OFFICER, "area:999999")))
    for page in ("edit", "boundary"):
        address = f"/en/areas/{area.slug}/{page}"
        assert client.get(address).status_code == 302
        assert other.get(address).status_code == 404
        assert other.post(address, {"do": "save", "outline": SQUARE}).status_code == 404
    assert other.get("/en/places/add").status_code == 403
    assert not ProposedBoundary.objects.exists()


def test_the_team_of_an_area_reaches_its_boundary_but_not_its_record(officer, area):
    assert officer.get(f"/en/areas/{area.slug}/boundary").status_code == 200
    assert officer.get(f"/en/areas/{area.slug}/edit").status_code == 404
    assert officer.post(f"/en/areas/{area.slug}/boundary/accept", {"number": 1}).status_code == 404


def test_rules_answer_for_a_visitor_who_is_not_signed_in():
    for name in access.names():
        if name.startswith("places."):
            try:
                assert not access.visible(AnonymousUser(), name).exists()
            except KeyError:
                assert not access.allowed(AnonymousUser(), name)


# The list


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries_for_one_row_and_for_three(office, django_assert_num_queries, rows):
    for number in range(rows):
        make_area(f"พื้นที่ {number}", f"Area {number}")
    office.get("/en/places")
    with django_assert_num_queries(7):  # session, account, roles, person, provinces to choose from, count, page
        response = office.get("/en/places")
    assert text(response).count("<tr>") == rows + 1


def test_the_list_is_searched_and_narrowed(office, area):
    make_area("ภูเก็ตเมืองอัจฉริยะ", "Phuket Smart City")
    assert "Phuket" in text(office.get("/en/places", {"q": "อัจฉริยะ"}))
    assert "Nakhon Rayong" not in text(office.get("/en/places", {"q": "อัจฉริยะ"}))
    assert text(office.get("/en/places", {"boundary": "no", "q": "nakhon", "province": "TH-21"})).count("<tr>") == 2
    assert "No area fits" in text(office.get("/en/places", {"boundary": "yes"}))


def test_a_team_sees_only_its_own_area(officer, area):
    make_area("ภูเก็ตเมืองอัจฉริยะ", "Phuket Smart City")
    page = text(officer.get("/en/places"))
    assert "Nakhon Rayong" in page
    assert "Phuket" not in page
    assert "Add an area" not in page


# The record of an area


def form_of(area: Area, **changes) -> dict[str, str]:
    from nagara.places.actions import seen

    said = {
        "name_th": area.name["th"],
        "name_en": area.name["en"],
        "subdivision": area.subdivision_id,
        "kind": area.kind,
        "seen": seen(area),
    }
    return {**said, **changes}


def test_the_office_changes_a_name_and_the_old_one_stays(office, area):
    answer = office.post(f"/en/areas/{area.slug}/edit", form_of(area, name_th="ระยองใหม่", renamed_on="1 ต.ค. 2569"))
    assert answer.status_code == 302
    area.refresh_from_db()
    assert area.name["th"] == "ระยองใหม่"
    assert FormerName.objects.get().ended == date(2026, 10, 1)


def test_two_people_editing_one_area_lose_nothing_they_typed(office, area):
    opened = form_of(area)
    office.post(f"/en/areas/{area.slug}/edit", {**opened, "kind": "campus"})
    answer = office.post(f"/en/areas/{area.slug}/edit", {**opened, "name_th": "อีกชื่อหนึ่ง"})
    assert answer.status_code == 422
    assert "Somebody else changed this area" in text(answer)
    assert "อีกชื่อหนึ่ง" in text(answer)


def test_a_day_that_does_not_exist_is_named_at_its_field(office, area):
    answer = office.post(f"/en/areas/{area.slug}/edit", form_of(area, name_th="ใหม่", renamed_on="29 กุมภาพันธ์ 2566"))
    assert answer.status_code == 422
    assert "There is no such day" in text(answer)


def test_without_a_second_factor_nothing_is_changed_and_the_way_is_shown(area):
    client = signed_in(make_user("office", Role.OFFICE), second_factor=False)
    answer = client.post(f"/en/areas/{area.slug}/edit", form_of(area, kind="campus"))
    assert answer.status_code == 403
    area.refresh_from_db()
    assert area.kind == ""


def test_the_office_adds_an_area(office, area):
    answer = office.post("/en/places/add", {"name_th": "บ้านฉาง", "name_en": "Ban Chang", "subdivision": "TH-21"})
    assert (answer.status_code, answer["Location"]) == (302, "/en/areas/ban-chang/edit")
    again = office.post("/en/places/add", {"name_th": "บ้านฉาง", "name_en": "Ban Chang", "subdivision": "TH-21"})
    assert again.status_code == 422
    assert "already in the record of this province" in text(again)


def test_a_count_of_people_brings_its_source(office, area):
    said = {"value": "61000", "on": "31/12/2568", "title": "สถิติประชากร", "certainty": "official", "address": "https://example.org"}
    assert office.post(f"/en/areas/{area.slug}/edit/population", said).status_code == 302
    assert office.post(f"/en/areas/{area.slug}/edit/population", said).status_code == 302, "pressed twice"
    row = Population.objects.get()
    assert (row.value, row.on, row.source.certainty) == (61_000, date(2025, 12, 31), "official")
    page = text(office.get(f"/en/areas/{area.slug}/edit"))
    assert "61,000" in page
    assert "สถิติประชากร" in page


def test_a_count_of_people_without_a_source_is_refused_at_the_field(office, area):
    answer = office.post(f"/en/areas/{area.slug}/edit/population", {"value": "61000", "on": "31/12/2568", "certainty": "official"})
    assert answer.status_code == 422
    assert "<details open>" in text(answer)
    assert not Population.objects.exists()


def test_a_former_name_is_added(office, area):
    assert office.post(f"/en/areas/{area.slug}/edit/former-name", {"name_th": "เชิงเนิน", "until": ""}).status_code == 302
    assert "เชิงเนิน" in text(office.get(f"/en/areas/{area.slug}/edit"))


# The boundary


def test_the_team_proposes_what_it_drew_and_goes_back_where_it_came_from(officer, area):
    answer = officer.post(f"/en/areas/{area.slug}/boundary", {"do": "save", "outline": SQUARE, "next": "/en/applications/7"})
    assert (answer.status_code, answer["Location"]) == (302, "/en/applications/7")
    proposal = ProposedBoundary.objects.get()
    assert (proposal.origin, round(proposal.square_kilometres)) == ("drawn", 120)


def test_an_address_elsewhere_is_not_gone_to(officer, area):
    answer = officer.post(f"/en/areas/{area.slug}/boundary", {"do": "save", "outline": SQUARE, "next": "https://example.org/"})
    assert answer["Location"] == f"/en/areas/{area.slug}/boundary"


def test_a_self_crossing_boundary_is_refused_with_its_place_and_stays_on_the_page(officer, area):
    answer = officer.post(f"/en/areas/{area.slug}/boundary", {"do": "save", "outline": BOW})
    assert answer.status_code == 422
    assert "The outline crosses or touches itself at 101.30000° E, 12.70000° N." in text(answer)
    assert 'data-show="101.3 12.7"' in text(answer)
    assert "101.4, 12.8" in text(answer), "what was drawn is still there"
    assert not ProposedBoundary.objects.exists()


def test_checking_saves_nothing(officer, area):
    answer = officer.post(f"/en/areas/{area.slug}/boundary", {"do": "check", "outline": SQUARE})
    assert answer.status_code == 200
    assert "120 km²" in text(answer).replace("</span>", "").replace('<span class="nb">', "")
    assert not ProposedBoundary.objects.exists()


def test_exchanged_coordinates_are_turned_at_a_press(officer, area):
    turned = "\n".join(f"{lat}, {lon}" for lon, lat in (line.split(", ") for line in SQUARE.splitlines()))
    answer = officer.post(f"/en/areas/{area.slug}/boundary", {"do": "save", "outline": turned})
    assert 'name="do" value="swap"' in text(answer)
    mended = officer.post(f"/en/areas/{area.slug}/boundary", {"do": "swap", "outline": turned})
    assert mended.status_code == 200
    assert "101.200000, 12.600000" in text(mended)


def test_geojson_can_be_pasted(officer, area):
    pasted = json.dumps({"type": "Polygon", "coordinates": [[[101.2, 12.6], [101.3, 12.6], [101.3, 12.7], [101.2, 12.6]]]})
    assert officer.post(f"/en/areas/{area.slug}/boundary", {"do": "save", "outline": pasted}).status_code == 302
    broken = officer.post(f"/en/areas/{area.slug}/boundary", {"do": "save", "outline": pasted[:40]})
    assert broken.status_code == 422
    assert "It is not JSON" in text(broken)


def field(response, name: str) -> str:
    return response.context["form"].data.get(name) if response.context["form"].is_bound else response.context["form"].initial.get(name)


def test_a_shapefile_comes_onto_the_map_first_and_is_kept_with_what_is_saved(officer, area):
    upload = SimpleUploadedFile("ขอบเขต.zip", shapefile_bytes([(101.2, 12.6), (101.3, 12.6), (101.3, 12.7), (101.2, 12.7)]))
    loaded = officer.post(f"/en/areas/{area.slug}/boundary", {"do": "load", "file": upload})
    assert loaded.status_code == 422
    assert "does not say in which projection" in text(loaded)
    assert not ProposedBoundary.objects.exists()
    said = {"do": "save", "outline": field(loaded, "outline"), "kept": field(loaded, "kept")}
    unsure = officer.post(f"/en/areas/{area.slug}/boundary", said)
    assert unsure.status_code == 422, "the question is still open"
    assert officer.post(f"/en/areas/{area.slug}/boundary", {**said, "agreed": "degrees"}).status_code == 302
    proposal = ProposedBoundary.objects.get()
    assert (proposal.origin, proposal.file) == ("uploaded", StoredFile.objects.get())


def test_a_broken_file_is_refused_at_its_field(officer, area):
    upload = SimpleUploadedFile("a.geojson", b'{"type": "Point", "coordinates": [101, 12]}')
    answer = officer.post(f"/en/areas/{area.slug}/boundary", {"do": "load", "file": upload})
    assert answer.status_code == 422
    assert "There is no area in the file" in text(answer)


def test_what_an_upload_left_for_one_person_is_not_taken_from_another(officer, office, area):
    upload = SimpleUploadedFile("a.zip", shapefile_bytes([(101.2, 12.6), (101.3, 12.6), (101.3, 12.7), (101.2, 12.7)]))
    kept = field(officer.post(f"/en/areas/{area.slug}/boundary", {"do": "load", "file": upload}), "kept")
    office.post(f"/en/areas/{area.slug}/boundary", {"do": "save", "outline": SQUARE, "kept": kept})
    assert Boundary.objects.get(area=area).file is None


def test_the_office_sets_a_boundary_since_a_day(office, area):
    answer = office.post(f"/en/areas/{area.slug}/boundary", {"do": "save", "outline": SQUARE, "since": "1 มกราคม 2569", "why": "พ.ร.ฎ."})
    assert answer.status_code == 302
    assert Boundary.objects.get(area=area).since == date(2026, 1, 1)
    later = SQUARE.replace("101.3", "101.35")
    early = office.post(f"/en/areas/{area.slug}/boundary", {"do": "save", "outline": later, "since": "1 มกราคม 2568"})
    assert early.status_code == 422
    assert "must begin after the one that it follows" in text(early)


def test_the_office_accepts_the_newest_proposal_only(office, area, noon):
    team = make_user("team", (Role.CITY_OFFICER, f"area:{area.pk}"))
    propose_boundary(area, box(101.2, 12.6, 101.3, 12.7), by=team, at=noon)
    propose_boundary(area, box(101.2, 12.6, 101.4, 12.7), by=team, at=noon)
    assert "The team proposes another boundary" in text(office.get(f"/en/areas/{area.slug}/boundary"))
    old = office.post(f"/en/areas/{area.slug}/boundary/accept", {"number": 1, "accept_since": ""})
    assert old.status_code == 409
    assert office.post(f"/en/areas/{area.slug}/boundary/accept", {"number": 2, "accept_since": ""}).status_code == 302
    assert Boundary.objects.get(area=area).east == 101.4


def test_the_page_of_a_boundary_stays_within_its_budget(office, area, django_assert_max_num_queries):
    now, by = timezone.now(), User.objects.get(email="office@example.org")
    set_boundary(area, box(101.2, 12.6, 101.3, 12.7), since=date(2020, 1, 1), by=by, at=now, proof=fresh_proof(now))
    office.get(f"/en/areas/{area.slug}/boundary")
    with django_assert_max_num_queries(15):
        office.get(f"/en/areas/{area.slug}/boundary")


def test_anyone_may_have_the_boundary_on_record_of_any_day(client, area, noon):
    by = make_user("office", Role.OFFICE)
    set_boundary(area, box(101.2, 12.6, 101.3, 12.7), since=date(2020, 1, 1), by=by, at=noon, proof=fresh_proof(noon))
    set_boundary(area, box(101.2, 12.6, 101.4, 12.7), since=date(2024, 1, 1), by=by, at=noon, proof=fresh_proof(noon))
    FormerName.objects.create(area=area, name={"en": "Old"}, slug="old")
    found = client.get(f"/areas/{area.slug}/boundary.geojson?on=2566-12-31")
    assert found["Content-Type"] == "application/geo+json"
    assert found.json()["properties"]["ended"] == "2024-01-01"
    assert max(point[0] for point in client.get(f"/areas/{area.slug}/boundary.geojson").json()["geometry"]["coordinates"][0]) == 101.4
    assert client.get(f"/areas/{area.slug}/boundary.geojson?on=2019-12-31").status_code == 404
    assert client.get("/areas/old/boundary.geojson")["Location"] == f"/areas/{area.slug}/boundary.geojson"
    assert client.get(f"/areas/{area.slug}/boundary.geojson?on=yesterday").status_code == 409


def test_a_file_in_use_is_never_swept_and_a_forgotten_upload_is(officer, area, noon):
    files = {
        name: keep_bytes(name.encode(), name=f"{name}.geojson", media_type="application/geo+json", by=System("test"), at=noon)
        for name in ("used", "forgotten")
    }
    propose_boundary(
        area, box(101.2, 12.6, 101.3, 12.7), by=make_user("team", (Role.CITY_OFFICER, f"area:{area.pk}")), at=noon, file=files["used"]
    )
    StoredFile.objects.update(stored_at=timezone.now() - timedelta(days=31))
    call_command("documents", "sweep", verbosity=0)
    assert list(StoredFile.objects.all()) == [files["used"]]
