"""The check before submitting: every error and every warning, each with the field it belongs to. Plain functions; a draft is never blocked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.assessment.slots import CITY_TYPE, DIMENSIONS, Cell, cells, understand
from nagara.rulebook.schema import EditionFile
from nagara.toolkit.texts import text

LONG_PAPER = 10
"""From this number of pages on, a link without pages sends an assessor searching."""


@dataclass(frozen=True)
class Finding:
    """Something to mend (`error`) or to think about, at the field called `key`; `cell` says on which page that is."""

    error: bool
    message: str
    key: str
    cell: str = ""


@dataclass(frozen=True)
class Paper:
    """A document of the application as the check sees it."""

    pk: int
    title: str
    pages: int | None
    links: tuple[tuple[str, str, str, str], ...]
    """(criterion, dimension, document asked for, pages) of each use."""


def findings(
    edition: EditionFile, *, city_type: str, dimensions: Sequence[str], answers: Mapping[str, Any], papers: Iterable[Paper]
) -> list[Finding]:
    """Errors first, then warnings, each in the order of the form."""
    found = _about(edition, city_type, dimensions)
    all_papers = list(papers)
    for cell in cells(edition, dimensions):
        found += _fields(cell, answers) + _documents(cell, all_papers)
    found += _unused(all_papers)
    return sorted(found, key=lambda finding: not finding.error)


def _about(edition: EditionFile, city_type: str, dimensions: Sequence[str]) -> list[Finding]:
    found = []
    if edition.city_types and city_type not in [choice.code for choice in edition.city_types]:
        found.append(Finding(True, _("Choose the city type."), CITY_TYPE, "about"))
    for gate in edition.gates:
        if gate.kind == "least_dimensions" and len(set(dimensions)) < gate.value:
            found.append(
                Finding(
                    True,
                    ngettext("Choose at least %(least)s dimension.", "Choose at least %(least)s dimensions.", int(gate.value))
                    % {"least": int(gate.value)},
                    DIMENSIONS,
                    "about",
                )
            )
        if gate.kind == "compulsory_dimensions":
            found += [
                Finding(True, _("“%(dimension)s” is compulsory.") % {"dimension": text(dimension.title)}, DIMENSIONS, "about")
                for dimension in edition.dimensions
                if dimension.compulsory and dimension.code not in dimensions
            ]
    return found


def _fields(cell: Cell, answers: Mapping[str, Any]) -> list[Finding]:
    found = []
    for slot in cell.slots:
        read = understand(slot.field, answers.get(slot.key))
        label = text(slot.field.label)
        if read.fault:
            found.append(Finding(True, f"{label}: {read.fault}", slot.key, cell.key))
        elif read.value is None and slot.field.required:
            found.append(Finding(True, _("“%(field)s” is not filled in.") % {"field": label}, slot.key, cell.key))
        elif read.value is None:
            found.append(Finding(False, _("“%(field)s” is empty. You may leave it so.") % {"field": label}, slot.key, cell.key))
    return found


def _documents(cell: Cell, papers: Sequence[Paper]) -> list[Finding]:
    found = []
    here = [(paper, link) for paper in papers for link in paper.links if link[:2] == (cell.criterion.code, cell.dimension_code)]
    for wanted in cell.wanted:
        if any(link[2] == wanted.asked.code for _paper, link in here):
            continue
        title = text(wanted.asked.title)
        if wanted.asked.required:
            found.append(Finding(True, _("The document “%(title)s” is missing.") % {"title": title}, cell.evidence_key, cell.key))
        else:
            message = _("The document “%(title)s” was not added. You may leave it out.") % {"title": title}
            found.append(Finding(False, message, cell.evidence_key, cell.key))
    for paper, link in here:
        if (paper.pages or 0) >= LONG_PAPER and not link[3]:
            message = _("“%(title)s” has %(pages)s pages: say which ones count here.") % {"title": paper.title, "pages": paper.pages}
            found.append(Finding(False, message, cell.evidence_key, cell.key))
    return found


def _unused(papers: Sequence[Paper]) -> list[Finding]:
    return [
        Finding(False, _("“%(title)s” is not linked to any criterion: no assessor will see it.") % {"title": paper.title}, "", "evidence")
        for paper in papers
        if not paper.links
    ]
