"""The report as a workbook: values, never formulas, so that nothing in it can be recalculated into something else."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import override

from nagara.reports.lines import project_lines, value_lines
from nagara.reports.models import FrozenReport
from nagara.reports.papers.said import reason, said, tables
from nagara.reports.reading import Asked, contents, rows_behind
from nagara.reports.states import Change
from nagara.toolkit.texts import text


def xlsx(report: FrozenReport, lang: str) -> bytes:
    with override(lang):
        return _made(report, lang)


def _made(report: FrozenReport, lang: str) -> bytes:
    data = said(report, lang)
    content = data["content"]
    out = BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": f"{data['number']} {data['title']}", "created": report.frozen_at.replace(tzinfo=None)})
        looks = {
            "head": book.add_format({"bold": True, "bottom": 2}),
            "bold": book.add_format({"bold": True}),
            "count": book.add_format({"num_format": "#,##0"}),
            "share": book.add_format({"num_format": "0.0"}),
        }
        _figures(book.add_worksheet(_("Figures")), data, lang, looks)
        _sheet(book.add_worksheet(_("Projects")), project_lines(report), looks)
        if content["values"]:
            _sheet(book.add_worksheet(_("Values")), value_lines(report), looks)
        if content["change"]:
            left = (
                {"key": row["key"], "title": text(row["title"], lang), "city": row["city"], "state": row["state"], "why": reason(row)}
                for row in contents(rows_behind(report, Asked(change=Change.LEFT)))
            )
            _sheet(book.add_worksheet(_("What left")), left, looks)
        members = [
            {
                "city": row["city"],
                "name": text(content["cities"][row["city"]]["name"], lang),
                "state": row["state"],
                "since": row["since"],
                "resolution_or_source": row["basis"],
            }
            for row in data["members"]
        ]
        _sheet(book.add_worksheet(_("Members")), members, looks)
        silent = [
            {"city": row["city"], "name": text(content["cities"][row["city"]]["name"], lang), "missing": row["words"]}
            for row in data["silent"]
        ]
        _sheet(book.add_worksheet(_("Not answered")), silent, looks)
        sources = [{"code": code, "title": text(row["title"], lang), "address": row["address"]} for code, row in content["sources"].items()]
        _sheet(book.add_worksheet(_("Sources")), sources, looks)
    return out.getvalue()


def _figures(sheet: Any, data: dict[str, Any], lang: str, looks: dict[str, Any]) -> None:
    content = data["content"]
    figures = content["figures"]
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 2, 14)
    sheet.write_string(0, 0, f"{data['title']}, {text(content['head']['network_name'], lang)}", looks["bold"])
    lines = [(_("Number"), data["number"]), (_("As of"), data["as_of"]), (_("Frozen"), data["frozen_at"]), ("SHA-256", data["digest"])]
    for number, (label, value) in enumerate(lines, 1):
        sheet.write_string(number, 0, label)
        sheet.write_string(number, 1, value)
    at = len(lines) + 2
    totals = (
        ("projects", _("Projects")),
        ("cities", _("Cities with projects")),
        ("members", _("Members")),
        ("member_states", _("Member states")),
    )
    for name, label in totals:
        sheet.write_string(at, 0, label)
        sheet.write_number(at, 1, figures[name], looks["count"])
        at += 1
    for heading, parts in tables(content, lang):
        at += 1
        for column, words in enumerate((heading, _("Projects"), _("Share in per cent"))):
            sheet.write_string(at, column, words, looks["head"])
        for part in parts:
            at += 1
            sheet.write_string(at, 0, part["title"])
            sheet.write_number(at, 1, part["count"], looks["count"])
            if part["share"] is not None:
                sheet.write_number(at, 2, part["share"], looks["share"])
        at += 1
    sheet.write_string(at + 1, 0, text(content["rounding"], lang))


def _sheet(sheet: Any, lines: Iterable[dict[str, Any]], looks: dict[str, Any]) -> None:
    """Lines under their names, written as they come; a list without lines says so."""
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 20, 18)
    number = 0
    for number, line in enumerate(lines, 1):
        if number == 1:
            for column, name in enumerate(line):
                sheet.write_string(0, column, name, looks["head"])
        for column, value in enumerate(line.values()):
            if isinstance(value, int):
                sheet.write_number(number, column, value)
            else:
                sheet.write_string(number, column, "" if value is None else str(value))
    if number == 0:
        sheet.write_string(0, 0, _("none"), looks["head"])
