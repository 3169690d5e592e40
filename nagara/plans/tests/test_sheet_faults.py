"""Each thing that can be wrong in a sheet is named: its row, its column, what was found and what is allowed."""

import io
from datetime import date, datetime
from typing import Any

import pytest
from django.utils.translation import override
from openpyxl import Workbook, load_workbook

from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.plans.actions import projects
from nagara.plans.models import ExchangeRate
from nagara.plans.sheets.faults import Fault
from nagara.plans.sheets.mark import as_csv, marked
from nagara.plans.sheets.read import read_book
from nagara.plans.tests.books import checked, project, workbook
from nagara.plans.tests.make import LOADER, NOON, data, make_city, make_project
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


@pytest.fixture
def officer() -> User:
    make_city("rayong", th="ระยอง", en="Rayong")
    make_city("phuket", th="ภูเก็ต", en="Phuket")
    return make_user("officer", (Role.CITY_OFFICER, "city:rayong"))


def one(found: Any) -> tuple[str, int, str]:
    """The words of the only fault, its row and its heading code's place."""
    assert len(found.faults) == 1, found.faults
    fault = found.faults[0]
    return fault.words, fault.row, fault.column


def test_a_sound_row_enters_a_project(officer: User):
    found = checked(officer, [project()])
    assert found.faults == []
    (new,) = found.new.values()
    assert (new.key, new.stage, new.entered_on, new.data.focus) == (
        "RYG-001",
        "planning",
        date(2026, 1, 5),
        (("built-infrastructure", ""),),
    )


@pytest.mark.parametrize("city", ["rayong", "Rayong", "ระยอง", " RAYONG "])
def test_a_city_is_known_by_address_and_by_name(officer: User, city: str):
    assert checked(officer, [project(city=city)]).faults == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"city": "Atlantis"}, "No city of this name is in the record."),
        ({"city": "phuket"}, "You do not keep the projects of this city."),
        (
            {"city": "Rayong; Phuket"},
            "A project belongs to one city. Write a row for each city's part under a key of its own, and name the other as a partner.",
        ),
        ({"city": None}, "This cell is empty."),
        ({"key": "has space"}, "A key has letters A–Z, digits, dots and hyphens, at most 60."),
        ({"title_th": None, "title_en": None, "description_th": "x"}, "A project has a title in at least one language."),
        ({"focus_areas": "Smart Living"}, "“Smart Living” is not among the six focus areas."),
        ({"focus_areas": "Built Infrastructure; Magic"}, "“Magic” is not among the six focus areas."),
        ({"sub_types": "Tourism"}, "“Tourism” belongs to a focus area that the row does not name."),
        ({"sub_types": "Dancing"}, "“Dancing” is no sub-type of the framework."),
        ({"stage": "dreaming"}, "This is not in the list."),
        ({"stage": "Ongoing or planning"}, "A stage is one of: Planning, Ongoing, Completed."),
        ({"stage": None}, "This cell is empty."),
        ({"status": "flying"}, "This is not in the list."),
        (
            {"status": "implementation"},
            "The life-cycle “Implementation” cannot stand beside the stage “Planning”, only beside: Ongoing.",
        ),
        ({"status": "cancelled"}, "A project with this life-cycle has left: write when and why it left."),
        ({"entered_on": "2026-11-22"}, "A project enters the record on a day that has come."),
        ({"entered_on": None, "place": "x"}, "A new project says since when it is in the record."),
        (
            {"entered_on": "29/2/2566"},
            "There is no such day: “29/2/2566”. Read as day 29, month 2, year 2566 (2023 CE).",
        ),
        ({"starts_on": 45000}, "This is a number, not a day. Format the cell as a date, or write the day as text."),
        ({"starts_on": "1/1/69"}, "The year in “1/1/69” has 2 digits. Write all four, such as 2569 or 2026."),
        ({"starts_on": "2026-02-01", "ends_on": "2026-01-31"}, "The end lies before the start, 1 February 2026."),
        ({"starts_on": datetime(2568, 2, 29)}, "There is no such day: 2568-02-29 of the Buddhist Era is no day of the year 2025."),
        ({"latitude": "north", "longitude": 101.2}, "“north” is no coordinate. Write degrees from -90 to 90, such as 12.6814."),
        ({"latitude": 101.2, "longitude": 12.6}, "This is no coordinate."),
        ({"latitude": 12.6}, "A point needs both latitude and longitude."),
        ({"area": "nowhere"}, "Rayong has no area with this address."),
        ({"stage_since": "2026-02-01"}, "The first stage of a new project begins not after the day on which the project entered."),
        ({"left_on": "2026-05-01", "left_words": "x"}, "Say why the project left."),
        ({"left_on": "2025-05-01", "left": "merged", "left_words": "x"}, "The project entered the record on 5 January 2026."),
        ({"left": "merged"}, "The row says why the project left, but not when."),
        ({"title_en": "=A1"}, "This cell holds a formula. Copy it and paste it as a value: what is loaded must be what was checked."),
        ({"title_en": "#REF!"}, "This cell shows an error of the spreadsheet."),
        ({"title_en": True}, "This cell holds TRUE or FALSE, not text."),
        ({"title_en": datetime(2026, 1, 1)}, "This cell holds a day or a time, not text. Format it as text and write it again."),
        ({"place": "x" * 301}, "This text has 301 letters."),
    ],
)
def test_a_faulty_row_is_named_with_its_row(officer: User, row: dict[str, Any], words: str):
    sound = project(key="RYG-000", title_th="อื่น", title_en="Other")
    found = checked(officer, [sound, project(**row)])
    assert {fault.row for fault in found.faults} == {3}
    assert found.faults[0].words == words


def test_a_fault_says_column_letter_heading_what_was_found_and_what_is_allowed(officer: User):
    (fault,) = checked(officer, [project(stage="dreaming")]).faults
    assert fault == Fault(
        "โครงการ" if fault.sheet == "โครงการ" else "Projects",
        2,
        "F",
        "Stage",
        "This is not in the list.",
        "dreaming",
        "Planning, Ongoing, Completed",
    )
    assert fault.place == "F2"


def test_every_fault_of_a_row_is_named_at_once(officer: User):
    found = checked(officer, [project(stage="dreaming", focus_areas="Magic", entered_on="soon", city="Atlantis")])
    assert [fault.heading for fault in found.faults] == ["City", "Focus areas", "Stage", "In the record since"]


def test_the_same_key_twice_names_the_first_row(officer: User):
    found = checked(officer, [project(), project(title_en="Another", title_th="อื่น")])
    assert one(found)[0] == "This project stands in row 2 already."


def test_a_project_in_two_cities_is_named_where_the_other_is_on_record(officer: User):
    make_project(make_city("phuket"), key="RYG-001", title="Smart bus")
    words, row, column = one(checked(officer, [project()]))
    assert (row, column) == (2, "B")
    assert words.startswith("“Smart bus” stands in the record of Phuket under the same key.")


def test_a_project_in_two_cities_is_named_where_both_stand_in_the_sheet():
    make_city("rayong")
    make_city("phuket")
    office = make_user("office", Role.OFFICE)
    found = checked(office, [project(), project(city="phuket")])
    assert [(fault.row, fault.column) for fault in found.faults] == [(2, "B"), (3, "B")]
    assert found.faults[0].words.startswith("The same key and title stand under two cities in this sheet.")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("9 พ.ย. 2565", date(2022, 11, 9)),
        ("๙/๑๑/๒๕๖๕", date(2022, 11, 9)),
        ("2022-11-09", date(2022, 11, 9)),
        (datetime(2565, 11, 9), date(2022, 11, 9)),
        (datetime(2022, 11, 9), date(2022, 11, 9)),
    ],
)
def test_days_of_both_calendars_are_understood(officer: User, written: Any, day: date):
    found = checked(officer, [project(starts_on=written)])
    assert found.faults == []
    assert next(iter(found.new.values())).data.starts_on == day


MONEY = {
    "city": "rayong",
    "key": "RYG-001",
    "origin": "เทศบาล",
    "kind": "budget",
    "year": 2569,
    "amount": "1,500,000.50",
    "currency": "THB",
}


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1,500,000.50", "1500000.50"),
        ("๑,๕๐๐", "1500.00"),
        ("1.5 ล้าน", "1500000.00"),
        (1500000.5, "1500000.50"),
        (0.1 + 0.2, "0.30"),
        (7, "7.00"),
    ],
)
def test_amounts_are_understood_as_people_write_them(officer: User, written: Any, amount: str):
    found = checked(officer, [project()], budget=[MONEY | {"amount": written}])
    assert found.faults == []
    ((_identity, money, kind),) = found.budget
    assert (str(money.amount), money.year, kind) == (amount, 2026, "new")


@pytest.mark.parametrize(
    ("row", "heading", "words"),
    [
        (
            {"amount": "1.500.000,50"},
            "Amount",
            "“1.500.000,50” can be read in two ways. Part thousands with a comma and decimals with a point, such as 1,250,000.50.",
        ),
        ({"amount": "12,5"}, "Amount", None),
        ({"amount": "1.234"}, "Amount", "An amount has at most two decimals: “1.234”."),
        ({"amount": -1}, "Amount", "An amount is not below nought."),
        ({"amount": 1.005}, "Amount", "An amount has at most two decimals."),
        ({"amount": datetime(2026, 1, 1)}, "Amount", None),
        ({"currency": "บาท"}, "Currency", "“บาท” is no currency. Write its code of three letters, such as THB or USD."),
        ({"currency": "USD"}, "Currency", "No rate from USD into THB is on record, so that no total could be made."),
        ({"year": "69"}, "Year", "This is no year of four digits."),
        ({"kind": "loan"}, "Kind of money", "This is not in the list."),
        ({"key": "NOWHERE"}, "Key", "Rayong has no project under this key, neither on record nor in this workbook."),
    ],
)
def test_money_that_cannot_be_right_is_named(officer: User, row: dict[str, Any], heading: str, words: str | None):
    (fault,) = checked(officer, [project()], budget=[MONEY | row]).faults
    assert (fault.row, fault.heading) == (2, heading)
    if words:
        assert fault.words.lower() == words.lower()


def test_a_currency_with_a_rate_is_taken(officer: User):
    ExchangeRate.objects.create(currency="USD", into="THB", on=date(2025, 1, 1), rate="33", published_by="Bank of Thailand")
    assert checked(officer, [project()], budget=[MONEY | {"currency": "usd"}]).faults == []


def test_the_same_money_twice_names_the_first_row(officer: User):
    (fault,) = checked(officer, [project()], budget=[MONEY, MONEY | {"amount": 5}]).faults
    assert fault.words == "This stands in row 2 already."


STONE = {"city": "rayong", "key": "RYG-001", "code": "M1", "title_th": "เริ่มงาน", "planned_on": "2026-03-01"}


@pytest.mark.parametrize(
    ("row", "heading"),
    [
        ({"code": "M 1"}, "Milestone"),
        ({"title_th": None, "note": "x"}, "Title in Thai"),
        ({"actual_on": "2026-11-22"}, "Reached"),
        ({"planned_on": "soon"}, "Planned"),
    ],
)
def test_a_faulty_milestone_is_named(officer: User, row: dict[str, Any], heading: str):
    (fault,) = checked(officer, [project()], milestones=[STONE | row]).faults
    assert (fault.row, fault.heading) == (2, heading)


@pytest.mark.parametrize(
    ("row", "heading"),
    [
        ({"role": "friend", "name": "x"}, "Role"),
        ({"role": "funder", "organisation": "no-such"}, "Organisation of the record"),
        ({"role": "funder", "name": None, "organisation": None}, "Name"),
    ],
)
def test_a_faulty_partner_is_named(officer: User, row: dict[str, Any], heading: str):
    (fault,) = checked(officer, [project()], partners=[{"city": "rayong", "key": "RYG-001"} | row]).faults
    assert (fault.row, fault.heading) == (2, heading)


def test_merged_cells_are_named_by_their_range(officer: User):
    faults = checked(officer, [project(), project(key="RYG-002", title_th="ข", title_en="B")], merged="C2:C3").faults
    assert faults[0].words == "The cells C2:C3 are merged. Unmerge them and write the value into each row."
    assert (faults[0].row, faults[0].column) == (2, "C")


def test_a_hidden_sheet_is_named(officer: User):
    (fault,) = checked(officer, [project()], hidden="Old").faults
    assert (fault.sheet, fault.words) == ("Old", "This sheet is hidden. Show it or delete it: what nobody sees is not loaded.")


def test_an_unknown_column_and_a_missing_one_are_named(officer: User):
    faults = checked(officer, [project()], headings=["city", "key", "colour", "focus_areas", "stage"]).faults
    assert [(fault.row, fault.column, fault.found) for fault in faults if fault.row == 1] == [(1, "C", "x [colour]")]
    faults = checked(officer, [project()], headings=["city", "key", "stage"]).faults
    assert faults[0].words == "A column is missing: Focus areas [focus_areas]."


def test_a_workbook_without_one_of_our_sheets_says_which_there_are(officer: User):
    book = Workbook()
    book.active.title = "Budget plan"
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    (fault,) = read_book(out).faults
    assert (fault.words, fault.allowed) == ("No sheet of this workbook is one of ours.", "Projects, Milestones, Budget, Partners")


def test_what_is_no_workbook_is_refused():
    with pytest.raises(Refusal):
        read_book(io.BytesIO(b"PK\x03\x04 not a workbook"))


def test_a_stage_that_changes_says_since_when(officer: User):
    make_project(make_city("rayong"), key="RYG-001", title="Smart bus")
    row = project(stage="ongoing", entered_on=None, title_th="Smart bus (ไทย)", stage_since=None)
    words = one(checked(officer, [row]))[0]
    assert words == "The stage changes: say since which day, after 1 January 2024."
    found = checked(officer, [row | {"stage_since": "1/3/2568"}])
    assert found.faults == []
    assert next(iter(found.changed.values())).stage == ("ongoing", "", date(2025, 3, 1))


def test_a_sheet_made_before_somebody_elses_change_is_stopped_where_it_differs(officer: User):
    held = make_project(make_city("rayong"), key="RYG-001", title="Smart bus")
    projects.change(held, data=data("Smart tram"), revision=1, by=LOADER, at=NOON)
    row = project(entered_on=None, title_th="Smart bus (ไทย)", revision=1)
    (fault,) = checked(officer, [row]).faults
    assert (fault.heading, fault.allowed) == ("Revision", "Make the export again; or empty this cell to let the sheet count.")
    assert checked(officer, [row | {"revision": None}]).faults == []
    same = row | {"title_th": "Smart tram (ไทย)", "title_en": "Smart tram"}
    assert checked(officer, [same]).faults == []
    # the row itself says nothing new, but a milestone of it does
    faults = checked(officer, [same], milestones=[STONE]).faults
    assert [fault.heading for fault in faults] == ["Revision"]


def test_an_emptied_cell_empties_and_a_column_left_out_leaves(officer: User):
    make_project(make_city("rayong"), key="RYG-001", title="Smart bus", place="ถนนสุขุมวิท", description={"id": "Bus", "en": "A bus"})
    row = project(entered_on=None, title_th="Smart bus (ไทย)")
    assert checked(officer, [row]).changed == {}
    (change,) = checked(officer, [row], headings=[*row, "place", "description_en"]).changed.values()
    assert sorted(change.fields) == ["description", "place"]
    assert change.after.description == {"id": "Bus"}


def test_the_faults_come_back_as_a_workbook_with_the_cells_marked(officer: User):
    source = workbook([project(stage="dreaming", starts_on=datetime(2026, 1, 2))], merged="A4:B4")
    faults = checked(officer, [project(stage="dreaming", starts_on=datetime(2026, 1, 2))], merged="A4:B4").faults
    book = load_workbook(io.BytesIO(marked(source, faults)))
    assert book.sheetnames[0] == "Faults"
    sheet = book[book.sheetnames[1]]
    cell = next(cell for cell in sheet[2] if cell.value == "dreaming")
    assert cell.fill.start_color.rgb == "FFFBE9EC"
    assert "Planning, Ongoing, Completed" in cell.comment.text
    assert book["Faults"]["E2"].value == faults[0].words


def test_the_faults_come_as_csv_that_no_spreadsheet_computes(officer: User):
    faults = checked(officer, [project(title_en="=1+1")]).faults
    text = as_csv(faults).decode("utf-8-sig")
    assert text.splitlines()[0] == "Sheet,Row,Column,Heading,What is wrong,Found,Allowed"
    assert ",'=1+1," in text
