"""The network's plans and projects are those of the record, counted by the day, and loading them twice changes nothing."""

from datetime import date

import pytest

from demo import cities, network_plans
from demo.facts import read
from demo.load import load
from nagara.audit.models import Entry
from nagara.places.models import City
from nagara.plans.models import ActionPlan, PlanFocus, PlanVersion, PriorityProject, Project
from nagara.plans.queries import plans_on, project_counts
from nagara.plans.shares import shares

pytestmark = pytest.mark.django_db

REPORT = date(2025, 9, 30)


@pytest.fixture
def world(noon):
    load(at=noon)
    if not Project.objects.exists():
        network_plans.load(at=noon)


def test_there_are_38_cities_of_11_states(world):
    members = City.objects.filter(memberships__isnull=False)
    assert members.count() == 38
    assert members.values("state").distinct().count() == 11
    assert City.objects.filter(state="TH", subdivision=None).count() == 0


def test_the_report_of_2025_is_counted_from_its_rows(world):
    counts = project_counts(REPORT)
    assert counts.projects == 134
    assert counts.stages == {"ongoing_or_planning": 116, "completed": 18}
    assert counts.areas == {
        "civic-social": 34,
        "built-infrastructure": 32,
        "quality-environment": 25,
        "safety-security": 19,
        "industry-innovation": 16,
        "health-wellbeing": 8,
    }
    found = {code: str(value) for code, value in shares(counts.areas).items()}
    assert found["built-infrastructure"] == "23.9"
    assert found["civic-social"] == "25.4"


def test_the_day_before_the_report_no_project_is_known(world):
    assert project_counts(date(2025, 9, 29)).projects == 0


def test_the_26_plans_of_2018_are_in_force_since_the_day_they_are_printed_as_of(world):
    assert plans_on(date(2018, 7, 7)).count() == 0
    assert plans_on(date(2018, 7, 8)).count() == 26
    assert PlanVersion.objects.filter(adopted_on=None).count() == 26


def test_focus_areas_stand_as_printed_beside_the_six(world):
    whole = [plan for plan in ActionPlan.objects.all() if not PlanFocus.objects.filter(version__plan=plan, area="").exists()]
    assert len(whole) == 13
    hanoi = PlanFocus.objects.filter(version__plan__city__slug="ha-noi")
    assert hanoi.values_list("printed", "area")[0] == ("Intelligent Operations Centre (IOC)", "")


def test_what_the_plan_does_not_say_clearly_is_not_on_record(world):
    version = PlanVersion.objects.get(plan__city__slug="luang-prabang")
    assert (version.land_area_printed, version.land_area_km2, version.population) == ("2", None, 97760)


def test_a_priority_project_is_linked_only_where_the_report_prints_the_same_name(world):
    linked = PriorityProject.objects.filter(project__isnull=False)
    assert all(row.name["en"].casefold() == row.project.title["en"].casefold() for row in linked.select_related("project"))
    assert PriorityProject.objects.count() == sum(len(row["priorities"]) for row in read("plans_2018"))


def test_loading_twice_changes_nothing(world, noon):
    entries = Entry.objects.count()
    assert network_plans.load(at=noon) == {}
    assert cities.load()["rayong"].pk == City.objects.get(slug="rayong").pk
    assert Entry.objects.count() == entries
