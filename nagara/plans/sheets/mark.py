"""The uploaded workbook again with every faulty cell marked, and the faults as a list; the same list as CSV."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, BinaryIO

import xlsxwriter
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from nagara.plans.sheets.columns import MOST_COLUMNS, MOST_ROWS
from nagara.plans.sheets.faults import Fault

HEADINGS = ("sheet", "row", "column", "heading", "words", "found", "allowed")


def headings() -> list[str]:
    return [_("Sheet"), _("Row"), _("Column"), _("Heading"), _("What is wrong"), _("Found"), _("Allowed")]


def as_csv(faults: Sequence[Fault]) -> bytes:
    """The faults as CSV; with a mark at its start by which spreadsheets know that it is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings())
    writer.writerows([_harmless(value) for value in fault.plain().values()] for fault in faults)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(value: Any) -> Any:
    """What a cell held must not become a formula in the list of its faults."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value != "-" else value


def marked(file: BinaryIO, faults: Sequence[Fault]) -> bytes:
    """The workbook with a first sheet of faults, each a link to its cell, and a note at each cell."""
    at: dict[tuple[str, int, str], list[Fault]] = {}
    for fault in faults:
        at.setdefault((fault.sheet, fault.row, fault.column), []).append(fault)
    out = io.BytesIO()
    source = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        wrong = book.add_format({"bg_color": "#FBE9EC", "font_color": "#9A1B30", "border": 2, "border_color": "#9A1B30", "text_wrap": True})
        wrong_day = book.add_format(
            {"bg_color": "#FBE9EC", "font_color": "#9A1B30", "border": 2, "border_color": "#9A1B30", "num_format": "yyyy-mm-dd"}
        )
        head = book.add_format({"bold": True, "text_wrap": True, "bottom": 2, "bg_color": "#DFEFEE"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        titles = [str(worksheet.title) for worksheet in source.worksheets]
        _list(book, _free(_("Faults"), titles), faults, titles, head)
        for worksheet in source.worksheets:
            title = str(worksheet.title)
            target = book.add_worksheet(title)
            target.freeze_panes(1, 2)
            target.set_column(0, MOST_COLUMNS, 18)
            worksheet.reset_dimensions()
            for number, cells in enumerate(worksheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS), start=1):
                for index, cell in enumerate(cells):
                    here = at.get((title, number, xlsxwriter.utility.xl_col_to_name(index)), [])
                    if cell.value is None and not here:
                        continue
                    _cell(
                        target,
                        number - 1,
                        index,
                        cell.value,
                        head if number == 1 and not here else wrong if here else None,
                        wrong_day if here else day,
                    )
                    if here:
                        target.write_comment(number - 1, index, "\n".join(_note(fault) for fault in here), {"x_scale": 2.4, "y_scale": 1.6})
    source.close()
    return out.getvalue()


def _note(fault: Fault) -> str:
    return f"{fault.words}\n{_('Allowed')}: {fault.allowed}" if fault.allowed else fault.words


def _free(title: str, taken: Sequence[str]) -> str:
    return title if title not in taken else f"{title} (!)"


def _cell(worksheet: Any, row: int, column: int, value: Any, look: Any, day_look: Any) -> None:
    if isinstance(value, datetime | date):
        worksheet.write_datetime(row, column, value, day_look)
    elif isinstance(value, bool):
        worksheet.write_boolean(row, column, value, look)
    elif isinstance(value, int | float):
        worksheet.write_number(row, column, value, look)
    elif isinstance(value, time):
        worksheet.write_string(row, column, value.isoformat(), look)
    elif value is None:
        worksheet.write_blank(row, column, None, look)
    else:
        # A formula is shown as the text that it is: this workbook computes nothing.
        worksheet.write_string(row, column, str(getattr(value, "text", value)), look)


def _list(book: xlsxwriter.Workbook, title: str, faults: Sequence[Fault], titles: Sequence[str], head: Any) -> None:
    worksheet = book.add_worksheet(title)
    worksheet.freeze_panes(1, 0)
    for index, width in enumerate((16, 8, 8, 24, 70, 30, 50)):
        worksheet.set_column(index, index, width)
        worksheet.write_string(0, index, headings()[index], head)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for number, fault in enumerate(faults, start=1):
        for index, name in enumerate(HEADINGS):
            worksheet.write_string(number, index, str(getattr(fault, name) or ""), wrapped)
        if fault.row and fault.column and fault.sheet in titles:
            sheet = fault.sheet.replace("'", "''")
            worksheet.write_url(number, 1, f"internal:'{sheet}'!{fault.place}", string=str(fault.row))
