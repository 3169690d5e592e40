"""A submission as PDF: the receipt and the dossier, set from what was handed in, in Thai or English, kept once they were made."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from nagara.assessment.models import Submission, SubmissionPaper
from nagara.assessment.queries import edition_of
from nagara.assessment.sheets import numbers_of
from nagara.assessment.slots import cells, understand
from nagara.audit.record import System
from nagara.documents.files import keep_bytes
from nagara.documents.models import StoredFile
from nagara.documents.pdf import typeset
from nagara.rulebook.schema import EditionFile
from nagara.rulebook.score import cell_key
from nagara.toolkit.days import clock, instant, long_day
from nagara.toolkit.texts import text

HERE = Path(__file__).resolve().parent / "typst"


def paper_of(submission: Submission, kind: str, lang: str, *, at: datetime) -> StoredFile:
    """The receipt or the dossier of a submission, made when it is first asked for."""
    found = submission.papers.filter(kind=kind, language=lang).select_related("file").first()
    if found:
        return found.file
    with override(lang):
        data = receipt_data(submission) if kind == SubmissionPaper.Kind.RECEIPT else dossier_data(submission)
        made = typeset(HERE / f"{kind}.typ", data, lang=lang)
    name = f"{submission.receipt.replace('/', '-')}-{kind}-{lang}.pdf"
    stored = keep_bytes(made, name=name, media_type="application/pdf", by=System("assessment"), at=at)
    paper, _made = SubmissionPaper.objects.get_or_create(submission=submission, kind=kind, language=lang, defaults={"file": stored})
    return paper.file


def _head(submission: Submission) -> dict[str, Any]:
    application = submission.application
    content = submission.plain()
    edition = edition_of(application)
    zone = application.round.zone
    types = {choice.code: choice.title for choice in edition.city_types}
    return {
        "round": text(application.round.title),
        "name": text(content["name"]),
        "organisation": text(content["organisation"]),
        "province": str(application.area.subdivision) if application.area else "",
        "city_type": text(types.get(content["city_type"], {})),
        "dimensions": [text(edition.dimension(code).title) for code in content["dimensions"]],
        "receipt": submission.receipt,
        "number": submission.number,
        "submitted": f"{instant(submission.submitted_at, zone)} ({clock(submission.submitted_at, zone, seconds=True)})",
        "zone": application.round.time_zone,
        "by": submission.submitted_by.display_name(),
        "digest": submission.digest,
        "edition": f"{text(edition.title)} · {long_day(edition.in_force)}",
        "edition_digest": content["edition"],
        "invented": application.round.invented,
        "foot": {
            "address": f"{settings.SITE_ADDRESS}/applications/{application.pk}/submissions/{submission.number}",
            "day": long_day(submission.submitted_at.astimezone(zone).date()),
            "digest": submission.digest,
        },
    }


def receipt_data(submission: Submission) -> dict[str, Any]:
    """What the receipt says."""
    content = submission.plain()
    files = {paper["file"]["digest"]: paper["file"] for paper in content["evidence"]}
    return _head(submission) | {
        "title": _("Receipt %(receipt)s") % {"receipt": submission.receipt},
        "answers": len(content["answers"]),
        "documents": len(content["evidence"]),
        "bytes": sum(file["size"] for file in files.values()),
        "files": [
            {"title": paper["title"], "name": paper["file"]["name"], "digest": paper["file"]["digest"]} for paper in content["evidence"]
        ],
    }


def dossier_data(submission: Submission) -> dict[str, Any]:
    """The whole dossier: each criterion with what was written and which documents prove it."""
    content = submission.plain()
    title = _("Dossier: %(name)s") % {"name": text(content["name"])}
    return _head(submission) | {"title": title, "cells": _cells(edition_of(submission.application), content)}


def sample_data(edition: EditionFile, *, title: str, dimensions: list[str]) -> dict[str, Any]:
    """The same dossier with nothing in it: what an applicant will be asked, to print and to plan with."""
    empty = {"dimensions": dimensions, "answers": {}, "evidence": []}
    return {
        "title": _("What a dossier holds"),
        "round": title,
        "sample": True,
        "cells": _cells(edition, empty),
        "edition": f"{text(edition.title)} · {long_day(edition.in_force)}",
        "foot": {"address": settings.SITE_ADDRESS},
    }


def _cells(edition: EditionFile, content: dict[str, Any]) -> list[dict[str, Any]]:
    found = cells(edition, content["dimensions"])
    numbers = numbers_of(found)
    rows = []
    for cell in found:
        answers = []
        for slot in cell.slots:
            typed = content["answers"].get(slot.key, {}).get("typed", "")
            answers.append(
                {
                    "label": text(slot.field.label),
                    "required": slot.field.required,
                    "typed": typed,
                    "reading": understand(slot.field, typed).reading if typed else "",
                }
            )
        asked = {entry.code: text(entry.title) for entry in cell.criterion.evidence}
        documents = [
            {
                "title": paper["title"],
                "asked": asked.get(link["asked"], ""),
                "pages": link["pages"],
                "note": link["note"],
                "name": paper["file"]["name"],
            }
            for paper in content["evidence"]
            for link in paper["links"]
            if cell_key(link["criterion"], link["dimension"]) == cell.key
        ]
        rows.append(
            {
                "number": numbers[cell.key],
                "title": text(cell.criterion.title),
                "dimension": text(cell.dimension.title) if cell.dimension else "",
                "text": text(cell.criterion.text),
                "weight": f"{cell.weight.normalize():f}",
                "answers": answers,
                "asked": [{"title": text(entry.title), "required": entry.required} for entry in cell.criterion.evidence],
                "documents": documents,
            }
        )
    return rows
