"""The members of the network on any day are those of the record, and the days are days on which a source shows them."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from demo.facts import read
from nagara.governance.models import Meeting
from nagara.network import listing, queries
from nagara.network.models import CityMembership, NetworkPost, Nomination
from nagara.places.models import City

pytestmark = pytest.mark.django_db


def counts(on: str) -> tuple[int, int]:
    network, day = queries.network_by_code("ascn"), date.fromisoformat(on)
    return queries.members_on(network, day).count(), queries.states_on(network, day).count()


@pytest.mark.parametrize(
    ("on", "members", "states"),
    [
        ("2018-04-27", 0, 0),
        ("2018-12-31", 26, 10),
        ("2022-12-31", 26, 10),
        ("2023-12-31", 29, 10),
        ("2024-12-31", 31, 10),
        ("2025-09-30", 35, 10),
        ("2025-10-25", 35, 10),
        ("2025-10-26", 35, 11),
        ("2025-12-31", 37, 11),
        ("2026-11-21", 38, 11),
    ],
)
def test_the_members_of_each_day(demo_world, on, members, states):
    assert counts(on) == (members, states)


def test_the_year_of_joining_is_the_printed_one(demo_world):
    printed = {row["slug"]: row["joined"] for row in read("cities")}
    assert {row.city.slug: row.since.year for row in CityMembership.objects.select_related("city")} == printed


def test_every_member_names_its_source_and_says_that_its_day_is_not_on_record(demo_world):
    assert CityMembership.objects.filter(source=None).count() == 0
    assert CityMembership.objects.filter(day_known=True, admitted_by=None).count() == 0


def test_the_command_prints_members_states_and_projects(demo_world):
    def printed(day: str) -> dict[str, object]:
        out = StringIO()
        call_command("figures", "--network", "ascn", "--as-of", day, "--json", stdout=out)
        return json.loads(out.getvalue())

    assert printed("2018-12-31") == {"network": "ascn", "as_of": "2018-12-31", "members": 26, "states": 10, "projects": 0}
    assert printed("2025-09-30") == {"network": "ascn", "as_of": "2025-09-30", "members": 35, "states": 10, "projects": 134}


def test_an_unknown_network_is_named(demo_world):
    with pytest.raises(CommandError, match=r"There is no network “x”\. On record: ascn\."):
        call_command("figures", "--network", "x")


def test_a_city_that_never_joined_has_no_standing(demo_world):
    network = queries.network_by_code("ascn")
    dili = City.objects.get(slug="dili")
    assert queries.membership_status_on(dili, network, date(2026, 1, 30)).standing == "none"
    assert queries.membership_status_on(dili, network, date(2026, 1, 31)).standing == "admitted"


def test_of_the_four_nominated_in_2022_three_are_members_and_chachoengsao_is_not(demo_world):
    network, day = queries.network_by_code("ascn"), date(2026, 11, 21)
    rows = {row.nomination.city.slug: row for row in listing.rows(network, day) if row.nomination.on_record_only}
    assert {slug: row.state for slug, row in rows.items()} == {
        "chiang-mai": "admitted",
        "khon-kaen": "admitted",
        "rayong": "admitted",
        "chachoengsao": "endorsed",
    }
    assert {row.national_meeting.reference for row in rows.values()} == {"1/2565"}
    assert all(row.decided_by is None for row in rows.values())
    assert not queries.membership_status_on(City.objects.get(slug="chachoengsao"), network, day).is_member


def test_the_meetings_keep_planned_and_held_place_apart(demo_world):
    meetings = Meeting.objects.filter(body__code="ascn-annual-meeting", invented=False).order_by("number")
    assert [meeting.year for meeting in meetings] == list(range(2018, 2026))
    second = meetings[1]
    assert (second.held_place["en"], second.planned_place["en"]) == (
        "Renaissance Bangkok Ratchaprasong",
        "GMM Live House, CentralWorld, Bangkok",
    )
    assert meetings[2].held_on is None


def test_thailand_has_three_national_representatives(demo_world):
    assert NetworkPost.objects.filter(kind="representative", state="TH").exclude(source__code="invented").count() == 3
    assert [row.state_id for row in queries.terms_on(queries.network_by_code("ascn"), date(2022, 6, 1))] == ["KH", "SG"]


def test_an_invented_nomination_is_open_and_counts_for_no_figure(demo_world):
    states = dict(Nomination.objects.filter(invented=True).values_list("city__slug", "state"))
    assert states == {"fa-kwang-invented": "consultation", "sai-lom-invented": "with_city"}
    assert Nomination.objects.get(state="consultation").post.code == "demo-nr-th"
    assert counts("2026-11-21") == (38, 11)


def test_the_page_of_a_city_holds_its_plan_projects_values_meetings_and_partners(demo_world, client):
    page = client.get("/en/cities/rayong")
    found = page.context
    assert (found["projects"], sum(bar["count"] for bar in found["by_area"])) == (4, 4)
    assert [row["measure"].code for row in found["values"]][:3] == ["green-areas", "traffic-fatalities", "household-internet-access"]
    assert [one["meeting"].year for one in found["meetings"]] == [2025, 2024, 2023]
    assert found["partners"] == []
    for heading in ("Membership", "Action plan", "Projects", "Values", "Meetings", "Partners"):
        assert f">{heading}</h2>" in page.content.decode()
    before = client.get("/en/cities/rayong?as_of=2022-12-31").context
    assert (before["values"], before["meetings"], before["projects"]) == ([], [], 0)
