"""Readings for the assessor: the own sheets, one dossier beside one sheet, and after handing in the panel."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from nagara.assessment.actions.evidence import first_page
from nagara.assessment.actions.scoring import reopened_cells
from nagara.assessment.differences import Difference, differences
from nagara.assessment.models import Application, Assignment, Declaration, Reopening, Score, Submission
from nagara.assessment.queries import edition_of
from nagara.assessment.slots import Cell, cells, understand
from nagara.assessment.spread import Beside, beside
from nagara.assessment.states import AssignmentState
from nagara.people.models import User
from nagara.rulebook.schema import EditionFile, EvidenceAsked
from nagara.rulebook.score import Computed, cell_key, compute
from nagara.toolkit import access


def my_sheets(user: User) -> QuerySet[Assignment]:
    """The sheets that `user` sees in a list: to be declared, open, handed in. Those in conflict are not among them."""
    rows = Assignment.objects.filter(application__in=access.visible(user, "assessment.see")).filter(access_states(user))
    return (
        rows.select_related("application__round__edition", "application__area", "application__city", "application__organisation")
        .annotate(scored=Count("scores", filter=Q(scores__value__isnull=False)))
        .order_by("application__round__assess_until", "application__round_id", "assigned_at", "pk")
    )


def access_states(user: User) -> Q:
    """Own sheets that count."""
    states = [AssignmentState.ASSIGNED, AssignmentState.OPEN, AssignmentState.SUBMITTED, AssignmentState.REOPENED]
    return Q(assessor=user, state__in=states)


def closed_to(user: User) -> int:
    """How many dossiers are closed to an assessor because of a conflict of interest. No name is told."""
    return Assignment.objects.filter(assessor=user, state=AssignmentState.RECUSED).count()


@dataclass(frozen=True)
class Step:
    """One cell in the line above the sheet."""

    cell: Cell
    number: str
    value: int | None
    here: bool
    reopened: bool

    @property
    def key(self) -> str:
        return self.cell.key


@dataclass(frozen=True)
class Use:
    """A document as it is linked to the cell that is open."""

    evidence: int
    title: str
    file: dict[str, Any]
    pages: str
    note: str
    asked: EvidenceAsked | None
    elsewhere: tuple[str, ...]

    @property
    def page(self) -> int:
        return first_page(self.pages)

    @property
    def shown(self) -> str:
        """How the page can show it: "pdf", "image" or "" where it has to be saved first."""
        kind = self.file["media_type"]
        return "pdf" if kind == "application/pdf" else "image" if kind.startswith("image/") else ""


@dataclass(frozen=True)
class Said:
    """What the team wrote in one field, with what it was in the submission before."""

    label: dict[str, str]
    typed: str
    reading: str
    change: Difference | None


@dataclass(frozen=True)
class Dossier:
    """Everything that the score page shows."""

    sheet: Assignment
    edition: EditionFile
    submission: Submission
    steps: list[Step]
    step: Step
    said: list[Said]
    uses: list[Use]
    missing: list[EvidenceAsked]
    score: Score | None
    reopening: Reopening | None
    before: Step | None
    after: Step | None
    position: int
    of: int
    changed_before: int | None = None
    scores: dict[str, Score] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return sum(1 for step in self.steps if step.value is not None)


def numbers_of(found: Sequence[Cell]) -> dict[str, str]:
    """What a cell is called in a line: "3", and "4.1", "4.2" where a criterion goes by dimension."""
    order: list[str] = []
    for cell in found:
        if cell.criterion.code not in order:
            order.append(cell.criterion.code)
    numbers: dict[str, str] = {}
    for cell in found:
        place = order.index(cell.criterion.code) + 1
        same = [other.key for other in found if other.criterion.code == cell.criterion.code]
        numbers[cell.key] = str(place) if cell.dimension is None else f"{place}.{same.index(cell.key) + 1}"
    return numbers


def dossier(sheet: Assignment, key: str) -> Dossier | None:
    """One cell of an application beside its sheet; None where the applicant has no such cell."""
    application = sheet.application
    edition = edition_of(application)
    two = list(application.submissions.order_by("-number")[:2])
    content = two[0].plain()
    found = cells(edition, content["dimensions"])
    scores = {cell_key(score.criterion, score.dimension): score for score in sheet.scores.all()}
    reopened = reopened_cells(application) if sheet.state == AssignmentState.REOPENED else {}
    numbers = numbers_of(found)
    steps = [
        Step(cell, numbers[cell.key], scores[cell.key].value if cell.key in scores else None, cell.key == key, cell.key in reopened)
        for cell in found
    ]
    here = next((number for number, step in enumerate(steps) if step.here), None)
    if here is None:
        return None
    step = steps[here]
    changes = {change.key: change for change in differences(two[1].plain(), content)} if len(two) == 2 else {}
    uses = uses_of(step.cell, content, numbers)
    there = {use.asked.code for use in uses if use.asked}
    position, of = _position(sheet)
    return Dossier(
        sheet=sheet,
        edition=edition,
        submission=two[0],
        steps=steps,
        step=step,
        said=_said(step.cell, content, changes),
        uses=uses,
        missing=[asked for asked in step.cell.criterion.evidence if asked.code not in there],
        score=scores.get(key),
        reopening=reopened.get(key),
        before=steps[here - 1] if here else None,
        after=steps[here + 1] if here + 1 < len(steps) else None,
        position=position,
        of=of,
        changed_before=two[1].number if len(two) == 2 else None,
        scores=scores,
    )


def _position(sheet: Assignment) -> tuple[int, int]:
    """ "Dossier 4 of 6": where the sheet stands among the assessor's own of the round."""
    rows = list(
        Assignment.objects.filter(access_states(sheet.assessor), application__round=sheet.application.round_id)
        .order_by("assigned_at", "pk")
        .values_list("pk", flat=True)
    )
    return (rows.index(sheet.pk) + 1 if sheet.pk in rows else 0), len(rows)


def _said(cell: Cell, content: dict[str, Any], changes: dict[str, Difference]) -> list[Said]:
    said = []
    for slot in cell.slots:
        typed = content["answers"].get(slot.key, {}).get("typed", "")
        said.append(Said(slot.field.label, typed, understand(slot.field, typed).reading, changes.get(slot.key)))
    return said


def uses_of(cell: Cell, content: dict[str, Any], numbers: dict[str, str]) -> list[Use]:
    """The documents of one cell, those that were asked for first, each with where else it is used."""
    order = [asked.code for asked in cell.criterion.evidence]
    asked = {entry.code: entry for entry in cell.criterion.evidence}
    uses = []
    for paper in content["evidence"]:
        others = tuple(
            dict.fromkeys(
                numbers.get(cell_key(link["criterion"], link["dimension"]), "")
                for link in paper["links"]
                if cell_key(link["criterion"], link["dimension"]) != cell.key
            )
        )
        uses += [
            Use(paper["id"], paper["title"], paper["file"], link["pages"], link["note"], asked.get(link["asked"]), others)
            for link in paper["links"]
            if cell_key(link["criterion"], link["dimension"]) == cell.key
        ]
    return sorted(uses, key=lambda use: order.index(use.asked.code) if use.asked else len(order))


def _total(edition: EditionFile, application: Application, sheet: Assignment) -> Decimal:
    scored = {(score.criterion, score.dimension): score.value for score in sheet.scores.all() if score.value is not None}
    return compute(edition, application.dimensions, [scored]).total


def own_total(sheet: Assignment, dimensions: Sequence[str]) -> Computed:
    """What the own sheet alone would come to by the weights of the edition: a total never stands without them."""
    scored = {(score.criterion, score.dimension): score.value for score in sheet.scores.all() if score.value is not None}
    return compute(edition_of(sheet.application), list(dimensions), [scored])


@dataclass(frozen=True)
class PanelRow:
    """One cell across the sheets that were handed in."""

    cell: Cell
    number: str
    scores: list[Score | None]
    mean: Decimal | None
    range: int
    reopening: Reopening | None


@dataclass(frozen=True)
class PanelSheet:
    """One sheet of the panel: its place stands for its assessor, except to the office and to its own assessor."""

    sheet: Assignment
    label: str
    beside: Beside
    total: Decimal


@dataclass(frozen=True)
class Panel:
    sheets: list[PanelSheet]
    rows: list[PanelRow]
    waiting: int
    recused: int


def sheets_of(application: Application) -> list[Assignment]:
    """All sheets of an application with their assessors and scores, in the order in which they were given out.

    A recused one says why: `finding` and `conflict` of its declaration.
    """
    declared = Declaration.objects.filter(application=OuterRef("application"), assessor=OuterRef("assessor"))
    conflict = declared.exclude(finding=Declaration.Finding.NONE).order_by("-made_at", "-pk")
    rows = application.assignments.select_related("assessor__person__organisation").prefetch_related("scores")
    rows = rows.annotate(finding=Subquery(conflict.values("finding")[:1]), conflict=Subquery(conflict.values("reason")[:1]))
    return list(rows.order_by("assigned_at", "pk"))


def panel_of(application: Application, *, names: bool, own: Assignment | None = None, sheets: list[Assignment] | None = None) -> Panel:
    """The sheets that were handed in, side by side. `names` for the office; assessors see numbers and their own."""
    edition = edition_of(application)
    everything = sheets_of(application) if sheets is None else sheets
    handed = [sheet for sheet in everything if sheet.state in (AssignmentState.SUBMITTED, AssignmentState.REOPENED)]
    by_sheet = {sheet.pk: {cell_key(s.criterion, s.dimension): s for s in sheet.scores.all()} for sheet in handed}
    found = cells(edition, application.dimensions)
    numbers = numbers_of(found)
    reopened = reopened_cells(application) if any(sheet.state == AssignmentState.REOPENED for sheet in handed) else {}
    rows = []
    for cell in found:
        scores = [by_sheet[sheet.pk].get(cell.key) for sheet in handed]
        values = [score.value for score in scores if score and score.value is not None]
        mean = (Decimal(sum(values)) / len(values)).quantize(Decimal("0.01"), ROUND_HALF_UP) if values else None
        rows.append(PanelRow(cell, numbers[cell.key], scores, mean, max(values) - min(values) if values else 0, reopened.get(cell.key)))
    values_of = {
        pk: {key: score.value for key, score in scores.items() if score.value is not None and key in numbers}
        for pk, scores in by_sheet.items()
    }
    shown = []
    for place, sheet in enumerate(handed, 1):
        label = str(sheet.assessor) if names else _("Assessor %(number)s") % {"number": place}
        if own and sheet.pk == own.pk and not names:
            label = _("You")
        others = [values for pk, values in values_of.items() if pk != sheet.pk]
        shown.append(PanelSheet(sheet, label, beside(values_of[sheet.pk], others), _total(edition, application, sheet)))
    counts = [AssignmentState.ASSIGNED, AssignmentState.OPEN, AssignmentState.REOPENED]
    return Panel(
        shown,
        rows,
        sum(1 for sheet in everything if sheet.state in counts),
        sum(1 for sheet in everything if sheet.state == AssignmentState.RECUSED),
    )


def standing(round_pk: int) -> list[tuple[User, Beside]]:
    """Each assessor of a round beside the panels they sat on: for the office. Recused sheets are out."""
    rows = (
        Score.objects.filter(
            assignment__application__round=round_pk,
            assignment__state__in=[AssignmentState.SUBMITTED, AssignmentState.REOPENED],
            value__isnull=False,
        )
        .annotate(assessor=F("assignment__assessor"), application=F("assignment__application"))
        .values_list("assessor", "application", "criterion", "dimension", "value")
    )
    values: dict[int, dict[tuple[int, str, str], int]] = {}
    for assessor, application, criterion, dimension, value in rows:
        if value is not None:
            values.setdefault(assessor, {})[application, criterion, dimension] = value
    users = {user.pk: user for user in User.objects.filter(pk__in=values).select_related("person")}
    panels: dict[int, set[int]] = {}
    for pk, own in values.items():
        for application, _criterion, _dimension in own:
            panels.setdefault(application, set()).add(pk)
    found = []
    for pk, own in values.items():
        others = set().union(*(panels[application] for application, _criterion, _dimension in own)) - {pk}
        found.append((users[pk], beside(own, [values[other] for other in sorted(others)])))
    return sorted(found, key=lambda pair: (-abs(pair[1].difference or Decimal(0)), pair[0].pk))
