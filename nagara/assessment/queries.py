"""Named readings of an assessment."""

from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from nagara.assessment.findings import Finding, Paper, findings
from nagara.assessment.models import Application, Evidence, InformationRequest, Result, Submission
from nagara.assessment.slots import CITY_TYPE, DIMENSIONS, every_key
from nagara.assessment.states import ApplicationState
from nagara.rulebook.keep import kept
from nagara.rulebook.models import Edition
from nagara.rulebook.schema import EditionFile


@lru_cache(maxsize=32)
def _edition(pk: int, digest: str, content: str) -> EditionFile:
    return kept(Edition(pk=pk, digest=digest, content=content))


def edition_of(application: Application) -> EditionFile:
    """The criteria of the application's round, as they were kept."""
    edition = application.round.edition
    return _edition(edition.pk, edition.digest, edition.content)


def answers_of(application: Application) -> dict[str, Any]:
    """What is written now, by field."""
    return dict(application.answers.values_list("field", "value"))


def open_request(application: Application) -> InformationRequest | None:
    """The return for information that waits for the team."""
    return application.information_requests.filter(answered_at__isnull=True).order_by("-asked_at", "-pk").first()


def open_keys(application: Application) -> frozenset[str]:
    """Which fields the team may change now: all of a draft, the named ones of a return, none once it is handed in."""
    edition = edition_of(application)
    if application.state in (ApplicationState.DRAFT, ApplicationState.IN_PRINCIPLE):
        return frozenset(every_key(edition, [dimension.code for dimension in edition.dimensions]))
    if application.state == ApplicationState.RETURNED and (request := open_request(application)):
        return frozenset(request.fields)
    return frozenset()


def papers_of(application: Application) -> list[Evidence]:
    """The documents that count now, with their links and files."""
    return list(application.evidence.filter(removed_at__isnull=True).select_related("file").prefetch_related("links"))


def check_of(application: Application) -> list[Finding]:
    """Every error and warning that stands between the draft and a submission."""
    papers = [
        Paper(
            paper.pk,
            paper.title,
            paper.file.pages,
            tuple((link.criterion, link.dimension, link.asked, link.pages) for link in paper.links.all()),
        )
        for paper in papers_of(application)
    ]
    return findings(
        edition_of(application),
        city_type=application.city_type,
        dimensions=application.dimensions,
        answers=answers_of(application),
        papers=papers,
    )


def last_submission(application: Application) -> Submission | None:
    return application.submissions.order_by("-number").first()


def result_of(application: Application) -> Result | None:
    """The newest result; None where no panel was closed. Each has its application, its total and its reasons."""
    return application.results.select_related("submission").order_by("-number").first()


def label_of(edition: EditionFile, key: str) -> str:
    """A field, or the documents of a cell, in words: "3 City data platform: Vision"."""
    from nagara.toolkit.texts import text

    if key == CITY_TYPE:
        return _("City type")
    if key == DIMENSIONS:
        return _("Dimensions")
    cell_name, _dot, code = key.rpartition(".")
    criterion_code, _colon, dimension_code = cell_name.partition(":")
    criterion = edition.criterion(criterion_code)
    lead = text(criterion.title)
    if dimension_code:
        lead = f"{lead}, {text(edition.dimension(dimension_code).title)}"
    if code == "evidence":
        return _("%(criterion)s: documents") % {"criterion": lead}
    field = next((field for field in criterion.fields if field.code == code), None)
    return f"{lead}: {text(field.label) if field else code}"
