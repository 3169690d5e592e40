"""Every public page answers, in both languages, for any day, in few queries."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nagara.places.models import Area, FormerName

PAGES = ("", "register", "map", "resolutions", "figures", "search?q=เมือง", "data", "areas/nakhon-rayong", "areas/nakhon-sawan")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["th", "en"])
def test_a_public_page_answers_in_the_language_of_its_address(demo_world, client: Client, page, lang):
    answer = client.get(f"/{'en/' if lang == 'en' else ''}{page}")
    assert answer.status_code == 200
    assert f'<html lang="{lang}"' in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_public_page_asks_at_most_fifteen_queries(demo_world, client: Client, page):
    client.get(f"/{page}")  # outlines are read once
    with CaptureQueriesContext(
        connection,
    ) as seen:
        client.get(f"/{page}")
    assert len(seen) <= 15, [query["sql"][:120] for query in seen]


def test_the_first_page_says_the_figure_of_the_day(demo_world, client: Client):
    today = client.get("/en/").content.decode()
    assert '<span class="ng-figure__n">37</span>' in today
    assert "in 25 provinces" in today
    then = client.get("/en/?as_of=2022-11-30").content.decode()
    assert '<span class="ng-figure__n">30</span>' in then
    assert "in 23 provinces" in then
    assert "You are looking back: this is the record of 30 November 2022." in then


@pytest.mark.parametrize("typed", ["2022-11-30", "30/11/2565", "30 พ.ย. 2565", "๓๐ พฤศจิกายน ๒๕๖๕", "30 Nov 2022"])
def test_a_day_is_typed_in_either_calendar(demo_world, client: Client, typed):
    assert '<span class="ng-figure__n">30</span>' in client.get("/", {"as_of": typed}).content.decode()


def test_a_day_that_cannot_be_read_is_said_and_today_is_shown(demo_world, client: Client):
    page = client.get("/en/", {"as_of": "29 February 2566"}).content.decode()
    assert "There is no such day" in page
    assert 'value="29 February 2566"' in page
    assert '<span class="ng-figure__n">37</span>' in page


def test_every_link_of_a_past_day_keeps_the_day(demo_world, client: Client):
    page = client.get("/en/register?as_of=2022-11-30").content.decode()
    assert 'href="/en/areas/krabi?as_of=2022-11-30"' in page
    assert 'href="/register.csv?as_of=2022-11-30"' in page
    assert 'href="/en/map?as_of=2022-11-30"' in page


def test_the_register_is_in_the_order_of_the_thai_alphabet(demo_world, client: Client):
    page = client.get("/register?province=TH-50").content.decode()
    order = [
        page.index(slug) for slug in ("/areas/chiang-mai-old-town", "/areas/chiang-mai-university", "/areas/mueang-tai-yong-buak-khang")
    ]
    assert order == sorted(order)


@pytest.mark.parametrize("page", ["/en/register", "/en/figures"])
def test_an_english_page_is_in_the_order_of_the_english_alphabet(demo_world, client: Client, page: str):
    content = client.get(page).content.decode()
    order = [content.rindex(f"/areas/{slug}") for slug in ("khan-song", "khon-kaen", "korat", "krabi", "lampang", "yala")]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("query", "areas"),
    [
        ("province=TH-65", 2),
        ("year=2022", 15),
        ("year=2565", 15),
        ("q=อัจฉริยะ", 21),
        ("q=smart+city", 31),
        ("kind=none", 37),
        ("kind=campus", 0),
        ("status=revoked", 0),
        ("status=all", 37),
        ("province=TH-10&year=2021&as_of=2021-12-31", 4),
    ],
)
def test_the_register_is_filtered(demo_world, client: Client, query, areas):
    page = client.get(f"/en/register?{query}")
    assert page.context["page"].paginator.count == areas


def test_a_filter_without_meaning_is_said(demo_world, client: Client):
    answer = client.get("/en/register?status=famous")
    assert answer.status_code == 400
    assert "There is no status “famous”." in answer.content.decode()


def test_search_finds_a_part_of_a_thai_word(demo_world, client: Client):
    found = client.get("/search", {"q": "อัจฉริยะ"}).context
    assert "ขอนแก่นเมืองอัจฉริยะ" in [area.name.get("th") for area in found["areas"]]


def test_search_finds_provinces_by_either_name(demo_world, client: Client):
    assert [one.code for one in client.get("/search", {"q": "ระยอง"}).context["provinces"]] == ["TH-21"]
    assert [one.code for one in client.get("/search", {"q": "Rayong"}).context["provinces"]] == ["TH-21"]


def test_a_former_name_leads_to_the_area(demo_world, client: Client):
    FormerName.objects.create(area=Area.objects.get(slug="korat"), name={"en": "Nakhon Ratchasima Smart City"}, slug="nakhon-ratchasima")
    answer = client.get("/en/areas/nakhon-ratchasima?as_of=2023-01-01")
    assert (answer.status_code, answer["Location"]) == (301, "/en/areas/korat?as_of=2023-01-01")


def test_an_area_that_is_not_on_record_is_not_found(demo_world, client: Client):
    assert client.get("/en/areas/atlantis").status_code == 404


def test_the_page_of_an_area_says_what_is_not_on_record(demo_world, client: Client):
    page = client.get("/en/areas/nakhon-rayong").content.decode()
    assert "9 November 2022" in page
    assert "10 January 2023" in page
    assert page.count("<li data-gap>") >= 3
    before = client.get("/en/areas/nakhon-rayong?as_of=2022-11-08").content.decode()
    assert "no status on record on this day" in before
    assert "10 January 2023" not in before


def test_the_figures_explain_the_change_by_rows(demo_world, client: Client):
    context = client.get("/en/figures?as_of=2022-11-30&since=2021-12-31").context
    assert (len(context["change"].added), context["change"].added_provinces) == (15, 14)
    assert len(context["rows"]) == 30


def test_the_theme_is_kept_in_a_cookie_and_set_by_the_server(demo_world, client: Client):
    answer = client.post("/theme", {"theme": "dark", "next": "/register"})
    assert (answer.status_code, answer["Location"]) == (302, "/register")
    assert 'data-bs-theme="dark"' in client.get("/").content.decode()


def test_the_theme_leads_to_no_other_site(client: Client):
    assert client.post("/theme", {"theme": "dark", "next": "https://example.org/"})["Location"] == "/"


def test_the_members_of_the_association_are_those_of_the_day(demo_world, client: Client):
    assert len(client.get("/map").context["members"]) == 11
    assert len(client.get("/map?as_of=2025-10-25").context["members"]) == 10
    assert client.get("/map?as_of=2025-10-26").context["day"] == date(2025, 10, 26)
