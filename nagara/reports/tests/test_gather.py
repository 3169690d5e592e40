"""The rows of a day, as the record says them."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from nagara.plans.actions import projects
from nagara.plans.tests.make import LOADER, NOON, make_city, make_project, make_source
from nagara.reports.gather import gather
from nagara.reports.tests.make import DAY, ascn, join, member, project

pytestmark = pytest.mark.django_db


def test_a_row_says_where_it_comes_from_and_which_office_recorded_it():
    made = project(source=make_source("plan-2024"))
    (row,) = gather(ascn(), DAY, at=NOON).rows
    assert row["id"] == made.pk
    assert (row["city"], row["state"], row["area"], row["stage"]) == ("rayong", "TH", "built-infrastructure", "planning")
    assert (row["source"], row["office"], row["recorded_at"]) == ("plan-2024", "source", "2026-11-21T05:00:00+00:00")
    assert gather(ascn(), DAY, at=NOON).offices == {"source": {"th": "บันทึกตามแหล่งข้อมูล", "en": "entered from its source"}}


def test_a_project_counts_from_the_day_it_entered_until_the_day_it_left():
    stays = project("P-1")
    project("P-2", entered_on=date(2025, 10, 1))
    projects.leave(project("P-3"), on=date(2025, 9, 30), left="cancelled", words="No money", by=LOADER, at=NOON)
    assert [row["id"] for row in gather(ascn(), DAY, at=NOON).rows] == [stays.pk]
    assert [row["key"] for row in gather(ascn(), date(2025, 9, 29), at=NOON).rows] == ["P-1", "P-3"]
    assert [row["key"] for row in gather(ascn(), date(2025, 10, 1), at=NOON).rows] == ["P-1", "P-2"]


def test_only_projects_of_cities_that_are_members_on_the_day_count():
    project("P-1")
    make_project(make_city("siem-reap", "KH"), key="S-1")
    make_project(join(make_city("jakarta", "ID"), since=date(2025, 10, 1)), key="J-1")
    found = gather(ascn(), DAY, at=NOON)
    assert [row["key"] for row in found.rows] == ["P-1"]
    assert (found.figures["members"], found.figures["member_states"], found.figures["projects"]) == (1, 1, 1)
    assert [row["key"] for row in gather(ascn(), date(2025, 10, 1), at=NOON).rows] == ["J-1", "P-1"]


def test_members_without_a_project_are_named():
    project("P-1")
    member("siem-reap", "KH")
    assert [(entry["city"], entry["what"]) for entry in gather(ascn(), DAY, at=NOON).silent] == [("siem-reap", "projects")]


def test_gathering_takes_the_same_queries_for_one_row_and_for_three(django_assert_num_queries):
    network = ascn()
    project("P-1")
    with django_assert_num_queries(7):
        gather(network, DAY, at=NOON)
    project("P-2")
    project("S-1", member("siem-reap", "KH"))
    with django_assert_num_queries(7):
        gather(network, DAY, at=NOON)


def test_the_command_prints_counts_and_shares():
    project("P-1")
    project("P-2", area="civic-social")
    project("S-1", member("siem-reap", "KH"), area="civic-social")
    out = StringIO()
    call_command("report", "monitoring", "--network", "ascn", "--as-of", "30/9/2568", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert (found["network"], found["as_of"], found["projects"], found["cities"]) == ("ascn", "2025-09-30", 3, 2)
    assert found["focus_areas"][0] == {"code": "civic-social", "title": "Civic & Social", "count": 2, "share": 66.7}
    assert [(line["code"], line["count"], line["share"]) for line in found["states"]] == [("KH", 1, 33.3), ("TH", 2, 66.7)]


def test_an_unknown_network_is_refused_in_words():
    ascn()
    with pytest.raises(CommandError, match=r"There is no network “nowhere”. Networks on record: ascn."):
        call_command("report", "monitoring", "--network", "nowhere")
