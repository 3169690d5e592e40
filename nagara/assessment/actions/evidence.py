"""Documents of an application: uploaded once, linked to the criteria that they prove, replaced or taken out with their history."""

import re
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.assessment.actions.applications import locked
from nagara.assessment.models import Application, Evidence, EvidenceLink
from nagara.assessment.queries import edition_of, label_of, open_keys
from nagara.assessment.slots import Cell, cell_of
from nagara.audit.record import record
from nagara.documents.models import StoredFile
from nagara.people.models import User
from nagara.rulebook.score import cell_key
from nagara.toolkit import access
from nagara.toolkit.days import arabic_digits
from nagara.toolkit.refusal import Refusal

_PAGES = re.compile(r"\d{1,5}(?:\s*[-–]\s*\d{1,5})?(?:\s*,\s*\d{1,5}(?:\s*[-–]\s*\d{1,5})?)*")


def read_pages(text: str, *, of: int | None) -> str:
    """Pages as people write them ("12-19, ๒๓") in one form: "12–19, 23". Refused where the document has no such page."""
    clean = arabic_digits(text).replace("หน้า", "").strip()
    if not clean:
        return ""
    if not _PAGES.fullmatch(clean):
        message = _("“%(text)s” could not be read as pages. Write such as 4 or 12–19, 23.") % {"text": text}
        raise Refusal(message, code="unreadable-pages", fields={"pages": message})
    parts = []
    for part in clean.split(","):
        ends = [int(number) for number in re.findall(r"\d+", part)]
        if (len(ends) == 2 and ends[0] > ends[1]) or min(ends) < 1 or (of is not None and max(ends) > of):
            message = _("The document has no pages %(pages)s: it has %(of)s.") % {
                "pages": part.strip(),
                "of": of if of is not None else "?",
            }
            raise Refusal(message, code="no-such-page", fields={"pages": message})
        parts.append("–".join(str(number) for number in ends))
    return ", ".join(parts)


def first_page(pages: str) -> int:
    """The page at which a reader opens the document."""
    found = re.match(r"\d+", pages)
    return int(found[0]) if found else 1


def _open_cells(application: Application) -> frozenset[str]:
    """Cells whose documents may be changed now."""
    return frozenset(key.removesuffix(".evidence") for key in open_keys(application) if key.endswith(".evidence"))


def _require_open(application: Application, cells_: set[str]) -> None:
    opened = _open_cells(application)
    edition = edition_of(application)
    if shut := sorted(cells_ - opened):
        raise Refusal(
            _("Documents cannot be changed now: %(cells)s.") % {"cells": ", ".join(label_of(edition, f"{key}.evidence") for key in shut)},
            rule=_("Once an application is handed in, only fields that the programme office unlocked can be changed."),
            who=_("The programme office can return the application for information."),
            code="field-locked",
        )
    if not opened:
        raise Refusal(
            _("The application was handed in: no document can be added now."),
            who=_("The programme office can return the application for information."),
            code="field-locked",
        )


def _cells_of(paper: Evidence) -> set[str]:
    return {cell_key(link.criterion, link.dimension) for link in paper.links.all()}


@transaction.atomic
def add_evidence(application: Application, file: StoredFile, *, title: str = "", by: User, at: datetime) -> Evidence:
    """Put a kept file among the documents. The same file twice is one document."""
    application = locked(application)
    access.require(by, "assessment.write", application)
    _require_open(application, set())
    standing = application.evidence.filter(file__digest=file.digest, removed_at__isnull=True).first()
    if standing:
        return standing
    paper = Evidence.objects.create(
        application=application, file=file, title=(title.strip() or _title(file.name))[:300], added_at=at, added_by=by
    )
    record(
        by=by,
        did="assessment.add_evidence",
        about=application,
        at=at,
        after={"evidence": paper.pk, "digest": file.digest, "size": file.size},
    )
    return paper


def _title(name: str) -> str:
    """A file's name as a title: without its ending, underscores as spaces."""
    return name.rsplit(".", 1)[0].replace("_", " ").strip() or name


@transaction.atomic
def rename_evidence(paper: Evidence, title: str, *, by: User, at: datetime) -> Evidence:
    application = locked(paper.application)
    access.require(by, "assessment.write", application)
    paper = _paper(paper)
    _require_open(application, _cells_of(paper))
    if not title.strip():
        message = _("Give the document a title.")
        raise Refusal(message, code="title-missing", fields={"title": message})
    before, paper.title = paper.title, title.strip()[:300]
    paper.save(update_fields=["title"])
    record(
        by=by,
        did="assessment.rename_evidence",
        about=application,
        at=at,
        before={"title": before},
        after={"evidence": paper.pk, "title": paper.title},
    )
    return paper


def _paper(paper: Evidence) -> Evidence:
    paper = Evidence.objects.select_for_update(of=("self",)).select_related("file").prefetch_related("links").get(pk=paper.pk)
    if paper.removed_at:
        raise Refusal(_("This document was taken out."), next_step=_("Open the page again."), code="evidence-removed")
    return paper


@transaction.atomic
def link_evidence(paper: Evidence, cell: str, *, asked: str = "", pages: str = "", note: str = "", by: User, at: datetime) -> EvidenceLink:
    """Name a document as evidence for a criterion, with its pages. Linking again changes pages and note."""
    application = locked(paper.application)
    access.require(by, "assessment.write", application)
    paper = _paper(paper)
    known = _known_cell(application, cell)
    if asked and asked not in [wanted.asked.code for wanted in known.wanted]:
        raise Refusal(_("This criterion does not ask for such a document."), code="not-asked-for")
    _require_open(application, {cell})
    values = {"pages": read_pages(pages, of=paper.file.pages)[:60], "note": note.strip()[:500]}
    link, made = EvidenceLink.objects.get_or_create(
        evidence=paper, criterion=known.criterion.code, dimension=known.dimension_code, asked=asked, defaults=values
    )
    before = {"pages": link.pages, "note": link.note}
    if not made and before == values:
        return link
    if not made:
        link.pages, link.note = values["pages"], values["note"]
        link.save(update_fields=["pages", "note"])
    record(
        by=by,
        did="assessment.link_evidence",
        about=application,
        at=at,
        before=None if made else before,
        after={"evidence": paper.pk, "cell": cell, "asked": asked, **values},
    )
    return link


def _known_cell(application: Application, key: str) -> Cell:
    cell = cell_of(edition_of(application), application.dimensions, key)
    if cell is None:
        raise Refusal(_("The edition of this round has no such criterion."), code="no-such-criterion", status=404)
    return cell


@transaction.atomic
def unlink_evidence(link: EvidenceLink, *, by: User, at: datetime) -> None:
    """The document proves this criterion no longer. It stays among the documents."""
    application = locked(link.evidence.application)
    access.require(by, "assessment.write", application)
    standing = EvidenceLink.objects.filter(pk=link.pk).first()
    if standing is None:
        return
    cell = cell_key(standing.criterion, standing.dimension)
    _require_open(application, {cell})
    record(
        by=by,
        did="assessment.unlink_evidence",
        about=application,
        at=at,
        before={
            "evidence": standing.evidence_id,
            "cell": cell,
            "asked": standing.asked,
            "pages": standing.pages,
            "note": standing.note,
        },
    )
    standing.delete()


@transaction.atomic
def replace_evidence(paper: Evidence, file: StoredFile, *, by: User, at: datetime) -> Evidence:
    """A newer file takes the document's place, with its title and links; the older one stays in the history."""
    application = locked(paper.application)
    access.require(by, "assessment.write", application)
    newer = Evidence.objects.filter(replaces=paper, file__digest=file.digest).first()
    if newer:
        return newer
    paper = _paper(paper)
    _require_open(application, _cells_of(paper))
    if paper.file.digest == file.digest:
        raise Refusal(_("This is the same file."), code="same-file")
    newer = Evidence.objects.create(application=application, file=file, title=paper.title, added_at=at, added_by=by, replaces=paper)
    for link in paper.links.all():
        fits = file.pages is None or not link.pages or max(int(n) for n in re.findall(r"\d+", link.pages)) <= file.pages
        EvidenceLink.objects.create(
            evidence=newer,
            criterion=link.criterion,
            dimension=link.dimension,
            asked=link.asked,
            pages=link.pages if fits else "",
            note=link.note,
        )
    paper.removed_at, paper.removed_by = at, by
    paper.save(update_fields=["removed_at", "removed_by"])
    record(
        by=by,
        did="assessment.replace_evidence",
        about=application,
        at=at,
        before={"evidence": paper.pk, "digest": paper.file.digest},
        after={"evidence": newer.pk, "digest": file.digest},
    )
    return newer


@transaction.atomic
def remove_evidence(paper: Evidence, *, by: User, at: datetime) -> Evidence:
    """Take a document out. It stays in the history, and in what was handed in before."""
    application = locked(paper.application)
    access.require(by, "assessment.write", application)
    paper = Evidence.objects.select_for_update(of=("self",)).prefetch_related("links").get(pk=paper.pk)
    if paper.removed_at:
        return paper
    _require_open(application, _cells_of(paper))
    paper.removed_at, paper.removed_by = at, by
    paper.save(update_fields=["removed_at", "removed_by"])
    record(by=by, did="assessment.remove_evidence", about=application, at=at, before={"evidence": paper.pk}, after={"removed": True})
    return paper
