"""The number on the page is the rows of the CSV and the count of the JSON, on any day and with any filter."""

import csv
import json
from io import StringIO

import pytest
from django.db import transaction
from django.test import Client

from nagara.audit.record import System
from nagara.audit.record import record as note
from nagara.opendata.answer import _cell
from nagara.places.models import Area


def body(answer) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode("utf-8")


def csv_rows(answer) -> list[dict[str, str]]:
    text = body(answer)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize(
    "query", ["", "as_of=2021-12-31", "as_of=2022-11-30", "province=TH-10", "year=2022&q=นคร", "status=all", "status=revoked"]
)
def test_the_page_the_csv_and_the_json_agree(demo_world, client: Client, query):
    page = client.get(f"/register?{query}").context["page"].paginator.count
    rows = csv_rows(client.get(f"/register.csv?{query}"))
    found = json.loads(body(client.get(f"/register.json?{query}")))
    assert page == len(rows) == found["count"] == len(found["areas"])
    assert [row["slug"] for row in rows] == [row["slug"] for row in found["areas"]]
    assert found["provinces"] == len({row["province_code"] for row in rows})


def test_the_figures_are_the_same_as_data(demo_world, client: Client):
    found = json.loads(body(client.get("/figures.json?as_of=2022-11-30&since=2021-12-31")))
    assert (found["recognised_areas"], found["provinces"]) == (30, 23)
    assert (found["change"]["added_areas"], found["change"]["added_provinces"]) == (15, 14)
    assert [row["province_code"] for row in found["change"]["added"]].count("TH-65") == 2
    assert "30 พฤศจิกายน 2565" in found["sentence"]["th"]
    assert "30 November 2022" in found["sentence"]["en"]
    assert [point["recognised_areas"] for point in found["series"]] == [15, 30]


def test_days_are_iso_and_what_is_not_on_record_is_empty(demo_world, client: Client):
    row = next(row for row in csv_rows(client.get("/register.csv")) if row["slug"] == "nakhon-rayong")
    assert (row["decided_on"], row["presented_on"], row["valid_until"], row["kind"]) == ("2022-11-09", "2023-01-10", "", "")
    area = json.loads(body(client.get("/areas/nakhon-sawan.json")))
    assert area["name"] == {"en": "Nakhon Sawan Smart City"}
    assert (area["kind"], area["boundary"]) == (None, None)


def test_an_area_as_data_is_the_area_of_the_day(demo_world, client: Client):
    before = json.loads(body(client.get("/areas/nakhon-rayong.json?as_of=2022-11-08")))
    assert (before["recognitions"], before["steps"]) == ([], [])
    after = json.loads(body(client.get("/areas/nakhon-rayong.json?as_of=2022-12-01")))
    assert [grant["status"] for grant in after["recognitions"]] == ["recognised"]
    assert [step["what"] for step in after["steps"]] == ["grant"]
    assert len(csv_rows(client.get("/areas/nakhon-rayong.csv"))) == 2


def test_a_file_has_a_name_a_licence_and_is_open_to_every_site(demo_world, client: Client):
    answer = client.get("/register.csv?as_of=2022-11-30")
    assert answer["Content-Disposition"] == 'attachment; filename="nagara-register-2022-11-30.csv"'
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "creativecommons.org/licenses/by/4.0" in answer["Link"]
    assert json.loads(body(client.get("/register.json")))["licence"].endswith("/by/4.0/")


def test_what_has_not_changed_is_not_sent_again(demo_world, client: Client):
    first = client.get("/register.json")
    again = client.get("/register.json", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again["Access-Control-Allow-Origin"]) == (304, "*")
    since = client.get(
        "/register.json?as_of=2022-11-30", headers={"If-Modified-Since": client.get("/register.json?as_of=2022-11-30")["Last-Modified"]}
    )
    assert since.status_code == 304
    assert client.get("/register.json?as_of=2022-11-30")["ETag"] != first["ETag"]


def test_a_change_on_record_makes_a_new_answer(demo_world, client: Client, noon):
    first = client.get("/register.json")
    with transaction.atomic():
        note(by=System("test"), did="test.change", about="nothing", at=noon)
    assert client.get("/register.json", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_name_is_never_run_as_a_formula(demo_world, client: Client):
    area = Area.objects.get(slug="krabi")
    area.name = {"th": '=HYPERLINK("http://example.org")', "en": "+1"}
    area.save()
    row = next(row for row in csv_rows(client.get("/register.csv")) if row["slug"] == "krabi")
    assert (row["name_th"], row["name_en"]) == ('\'=HYPERLINK("http://example.org")', "'+1")
    assert (_cell(-3), _cell(True), _cell(None)) == ("-3", "true", "")


@pytest.mark.parametrize(
    ("address", "code"), [("/register.json?as_of=yesterday", "unreadable-day"), ("/register.csv?status=famous", "unreadable-filter")]
)
def test_what_cannot_be_read_is_refused_as_problem_details(demo_world, client: Client, address, code):
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert json.loads(answer.content)["type"] == f"urn:nagara:refusal:{code}"


def test_data_is_read_only(demo_world, client: Client):
    assert client.post("/register.json").status_code == 405


def test_the_provinces_hold_their_count(demo_world, client: Client):
    found = json.loads(body(client.get("/provinces.geojson?as_of=2021-12-31")))
    counts = [feature["properties"]["recognised_areas"] for feature in found["features"]]
    assert (len(counts), sum(counts), sum(1 for count in counts if count)) == (77, 15, 11)
    assert all(feature["geometry"] for feature in found["features"])


def test_long_lists_are_read_in_a_fixed_number_of_queries(demo_world, client: Client, django_assert_num_queries):
    with django_assert_num_queries(3):
        body(client.get("/register.csv"))
    with django_assert_num_queries(3):
        body(client.get("/register.csv?province=TH-65"))
