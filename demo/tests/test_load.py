"""The demonstration holds what the record holds, and nothing more."""

from datetime import date

import pytest

from demo.facts import read
from demo.load import is_loaded
from demo.tests.walk import walk
from nagara.assessment.models import Application, Result, Round
from nagara.audit.verify import verify
from nagara.documents.models import Certainty
from nagara.governance.models import Body
from nagara.people.models import Organisation, Person, RoleGrant, User
from nagara.places.models import Area, Boundary, State, StateMembership, Subdivision
from nagara.recognition.models import Recognition
from nagara.recognition.queries import Counts, changes_between, counts_on
from nagara.toolkit.access import visible

pytestmark = pytest.mark.django_db


def test_the_places_of_the_record_are_there(demo_world, noon):
    assert is_loaded()
    assert (State.objects.count(), Subdivision.objects.count(), Boundary.objects.filter(area=None).count()) == (11, 77, 88)
    assert Area.objects.filter(invented=False).count() == 37
    assert Subdivision.objects.filter(areas__invented=False).distinct().count() == 25


def test_timor_leste_is_a_member_since_its_day_only(demo_world, noon):
    assert StateMembership.objects.on(date(2025, 10, 25)).count() == 10
    assert StateMembership.objects.on(date(2025, 10, 26)).count() == 11


def test_every_fact_names_a_source_that_is_there():
    codes = {row["code"] for row in read("sources")}
    named = set()
    for name in ("states", "provinces", "areas", "organisations", "persons", "bodies", "meetings", "later", "recognised"):
        for row in read(name):
            assert row.get("source"), (name, row)
            named.add(row["source"])
            named |= {item["source"] for item in row.get("items", [])} | {seat["source"] for seat in row.get("seats", [])}
    assert named <= codes
    assert {row["certainty"] for row in read("sources")} <= set(Certainty.values)


def test_what_is_not_on_record_stays_empty(demo_world, noon):
    area = Area.objects.get(slug="nakhon-sawan")
    assert area.name == {"en": "Nakhon Sawan Smart City"}
    assert (area.kind, area.city_type) == ("", "")
    assert not Boundary.objects.filter(area__invented=False).exists()


def test_the_bodies_know_their_parent(demo_world, noon):
    assert Body.objects.get(code="smart-city-subcommittee").parent.code == "smart-city-committee"


@pytest.mark.parametrize(
    ("on", "areas", "provinces"),
    [
        (date(2021, 11, 4), 0, 0),
        (date(2021, 12, 31), 15, 11),
        (date(2022, 11, 8), 15, 11),
        (date(2022, 11, 30), 30, 23),
        (date(2023, 7, 27), 36, 25),
        (date(2025, 8, 27), 37, 25),
    ],
)
def test_the_counts_of_the_record_are_right_on_every_day(demo_world, noon, on, areas, provinces):
    assert counts_on(on) == Counts(areas, provinces)


def test_fifteen_areas_in_fourteen_provinces_explain_the_change_of_2022(noon):
    change = changes_between(date(2021, 12, 31), date(2022, 11, 30))
    assert (len(change.added), change.added_provinces, change.removed) == (15, 14, [])
    assert [row.area.subdivision_id for row in change.added].count("TH-65") == 2


def test_the_day_of_the_handing_over_is_its_own(demo_world, noon):
    recognition = Recognition.objects.get(number=16)
    assert (recognition.decided_on, recognition.presented_on) == (date(2022, 11, 9), date(2023, 1, 10))
    assert recognition.steps.get(verb="present").source.code == "pattayamail-421336"
    assert Recognition.objects.get(number=31).presented_on is None


def test_an_open_round_stands_at_four_steps(demo_world, noon):
    opened = Round.objects.get()
    assert opened.invented
    assert opened.takes(noon)
    assert dict(opened.applications.values_list("area__slug", "state")) == {
        "sai-nam-town-invented": "draft",
        "tawan-rung-town-invented": "submitted",
        "wiang-mok-city-invented": "in_review",
        "tha-thong-town-invented": "assessed",
    }
    sheets = dict(Application.objects.get(state="in_review").assignments.values_list("assessor__email", "state"))
    assert sheets == {
        "assessor-1@demo.example": "submitted",
        "assessor-2@demo.example": "open",
        "assessor-3@demo.example": "assigned",
        "assessor-4@demo.example": "recused",
    }
    assert Result.objects.get().recommendation == "recommend"


def test_everything_invented_is_marked(demo_world, noon):
    assert all(area.invented and "(สมมติ)" in area.name["th"] for area in Area.objects.filter(applications__isnull=False))
    assert all("(สมมติ)" in name["th"] for name in Organisation.objects.filter(code__startswith="demo-").values_list("name", flat=True))
    assert set(Person.objects.filter(accounts__isnull=False).values_list("source__code", flat=True)) == {"invented"}


def test_what_is_invented_counts_for_no_figure(demo_world, noon):
    assert counts_on(noon.date()) == Counts(37, 25)


def test_the_record_of_the_loading_is_whole(demo_world, noon):
    assert verify().whole


def test_a_role_for_one_thing_is_held_for_it_alone(demo_world, noon):
    everywhere = set(RoleGrant.objects.filter(scope="").values_list("user__email", "role"))
    assert {role for _email, role in everywhere} == {"office", "assessor", "auditor", "administrator", "network_secretariat"}
    other = User.objects.get(email="city-officer-2@demo.example")
    assert not visible(other, "assessment.write").filter(area__slug="sai-nam-town-invented").exists()
    secretary = User.objects.get(email="subcommittee-secretary@demo.example")
    assert set(visible(secretary, "governance.keep").values_list("body__code", flat=True)) == {"smart-city-subcommittee"}


def test_the_line_can_be_walked_at_once(demo_world, noon):
    recognition = walk(at=noon)
    assert recognition.area.slug == "tha-thong-town-invented"
    assert counts_on(noon.date()) == Counts(38, 26)
    assert recognition.certificates.get().number == "SCT-0038-1"
