"""Workbooks for tests: rows by column code, and what a spreadsheet can hide."""

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

from nagara.plans.sheets import columns
from nagara.plans.sheets.check import check
from nagara.plans.sheets.found import Found
from nagara.plans.sheets.known import known
from nagara.plans.sheets.read import read_book
from nagara.plans.tests.make import TODAY

Rows = Sequence[dict[str, Any]]

PROJECT = {
    "city": "rayong",
    "key": "RYG-001",
    "title_th": "รถโดยสารอัจฉริยะ",
    "title_en": "Smart bus",
    "focus_areas": "Built Infrastructure",
    "stage": "planning",
    "entered_on": "2026-01-05",
}


def workbook(
    projects: Rows | None = None, *, headings: Sequence[str] | None = None, hidden: str = "", merged: str = "", **sheets: Rows
) -> io.BytesIO:
    """A workbook with these rows. Every column that a row names stands in the sheet, the required ones always."""
    book = Workbook()
    book.remove(book.active)
    given = ({"projects": projects} if projects is not None else {}) | sheets
    for sheet in columns.SHEETS:
        if sheet.code not in given:
            continue
        worksheet = book.create_sheet(str(sheet.title))
        rows = given[sheet.code]
        codes = list(headings or [column.code for column in sheet.columns if column.required or any(column.code in row for row in rows)])
        worksheet.append([f"x [{code}]" for code in codes])
        for row in rows:
            worksheet.append([row.get(code) for code in codes])
        if merged:
            worksheet.merge_cells(merged)
    if hidden:
        if hidden not in book.sheetnames:
            book.create_sheet(hidden)
        book[hidden].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def checked(user: Any, *args: Any, **kwargs: Any) -> Found:
    """What the check of a workbook finds."""
    return check(read_book(workbook(*args, **kwargs)), known(user, TODAY))


def project(**more: Any) -> dict[str, Any]:
    return {name: value for name, value in (PROJECT | more).items() if value is not None}
