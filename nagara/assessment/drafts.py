"""Readings for the team: the sections of the form, one section with its fields and documents, who is writing where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from nagara.assessment.actions import Clash
from nagara.assessment.findings import Finding
from nagara.assessment.models import Answer, Application, Evidence, EvidenceLink, InformationRequest, Presence
from nagara.assessment.queries import edition_of, open_keys, open_request, papers_of
from nagara.assessment.sheets import numbers_of
from nagara.assessment.slots import ABOUT, CITY_TYPE, DIMENSIONS, Cell, Slot, Understood, Wanted, cells, understand
from nagara.people.models import User
from nagara.rulebook.schema import EditionFile
from nagara.toolkit.texts import text

HERE_FOR = timedelta(seconds=40)
"""How long after the last sign of life somebody still counts as being there."""


@dataclass(frozen=True)
class Section:
    """One page of the form in the list at its side."""

    key: str
    number: str
    title: str
    dimension: str
    filled: int
    of: int
    documents: int
    lacking: int
    open: bool

    @property
    def complete(self) -> bool:
        return self.filled == self.of and not self.lacking


@dataclass(frozen=True)
class FieldShown:
    """One field as the form shows it."""

    slot: Slot
    value: Any
    revision: int
    read: Understood
    open: bool
    question: str
    saved_by: str
    saved_at: datetime | None
    aside: int
    clash: Clash | None = None

    @property
    def key(self) -> str:
        return self.slot.key

    @property
    def html_id(self) -> str:
        return self.slot.html_id


@dataclass(frozen=True)
class WantedShown:
    """One document that is asked for, with what was linked to it."""

    wanted: Wanted
    links: list[tuple[Evidence, EvidenceLink]]


@dataclass(frozen=True)
class Form:
    """Everything that a page of the form shows."""

    application: Application
    edition: EditionFile
    sections: list[Section]
    cell: Cell | None
    number: str
    fields: list[FieldShown]
    wanted: list[WantedShown]
    further: list[tuple[Evidence, EvidenceLink]]
    documents_open: bool
    documents_question: str
    papers: list[Evidence]
    request: InformationRequest | None
    before: Section | None = None
    after: Section | None = None
    about: dict[str, Any] = field(default_factory=dict)


def sections_of(application: Application, answers: Mapping[str, Any], papers: Sequence[Evidence], opened: frozenset[str]) -> list[Section]:
    """The cells that the team fills in, with how far each is."""
    edition = edition_of(application)
    found = cells(edition, application.dimensions)
    numbers = numbers_of(found)
    used = [(link.criterion, link.dimension, link.asked) for paper in papers for link in paper.links.all()]
    sections = []
    for cell in found:
        place = (cell.criterion.code, cell.dimension_code)
        required = [slot for slot in cell.slots if slot.field.required]
        sections.append(
            Section(
                cell.key,
                numbers[cell.key],
                text(cell.criterion.title),
                text(cell.dimension.title) if cell.dimension else "",
                sum(1 for slot in required if str(answers.get(slot.key) or "").strip()),
                len(required),
                sum(1 for use in used if use[:2] == place),
                sum(1 for wanted in cell.wanted if wanted.asked.required and (*place, wanted.asked.code) not in used),
                bool(opened & {cell.evidence_key, *(slot.key for slot in cell.slots)}),
            )
        )
    return sections


def form_of(application: Application, key: str, clashes: Mapping[str, Clash] | None = None) -> Form | None:
    """One page of the form: a cell, or "about"; None where there is no such cell."""
    edition = edition_of(application)
    answers = {answer.field: answer for answer in application.answers.select_related("saved_by__person")}
    values = {name: answer.value for name, answer in answers.items()}
    papers = papers_of(application)
    opened = open_keys(application)
    request = open_request(application)
    questions = dict(request.fields) if request else {}
    sections = sections_of(application, values, papers, opened)
    order = ["about", *(section.key for section in sections)]
    if key not in order:
        return None
    here = order.index(key)
    by_key = {section.key: section for section in sections}
    cell = next((cell for cell in cells(edition, application.dimensions) if cell.key == key), None)
    asides = _asides(application)
    base: dict[str, Any] = {
        "application": application,
        "edition": edition,
        "sections": sections,
        "papers": papers,
        "request": request,
        "before": by_key.get(order[here - 1]) if here else None,
        "after": by_key.get(order[here + 1]) if here + 1 < len(order) else None,
    }
    if cell is None:
        about = {
            name: {
                "value": values.get(name, application.city_type if name == CITY_TYPE else application.dimensions),
                "revision": answers[name].revision if name in answers else 0,
                "open": name in opened,
                "question": questions.get(name, ""),
                "clash": (clashes or {}).get(name),
            }
            for name in ABOUT
        }
        return Form(
            **base,
            cell=None,
            number="",
            fields=[],
            wanted=[],
            further=[],
            documents_open=False,
            documents_question="",
            about={"city_type": about[CITY_TYPE], "dimensions": about[DIMENSIONS]},
        )
    uses = [
        (paper, link)
        for paper in papers
        for link in paper.links.all()
        if (link.criterion, link.dimension) == (cell.criterion.code, cell.dimension_code)
    ]
    codes = [wanted.asked.code for wanted in cell.wanted]
    return Form(
        **base,
        cell=cell,
        number=by_key[key].number,
        fields=[_field(slot, answers.get(slot.key), opened, questions, asides, clashes or {}) for slot in cell.slots],
        wanted=[WantedShown(wanted, [use for use in uses if use[1].asked == wanted.asked.code]) for wanted in cell.wanted],
        further=[use for use in uses if use[1].asked not in codes],
        documents_open=cell.evidence_key in opened,
        documents_question=questions.get(cell.evidence_key, ""),
    )


def _field(
    slot: Slot,
    answer: Answer | None,
    opened: frozenset[str],
    questions: Mapping[str, str],
    asides: Mapping[str, int],
    clashes: Mapping[str, Clash],
) -> FieldShown:
    clash = clashes.get(slot.key)
    value = clash.mine if clash else answer.value if answer else ""
    return FieldShown(
        slot,
        value,
        answer.revision if answer else 0,
        understand(slot.field, value),
        slot.key in opened,
        questions.get(slot.key, ""),
        answer.saved_by.display_name() if answer else "",
        answer.saved_at if answer else None,
        asides.get(slot.key, 0),
        clash,
    )


def _asides(application: Application) -> dict[str, int]:
    """How many set-aside texts each field has."""
    found: dict[str, int] = {}
    rows = application.answers.filter(revisions__set_aside=True).values_list("field", flat=True)
    for name in rows:
        found[name] = found.get(name, 0) + 1
    return found


def grouped(application: Application, found: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    """Findings under the name of the page that each belongs to, in the order of the form."""
    all_cells = cells(edition_of(application), application.dimensions)
    numbers = numbers_of(all_cells)
    labels = {"about": _("City type and dimensions"), **{cell.key: f"{numbers[cell.key]} {cell.title()}" for cell in all_cells}}
    groups: dict[str, list[Finding]] = {}
    for finding in found:
        groups.setdefault(labels.get(finding.cell, _("Documents")), []).append(finding)
    return list(groups.items())


def others_here(application: Application, user: User, at: datetime) -> list[Presence]:
    """Who else has the form open now, and at which field."""
    rows = application.presences.filter(seen_at__gt=at - HERE_FOR).exclude(user=user)
    return list(rows.select_related("user__person").order_by("pk"))


def be_here(application: Application, user: User, name: str, at: datetime) -> None:
    """Note at which field somebody is. It is no act: nothing of it enters the record."""
    Presence.objects.update_or_create(application=application, user=user, defaults={"field": name[:120], "seen_at": at})
