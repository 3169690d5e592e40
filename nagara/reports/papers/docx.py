"""The report as a text document that the secretariat takes into a paper of its own."""

from io import BytesIO
from typing import Any

import vl_convert
from django.utils.translation import gettext as _
from django.utils.translation import override
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from nagara.reports.charts import fonts
from nagara.reports.models import FrozenReport
from nagara.reports.papers.said import said, tables
from nagara.toolkit.texts import text

FONT = "TH Sarabun New"
"""The face of Thai official papers; a computer without it shows its own."""


def docx(report: FrozenReport, lang: str) -> bytes:
    with override(lang):
        return _made(report, lang)


def _made(report: FrozenReport, lang: str) -> bytes:
    data = said(report, lang)
    content = data["content"]
    figures = content["figures"]
    paper = Document()
    _dress(paper)
    paper.core_properties.title = f"{data['number']} {data['title']}"
    paper.core_properties.author = text(content["head"]["network_name"], lang)
    paper.core_properties.created = paper.core_properties.modified = report.frozen_at.replace(tzinfo=None)
    paper.add_paragraph(text(content["head"]["network_name"], lang))
    paper.add_heading(data["title"], 1)
    paper.add_paragraph(
        _("%(projects)s projects in %(cities)s of %(members)s cities of %(states)s states, as of %(day)s")
        % {
            "projects": f"{figures['projects']:,}",
            "cities": f"{figures['cities']:,}",
            "members": f"{figures['members']:,}",
            "states": f"{figures['member_states']:,}",
            "day": data["as_of"],
        }
    )
    paper.add_paragraph(_("Number %(number)s, frozen %(at)s") % {"number": data["number"], "at": data["frozen_at"]})
    if data["corrects"]:
        paper.add_paragraph(_("Corrects %(number)s: %(why)s") % {"number": data["corrects"], "why": data["why"]})
    if data["corrected_by"]:
        paper.add_paragraph(_("This report was corrected by %(number)s.") % {"number": data["corrected_by"]})
    names = ("areas", "stages", "states", "")
    for (heading, parts), name in zip(tables(content, lang), names, strict=True):
        paper.add_heading(heading, 2)
        if name:
            fonts()
            paper.add_picture(BytesIO(vl_convert.svg_to_png(data["drawings"][name], scale=2)), width=Cm(13))
        rows = [[part["title"], f"{part['count']:,}", "–" if part["share"] is None else f"{part['share']:.1f} %"] for part in parts]
        _table(paper, [heading, _("Projects"), _("Share")], rows, right={1, 2})
    paper.add_paragraph(text(content["rounding"], lang))
    if content["values"]:
        paper.add_heading(f"{_('Indicators')}, {text(content['values']['period']['title'], lang)}", 2)
        head = [_("Indicator"), _("Members with a value"), _("Lowest"), _("Middle"), _("Highest"), _("Unit")]
        _table(paper, head, [row["cells"] for row in data["measures"]], right={1, 2, 3, 4})
    _changes(paper, data, lang)
    paper.add_heading(_("Who has not answered"), 2)
    if data["silent"]:
        _table(
            paper, [_("City"), _("What is missing")], [[_city(content, entry["city"], lang), entry["words"]] for entry in data["silent"]]
        )
    else:
        paper.add_paragraph(_("Every member has answered."))
    paper.add_heading(_("Annex 1: members and sources"), 2)
    members = [
        [_city(content, row["city"], lang), _title(content, "states", row["state"], lang), row["since"], row["basis"]]
        for row in data["members"]
    ]
    _table(paper, [_("City"), _("Member state"), _("Since"), _("Resolution or source")], members)
    paper.add_heading(_("Annex 2: projects"), 2)
    if len(data["rows"]) < figures["projects"]:
        paper.add_paragraph(
            _("The first %(shown)s of %(all)s. All of them are in the XLSX and CSV of this report.")
            % {"shown": f"{len(data['rows']):,}", "all": f"{figures['projects']:,}"}
        )
    projects = [
        [
            str(row["position"]),
            text(row["title"], lang),
            _city(content, row["city"], lang),
            _title(content, "areas", row["area"], lang),
            _title(content, "stages", row["stage"], lang),
        ]
        for row in data["rows"]
    ]
    _table(paper, [_("Row"), _("Project"), _("City"), _("Focus area"), _("Stage")], projects)
    paper.sections[0].footer.paragraphs[0].text = f"{data['foot']['address']} · SHA-256 {data['digest']}"
    out = BytesIO()
    paper.save(out)
    return out.getvalue()


def _changes(paper: Any, data: dict[str, Any], lang: str) -> None:
    content = data["content"]
    change = content["change"]
    paper.add_heading(_("Change since the last report"), 2)
    if change is None:
        paper.add_paragraph(_("No earlier report of this kind is frozen here, so there is nothing to compare row by row."))
        return
    paper.add_paragraph(
        f"{change['number']}: {change['before']:,} + {change['added']:,} − {change['left']:,} = {change['now']:,}",
    )
    if data["left"]:
        paper.add_heading(_("What left, and why"), 3)
        rows = [[text(row["title"], lang), _city(content, row["city"], lang), row["reason"]] for row in data["left"]]
        _table(paper, [_("Project"), _("City"), _("Why it left")], rows)
    if data["added"]:
        paper.add_heading(_("What was added"), 3)
        rows = [[text(row["title"], lang), _city(content, row["city"], lang)] for row in data["added"]]
        _table(paper, [_("Project"), _("City")], rows)


def _city(content: dict[str, Any], slug: str, lang: str) -> str:
    found = content["cities"].get(slug)
    return text(found["name"], lang) if found else slug


def _title(content: dict[str, Any], kind: str, code: str, lang: str) -> str:
    return text(content["titles"][kind].get(code), lang) or code


def _dress(paper: Any) -> None:
    """One face for Latin and Thai alike, ink on paper; A4."""
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(2.4))
    for name, size in (("Normal", 14), ("Heading 1", 24), ("Heading 2", 18), ("Heading 3", 15), ("Footer", 10)):
        style = paper.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        style.font.color.rgb = RGBColor(0x13, 0x25, 0x2B)
        fonts_of = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts_of.set(qn(kind), FONT)


def _table(paper: Any, head: list[str], rows: list[list[str]], right: set[int] | None = None) -> None:
    table = paper.add_table(rows=1, cols=len(head))
    table.style = "Light List"
    for cell, words in zip(table.rows[0].cells, head, strict=True):
        cell.text = words
    for row in rows:
        cells = table.add_row().cells
        for number, words in enumerate(row):
            cells[number].text = words
            if right and number in right:
                cells[number].paragraphs[0].alignment = 2
