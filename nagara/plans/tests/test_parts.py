"""Milestones, money, partners and risks are kept as lists; progress of a city is reported in one go; plans come in versions."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from nagara.audit.models import Entry
from nagara.audit.verify import verify
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user
from nagara.plans.actions import money, parts, plans, progress
from nagara.plans.actions.progress import MilestoneReport, MilestonesChangedMeanwhile
from nagara.plans.actions.projects import ChangedMeanwhile
from nagara.plans.data import BudgetData, MilestoneData, PartnerData, RiskData
from nagara.plans.models import BudgetLine, ExchangeRate, Milestone, PlanVersion, Project
from nagara.plans.queries import total_of, version_on
from nagara.plans.states import PlanState
from nagara.plans.tests.make import LOADER, NOON, TODAY, make_city, make_project
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    make_city("rayong")
    return make_user("officer", (Role.CITY_OFFICER, "city:rayong"))


STONES = [
    MilestoneData("M1", {"th": "เริ่ม"}, planned_on=date(2026, 1, 1), actual_on=date(2026, 1, 5)),
    MilestoneData("M2", {"th": "จบ"}, planned_on=date(2026, 12, 1)),
]


def test_milestones_are_kept_in_order_and_only_what_changed_is_recorded(officer: User):
    project = parts.keep_milestones(make_project(), rows=STONES, revision=1, by=officer, at=NOON)
    assert [row.code for row in project.milestones.all()] == ["M1", "M2"]
    later = [STONES[1], MilestoneData("M1", {"th": "เริ่มงาน"}, date(2026, 1, 1), None, date(2026, 1, 5))]
    project = parts.keep_milestones(project, rows=later, revision=2, by=officer, at=NOON)
    assert [row.code for row in project.milestones.all()] == ["M2", "M1"]
    entry = Entry.objects.last()
    assert entry is not None
    assert [change[:1] for change in entry.changes] == [("M1",)]


def test_saving_the_same_milestones_again_records_nothing(officer: User):
    project = parts.keep_milestones(make_project(), rows=STONES, revision=1, by=officer, at=NOON)
    entries = Entry.objects.count()
    assert parts.keep_milestones(project, rows=STONES, revision=2, by=officer, at=NOON).revision == 2
    assert Entry.objects.count() == entries


@pytest.mark.parametrize(
    "wrong",
    [
        [STONES[0], STONES[0]],
        [MilestoneData("M1", {})],
        [MilestoneData("M1", {"th": "x"}, actual_on=TODAY + timedelta(days=1))],
    ],
)
def test_faulty_milestones_are_refused(officer: User, wrong: list[MilestoneData]):
    with pytest.raises(Refusal):
        parts.keep_milestones(make_project(), rows=wrong, revision=1, by=officer, at=NOON)
    assert not Milestone.objects.exists()


def test_two_people_on_one_list_cannot_overwrite_each_other(officer: User):
    project = make_project()
    parts.keep_milestones(project, rows=STONES, revision=1, by=officer, at=NOON)
    with pytest.raises(ChangedMeanwhile):
        parts.keep_milestones(project, rows=[], revision=1, by=officer, at=NOON)
    assert Milestone.objects.count() == 2


@pytest.mark.parametrize("keep", [parts.keep_milestones, parts.keep_budget, parts.keep_partners, parts.keep_risks])
def test_an_officer_of_another_city_keeps_nothing_here(keep):
    make_city("phuket")
    other = make_user("other", (Role.CITY_OFFICER, "city:phuket"))
    with pytest.raises(PermissionDenied):
        keep(make_project(), rows=[], revision=1, by=other, at=NOON)


BAHT = BudgetData("เทศบาล", "budget", Decimal("100.00"), "THB", 2026)
DOLLARS = BudgetData("ADB", "budget", Decimal("10.00"), "USD", 2026)


def test_money_is_kept_line_by_line(officer: User):
    project = parts.keep_budget(make_project(), rows=[BAHT, DOLLARS], revision=1, by=officer, at=NOON)
    assert [(row.origin, str(row.amount)) for row in project.budget.all()] == [("เทศบาล", "100.00"), ("ADB", "10.00")]
    with pytest.raises(Refusal) as refusal:
        parts.keep_budget(project, rows=[BAHT, BAHT], revision=2, by=officer, at=NOON)
    assert refusal.value.code == "money-twice"


def test_the_database_refuses_the_same_money_twice():
    project = make_project()
    for year in (2026, None):
        BudgetLine.objects.create(project=project, origin="x", kind="budget", year=year, amount=1, currency="THB")
        with pytest.raises(IntegrityError), transaction.atomic():
            BudgetLine.objects.create(project=project, origin="x", kind="budget", year=year, amount=2, currency="THB")


def test_a_total_needs_a_rate_on_record_up_to_the_day(officer: User):
    project = parts.keep_budget(make_project(), rows=[BAHT, DOLLARS], revision=1, by=officer, at=NOON)
    with pytest.raises(Refusal, match="USD"):
        total_of(project.budget.all(), "THB", TODAY)
    office = make_user("office", Role.OFFICE)
    money.set_rate("USD", into="THB", on=date(2026, 10, 1), rate=Decimal("32.5"), published_by="ธปท.", by=office, at=NOON)
    assert total_of(project.budget.all(), "THB", TODAY).amount == Decimal("425.00")
    with pytest.raises(Refusal):
        total_of(project.budget.all(), "THB", date(2026, 9, 30))


def test_only_the_office_enters_rates_and_a_mended_one_leaves_both_in_the_record(officer: User):
    said = {"into": "THB", "on": TODAY, "published_by": "ธปท.", "at": NOON}
    with pytest.raises(PermissionDenied):
        money.set_rate("USD", rate=Decimal(32), by=officer, **said)  # type: ignore[arg-type]
    office = make_user("office", Role.OFFICE)
    money.set_rate("USD", rate=Decimal(32), by=office, **said)  # type: ignore[arg-type]
    money.set_rate("USD", rate=Decimal(33), by=office, **said)  # type: ignore[arg-type]
    assert ExchangeRate.objects.get().rate == 33
    entry = Entry.objects.last()
    assert entry is not None
    assert ("rate", "32.0000000000", "33") in entry.changes


@pytest.mark.parametrize("wrong", [{"into": "USD"}, {"rate": Decimal(0)}, {"on": TODAY + timedelta(days=1)}])
def test_a_rate_that_cannot_be_is_refused(wrong: dict):  # type: ignore[type-arg]
    said = {"into": "THB", "on": TODAY, "rate": Decimal(32)} | wrong
    with pytest.raises(Refusal):
        money.set_rate("USD", published_by="x", by=LOADER, at=NOON, **said)


def test_partners_and_risks_are_kept(officer: User):
    project = parts.keep_partners(
        make_project(), rows=[PartnerData("funder", "ADB"), PartnerData("supplier", "ADB")], revision=1, by=officer, at=NOON
    )
    project = parts.keep_risks(project, rows=[RiskData({"th": "ราคา"}, 3, 4)], revision=2, by=officer, at=NOON)
    assert project.partners.count() == 2
    assert project.risks.get().impact == 4
    with pytest.raises(Refusal):
        parts.keep_partners(project, rows=[PartnerData("funder", "x"), PartnerData("funder", "x")], revision=3, by=officer, at=NOON)


def test_risks_are_read_by_those_who_work_on_the_project_and_those_who_follow_it(officer: User):
    project = make_project()
    assert access.allowed(officer, "plans.view_inside", project)
    for role in (Role.NETWORK_SECRETARIAT, Role.AUDITOR, Role.OFFICE):
        assert access.allowed(make_user(role, role), "plans.view_inside", project)
    assert not access.allowed(make_user("assessor", Role.ASSESSOR), "plans.view_inside", project)
    assert not access.allowed(make_user("other", (Role.CITY_OFFICER, "city:phuket")), "plans.view_inside", project)


def report(row: Milestone, **more) -> MilestoneReport:
    said = {"forecast_on": row.forecast_on, "actual_on": row.actual_on, "note": row.note, "seen_at": row.changed_at} | more
    return MilestoneReport(row.pk, said["seen_at"], said["forecast_on"], said["actual_on"], said["note"])


def test_progress_of_a_city_changes_only_what_changed_and_confirms_the_rest(officer: User):
    one = parts.keep_milestones(make_project(key="A"), rows=STONES, revision=1, by=officer, at=NOON)
    two = parts.keep_milestones(make_project(key="B", title="Other"), rows=STONES, revision=1, by=officer, at=NOON)
    rows = list(Milestone.objects.order_by("pk"))
    later = NOON + timedelta(hours=1)
    reports = [report(rows[0]), report(rows[1], forecast_on=date(2027, 2, 1)), report(rows[2]), report(rows[3])]
    assert progress.report_milestones(one.city, reports=reports, by=officer, at=later) == 1
    rows[1].refresh_from_db()
    assert rows[1].forecast_on == date(2027, 2, 1)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.revision, two.revision) == (3, 2)
    assert one.checked_at == two.checked_at == later
    assert list(Entry.objects.order_by("-seq").values_list("did", flat=True)[:2]) == ["plans.confirm_progress", "plans.report_milestones"]
    assert verify().whole


def test_a_milestone_that_somebody_else_changed_stops_the_report_and_loses_nothing(officer: User):
    project = parts.keep_milestones(make_project(), rows=STONES, revision=1, by=officer, at=NOON)
    row = project.milestones.get(code="M2")
    mine = report(row, forecast_on=date(2027, 1, 1))
    progress.report_milestones(project.city, reports=[report(row, note="theirs")], by=officer, at=NOON + timedelta(minutes=1))
    with pytest.raises(MilestonesChangedMeanwhile) as clash:
        progress.report_milestones(project.city, reports=[mine], by=officer, at=NOON + timedelta(minutes=2))
    assert list(clash.value.milestones) == [row.pk]
    row.refresh_from_db()
    assert (row.forecast_on, row.note) == (None, "theirs")


def test_a_milestone_of_another_city_is_not_reported_here(officer: User):
    other = parts.keep_milestones(make_project(make_city("phuket")), rows=STONES, revision=1, by=LOADER, at=NOON)
    with pytest.raises(Refusal):
        progress.report_milestones(make_city("rayong"), reports=[report(other.milestones.all()[0])], by=officer, at=NOON)


PLAN = plans.PlanData(
    vision={"th": "เมืองน่าอยู่"},
    first_year=2026,
    last_year=2030,
    focus=(plans.FocusData("Smart Living"), plans.FocusData("Clean air", "quality-environment", ["clean-environment"])),
    targets=(plans.TargetData({"th": "ลดฝุ่น"}, "sustainable-environment", value=Decimal(25), unit="µg/m³"),),
    priorities=(plans.PriorityData({"th": "รถไฟฟ้า"}),),
)


def test_a_plan_is_drafted_changed_and_brought_into_force(officer: User):
    city = make_city("rayong")
    version = plans.draft(city, by=officer, at=NOON)
    version = plans.change(version, data=PLAN, revision=1, by=officer, at=NOON)
    assert plans.as_data(version) == PLAN
    assert version_on(city, TODAY) is None
    plans.adopt(version, on=date(2026, 3, 1), by=officer, at=NOON, proof=fresh_proof(NOON))
    in_force = version_on(city, date(2026, 3, 1))
    assert in_force is not None
    assert (in_force.number, in_force.adopted_on) == (1, date(2026, 3, 1))
    assert version_on(city, date(2026, 2, 28)) is None


def test_the_next_version_begins_from_the_one_in_force_and_supersedes_it(officer: User):
    city = make_city("rayong")
    first = plans.draft(city, data=PLAN, by=officer, at=NOON)
    plans.adopt(first, on=date(2026, 3, 1), by=officer, at=NOON, proof=fresh_proof(NOON))
    second = plans.draft(city, by=officer, at=NOON)
    assert (second.number, plans.as_data(second)) == (2, PLAN)
    plans.adopt(second, on=date(2026, 9, 1), by=officer, at=NOON, proof=fresh_proof(NOON))
    first.refresh_from_db()
    assert (first.state, first.superseded_on) == (PlanState.SUPERSEDED, date(2026, 9, 1))
    assert [version_on(city, day).number for day in (date(2026, 8, 31), date(2026, 9, 1))] == [1, 2]  # type: ignore[union-attr]


def test_there_is_one_draft_at_a_time(officer: User):
    city = make_city("rayong")
    assert plans.draft(city, by=officer, at=NOON) == plans.draft(city, by=officer, at=NOON)


def test_a_version_in_force_is_not_changed(officer: User):
    version = plans.draft(make_city("rayong"), data=PLAN, by=officer, at=NOON)
    plans.adopt(version, on=TODAY, by=officer, at=NOON, proof=fresh_proof(NOON))
    with pytest.raises(Refusal) as refusal:
        plans.change(version, data=plans.PlanData(), revision=1, by=officer, at=NOON)
    assert refusal.value.code == "wrong-state"


def test_adopting_needs_a_second_factor(officer: User):
    version = plans.draft(make_city("rayong"), data=PLAN, by=officer, at=NOON)
    with pytest.raises(Refusal) as refusal:
        plans.adopt(version, on=TODAY, by=officer, at=NOON, proof=None)
    assert refusal.value.code == "second-factor-needed"
    assert PlanVersion.objects.get().state == PlanState.DRAFT


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (plans.PlanData(first_year=2030, last_year=2026), "last_year"),
        (plans.PlanData(focus=(plans.FocusData("x", "smart-living"),)), "focus"),
        (plans.PlanData(targets=(plans.TargetData({"th": "x"}, "happiness"),)), "targets"),
        (plans.PlanData(priorities=(plans.PriorityData({"th": "x"}, project_id=999),)), "priorities"),
    ],
)
def test_a_faulty_plan_is_refused_by_field(officer: User, wrong: plans.PlanData, field: str):
    version = plans.draft(make_city("rayong"), by=officer, at=NOON)
    with pytest.raises(Refusal) as refusal:
        plans.change(version, data=wrong, revision=1, by=officer, at=NOON)
    assert list(refusal.value.fields) == [field]


def test_an_empty_plan_or_one_before_the_last_is_not_adopted(officer: User):
    city = make_city("rayong")
    version = plans.draft(city, by=officer, at=NOON)
    with pytest.raises(Refusal):
        plans.adopt(version, on=TODAY, by=officer, at=NOON, proof=fresh_proof(NOON))
    plans.change(version, data=PLAN, revision=1, by=officer, at=NOON)
    plans.adopt(version, on=date(2026, 3, 1), by=officer, at=NOON, proof=fresh_proof(NOON))
    second = plans.draft(city, by=officer, at=NOON)
    with pytest.raises(Refusal):
        plans.adopt(second, on=date(2026, 2, 1), by=officer, at=NOON, proof=fresh_proof(NOON))


def test_two_people_on_one_draft_cannot_overwrite_each_other(officer: User):
    version = plans.draft(make_city("rayong"), by=officer, at=NOON)
    plans.change(version, data=PLAN, revision=1, by=officer, at=NOON)
    with pytest.raises(plans.PlanChangedMeanwhile):
        plans.change(version, data=plans.PlanData(vision={"th": "อื่น"}), revision=1, by=officer, at=NOON)


def test_a_draft_is_seen_by_its_city_alone(officer: User):
    version = plans.draft(make_city("rayong"), by=officer, at=NOON)
    other = make_user("other", (Role.CITY_OFFICER, "city:phuket"))
    assert access.allowed(officer, "plans.view_version", version)
    assert not access.allowed(other, "plans.view_version", version)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "adopted"},
        {"in_force_from": TODAY},
        {"state": "superseded", "in_force_from": TODAY},
        {"first_year": 2030, "last_year": 2026},
    ],
)
def test_the_database_holds_what_must_always_be_true_of_a_version(officer: User, wrong: dict):  # type: ignore[type-arg]
    version = plans.draft(make_city("rayong"), by=officer, at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanVersion.objects.filter(pk=version.pk).update(**wrong)


def test_a_project_named_by_a_plan_is_not_deleted(officer: User):
    project = make_project()
    plans.draft(
        make_city("rayong"), data=plans.PlanData(priorities=(plans.PriorityData({"th": "x"}, project_id=project.pk),)), by=officer, at=NOON
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=project.pk)._raw_delete("default")
        transaction.get_connection().check_constraints()
