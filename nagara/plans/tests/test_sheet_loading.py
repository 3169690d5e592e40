"""A sheet is loaded as a whole or not at all; what was exported comes back in unchanged."""

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Max
from django.utils.translation import override
from openpyxl import load_workbook

from nagara.audit.models import Entry
from nagara.audit.verify import verify
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.plans import jobs, queries
from nagara.plans.actions import imports, projects
from nagara.plans.models import BudgetLine, Milestone, Partner, Project, SheetImport, StageSpan
from nagara.plans.sheets.check import check
from nagara.plans.sheets.faults import Fault
from nagara.plans.sheets.known import known
from nagara.plans.sheets.read import read_book
from nagara.plans.sheets.write import export
from nagara.plans.states import ImportState
from nagara.plans.tests.books import project, workbook
from nagara.plans.tests.make import LOADER, NOON, TODAY, data, make_city, make_project
from nagara.plans.tests.many import make_many
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    make_city("rayong", th="ระยอง", en="Rayong")
    return make_user("officer", (Role.CITY_OFFICER, "city:rayong"))


def clock() -> datetime:
    return NOON


def upload(by: User, content: io.BytesIO | bytes) -> SheetImport:
    """A workbook uploaded and read."""
    raw = content if isinstance(content, bytes) else content.getvalue()
    sheet = imports.upload(SimpleUploadedFile("projects.xlsx", raw), language="en", by=by, at=NOON)
    jobs.run(sheet.pk, clock=clock)
    sheet.refresh_from_db()
    return sheet


def loaded(by: User, content: io.BytesIO | bytes) -> SheetImport:
    """A workbook uploaded, read and loaded."""
    sheet = upload(by, content)
    assert sheet.state == ImportState.SOUND, sheet.faults
    imports.ask_to_load(sheet, by=by, at=NOON)
    jobs.run(sheet.pk, clock=clock)
    sheet.refresh_from_db()
    return sheet


FULL = {
    "description_th": "คำอธิบาย",
    "sub_types": "Mobility & Transportation",
    "status": "identification",
    "starts_on": "1/1/2569",
    "ends_on": date(2027, 1, 1),
    "support_en": "Advice",
    "latitude": 12.68,
    "longitude": "101,27",
    "place": "ถนนสุขุมวิท",
}
PARTS: dict[str, Any] = {
    "milestones": [{"city": "rayong", "key": "RYG-001", "code": "M1", "title_th": "เริ่มงาน", "planned_on": "2026-03-01"}],
    "budget": [
        {"city": "rayong", "key": "RYG-001", "origin": "เทศบาล", "kind": "budget", "year": 2569, "amount": "๑,๕๐๐", "currency": "THB"}
    ],
    "partners": [{"city": "rayong", "key": "RYG-001", "role": "funder", "name": "ธนาคาร"}],
}


def test_a_sound_sheet_is_loaded_with_all_that_belongs_to_its_projects(officer: User):
    sheet = loaded(officer, workbook([project(**FULL)], **PARTS))
    assert (sheet.state, sheet.loaded_at) == (ImportState.LOADED, NOON)
    assert sheet.outcome["new"] == 1
    held = Project.objects.get()
    assert (held.starts_on, held.ends_on, held.longitude, held.status) == (date(2026, 1, 1), date(2027, 1, 1), 101.27, "identification")
    assert list(held.focus.values_list("area", "sub_type")) == [("built-infrastructure", "mobility")]
    assert (Milestone.objects.get().code, str(BudgetLine.objects.get().amount), Partner.objects.get().name) == ("M1", "1500.00", "ธนาคาร")
    assert queries.by_stage(TODAY) == {"planning": 1}
    assert "smart bus" in held.search


def test_one_entry_for_each_project_and_one_for_the_sheet(officer: User):
    before = Entry.objects.aggregate(newest=Max("seq"))["newest"] or 0
    sheet = loaded(officer, workbook([project(), project(key="RYG-002", title_th="ข", title_en="B")], **PARTS))
    acts = list(Entry.objects.filter(seq__gt=before).values_list("did", flat=True))
    assert acts == [
        "plans.upload_sheet",
        "plans.ask_to_load_sheet",
        "plans.enter_project",
        "plans.enter_project",
        "plans.load_sheet",
    ]
    assert Entry.objects.get(did="plans.load_sheet").about == f"plans.sheetimport:{sheet.pk}"
    assert verify().whole


def test_a_sheet_with_one_fault_loads_nothing(officer: User):
    sheet = upload(officer, workbook([project(), project(key="RYG-002", title_th="ข", title_en="B", stage="dreaming")]))
    assert (sheet.state, sheet.faults_in_all, sheet.faults[0]["row"]) == (ImportState.FAULTY, 1, 3)
    with pytest.raises(Refusal):
        imports.ask_to_load(sheet, by=officer, at=NOON)
    assert not Project.objects.exists()


def test_changes_come_in_by_key(officer: User):
    make_project(make_city("rayong"), key="RYG-001", title="Smart bus")
    row = project(
        entered_on=None, title_en="Smart tram", stage="ongoing", stage_since="2026-06-01", focus_areas="โครงสร้างพื้นฐาน; พลเมืองและสังคม"
    )
    sheet = loaded(officer, workbook([row], milestones=PARTS["milestones"]))
    assert (sheet.outcome["new"], sheet.outcome["changed"]) == (0, 1)
    held = Project.objects.get()
    assert (held.title["en"], held.stage, held.revision) == ("Smart tram", "ongoing", 2)
    assert list(held.focus.values_list("area", flat=True)) == ["built-infrastructure", "civic-social"]
    assert list(StageSpan.objects.values_list("since", "until", "stage")) == [
        (date(2024, 1, 1), date(2026, 6, 1), "planning"),
        (date(2026, 6, 1), None, "ongoing"),
    ]
    assert verify().whole


def test_a_leaving_comes_in_with_its_reason(officer: User):
    make_project(make_city("rayong"), key="RYG-001", title="Smart bus")
    row = project(entered_on=None, title_th="Smart bus (ไทย)", left_on="2026-06-01", left="Cancelled", left_words="No money")
    loaded(officer, workbook([row]))
    held = Project.objects.get()
    assert (held.left_on, held.left, held.status) == (date(2026, 6, 1), "cancelled", "cancelled")
    assert not queries.projects_on(TODAY).exists()


def test_loading_twice_changes_nothing_the_second_time(officer: User):
    content = workbook([project(**FULL)], **PARTS)
    loaded(officer, content)
    entries = Entry.objects.count()
    sheet = loaded(officer, content)
    assert (sheet.outcome["new"], sheet.outcome["changed"], sheet.outcome["unchanged"], sheet.outcome["same_parts"]) == (0, 0, 1, 3)
    assert Entry.objects.count() == entries + 3  # uploaded, asked, loaded: the acts, no change
    assert Project.objects.get().revision == 1


def test_what_changed_between_check_and_loading_stops_the_loading(officer: User):
    held = make_project(make_city("rayong"), key="RYG-001", title="Smart bus")
    sheet = upload(officer, workbook([project(entered_on=None, title_en="Smart tram")]))
    projects.change(held, data=data("Smart boat"), revision=1, by=LOADER, at=NOON)
    imports.ask_to_load(sheet, by=officer, at=NOON)
    jobs.run(sheet.pk, clock=clock)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.outcome["moved"]) == (ImportState.SOUND, True)
    assert Project.objects.get().title["en"] == "Smart boat"


def test_only_who_uploaded_a_sheet_loads_it(officer: User):
    sheet = upload(officer, workbook([project()]))
    other = make_user("another officer", (Role.CITY_OFFICER, "city:rayong"))
    with pytest.raises(PermissionDenied):
        imports.ask_to_load(sheet, by=other, at=NOON)


def test_who_keeps_no_city_uploads_nothing():
    with pytest.raises(PermissionDenied):
        upload(make_user("assessor", Role.ASSESSOR), workbook([project()]))


def test_a_role_that_ended_between_upload_and_loading_stops_the_loading(officer: User):
    sheet = upload(officer, workbook([project()]))
    imports.ask_to_load(sheet, by=officer, at=NOON)
    officer.role_grants.update(ended=date(2021, 1, 1))
    jobs.run(sheet.pk, clock=clock)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.faults[0]["words"]) == (ImportState.FAULTY, "You do not keep the projects of this city.")
    assert not Project.objects.exists()


def test_a_sheet_may_be_given_up(officer: User):
    sheet = imports.give_up(upload(officer, workbook([project()])), by=officer, at=NOON)
    assert sheet.state == ImportState.GIVEN_UP


def test_an_import_whose_worker_was_killed_is_taken_up_again(officer: User):
    sheet = upload(officer, workbook([project()]))
    SheetImport.objects.filter(pk=sheet.pk).update(state=ImportState.LOADING, beat_at=NOON - timedelta(minutes=5))
    assert jobs.take_up(clock=clock) == 1
    sheet.refresh_from_db()
    assert sheet.state == ImportState.LOADED


def test_an_import_that_gives_signs_of_life_is_left_to_its_worker(officer: User):
    sheet = upload(officer, workbook([project()]))
    SheetImport.objects.filter(pk=sheet.pk).update(state=ImportState.LOADING, beat_at=NOON - timedelta(seconds=5))
    assert jobs.take_up(clock=clock) == 0


@pytest.mark.parametrize("language", ["th", "en"])
def test_an_export_comes_back_in_unchanged(language: str):
    city = make_city("rayong", th="ระยอง", en="Rayong")
    office = make_user("office", Role.OFFICE)
    with override("en"):
        loaded(office, workbook([project(**FULL)], **PARTS))
    printed = make_project(city, key="OLD-1", title="Old", stage="ongoing_or_planning", as_printed=True, description={"id": "Lama"})
    projects.leave(printed, on=date(2026, 1, 1), left="cancelled", words="No money", by=LOADER, at=NOON)
    with override(language):
        content = export(Project.objects.all(), on=TODAY, cities=[city])
        found = check(read_book(io.BytesIO(content)), known(office, TODAY))
    assert found.faults == []
    assert (len(found.new), len(found.changed), found.unchanged, found.same_parts) == (0, 0, 2, 3)
    assert (found.milestones, found.budget, found.partners) == ([], [], [])


def test_two_cities_of_one_name_are_exported_by_their_addresses():
    one, two = make_city("springfield-1", en="Springfield"), make_city("springfield-2", "KH", en="Springfield")
    make_project(one, key="A-1")
    make_project(two, key="B-1", title="Other")
    with override("en"):
        content = export(Project.objects.all(), on=TODAY, cities=[one, two])
        found = check(read_book(io.BytesIO(content)), known(make_user("office", Role.OFFICE), TODAY))
    assert (found.faults, found.unchanged) == ([], 2)


def test_the_template_is_an_export_without_rows():
    with override("en"):
        book = load_workbook(io.BytesIO(export(Project.objects.none(), on=TODAY, cities=[make_city()])))
    assert book.sheetnames == ["Read me", "Projects", "Milestones", "Budget", "Partners", "Lists"]
    sheet = book[book.sheetnames[1]]
    assert sheet["A1"].value == "City [city]"
    assert sheet.max_row == 1
    assert len(sheet.data_validations.dataValidation) == 4


PLANTED = 50


def plant(content: bytes) -> tuple[bytes, set[tuple[str, int, str]]]:
    """An export with fifty faults of many kinds, and where each stands: (sheet, row, column)."""
    book = load_workbook(io.BytesIO(content))
    sheet, money, stones = book["Projects"], book["Budget"], book["Milestones"]
    at = {str(cell.value).split("[")[-1].rstrip("]"): cell.column_letter for cell in sheet[1]}
    kinds: list[tuple[str, Any]] = [
        ("focus_areas", "Smart Living"),
        ("stage", "dreaming"),
        ("city", "Atlantis"),
        ("status", "flying"),
        ("starts_on", "29/2/2566"),
        ("ends_on", "2019-12-31"),
        ("latitude", 100.5),
        ("title_en", "=A1"),
        ("sub_types", "Dancing"),
        ("key", "has space"),
    ]
    places = set()
    for number in range(40):
        code, wrong = kinds[number % 10]
        row = 100 + number * 120
        if code == "latitude":
            sheet[f"{at['longitude']}{row}"] = 101.0
        sheet[f"{at[code]}{row}"] = wrong
        places.add(("Projects", row, at[code]))
    for number, (column, wrong) in enumerate([("F", "12,5"), ("G", "ZZZ"), ("G", "JPY"), ("E", "69"), ("D", "loan")]):
        row = 50 + number * 1900
        money[f"{column}{row}"] = wrong
        places.add(("Budget", row, column))
    for number, (column, wrong) in enumerate([("F", "soon"), ("H", "2099-01-01"), ("C", "M 1"), ("F", 45000), ("H", "1/1/69")]):
        row = 60 + number * 1900
        stones[f"{column}{row}"] = wrong
        stones[f"{column}{row}"].number_format = "General"
        places.add(("Milestones", row, column))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), places


@pytest.mark.slow
def test_five_thousand_projects_come_back_unchanged_and_fifty_planted_faults_are_all_named():
    cities = make_many(5000)
    office = make_user("office", Role.OFFICE)
    with override("en"):
        content = export(Project.objects.all(), on=TODAY, cities=cities)
        found = check(read_book(io.BytesIO(content)), known(office, TODAY))
        assert (found.faults, len(found.new), len(found.changed), found.unchanged) == ([], 0, 0, 5000)
        assert found.same_parts == 25_000
        faulty, places = plant(content)
        faults = check(read_book(io.BytesIO(faulty)), known(office, TODAY)).faults
    assert len(places) == PLANTED
    named = {(fault.sheet, fault.row, fault.column) for fault in faults}
    assert places <= named
    assert named - places == set()
    assert all(fault.words for fault in faults)


def test_plain_faults_are_plain_json(officer: User):
    sheet = upload(officer, workbook([project(stage="dreaming")]))
    assert Fault(**sheet.faults[0]).found == "dreaming"


def test_nothing_is_read_of_other_cities(officer: User):
    """A sheet that names a city of somebody else tells nothing about its projects."""
    make_project(make_city("phuket", en="Phuket"), key="SECRET-1")
    sheet = upload(officer, workbook([project(city="phuket", key="SECRET-1", entered_on=None)]))
    assert [(fault["heading"], fault["words"]) for fault in sheet.faults] == [("City", "You do not keep the projects of this city.")]
