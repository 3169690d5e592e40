"""From observations to an indicator: the arithmetic alone, and the whole way to the return of a city."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from nagara.citydata.actions import bindings
from nagara.citydata.binding.measures import cells_on
from nagara.citydata.binding.offering import offered
from nagara.citydata.binding.question import Day, Question, answered, share
from nagara.citydata.broker import BrokerRefused, Tenant
from nagara.citydata.filling import fill_one
from nagara.citydata.models import Binding, ComputedValue
from nagara.citydata.sheets.check import Thing
from nagara.citydata.tests.make import make_space
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user, sign_in

MEAN = Question("mean", "AirQualityObserved", "pm25")
JAN = date(2026, 1, 1)
BANGKOK = ZoneInfo("Asia/Bangkok")


def days(*values: float | None, count: int = 1) -> dict[date, Day]:
    return {JAN + timedelta(days=place): Day(value, value * count, count) for place, value in enumerate(values) if value is not None}


def test_a_station_that_reports_more_often_weighs_no_more():
    answer = answered(MEAN, {"a": days(10, 20, count=1440), "b": days(30, 40)}, since=JAN, until=JAN + timedelta(days=2))
    assert (answer.value, answer.observations, answer.covered, answer.gaps) == (25.0, 2882, 1.0, [])


def test_gaps_and_coverage_are_told():
    answer = answered(MEAN, {"a": days(10, None, None, 40), "b": days(10)}, since=JAN, until=JAN + timedelta(days=6))
    assert answer.gaps == [(date(2026, 1, 2), date(2026, 1, 4)), (date(2026, 1, 5), date(2026, 1, 7))]
    assert answer.covered == 3 / 12


@pytest.mark.parametrize(
    ("computed", "kept"), [(27.913056, 27.91), (9.995699, 10.0), (0, 0), (0.0123456, 0.01235), (123456.789, 123456.79), (-0.5, -0.5)]
)
def test_a_value_is_kept_with_as_many_digits_as_people_report(computed, kept):
    assert bindings.in_four_digits(computed) == kept


def test_no_data_is_no_value_and_not_nought():
    answer = answered(MEAN, {}, since=JAN, until=JAN + timedelta(days=3))
    assert (answer.value, answer.gaps) == (None, [(JAN, date(2026, 1, 4))])
    assert share(0, 0).value is None


def test_totals_ratios_and_the_highest_day():
    series = {"a": days(1, 2), "b": days(3, None)}
    window = {"since": JAN, "until": JAN + timedelta(days=2)}
    assert answered(Question("total", "W", "r"), series, **window).value == 6
    assert answered(Question("ratio", "W", "r", "all"), series, other={"a": days(10, 14)}, **window).value == 25
    assert answered(Question("highest", "W", "r"), series, **window).value == 3
    assert answered(Question("ratio", "W", "r", "all"), series, other={}, **window).value is None


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=40))
def test_gaps_and_days_seen_fill_the_window(values):
    until = JAN + timedelta(days=len(values))
    answer = answered(MEAN, {"a": days(*values)}, since=JAN, until=until)
    missing = sum((after - first).days for first, after in answer.gaps)
    assert missing + sum(value is not None for value in values) == len(values)


def observed(slug: str) -> None:
    """Two stations, one day apart in what they saw."""
    tenant = Tenant(slug)
    for name, values in {"a": (10, 20), "b": (30, 50)}.items():
        thing = Thing(f"urn:ngsi-ld:AirQualityObserved:{slug}:{name}", name)
        for place, value in enumerate(values):
            for hour in (0, 12, 23):
                at = (JAN + timedelta(days=place)).strftime("%Y-%m-%d")
                thing.observations["pm25"][datetime.fromisoformat(f"{at}T{hour:02d}:30").replace(tzinfo=BANGKOK)] = value
        fill_one(tenant, thing, "AirQualityObserved", {"pm25": "GQ"})


@pytest.mark.django_db
def test_an_indicator_is_filled_from_the_broker_and_offered_to_the_city(broker, slug, noon):
    space, officer = make_space(slug, noon)
    observed(slug)
    version = bindings.bind(space, "air-pollution", "pm25", MEAN, by=officer, at=noon)
    value = bindings.compute(version, since=JAN, until=JAN + timedelta(days=3), at=noon)
    assert value.value == Decimal("27.5")
    told = value.lineage
    assert (told["entities"], told["observations"], told["days"], told["gaps"]) == (2, 12, 3, [["2026-01-03", "2026-01-04"]])
    offers = list(offered(space.area.city, JAN, date(2026, 1, 3), ["air-pollution"]))
    assert [(offer.measure, offer.part, offer.number) for offer in offers] == [("air-pollution", "pm25", Decimal("27.5"))]
    assert offers[0].link == f"/data-spaces/{slug}/values/{value.pk}"
    assert list(offered(space.area.city, JAN, date(2026, 1, 2), ["air-pollution"])) == []


@pytest.mark.django_db
def test_a_changed_question_is_a_new_version_and_the_old_answer_stays(broker, slug, noon):
    space, officer = make_space(slug, noon)
    observed(slug)
    first = bindings.bind(space, "air-pollution", "pm25", MEAN, by=officer, at=noon)
    kept = bindings.compute(first, since=JAN, until=JAN + timedelta(days=2), at=noon)
    assert bindings.bind(space, "air-pollution", "pm25", MEAN, by=officer, at=noon) == first
    second = bindings.bind(space, "air-pollution", "pm25", Question("highest", "AirQualityObserved", "pm25"), by=officer, at=noon)
    value = bindings.compute(second, since=JAN, until=JAN + timedelta(days=2), at=noon)
    assert (second.number, value.value) == (2, Decimal(50))
    kept.refresh_from_db()
    assert kept.value == Decimal("27.5")
    assert [offer.number for offer in offered(space.area.city, JAN, date(2026, 1, 2), ["air-pollution"])] == [Decimal(50)]


@pytest.mark.django_db
def test_the_same_answer_is_kept_once(broker, slug, noon):
    space, officer = make_space(slug, noon)
    observed(slug)
    version = bindings.bind(space, "air-pollution", "pm25", MEAN, by=officer, at=noon)
    for hour in (0, 1):
        bindings.compute(version, since=JAN, until=JAN + timedelta(days=2), at=noon + timedelta(hours=hour))
    assert ComputedValue.objects.filter(version=version).count() == 1


@pytest.mark.django_db
def test_a_share_counts_things_for_which_a_condition_holds(broker, slug, noon):
    space, officer = make_space(slug, noon)
    stops = [
        {
            "id": f"urn:ngsi-ld:PublicTransportStop:{slug}:{n}",
            "type": "PublicTransportStop",
            "liveInformation": {"type": "Property", "value": n < 3},
        }
        for n in range(4)
    ]
    Tenant(slug).upsert(stops)
    question = Question("share", "PublicTransportStop", condition="liveInformation==true")
    version = bindings.bind(space, "dynamic-public-transport-information", "", question, by=officer, at=noon)
    assert bindings.compute(version, since=JAN, until=date(2027, 1, 1), at=noon).value == Decimal(75)
    for since, until, why in ((JAN, JAN + timedelta(days=2), "unknown-then"), (date(2050, 1, 1), date(2051, 1, 1), "not-begun")):
        none = bindings.compute(version, since=since, until=until, at=noon)
        assert (none.value, none.lineage["why"]) == (None, why) and none.why


@pytest.mark.django_db
def test_a_share_of_a_period_that_is_over_is_counted_from_the_history(client, broker, slug, noon):
    space, officer = make_space(slug, noon)
    tenant = Tenant(slug)

    def told(place: int, **days: bool) -> None:
        some = [{"type": "Property", "value": value, "observedAt": f"2026-01-{day[1:]}T05:00:00Z"} for day, value in days.items()]
        tenant.append({"id": f"urn:ngsi-ld:PublicTransportStop:{slug}:{place}", "type": "PublicTransportStop", "liveInformation": some})

    told(1, d01=False, d02=True, d09=False)
    told(2, d01=True, d03=False)
    told(3, d02=True)
    told(4, d08=True)  # not known yet at the end of the period
    thing = f"urn:ngsi-ld:PublicTransportStop:{slug}:5"
    tenant.append(
        {"id": thing, "type": "PublicTransportStop", "riders": [{"type": "Property", "value": 7, "observedAt": "2026-01-02T05:00:00Z"}]}
    )
    version = bindings.bind(
        space,
        "dynamic-public-transport-information",
        "",
        Question("share", "PublicTransportStop", condition="liveInformation==true"),
        by=officer,
        at=noon,
    )
    value = bindings.compute(version, since=JAN, until=JAN + timedelta(days=4), at=noon)
    assert (value.value, value.lineage["entities"], value.lineage["coverage"]) == (Decimal(50), 4, 0.75)
    assert value.lineage["as_of"] == "2026-01-05T00:00:00+07:00"
    later = bindings.compute(version, since=JAN, until=JAN + timedelta(days=9), at=noon)
    assert later.value == Decimal(40)
    tenant._ask("DELETE", f"/entities/urn:ngsi-ld:PublicTransportStop:{slug}:3")  # today: then, it was there
    assert bindings.compute(version, since=JAN, until=JAN + timedelta(days=4), at=noon).value == Decimal(50)
    filtered = Question("share", "PublicTransportStop", condition="liveInformation==true", only="liveInformation")
    version = bindings.bind(space, "dynamic-public-transport-information", "", filtered, by=officer, at=noon)
    assert bindings.compute(version, since=JAN, until=JAN + timedelta(days=4), at=noon).value == Decimal("66.67")
    page = sign_in(client, officer).get(f"/data-spaces/{slug}/values/{value.pk}").content.decode()
    assert "ร้อยละ 75.0" in page and "4 มกราคม 2569" in page
    linked = Question("share", "PublicTransportStop", condition="line{operator}==1")
    version = bindings.bind(space, "dynamic-public-transport-information", "", linked, by=officer, at=noon)
    assert bindings.compute(version, since=JAN, until=JAN + timedelta(days=4), at=noon).lineage["why"] == "leads-elsewhere"
    version = bindings.bind(
        space, "dynamic-public-transport-information", "", Question("share", "Stop", condition="=="), by=officer, at=noon
    )
    with pytest.raises(BrokerRefused):
        bindings.compute(version, since=JAN, until=JAN + timedelta(days=4), at=noon)


@pytest.mark.django_db
def test_only_its_own_team_binds_and_ends(broker, slug, noon):
    space, officer = make_space(slug, noon)
    other = make_user("officer of elsewhere", (Role.CITY_OFFICER, "area:999999"))
    with pytest.raises(PermissionDenied):
        bindings.bind(space, "air-pollution", "pm25", MEAN, by=other, at=noon)
    version = bindings.bind(space, "air-pollution", "pm25", MEAN, by=officer, at=noon)
    with pytest.raises(PermissionDenied):
        bindings.unbind(version.binding, by=other, at=noon)
    bindings.unbind(version.binding, by=officer, at=noon)
    assert Binding.objects.get().ended_at == noon


@pytest.mark.django_db
def test_the_pages_of_a_value_show_where_it_comes_from(client, broker, slug, noon):
    space, officer = make_space(slug, noon)
    observed(slug)
    version = bindings.bind(space, "air-pollution", "pm25", MEAN, by=officer, at=noon)
    value = bindings.compute(version, since=JAN, until=JAN + timedelta(days=3), at=noon)
    assert client.get(f"/data-spaces/{slug}/values/{value.pk}").status_code == 302
    page = sign_in(client, officer).get(f"/en/data-spaces/{slug}/values/{value.pk}").content.decode()
    assert "27.5" in page
    assert "66.7 %" in page
    assert client.get(f"/data-spaces/{slug}/indicators").status_code == 200
    assert client.get(f"/data-spaces/{slug}/indicators/{version.binding_id}").status_code == 200


def test_the_measures_that_may_be_bound_come_from_the_rulebook():
    keys = {cell.key for cell in cells_on(date(2026, 11, 21))}
    assert {"air-pollution/pm25", "dynamic-public-transport-information", "electricity-consumption"} <= keys
    assert "projects-in-record" not in keys
