"""Published values as data: the same in CSV, JSON and SDMX-CSV; claims are in none of them; a filter that names nothing is refused."""

import csv
import json
from datetime import date
from io import StringIO

import pytest
from django.test import Client

from nagara.monitoring.models import Period
from nagara.monitoring.states import LevelName
from nagara.monitoring.tests.make import bare_period, make_city, put_level
from nagara.opendata.values import time_period

pytestmark = pytest.mark.django_db


def rows(client: Client, path: str) -> list[dict[str, str]]:
    response = client.get(path)
    assert response.status_code == 200
    return list(csv.DictReader(StringIO(response.getvalue().decode("utf-8-sig"))))


def test_csv_json_and_sdmx_say_the_same(client: Client):
    put_level(make_city("rayong"), "1250.50")
    put_level(make_city("phuket"), None)
    put_level(make_city("bangkok"), "9", level=LevelName.VERIFIED)
    plain = [(row["city"], row["measure"], row["value"], row["missing"]) for row in rows(client, "/values.csv")]
    assert plain == [("phuket", "green-areas", "", "no survey this year"), ("rayong", "green-areas", "1250.5", "")]
    told = client.get("/values.json")
    body = json.loads(told.getvalue())
    assert (body["count"], [row["value"] for row in body["values"]]) == (2, [None, "1250.5"])
    sdmx = [
        (row["STRUCTURE_ID"], row["CITY"], row["PART"], row["OBS_VALUE"], row["OBS_STATUS"]) for row in rows(client, "/values.sdmx.csv")
    ]
    assert sdmx == [("NAGARA:CITY_VALUES(1.0)", "phuket", "_T", "", "M"), ("NAGARA:CITY_VALUES(1.0)", "rayong", "_T", "1250.5", "A")]


def test_one_city_one_measure_one_period(client: Client):
    rayong = make_city("rayong")
    put_level(rayong, "10", period=bare_period("2025", date(2025, 9, 30)))
    put_level(rayong, "12")
    put_level(make_city("phuket"), "7", measure="physicians")
    assert [row["value"] for row in rows(client, "/cities/rayong/values.csv")] == ["12"]
    assert [row["value"] for row in rows(client, "/values.csv?period=2025")] == ["10"]
    assert [row["city"] for row in rows(client, "/values.csv?measure=physicians")] == ["phuket"]


@pytest.mark.parametrize("query", ["measure=moon", "city=atlantis", "state=XX", "period=never"])
def test_a_filter_that_names_nothing_is_refused(client: Client, query: str):
    put_level(make_city("rayong"), "10")
    assert client.get(f"/values.csv?{query}").status_code == 400


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), "2025"),
        (date(2024, 10, 1), date(2025, 9, 30), "2024-10-01/P1Y"),
        (date(2025, 1, 1), date(2025, 6, 30), "2025-01-01/P181D"),
    ],
)
def test_a_period_is_written_as_the_standard_reads_it(first, last, expected):
    assert time_period(Period(first_day=first, last_day=last)) == expected
