"""Tables as Thai offices write them: understood, or refused in words with row and column."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from nagara.citydata.sheets.cells import read_instant, read_value
from nagara.citydata.sheets.check import check, entity_id
from nagara.citydata.sheets.mapping import Column, Mapping, Role, guess
from nagara.citydata.sheets.read import Table, read_table
from nagara.citydata.tests.make import AIR
from nagara.toolkit.refusal import Refusal

BANGKOK = ZoneInfo("Asia/Bangkok")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=BANGKOK)


def read(content: str, encoding: str = "utf-8") -> Table:
    return read_table(io.BytesIO(content.encode(encoding)), "text/csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp874"])
def test_a_table_is_read_in_each_encoding(encoding):
    table = read(AIR, encoding)
    assert table.headings == ("สถานี", "วันที่", "ละติจูด", "ลองจิจูด", "PM2.5")
    assert table.rows[0].cells == ("ตลาดเก่า", "๑/๑/๒๕๖๙", "17.852", "102.748", "40.5")
    assert [row.number for row in table.rows] == [2, 3, 4, 5]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_by_the_headings(separator):
    assert read(separator.join(["a", "b"]) + "\n" + separator.join(["1", "2"])).rows[0].cells == ("1", "2")


def test_a_workbook_gives_the_same_cells():
    book = Workbook()
    book.active.append(["สถานี", "วันที่", "PM2.5"])
    book.active.append(["ตลาดเก่า", datetime(2026, 1, 1, 13, 30), 40.0])
    target = io.BytesIO()
    book.save(target)
    target.seek(0)
    table = read_table(target, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    assert table.rows[0].cells == ("ตลาดเก่า", "2026-01-01 13:30:00", "40")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "empty-table"),
        ("a,b\n", "no-rows"),
        ("a,,c\n1,2,3\n", "no-heading"),
        ("a,a\n1,2\n", "heading-twice"),
        ("a,b\n1,2,3\n", "ragged-row"),
        ("a,b\n1,\x002\n", "not-text"),
    ],
)
def test_what_is_no_table_is_refused(content, code):
    with pytest.raises(Refusal) as refused:
        read(content)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("typed", "utc"),
    [
        ("1/1/2569", "2025-12-31T17:00:00+00:00"),
        ("๑ ม.ค. ๒๕๖๙ เวลา 13.30 น.", "2026-01-01T06:30:00+00:00"),
        ("2569-01-01 13:30", "2026-01-01T06:30:00+00:00"),
        ("2026-01-01T13:30:00Z", "2026-01-01T13:30:00+00:00"),
        ("2026-01-01T13:30:00+07:00", "2026-01-01T06:30:00+00:00"),
        ("1/1/2026 1:30 pm", "2026-01-01T06:30:00+00:00"),
    ],
)
def test_an_instant_is_read_in_either_calendar(typed, utc):
    assert read_instant(typed, BANGKOK).astimezone(UTC).isoformat() == utc


@pytest.mark.parametrize("typed", ["1/13/2569", "31/2/2569", "1/1/69", "soon", "2026-01-01 25:00"])
def test_what_is_no_instant_is_refused_in_words(typed):
    with pytest.raises(Refusal):
        read_instant(typed, BANGKOK)


@pytest.mark.parametrize(
    ("typed", "comma", "value"),
    [
        ("12.5", False, 12.5),
        ("๑๒.๕", False, 12.5),
        ("1,250", False, 1250),
        ("12,5", True, 12.5),
        ("1.250,5", True, 1250.5),
        ("-3", False, -3),
    ],
)
def test_a_number_is_read(typed, comma, value):
    assert read_value(typed, comma=comma) == value


def test_a_decimal_comma_is_refused_where_points_are_meant():
    with pytest.raises(Refusal) as refused:
        read_value("12,5", comma=False)
    assert refused.value.code == "ambiguous-number"


@given(st.floats(-1e6, 1e6).map(lambda number: round(number, 3)))
def test_a_number_comes_back_as_it_was_written(number):
    assert read_value(f"{number:.3f}", comma=False) == number
    assert read_value(f"{number:.3f}".replace(".", ","), comma=True) == number


def test_the_columns_are_guessed_from_thai_headings():
    guessed = guess(read(AIR))
    assert [column.role for column in guessed.columns] == ["name", "time", "latitude", "longitude", "number"]
    assert (guessed.entity_type, guessed.columns[4].name, guessed.columns[4].unit) == ("AirQualityObserved", "pm25", "GQ")


def test_a_sound_table_becomes_things_with_observations():
    table = read(AIR)
    found = check(table, guess(table), space="town", zone=BANGKOK, at=NOON, near=(102.74, 17.88))
    assert found.faults == []
    assert found.outcome() == {
        "rows": 4,
        "entities": 2,
        "observations": 3,
        "first": "2026-01-01T00:00:00+07:00",
        "last": "2026-01-02T00:00:00+07:00",
        "placed": 2,
    }


def test_every_fault_names_its_row_and_column():
    mapping = Mapping(
        "AirQualityObserved",
        (Column(Role.NAME), Column(Role.TIME), Column(Role.LATITUDE), Column(Role.LONGITUDE), Column(Role.NUMBER, "pm25")),
    )
    table = read(
        "s,t,lat,lon,pm\na,1/1/2569,17.8,102.7,x\n,2/1/2569,17.8,102.7,1\na,3/1/2570,17.8,102.7,1\n"
        "a,4/1/2569,102.7,17.8,1\na,5/1/2569,7.8,100.4,1\na,6/1/2569,17.8,102.7,1\na,6/1/2569,17.8,102.7,2\n"
    )
    with override("en"):
        found = check(table, mapping, space="town", zone=BANGKOK, at=NOON, near=(102.74, 17.88))
    assert [(fault.row, fault.heading) for fault in found.faults] == [(2, "pm"), (3, "s"), (4, "t"), (5, "lat"), (6, "lat"), (8, "t")]
    assert found.faults[2].words == "This lies in the future: read as 2027-01-03."
    assert found.faults[5].words == "Row 7 holds the same thing at the same time already."


def test_the_same_name_is_the_same_thing_in_every_file():
    assert entity_id("A", "town", " ท่าน้ำ ") == entity_id("A", "town", "ท่าน้ำ")
    assert entity_id("A", "town", "x" * 500) != entity_id("A", "town", "x" * 501)
    assert len(entity_id("A", "town", "ก" * 500)) < 100
