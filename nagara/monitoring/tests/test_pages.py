"""Pages: each opens to those it is for and to nobody else, and takes a literal number of queries."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nagara.monitoring.actions import extensions, publishing, verifying
from nagara.monitoring.models import Period, Return
from nagara.monitoring.tests.make import make_city, put_level
from nagara.monitoring.tests.world import begun, fill, handed_in, make_period, national_office, officer, proof, return_of, secretariat
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user, sign_in

pytestmark = pytest.mark.django_db


def open_now(period: Period) -> Period:
    """Move the calendar of a period so that it is open at this moment."""
    now = timezone.now()
    days = {"opens_at": now - timedelta(days=9), "due_at": now + timedelta(days=6), "locks_at": now + timedelta(days=20)}
    Period.objects.filter(pk=period.pk).update(**days)
    Return.objects.filter(period=period).update(due_at=days["due_at"], locks_at=days["locks_at"])
    period.refresh_from_db()
    return period


def address(name: str, *args: object) -> str:
    return reverse(f"monitoring:{name}", args=args)


def test_a_return_is_read_by_its_city_its_office_and_the_network_only(client: Client):
    city = officer()
    answer = handed_in(city)
    readers = [city, national_office(), secretariat(), make_user("auditor", Role.AUDITOR)]
    strangers = [officer("phuket"), national_office("ID"), make_user("assessor", Role.ASSESSOR)]
    for name in ("return", "beside"):
        assert [sign_in(Client(), user).get(address(name, answer.pk)).status_code for user in readers] == [200, 200, 200, 200]
        assert [sign_in(Client(), user).get(address(name, answer.pk)).status_code for user in strangers] == [404, 404, 404]
        assert client.get(address(name, answer.pk)).status_code == 302


def test_only_the_city_writes_and_only_its_office_verifies():
    city, office, network = officer(), national_office(), secretariat()
    answer = handed_in(city)
    section = address("section", answer.pk, "smart-city-thailand-monitoring.environment")
    assert [sign_in(Client(), user).get(section).status_code for user in (city, office, network)] == [200, 404, 404]
    page = address("verify", answer.pk)
    assert [sign_in(Client(), user).get(page).status_code for user in (city, office, network)] == [404, 200, 404]
    assert sign_in(Client(), city).post(address("verify_rest", answer.pk)).status_code == 404
    assert sign_in(Client(), city).post(address("publish", "2026")).status_code == 403
    assert sign_in(Client(), office).post(address("publish", "2026")).status_code == 403
    assert sign_in(Client(), city).get(address("new_period")).status_code == 403
    assert not Return.objects.exclude(state="submitted").exists()


def test_verifying_without_a_fresh_second_factor_is_refused_and_keeps_everything():
    answer = handed_in(officer())
    response = sign_in(Client(), national_office()).post(address("verify_rest", answer.pk), headers={"accept": "application/json"})
    assert response.status_code == 403
    answer.refresh_from_db()
    assert answer.state == "submitted"


def test_a_cell_is_saved_as_it_is_typed_and_told_what_is_odd():
    city = officer()
    answer = begun(city, period=open_now(make_period()), at=timezone.now())
    browser = sign_in(Client(), city)
    typed = {"cell": "green-areas", "green-areas:base": "0", "green-areas:typed": "-5", "green-areas:source": "survey"}
    told = browser.post(address("cell", answer.pk), typed).json()
    assert (told["revision"], told["reading"]) == (1, "-5")
    assert "ต่ำกว่า 0" in told["findings"] or "Below 0" in told["findings"]


def test_of_two_browsers_the_second_is_shown_both_answers():
    first, second = officer(), officer(name="second officer")
    answer = begun(first, period=open_now(make_period()), at=timezone.now())
    typed = {"cell": "green-areas", "green-areas:base": "0", "green-areas:source": "survey"}
    sign_in(Client(), first).post(address("cell", answer.pk), typed | {"green-areas:typed": "10"})
    response = sign_in(Client(), second).post(address("cell", answer.pk), typed | {"green-areas:typed": "12"})
    assert response.status_code == 409
    clash = response.json()["clash"]
    assert (clash["theirs"]["typed"], clash["revision"]) == ("10", 1)
    assert "<dd>12</dd>" in clash["html"]


def test_without_script_the_page_saves_every_cell_and_shows_a_clash():
    first, second = officer(), officer(name="second officer")
    answer = begun(first, period=open_now(make_period()), at=timezone.now())
    page = address("section", answer.pk, "smart-city-thailand-monitoring.environment")
    mine = {"green-areas:base": "0", "green-areas:typed": "10", "green-areas:source": "survey", "air-pollution.pm25:base": "0"}
    assert sign_in(Client(), first).post(page, mine).status_code == 302
    response = sign_in(Client(), second).post(page, mine | {"green-areas:typed": "12"})
    assert response.status_code == 409
    assert answer.values.get(measure="green-areas").typed == "10"
    solved = mine | {"green-areas:base": "1", "green-areas:typed": "12", "green-areas:keep": "mine"}
    assert sign_in(Client(), second).post(page, solved).status_code == 302
    assert answer.values.get(measure="green-areas").typed == "12"


def test_a_return_with_open_ends_is_not_handed_in_and_nothing_is_lost():
    city = officer()
    answer = begun(city, period=open_now(make_period()), at=timezone.now())
    response = sign_in(Client(), city).post(address("submit", answer.pk), follow=True)
    assert response.redirect_chain[0][0] == address("return", answer.pk) + "#wanting"
    answer.refresh_from_db()
    assert answer.state == "draft"


def test_a_city_that_joined_later_is_asked_from_the_page_of_the_period_once():
    keeper, period = sign_in(Client(), secretariat()), make_period()
    late = make_city("phuket")
    assert keeper.get(address("period", "2026")).context["ask"].fields["city"].choices[1][0] == "phuket"
    for _press in range(2):
        assert keeper.post(address("ask_city", "2026"), {"city": "phuket"}).status_code == 302
    row = Return.objects.get(period=period, city=late)
    assert (row.state, row.due_at, row.locks_at) == ("waiting", period.due_at, period.locks_at)
    assert keeper.post(address("ask_city", "2026"), {"city": "no-such-city"}).status_code == 302
    assert sign_in(Client(), officer()).post(address("ask_city", "2026"), {"city": "phuket"}).status_code == 403
    assert Return.objects.count() == 2


def test_public_pages_show_published_values_and_no_claim(client: Client):
    city, office, network = officer(), national_office(), secretariat()
    answer = handed_in(city, numbers={"green-areas": "77.25"})
    for path in (address("city_values", "rayong"), address("city_measure", "rayong", "green-areas"), address("indicator", "green-areas")):
        assert "77.25" not in client.get(path).content.decode()
    now = timezone.now()
    answer = verifying.verify_rest(answer, by=office, at=now, proof=proof(now))
    publishing.publish(answer, by=network, at=now, proof=proof(now))
    for path in (address("city_values", "rayong"), address("city_measure", "rayong", "green-areas"), address("indicator", "green-areas")):
        page = client.get(path).content.decode()
        assert "77.25" in page
        assert "officer" not in page
    svg = client.get(address("indicator_svg", "green-areas"))
    assert (svg.status_code, svg["Content-Type"]) == (200, "image/svg+xml")


def test_many_cities_are_compared_page_by_page_and_the_chart_shows_the_first(client: Client):
    for number in range(52):
        put_level(make_city(f"city-{number:02}"), str(number))
    first, second = (client.get(address("indicator", "green-areas"), {"page": page}) for page in (1, 2))
    assert [len(answer.context["rows"]) for answer in (first, second)] == [50, 2]
    assert [bar["level"].city.slug for bar in first.context["bars"]][:2] == ["city-51", "city-50"]
    assert (len(first.context["bars"]), first.context["bars"][0]["width"], first.context["middle"]) == (30, "100.00", "50.00")


@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_the_same_queries_with_one_row_and_with_three(client: Client, django_assert_num_queries, count: int):
    cities = tuple(make_city(slug) for slug in ("rayong", "phuket", "bangkok")[:count])
    period = make_period(cities=cities)
    for city in cities:
        put_level(city, "12.5", period=period)
    with django_assert_num_queries(4):
        client.get(address("indicator", "green-areas"))
    with django_assert_num_queries(2):
        client.get(address("sets"))
    with django_assert_num_queries(4):
        client.get(address("city_values", "rayong"))
    browser = sign_in(Client(), secretariat())
    browser.get(address("desk"))
    with django_assert_num_queries(10):
        browser.get(address("desk"))


def test_a_whole_return_takes_the_same_queries_however_many_values(django_assert_num_queries):
    city, office = officer(), national_office()
    answer = begun(city, period=open_now(make_period(sets=("u4ssc",))), at=timezone.now())
    browser = sign_in(Client(), city)
    page = address("section", answer.pk, "u4ssc.economy-transport")
    browser.get(page)
    with django_assert_num_queries(11):
        browser.get(page)
    fill(answer, by=city, at=timezone.now())
    with django_assert_num_queries(11):
        browser.get(page)
    answer = handed_in(city, period=open_now(make_period("b")), at=timezone.now())
    desk = sign_in(Client(), office)
    desk.get(address("verify", answer.pk))
    with django_assert_num_queries(13):
        desk.get(address("verify", answer.pk))


def test_an_overdue_return_never_vanishes_from_my_tasks():
    city = officer()
    period = open_now(make_period())
    long_ago = timezone.now() - timedelta(days=400)
    Period.objects.filter(pk=period.pk).update(
        opens_at=long_ago, due_at=long_ago + timedelta(days=1), locks_at=long_ago + timedelta(days=2)
    )
    Return.objects.update(due_at=long_ago + timedelta(days=1), locks_at=long_ago + timedelta(days=2))
    page = sign_in(Client(), city).get(reverse("web:tasks")).content.decode()
    assert address("return", return_of(period).pk) in page


def test_the_office_answers_a_request_for_time_on_its_page():
    city, office = officer(), national_office()
    period = open_now(make_period())
    answer = begun(city, period=period, at=timezone.now())
    extensions.ask(answer, until=period.locks_at + timedelta(days=9), why="flood", by=city, at=timezone.now())
    day = (period.locks_at + timedelta(days=5)).date().isoformat()
    browser = sign_in(Client(), office)
    assert browser.post(address("extension", answer.pk), {"act": "grant", "until": day, "words": ""}).status_code == 302
    answer.refresh_from_db()
    assert answer.due_at > period.locks_at
    assert browser.post(address("extension", answer.pk), {"act": "grant", "until": day}).status_code == 422
