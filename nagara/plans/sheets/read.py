"""Opening a workbook: which sheets and columns it has, and what a spreadsheet can hide (formulas, merged cells, hidden sheets)."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from nagara.plans.sheets.columns import MOST_COLUMNS, MOST_ROWS, SHEETS, Sheet, column_code, is_ours, sheet_by_title
from nagara.plans.sheets.faults import Fault
from nagara.toolkit.refusal import Refusal


@dataclass(frozen=True)
class Formula:
    """A cell that computes its value. What was computed last is not what a check saw."""

    text: str


@dataclass(frozen=True)
class Broken:
    """A cell that shows an error, such as #REF!."""

    text: str


@dataclass
class Row:
    """One row: its number in the sheet and its cells by column code."""

    number: int
    cells: dict[str, Any]


@dataclass
class Table:
    """One of our sheets as it was found: its title there, where each column stands, its rows."""

    sheet: Sheet
    title: str
    letters: dict[str, str]
    headings: dict[str, str]
    rows: list[Row] = field(default_factory=list)

    def fault(self, row: int, code: str, words: str, *, found: Any = "", allowed: str = "") -> Fault:
        return Fault(self.title, row, self.letters.get(code, ""), self.headings.get(code, ""), words, shown(found), allowed)


@dataclass
class Book:
    tables: dict[str, Table] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        return sum(len(table.rows) for table in self.tables.values())


def shown(value: Any) -> str:
    """What stands in a cell, as a person would read it, at most 120 letters of it."""
    if isinstance(value, Formula | Broken):
        value = value.text
    text = "" if value is None else str(value)
    return text if len(text) <= 120 else f"{text[:119]}…"


def read_book(file: BinaryIO) -> Book:
    """The workbook with every fault of its outside; what its cells say is for `check`."""
    try:
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise Refusal(
            _("This file could not be opened as a workbook."),
            next_step=_("Open it in your spreadsheet program and save it as .xlsx, without a password."),
            code="unreadable-workbook",
            status=422,
        ) from None
    found = Book()
    try:
        for worksheet in book.worksheets:
            title = str(worksheet.title)
            sheet = sheet_by_title(title)
            if worksheet.sheet_state != "visible":
                found.faults.append(
                    Fault(title, 0, "", "", _("This sheet is hidden. Show it or delete it: what nobody sees is not loaded."))
                )
            elif sheet is None:
                if not is_ours(title):
                    found.ignored.append(title)
            elif sheet.code in found.tables:
                found.faults.append(Fault(title, 0, "", "", _("The sheet “%(title)s” occurs twice.") % {"title": sheet.title}))
            else:
                found.faults += _merged(worksheet, title)
                _read_sheet(worksheet, sheet, title, found)
    finally:
        book.close()
    if not found.tables and not found.faults:
        found.faults.append(
            Fault(
                "",
                0,
                "",
                "",
                _("No sheet of this workbook is one of ours."),
                ", ".join(found.ignored),
                ", ".join(str(sheet.title) for sheet in SHEETS),
            )
        )
    return found


_MERGED = re.compile(rb'<mergeCell [^>]*ref="([A-Z]+[0-9]+(?::[A-Z]+[0-9]+)?)"')


def _merged(worksheet: Any, title: str) -> list[Fault]:
    """Merged cells, from the sheet's own XML: reading row by row does not tell of them."""
    with worksheet._get_source() as source:
        tail = source.read()
    faults = []
    for match in _MERGED.finditer(tail):
        reference = match[1].decode()
        column, row, _last_column, _last_row = range_boundaries(reference)
        faults.append(
            Fault(
                title,
                row or 0,
                get_column_letter(column or 1),
                "",
                _("The cells %(cells)s are merged. Unmerge them and write the value into each row.") % {"cells": reference},
                reference,
            )
        )
    return faults


def _read_sheet(worksheet: Any, sheet: Sheet, title: str, found: Book) -> None:
    rows = _rows(worksheet)
    number, heading = next(rows, (1, []))
    table = _headings(sheet, title, heading, found)
    if table is None:
        return
    codes = {index: code for index, code in enumerate(_codes(heading)) if code in table.letters}
    for number, cells in rows:
        values = {code: cells[index] for index, code in codes.items() if index < len(cells) and cells[index] is not None}
        if not values:
            continue
        if len(table.rows) >= MOST_ROWS:
            found.faults.append(
                Fault(
                    title,
                    number,
                    "",
                    "",
                    _("A sheet has at most %(most)s rows. Part the projects into several workbooks.") % {"most": MOST_ROWS},
                )
            )
            break
        table.rows.append(Row(number, values))
    found.tables[sheet.code] = table


def _codes(heading: list[Any]) -> list[str]:
    return [column_code(str(cell)) if cell is not None else "" for cell in heading]


def _headings(sheet: Sheet, title: str, heading: list[Any], found: Book) -> Table | None:
    """Where each column stands; None where the headings are too faulty to read the rows by."""
    table = Table(sheet, title, {}, {})
    known = {column.code for column in sheet.columns}
    faults: list[Fault] = []
    for index, code in enumerate(_codes(heading)):
        letter, written = get_column_letter(index + 1), shown(heading[index])
        if not code:
            continue
        if code not in known:
            allowed = ", ".join(column.heading() for column in sheet.columns if column.code not in table.letters)
            faults.append(
                Fault(title, 1, letter, written, _("This is no column of this sheet. Delete it or mend its heading."), written, allowed)
            )
        elif code in table.letters:
            faults.append(Fault(title, 1, letter, written, _("This column occurs twice."), written))
        else:
            table.letters[code], table.headings[code] = letter, str(sheet.column(code).label)
    if missing := [column for column in sheet.columns if column.required and column.code not in table.letters]:
        names = ", ".join(column.heading() for column in missing)
        faults.append(Fault(title, 1, "", "", _("A column is missing: %(names)s.") % {"names": names}, "", names))
        found.faults += faults
        return None
    found.faults += faults
    return table


def _rows(worksheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """(number, values) of each row that has a cell; empty text counts as no cell."""
    worksheet.reset_dimensions()
    for number, cells in enumerate(worksheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        yield number, [_value(cell) for cell in cells]


def _value(cell: Any) -> Any:
    value = cell.value
    if value is None:
        return None
    kind = cell.data_type
    if kind == "f":
        return Formula(str(getattr(value, "text", value)))
    if kind == "e":
        return Broken(str(value))
    if isinstance(value, str):
        return value.strip() or None
    return value
