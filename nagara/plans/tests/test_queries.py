"""Which projects there were on a day, how many, and what explains the change."""

from datetime import date
from typing import Any

import pytest

from nagara.places.models import City
from nagara.plans import queries
from nagara.plans.actions import parts, projects
from nagara.plans.data import PartnerData
from nagara.plans.tests.make import LOADER, NOON, make_city, make_project

pytestmark = pytest.mark.django_db

A, B, C = date(2024, 6, 1), date(2025, 6, 1), date(2026, 6, 1)


@pytest.fixture
def portfolio() -> dict[str, Any]:
    """Two cities of two states; one project that stays, one that moves, one that leaves, one that comes."""
    rayong, phnom_penh = make_city("rayong"), make_city("phnom-penh", "KH")
    stays = make_project(rayong, "STAYS", area="civic-social")
    moves = make_project(rayong, "MOVES")
    leaves = make_project(phnom_penh, "LEAVES")
    comes = make_project(phnom_penh, "COMES", entered_on=date(2025, 1, 10), area="quality-environment")
    projects.set_stage(moves, stage="ongoing", status="implementation", on=date(2025, 2, 1), by=LOADER, at=NOON)
    projects.leave(leaves, on=date(2025, 3, 1), left="merged", words="Part of COMES", by=LOADER, at=NOON)
    return {"stays": stays, "moves": moves, "leaves": leaves, "comes": comes}


def keys(rows: Any) -> list[str]:
    return sorted(row.key for row in rows)


def test_projects_on_a_day(portfolio: dict[str, Any]):
    assert keys(queries.projects_on(date(2023, 12, 31))) == []
    assert keys(queries.projects_on(A)) == ["LEAVES", "MOVES", "STAYS"]
    assert keys(queries.projects_on(B)) == ["COMES", "MOVES", "STAYS"]
    assert keys(queries.projects_on(B, [make_city("rayong")])) == ["MOVES", "STAYS"]
    assert keys(queries.projects_on(B, City.objects.filter(state="KH"))) == ["COMES"]


def test_a_project_has_left_on_the_day_it_leaves(portfolio: dict[str, Any]):
    assert "LEAVES" in keys(queries.projects_on(date(2025, 2, 28)))
    assert "LEAVES" not in keys(queries.projects_on(date(2025, 3, 1)))


def test_the_stage_is_that_of_the_day(portfolio: dict[str, Any]):
    assert queries.projects_on(A).get(key="MOVES").stage_on == "planning"
    assert queries.projects_on(B).get(key="MOVES").stage_on == "ongoing"


def test_counts_of_a_day(portfolio: dict[str, Any], django_assert_num_queries: Any):
    with django_assert_num_queries(4):
        counts = queries.project_counts(B)
    assert counts.projects == 3
    assert counts.stages == {"planning": 2, "ongoing": 1} == queries.by_stage(B)
    assert counts.areas == {"civic-social": 1, "built-infrastructure": 1, "quality-environment": 1} == queries.by_focus_area(B)
    assert counts.states == {"KH": 1, "TH": 2}
    assert sum(counts.cities.values()) == 3 == sum(queries.by_city(B).values())


def test_a_project_that_involves_two_areas_is_filed_once_and_involves_both():
    project = make_project()
    project.focus.create(position=1, area="civic-social")
    project.focus.create(position=2, area="civic-social", sub_type="tourism")
    assert queries.by_focus_area(B) == {"built-infrastructure": 1}
    assert queries.touching_focus_area(B) == {"built-infrastructure": 1, "civic-social": 1}


def test_changes_between_two_days_explain_the_difference(portfolio: dict[str, Any], django_assert_num_queries: Any):
    with django_assert_num_queries(3):
        found = queries.changes_between(A, B)
    assert keys(found.added) == ["COMES"]
    assert [(row.key, row.left, row.left_words) for row in found.left] == [("LEAVES", "merged", "Part of COMES")]
    assert [(move.project.key, move.before, move.after) for move in found.moved] == [("MOVES", "planning", "ongoing")]
    assert queries.project_counts(A).projects + len(found.added) - len(found.left) == queries.project_counts(B).projects


def test_no_change_between_days_without_one(portfolio: dict[str, Any]):
    found = queries.changes_between(B, C)
    assert (found.added, found.left, found.moved) == ([], [], [])


def test_change_days_are_newest_first(portfolio: dict[str, Any]):
    assert queries.change_days() == [date(2025, 3, 1), date(2025, 2, 1), date(2025, 1, 10), date(2024, 1, 1)]


def test_search_finds_every_word_in_any_language():
    make_project(key="BUS-1", title="Smart bus", place="ถนนสุขุมวิท")
    make_project(key="PIER-1", title="Smart pier")
    rows = queries.projects_on(B)
    assert keys(queries.search(rows, "smart สุขุมวิท")) == ["BUS-1"]
    assert keys(queries.search(rows, "PIER-๑")) == ["PIER-1"]
    assert keys(queries.search(rows, "smart boat")) == []


def test_the_partners_of_a_city_are_named_once_with_their_roles_and_projects(portfolio: dict[str, Any]):
    for project in (portfolio["stays"], portfolio["moves"]):
        project.refresh_from_db()
        parts.keep_partners(project, rows=[PartnerData("funder", "Bank")], revision=project.revision, by=LOADER, at=NOON)
    found = queries.partners_of(make_city("rayong"), B)
    assert [(one.name, len(one.projects)) for one in found] == [("Bank", 2)]
    assert queries.partners_of(make_city("phnom-penh"), B) == []


def test_one_city_is_counted_in_one_query(portfolio: dict[str, Any], django_assert_num_queries: Any):
    rayong = make_city("rayong")
    whole = queries.project_counts(B, [rayong])
    with django_assert_num_queries(1):
        found = queries.counts_of_city(rayong, B)
    assert (found.projects, found.stages, found.areas) == (whole.projects, whole.stages, whole.areas)
