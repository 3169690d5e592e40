"""Projects as data say what the page says, by the standard where there is one."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest
from django.test import Client

from nagara.opendata.projects import PROJECTS
from nagara.opendata.tests.oc4ids_schema import faults_of
from nagara.people.tests.cast import make_organisation
from nagara.plans.actions import parts, plans, projects
from nagara.plans.data import BudgetData, MilestoneData, PartnerData
from nagara.plans.models import Project
from nagara.plans.tests.make import LOADER, NOON, make_city, make_project
from nagara.plans.tests.many import make_many
from nagara.plans.tests.test_parts import PLAN

pytestmark = pytest.mark.django_db


def read(client: Client, address: str) -> Any:
    response = client.get(address)
    assert response.status_code == 200, address
    return orjson.loads(b"".join(response.streaming_content) if response.streaming else response.content)


@pytest.fixture
def full() -> Project:
    """A project with something of everything."""
    project = make_project(
        key="RYG-1",
        title="Smart bus",
        sub_type="mobility",
        stage="planning",
        status="preparation",
        description={"en": "Electric buses"},
        support={"en": "Advice"},
        starts_on=date(2025, 10, 1),
        ends_on=date(2028, 9, 30),
        latitude=12.68,
        longitude=101.27,
        place="ถนนสุขุมวิท",
    )
    stones = [
        MilestoneData("M1", {"en": "Begin"}, date(2025, 1, 1), None, date(2025, 2, 1)),
        MilestoneData("M2", {"en": "Late"}, date(2026, 1, 1), date(2027, 1, 1), None, "waits for a permit"),
        MilestoneData("M3", {"en": "Later"}, date(2027, 6, 1)),
        MilestoneData("M4", {"en": "Some day"}),
    ]
    parts.keep_milestones(project, rows=stones, revision=1, by=LOADER, at=NOON)
    money = [
        BudgetData("City", "budget", Decimal("100.50"), "THB", 2026),
        BudgetData("Bank", "budget", Decimal("50"), "THB"),
        BudgetData("City", "spent", Decimal("10"), "THB", 2026),
    ]
    parts.keep_budget(project, rows=money, revision=2, by=LOADER, at=NOON)
    partners = [
        PartnerData("publicAuthority", "", make_organisation("rayong-city").pk),
        PartnerData("funder", "Bank"),
        PartnerData("supplier", "Bank"),
    ]
    parts.keep_partners(project, rows=partners, revision=3, by=LOADER, at=NOON)
    return project


def test_a_package_follows_the_standard(client: Client, full: Project):
    make_project(make_city("phuket"), key="BARE", title="Bare", stage="ongoing_or_planning", as_printed=True)
    package = read(client, "/oc4ids.json")
    assert faults_of(package) == []
    assert package["version"] == "0.9"
    found = {project["id"]: project for project in package["projects"]}
    assert sorted(found) == ["oc4ids-nagara-phuket-BARE", "oc4ids-nagara-rayong-RYG-1"]
    bus = found["oc4ids-nagara-rayong-RYG-1"]
    assert bus["status"] == "preparation"
    assert bus["budget"]["amount"] == {"amount": 150.5, "currency": "THB"}
    assert [group["id"] for group in bus["budget"]["budgetBreakdowns"]] == ["budget", "spent"]
    assert [(stone["id"], stone["status"]) for stone in bus["milestones"]] == [
        ("M1", "met"),
        ("M2", "notMet"),
        ("M3", "scheduled"),
        ("M4", "scheduled"),
    ]
    assert bus["parties"][1] == {"id": "Bank", "name": "Bank", "roles": ["funder", "supplier"]}
    assert {"scheme": "ascn-monitoring-stages", "id": "planning", "description": "Planning"} in bus["additionalClassifications"]
    assert "status" not in found["oc4ids-nagara-phuket-BARE"]


def test_the_package_of_a_city_holds_its_projects_alone(client: Client, full: Project):
    make_project(make_city("phuket"), key="OTHER", title="Other")
    package = read(client, "/cities/rayong/oc4ids.json")
    assert faults_of(package) == []
    assert [project["identifiers"][0]["id"] for project in package["projects"]] == ["RYG-1"]


def test_money_in_two_currencies_has_no_sum_in_the_package(client: Client, full: Project):
    lines = [BudgetData("City", "budget", Decimal(1), "THB"), BudgetData("Bank", "budget", Decimal(1), "USD")]
    full.refresh_from_db()
    parts.keep_budget(full, rows=lines, revision=full.revision, by=LOADER, at=NOON)
    package = read(client, "/oc4ids.json")
    assert faults_of(package) == []
    assert "amount" not in package["projects"][0]["budget"]


def test_the_package_of_a_past_day_has_the_status_of_that_day(client: Client, full: Project):
    projects.set_stage(full, stage="ongoing", status="implementation", on=date(2026, 6, 1), by=LOADER, at=NOON)
    assert read(client, "/oc4ids.json?as_of=2026-05-31")["projects"][0]["status"] == "preparation"
    assert read(client, "/oc4ids.json?as_of=2026-06-01")["projects"][0]["status"] == "implementation"


def test_a_day_without_projects_has_no_package_and_says_so(client: Client, full: Project):
    found = read(client, "/oc4ids.json?as_of=2020-01-01")
    assert (found["projects"], found["count"]) == ([], 0)
    assert "note" in found


def test_many_projects_follow_the_standard_too(client: Client):
    make_many(200)
    package = read(client, "/oc4ids.json")
    assert len(package["projects"]) == 200
    assert faults_of(package) == []


def test_a_package_with_a_field_of_our_own_is_found(client: Client, full: Project):
    package = read(client, "/oc4ids.json")
    package["projects"][0]["nagara"] = True
    assert faults_of(package) != []


def test_csv_and_json_hold_the_same_rows_as_the_page(client: Client, full: Project):
    make_project(make_city("phuket"), key="OTHER", title="=1+1")
    text = b"".join(client.get("/projects.csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    body = read(client, "/projects.json")
    assert list(rows[0]) == [field.name for field in PROJECTS.fields]
    assert [row["key"] for row in rows] == [row["key"] for row in body["projects"]]
    assert body["count"] == body["counts"]["projects"] == 2
    assert body["counts"]["share_of_focus_area"] == {"built-infrastructure": 100.0}
    assert next(row for row in rows if row["key"] == "OTHER")["title_en"] == "'=1+1"
    bus = next(row for row in body["projects"] if row["key"] == "RYG-1")
    assert bus["milestones"][1]["forecast_on"] == "2027-01-01"
    assert bus["money"][0] == {"source": "City", "kind": "budget", "year": 2026, "amount": "100.50", "currency": "THB"}


def test_no_risk_no_photograph_and_no_person_is_in_the_data(client: Client, full: Project):
    body = b"".join(client.get("/projects.json").streaming_content).decode()
    assert "risk" not in body
    assert "photo" not in body


@pytest.mark.parametrize("count", [1, 3])
def test_the_data_take_the_same_queries_for_few_and_many(client: Client, django_assert_num_queries: Any, count: int):
    for number in range(count):
        make_project(key=f"P-{number}", title=f"Project {number}")
    with django_assert_num_queries(13):
        read(client, "/projects.json")


def test_the_plan_of_a_city_as_data(client: Client):
    version = plans.draft(make_city(), data=PLAN, by=LOADER, at=NOON)
    assert read(client, "/cities/rayong/plan.json")["plan"] is None
    plans.adopt(version, on=date(2026, 1, 1), by=LOADER, at=NOON, proof=None)
    body = read(client, "/cities/rayong/plan.json?as_of=2026-01-01")
    assert body["plan"]["focus_areas"] == [
        {"printed": "Smart Living", "framework": None, "sub_types": []},
        {"printed": "Clean air", "framework": "quality-environment", "sub_types": ["clean-environment"]},
    ]
    assert client.get("/cities/atlantis/plan.json").status_code == 404


def test_the_same_question_again_is_answered_with_nothing_new(client: Client, full: Project):
    first = client.get("/projects.json")
    assert client.get("/projects.json", headers={"If-None-Match": first["ETag"]}).status_code == 304
