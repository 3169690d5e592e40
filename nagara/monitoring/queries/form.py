"""What the pages of one return show: its sections, the cells of one, what is odd about each, what is offered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nagara.monitoring.actions.handing_in import check
from nagara.monitoring.actions.writing import Clash, is_open
from nagara.monitoring.asked import Asked, Asking, Section, asking
from nagara.monitoring.checks import Finding, change_in_per_cent
from nagara.monitoring.models import Return, Value
from nagara.monitoring.offers import Offered, offers_for
from nagara.monitoring.queries.last import Cells, Last, last_answers
from nagara.monitoring.reading import value_text
from nagara.rulebook.schema_indicators import Measure
from nagara.toolkit.texts import text

Key = tuple[str, str]
"""A cell: (measure, part)."""


def cell_key(measure: str, part: str) -> str:
    """How a cell is named in a page: "green-areas" or "air-pollution.pm25"."""
    return f"{measure}.{part}" if part else measure


def read_key(key: str) -> Key:
    measure, _dot, part = key.partition(".")
    return measure, part


@dataclass(frozen=True)
class OfferShown:
    """A computed value beside the field, with how far it lies from the claim."""

    offered: Offered
    text: str
    taken: bool


@dataclass(frozen=True)
class CellShown:
    """One cell as the form shows it."""

    measure: Measure
    part: str
    value: Value | None
    last: Last | None
    findings: list[Finding]
    offers: list[OfferShown]
    open: bool
    clash: Clash | None = None

    @property
    def key(self) -> str:
        return cell_key(self.measure.code, self.part)

    @property
    def html_id(self) -> str:
        return f"c-{self.key.replace('.', '-')}"

    @property
    def title(self) -> str:
        found = self.measure.part(self.part)
        return text(found.title) if found else ""

    @property
    def unit(self) -> str:
        return text(self.measure.unit_of(self.part))

    @property
    def revision(self) -> int:
        return self.value.revision if self.value else 0

    @property
    def reading(self) -> str:
        """How what was typed was read."""
        return value_text(self.measure, self.value.number) if self.value else ""

    @property
    def last_text(self) -> str:
        return value_text(self.measure, self.last.number) if self.last else ""

    @property
    def change(self) -> str:
        """How the value moved against the last period: "+12 %"; "" where that cannot be said."""
        if not self.value or self.value.number is None or not self.last or self.measure.kind == "yes_no":
            return ""
        moved = change_in_per_cent(self.value.number, self.last.number)
        return f"{moved:+,.1f} %" if moved else ""

    @property
    def wanting(self) -> bool:
        return any(finding.blocks for finding in self.findings)


@dataclass(frozen=True)
class MeasureShown:
    """One measure of a page with its cells."""

    asked: Asked
    cells: list[CellShown]


@dataclass(frozen=True)
class SectionShown:
    """One section in the list at the side."""

    section: Section
    cells: int
    filled: int
    wanting: int
    questions: int

    @property
    def complete(self) -> bool:
        return not self.wanting


@dataclass(frozen=True)
class FormShown:
    """Everything that the pages of a return show."""

    answer: Return
    asked: Asking
    sections: list[SectionShown]
    findings: list[Finding]
    values: Mapping[Key, Value]
    last: Cells
    measures: list[MeasureShown] = field(default_factory=list)
    here: Section | None = None
    before: Section | None = None
    after: Section | None = None

    @property
    def wanting(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.blocks]

    @property
    def carried(self) -> int:
        return sum(1 for shown in self.measures for cell in shown.cells if any(f.code == "carried" for f in cell.findings))


def form_of(answer: Return, key: str = "", *, clashes: Mapping[Key, Clash] | None = None) -> FormShown | None:
    """A return with one of its sections; without a key, with none. None where there is no such section.

    Four queries and those of the offerers, however many values.
    """
    asked = asking(answer.period)
    here = asked.section(key) if key else None
    if key and here is None:
        return None
    values = {(row.measure, row.part): row for row in answer.values.select_related("saved_by__person")}
    last = last_answers(answer)
    findings = check(asked, values, last)
    base = FormShown(answer, asked, _sections(asked, values, findings), findings, values, last)
    if here is None:
        return base
    place = asked.sections.index(here)
    return FormShown(
        **{name: getattr(base, name) for name in ("answer", "asked", "sections", "findings", "values", "last")},
        measures=_measures(base, here, clashes or {}),
        here=here,
        before=asked.sections[place - 1] if place else None,
        after=asked.sections[place + 1] if place + 1 < len(asked.sections) else None,
    )


def _sections(asked: Asking, values: Mapping[Key, Value], findings: list[Finding]) -> list[SectionShown]:
    wanting: dict[str, int] = {}
    for finding in findings:
        if finding.blocks:
            home = asked.by_measure[finding.measure].section
            wanting[home] = wanting.get(home, 0) + 1
    rows = []
    for section in asked.sections:
        cells = [(one.measure.code, part) for one in section.measures for part in one.measure.cells()]
        here = [values[cell] for cell in cells if cell in values]
        filled = sum(1 for row in here if row.number is not None or row.missing)
        questions = sum(1 for row in here if row.verdict == "questioned")
        rows.append(SectionShown(section, len(cells), filled, wanting.get(section.key, 0), questions))
    return rows


def _measures(base: FormShown, here: Section, clashes: Mapping[Key, Clash]) -> list[MeasureShown]:
    answer = base.answer
    codes = [one.measure.code for one in here.measures if not one.measure.derived]
    offered = offers_for(answer.city, answer.period.first_day, answer.period.last_day, codes) if codes else {}
    by_cell: dict[Key, list[Finding]] = {}
    for finding in base.findings:
        by_cell.setdefault((finding.measure, finding.part), []).append(finding)
    shown = []
    for one in here.measures:
        cells = []
        for part in one.measure.cells():
            key = (one.measure.code, part)
            value = base.values.get(key)
            opened = not one.measure.derived and is_open(answer, value)
            offers = [_offer(one.measure, row, value) for row in offered.get(key, [])]
            cells.append(CellShown(one.measure, part, value, base.last.get(key), by_cell.get(key, []), offers, opened, clashes.get(key)))
        shown.append(MeasureShown(one, cells))
    return shown


def _offer(measure: Measure, offered: Offered, value: Value | None) -> OfferShown:
    taken = value is not None and value.origin == "offered" and value.number == offered.offer.number
    return OfferShown(offered, value_text(measure, offered.offer.number), taken)


def cell_of(answer: Return, measure: str, part: str) -> CellShown | None:
    """One cell, as after a save."""
    asked = asking(answer.period)
    home = asked.by_measure.get(measure)
    shown = form_of(answer, home.section) if home else None
    cells = [cell for row in shown.measures for cell in row.cells] if shown else []
    return next((cell for cell in cells if (cell.measure.code, cell.part) == (measure, part)), None)


def saved_at(value: Value | None) -> datetime | None:
    return value.saved_at if value else None
