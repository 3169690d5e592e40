"""A project enters, is changed, comes to a stage and leaves; every act is recorded and each refusal is in words."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from nagara.audit.models import Entry
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.places.models import Area
from nagara.plans.actions import projects
from nagara.plans.actions.projects import ChangedMeanwhile
from nagara.plans.data import as_data, focus_of
from nagara.plans.framework import in_force
from nagara.plans.models import Project, StageSpan
from nagara.plans.tests.make import LOADER, NOON, TODAY, data, make_city, make_project, make_subdivision
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


def enter_by(user, city=None, **more):
    chosen = {"key": "P-9", "data": data(), "stage": "planning", "entered_on": date(2025, 1, 1)} | more
    return projects.enter(city or make_city(), **chosen, by=user, at=NOON)


def officer(city: str = "rayong"):
    return make_user(f"officer of {city}", (Role.CITY_OFFICER, f"city:{city}"))


def test_an_officer_of_the_city_enters_a_project_and_the_act_is_recorded():
    project = enter_by(officer(), data=data("Smart bus", "built-infrastructure", "mobility"), status="preparation")
    assert (project.main_area, project.stage, project.status, project.revision) == ("built-infrastructure", "planning", "preparation", 1)
    entry = Entry.objects.get()
    assert (entry.did, entry.about, entry.on_behalf_of) == (
        "plans.enter_project",
        f"plans.project:{project.pk}",
        f"places.city:{project.city_id}",
    )


def test_an_officer_of_an_area_of_the_city_may_too():
    city = make_city()
    area = Area.objects.create(slug="nakhon-rayong", name={"th": "นครระยอง"}, subdivision=make_subdivision(), city=city)
    assert enter_by(make_user("officer of an area", (Role.CITY_OFFICER, f"area:{area.pk}")), city).city == city


@pytest.mark.parametrize(
    "role",
    [
        (Role.CITY_OFFICER, "city:phuket"),
        (Role.CITY_OFFICER, "area:999"),
        (Role.OFFICE, "state:KH"),
        (Role.OFFICE, "programme:other"),
        Role.NETWORK_SECRETARIAT,
        Role.AUDITOR,
        Role.ASSESSOR,
    ],
)
def test_nobody_else_may(role):
    make_city("phuket")
    with pytest.raises(PermissionDenied):
        enter_by(make_user("somebody", role))
    assert not Entry.objects.exists()


def test_the_office_of_the_state_may():
    assert enter_by(make_user("office", (Role.OFFICE, "state:TH"))).pk
    assert enter_by(make_user("office of all", Role.OFFICE), key="P-10").pk


def test_a_key_is_taken_once_in_a_city():
    make_project(key="P-1")
    with pytest.raises(Refusal) as refusal:
        enter_by(officer(), key="P-1")
    assert list(refusal.value.fields) == ["key"]


def test_a_project_in_two_cities_is_refused_and_the_other_city_is_named():
    make_project(make_city("phuket", en="Phuket"), key="P-1", title="Smart bus")
    with pytest.raises(Refusal) as refusal:
        enter_by(officer(), key="P-1", data=data("smart BUS"))
    assert "phuket" in refusal.value.fields["key"]
    assert Project.objects.count() == 1


def test_two_cities_may_use_the_same_key_for_different_projects():
    make_project(make_city("phuket"), key="P-1", title="Smart pier")
    assert enter_by(officer(), key="P-1", data=data("Smart bus")).pk


def test_every_fault_is_named_at_once():
    with pytest.raises(Refusal) as refusal:
        enter_by(
            officer(),
            key="has a space",
            data=data("x", "smart-living", starts_on=date(2026, 1, 2), ends_on=date(2026, 1, 1), latitude=12.0),
            stage="dreaming",
            entered_on=date(2026, 11, 22),
        )
    assert sorted(refusal.value.fields) == ["ends_on", "entered_on", "focus", "key", "longitude", "stage"]
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    ("stage", "status", "fault"),
    [
        ("planning", "implementation", "status"),
        ("completed", "identification", "status"),
        ("ongoing", "cancelled", "status"),
        ("ongoing_or_planning", "", "stage"),
    ],
)
def test_stage_and_life_cycle_must_fit(stage: str, status: str, fault: str):
    with pytest.raises(Refusal) as refusal:
        enter_by(officer(), stage=stage, status=status)
    assert list(refusal.value.fields) == [fault]


def test_a_stage_that_a_report_did_not_tell_apart_is_kept_as_printed():
    project = make_project(stage="ongoing_or_planning", as_printed=True)
    assert project.stage == "ongoing_or_planning"
    projects.set_stage(project, stage="ongoing", status="implementation", on=TODAY, by=officer(), at=NOON)
    with pytest.raises(Refusal):
        projects.set_stage(project, stage="ongoing_or_planning", status="", on=TODAY, why="x", by=LOADER, at=NOON)


def test_a_change_is_recorded_field_by_field_and_bumps_the_revision():
    project = make_project()
    by = officer()
    after = projects.change(project, data=data("Smart tram", place="ถนนสุขุมวิท"), revision=1, by=by, at=NOON)
    assert (after.title["en"], after.revision) == ("Smart tram", 2)
    entry = Entry.objects.last()
    assert entry is not None
    assert [change[0] for change in entry.changes] == ["place", "title"]
    assert "smart tram" in after.search


def test_saving_the_same_again_changes_and_records_nothing():
    project = make_project()
    entries = Entry.objects.count()
    assert projects.change(project, data=as_data(project), revision=1, by=officer(), at=NOON).revision == 1
    assert Entry.objects.count() == entries


def test_two_editors_cannot_overwrite_each_other():
    project = make_project()
    by = officer()
    projects.change(project, data=data("First"), revision=1, by=by, at=NOON)
    with pytest.raises(ChangedMeanwhile) as refusal:
        projects.change(project, data=data("Second"), revision=1, by=by, at=NOON)
    assert refusal.value.project.title["en"] == "First"
    project.refresh_from_db()
    assert project.title["en"] == "First"


def test_an_officer_of_another_city_cannot_change_it():
    make_city("phuket")
    with pytest.raises(PermissionDenied):
        projects.change(make_project(), data=data("Mine"), revision=1, by=officer("phuket"), at=NOON)


def test_the_stage_on_any_day_follows_the_history():
    project = make_project(entered_on=date(2024, 1, 1))
    by = officer()
    projects.set_stage(project, stage="ongoing", status="implementation", on=date(2025, 3, 1), by=by, at=NOON)
    projects.set_stage(project, stage="completed", status="completion", on=date(2026, 3, 1), by=by, at=NOON)
    assert list(StageSpan.objects.values_list("since", "until", "stage")) == [
        (date(2024, 1, 1), date(2025, 3, 1), "planning"),
        (date(2025, 3, 1), date(2026, 3, 1), "ongoing"),
        (date(2026, 3, 1), None, "completed"),
    ]


def test_a_stage_in_the_past_is_a_correction_and_says_why():
    project = make_project()
    by = officer()
    projects.set_stage(project, stage="ongoing", status="", on=date(2025, 3, 1), by=by, at=NOON)
    with pytest.raises(Refusal) as refusal:
        projects.set_stage(project, stage="completed", status="", on=date(2025, 2, 1), by=by, at=NOON)
    assert list(refusal.value.fields) == ["why"]
    projects.set_stage(project, stage="completed", status="", on=date(2025, 3, 1), why="entered wrong", by=by, at=NOON)
    project.refresh_from_db()
    assert project.stage == "completed"
    assert StageSpan.objects.filter(project=project).count() == 2


@pytest.mark.parametrize("day", [date(2026, 11, 22), date(2023, 12, 31)])
def test_a_stage_begins_between_entering_and_today(day: date):
    with pytest.raises(Refusal) as refusal:
        projects.set_stage(make_project(), stage="ongoing", status="", on=day, by=officer(), at=NOON)
    assert list(refusal.value.fields) == ["on"]


def test_a_project_leaves_with_a_reason_and_still_counts_before():
    project = make_project()
    left = projects.leave(project, on=date(2025, 6, 1), left="cancelled", words="No money", by=officer(), at=NOON)
    assert (left.status, left.left_on) == ("cancelled", date(2025, 6, 1))
    span = StageSpan.objects.get()
    assert (span.since, span.until) == (date(2024, 1, 1), date(2025, 6, 1))


def test_leaving_needs_words():
    with pytest.raises(Refusal) as refusal:
        projects.leave(make_project(), on=TODAY, left="", words=" ", by=officer(), at=NOON)
    assert sorted(refusal.value.fields) == ["left", "words"]


def test_a_leaving_recorded_by_mistake_is_taken_back_with_a_reason():
    project = make_project()
    by = officer()
    projects.leave(project, on=TODAY, left="duplicate", words="twice", by=by, at=NOON)
    with pytest.raises(Refusal):
        projects.take_back_leaving(project, why="", by=by, at=NOON)
    back = projects.take_back_leaving(project, why="It was not the same project", by=by, at=NOON)
    assert (back.left_on, back.stage) == (None, "planning")
    assert StageSpan.objects.get().until is None


def test_a_project_that_left_comes_to_no_further_stage():
    project = make_project()
    by = officer()
    projects.leave(project, on=TODAY, left="withdrawn", words="x", by=by, at=NOON)
    with pytest.raises(Refusal):
        projects.set_stage(project, stage="ongoing", status="", on=TODAY, by=by, at=NOON)


def test_a_sub_type_brings_its_focus_area():
    edition = in_force(TODAY)
    assert focus_of(["civic-social"], ["mobility", "tourism"], edition) == (
        ("civic-social", "tourism"),
        ("built-infrastructure", "mobility"),
    )
    assert focus_of(["civic-social", "built-infrastructure"], [], edition) == (("civic-social", ""), ("built-infrastructure", ""))


@pytest.mark.parametrize(
    "wrong",
    [
        {"left_on": date(2025, 1, 1)},
        {"left": "cancelled", "left_words": "x"},
        {"latitude": 12.0},
        {"latitude": 95.0, "longitude": 1.0},
        {"starts_on": date(2026, 1, 2), "ends_on": date(2026, 1, 1)},
    ],
)
def test_the_database_holds_what_must_always_be_true(wrong: dict):  # type: ignore[type-arg]
    project = make_project()
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(**wrong)
