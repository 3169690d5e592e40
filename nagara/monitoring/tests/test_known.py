"""What is known of a value on a day: at its level, of its newest period, as it stood then."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from nagara.monitoring.models import Return
from nagara.monitoring.queries.known import change_days, values_of, values_on
from nagara.monitoring.states import LevelName
from nagara.monitoring.tests.make import NOON, bare_period, make_city, put_level

pytestmark = pytest.mark.django_db

DAY = date(2026, 10, 12)
"""The day of NOON in Bangkok."""


def numbers(rows) -> dict[str, Decimal | None]:
    return {row.city.slug: row.number for row in rows.select_related("city")}


def test_a_value_is_known_from_the_end_of_the_day_it_was_published():
    put_level(make_city("rayong"), "12.5")
    assert numbers(values_on(["green-areas"], None, DAY - timedelta(days=1))) == {}
    assert numbers(values_on(["green-areas"], None, DAY)) == {"rayong": Decimal("12.5")}


def test_a_correction_changes_no_day_before_it():
    city = make_city("rayong")
    put_level(city, "12.5")
    put_level(city, "13", at=NOON + timedelta(days=5))
    assert numbers(values_on(None, None, DAY + timedelta(days=4))) == {"rayong": Decimal("12.5")}
    assert numbers(values_on(None, None, DAY + timedelta(days=5))) == {"rayong": Decimal("13")}


def test_the_newest_period_speaks_for_a_city_and_each_period_for_itself():
    rayong, phuket = make_city("rayong"), make_city("phuket")
    before = bare_period("2025", date(2025, 9, 30))
    put_level(rayong, "10", period=before)
    put_level(phuket, "20", period=before)
    put_level(rayong, "12")
    assert numbers(values_on(["green-areas"], None, DAY)) == {"rayong": Decimal(12), "phuket": Decimal(20)}
    assert numbers(values_of(before, DAY)) == {"rayong": Decimal(10), "phuket": Decimal(20)}


def test_levels_and_cities_are_told_apart():
    rayong, phuket = make_city("rayong"), make_city("phuket")
    put_level(rayong, "10", level=LevelName.VERIFIED)
    put_level(phuket, "20")
    assert numbers(values_on(None, None, DAY)) == {"phuket": Decimal(20)}
    assert numbers(values_on(None, None, DAY, level=LevelName.VERIFIED)) == {"rayong": Decimal(10)}
    assert numbers(values_on(None, [rayong], DAY)) == {}


def test_a_value_that_is_missing_says_why():
    put_level(make_city("rayong"), None)
    row = values_on(None, None, DAY).get()
    assert (row.number, row.missing) == (None, "no survey this year")


def test_all_of_them_come_in_one_query(django_assert_num_queries):
    for slug in ("rayong", "phuket", "bangkok"):
        put_level(make_city(slug), "1")
    with django_assert_num_queries(1):
        assert len(list(values_on(["green-areas"], None, DAY).select_related("city"))) == 3


def test_the_days_of_change_are_those_of_publishing():
    row = put_level(make_city("rayong"), "1")
    put_level(make_city("phuket"), "1", level=LevelName.CLAIMED, at=NOON + timedelta(days=1))
    Return.objects.filter(pk=row.value.of_id).update(published_at=NOON)
    assert change_days() == [DAY]
    assert change_days([make_city("phuket")]) == []
