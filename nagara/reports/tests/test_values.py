"""The values of a report: what the network has published, and nothing while a value is being verified."""

import csv
import json
from datetime import date
from io import StringIO

import pytest

from nagara.monitoring.models import Return
from nagara.monitoring.states import LevelName, ReturnState, Timeliness
from nagara.monitoring.tests.make import bare_period, put_level
from nagara.plans.tests.make import NOON, make_city
from nagara.reports import document
from nagara.reports.models import FrozenReport
from nagara.reports.tests.make import NEXT, frozen, member, project
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


def settle(state: str = ReturnState.PUBLISHED) -> None:
    Return.objects.update(
        state=state, first_submitted_at=NOON, submitted_at=NOON, handed_in=Timeliness.ON_TIME, verified_at=NOON, published_at=NOON
    )


def test_published_values_are_counted_by_measure_with_lowest_median_and_highest():
    for slug, state, number in (("rayong", "TH", "10"), ("siem-reap", "KH", "2.5"), ("jakarta", "ID", "40")):
        put_level(member(slug, state), number)
    put_level(member("phuket"), None)
    put_level(member("hatyai"), "99", level=LevelName.VERIFIED)
    settle()
    found = document.content_of(frozen(NEXT))["values"]
    (measure,) = found["measures"]
    assert found["period"]["code"] == "2026"
    assert [measure[name] for name in ("asked", "answered", "missing", "least", "median", "most")] == [5, 3, 1, "2.5", "10", "40"]


def test_a_value_changed_afterwards_changes_no_frozen_report():
    city = member()
    put_level(city, "10")
    settle()
    report = frozen(NEXT)
    before = b"".join(document.stored(report))
    put_level(city, "99", at=NOON)
    assert b"".join(document.stored(report)) == before
    assert [value["number"] for value in json.loads(before)["values"][0]["values"]] == ["10"]


def test_only_a_period_that_had_ended_by_the_day_is_reported():
    city = member()
    put_level(city, "1", period=bare_period("2025", date(2025, 9, 30)))
    put_level(city, "2")
    settle()
    assert document.content_of(frozen(date(2026, 9, 29)))["values"]["period"]["code"] == "2025"
    assert document.content_of(frozen(NEXT))["values"]["period"]["code"] == "2026"
    assert document.content_of(frozen(date(2025, 9, 29)))["values"] is None


@pytest.mark.parametrize("state", [ReturnState.SUBMITTED, ReturnState.RETURNED])
def test_a_report_is_refused_while_a_return_is_half_verified_and_names_whose(state):
    put_level(member("siem-reap", "KH"), "2")
    put_level(member(), "10")
    settle()
    Return.objects.filter(city__slug="siem-reap").update(state=state)
    with pytest.raises(Refusal) as refused:
        frozen(NEXT)
    assert refused.value.code == "being-verified"
    assert "siem-reap" in refused.value.message and "rayong" not in refused.value.message
    assert refused.value.next_step
    assert not FrozenReport.objects.exists()


def test_a_return_of_a_city_that_is_no_member_hinders_no_report():
    put_level(make_city("elsewhere", "KH"), "2")
    Return.objects.update(state=ReturnState.SUBMITTED, first_submitted_at=NOON, submitted_at=NOON, handed_in=Timeliness.ON_TIME)
    project("P-1")
    assert frozen(NEXT).number == "ASCN-ME-2026-1"


def test_members_that_handed_nothing_in_are_named():
    put_level(member(), "10")
    settle()
    silent = member("siem-reap", "KH")
    period = bare_period()
    Return.objects.create(period=period, city=silent, due_at=period.due_at, locks_at=period.locks_at)
    project("P-1")
    project("S-1", silent)
    found = document.content_of(frozen(NEXT))["silent"]
    assert found == [{"city": "siem-reap", "what": "return", "period": {"th": "2026", "en": "2026"}}]


def test_page_csv_and_json_say_the_same_values(client):
    put_level(member(), "1250.5")
    put_level(member("siem-reap", "KH"), "2")
    settle()
    report = frozen(NEXT)
    sheet = b"".join(client.get(f"/reports/{report.number}/values.csv").streaming_content).decode("utf-8-sig")
    assert [(row["city"], row["value"]) for row in csv.DictReader(StringIO(sheet))] == [("rayong", "1250.5"), ("siem-reap", "2")]
    document_of = json.loads(b"".join(client.get(f"/reports/{report.number}.json").streaming_content))
    assert [value["number"] for value in document_of["values"][0]["values"]] == ["1250.5", "2"]
    page = client.get(f"/en/reports/{report.number}/rows/measure/1").content.decode()
    assert "1,250.5" in page and "626.25" in page
    assert "1,250.5" in client.get(f"/en/reports/{report.number}").content.decode()
