"""A round as a sheet for the office: one row an application, one column a criterion. Recused readers get no content."""

import csv
import io
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from nagara.assessment.models import Result, Round
from nagara.assessment.rounds import applications_of
from nagara.assessment.sheets import numbers_of
from nagara.assessment.slots import cells
from nagara.people.models import User
from nagara.rulebook.keep import kept
from nagara.toolkit.texts import text

Row = list[Any]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rows_of(round_: Round, user: User) -> tuple[list[str], list[Row]]:
    """(head, rows). An application that `user` may see but not read has its name and state alone."""
    edition = kept(round_.edition)
    every = cells(edition, [dimension.code for dimension in edition.dimensions])
    numbers = numbers_of(every)
    head = [
        _("Receipt"),
        _("Application"),
        _("Province"),
        _("Applicant"),
        _("City type"),
        _("Dimensions"),
        _("State"),
        _("Handed in at"),
        _("Sheets given"),
        _("Sheets handed in"),
        _("Recused"),
        _("Total"),
        _("Recommendation"),
        *(f"{numbers[cell.key]} {cell.title()}" for cell in every),
    ]
    types = {choice.code: text(choice.title) for choice in edition.city_types}
    titles = {dimension.code: text(dimension.title) for dimension in edition.dimensions}
    recommendations = dict(Result.Recommendation.choices)
    found = list(applications_of(round_, user))
    marks = _marks(round_, [row.pk for row in found if row.readable])
    rows: list[Row] = []
    for row in found:
        province = str(row.area.subdivision) if row.area else ""
        common = [row.receipt or "", str(row.place), province, str(row.organisation)]
        if not row.readable:
            rows.append([*common, "", "", row.get_state_display(), *[""] * (6 + len(every))])
            continue
        rows.append(
            [
                *common,
                types.get(row.city_type, ""),
                ", ".join(titles.get(code, code) for code in row.dimensions),
                row.get_state_display(),
                row.submitted_at.astimezone(round_.zone).isoformat(timespec="seconds") if row.submitted_at else "",
                row.given,
                row.handed_in,
                row.recused,
                float(row.total) if row.total is not None else "",
                str(recommendations.get(row.recommendation, "")),
                *(marks.get(row.pk, {}).get(cell.key, "") for cell in every),
            ]
        )
    return head, rows


def _marks(round_: Round, applications: list[int]) -> dict[int, dict[str, float]]:
    """The mark of 100 of each cell, by the newest result of each application."""
    found: dict[int, dict[str, float]] = {}
    rows = Result.objects.filter(application__round=round_, application__in=applications).order_by("application", "number")
    for result in rows:
        found[result.application_id] = {key: float(mark) for key, mark in result.plain()["computed"]["cells"].items()}
    return found


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would read as a formula is kept a text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_csv(head: list[str], rows: list[Row]) -> bytes:
    """UTF-8 with a mark at its start, so that a spreadsheet reads Thai."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_safe(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(head: list[str], rows: list[Row], *, title: str) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(title[:31].replace("/", "-"))
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for column, words in enumerate(head):
        sheet.write_string(0, column, words, bold)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            else:
                sheet.write_number(number, column, value)
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, 12, 16)
    book.close()
    return out.getvalue()
