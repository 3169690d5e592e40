"""The report as PDF."""

from pathlib import Path

from nagara.documents.pdf import typeset
from nagara.reports.models import FrozenReport
from nagara.reports.papers.said import said

SOURCE = Path(__file__).parents[1] / "typst" / "report.typ"


def pdf(report: FrozenReport, lang: str) -> bytes:
    return typeset(SOURCE, said(report, lang), lang=lang)
