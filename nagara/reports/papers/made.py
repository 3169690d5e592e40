"""Each form of a report is made once and kept; the next reader gets the same bytes."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from nagara.audit.record import System
from nagara.documents.files import keep_bytes
from nagara.documents.models import StoredFile
from nagara.reports.models import FrozenReport, Paper
from nagara.reports.papers.docx import docx
from nagara.reports.papers.pdf import pdf
from nagara.reports.papers.xlsx import xlsx

MAKER = System("reports")

FORMS: dict[str, tuple[Callable[[FrozenReport, str], bytes], str]] = {
    "pdf": (pdf, "application/pdf"),
    "docx": (docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": (xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def paper_of(report: FrozenReport, form: str, lang: str, *, at: datetime) -> StoredFile:
    """The file of a report. One that was made before a correction is made again after it: the paper then names the correction."""
    later = FrozenReport.objects.filter(corrects=report).exists()
    kept = Paper.objects.filter(report=report, form=form, language=lang, corrected=later).select_related("file").first()
    if kept is not None:
        return kept.file
    make, media_type = FORMS[form]
    content = make(report, lang)
    with transaction.atomic():
        file = keep_bytes(content, name=f"{report.number}-{lang}.{form}", media_type=media_type, by=MAKER, at=at)
        return Paper.objects.get_or_create(report=report, form=form, language=lang, corrected=later, defaults={"file": file})[0].file
