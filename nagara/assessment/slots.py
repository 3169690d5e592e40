"""What the team fills in: the fields and documents that an edition asks for, and how a typed answer is understood. Plain functions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from nagara.rulebook.schema import Criterion, Dimension, EditionFile, EvidenceAsked, Field
from nagara.rulebook.score import cell_key
from nagara.toolkit.days import read_day
from nagara.toolkit.numbers import number_text, read_number
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text

CITY_TYPE = "about.city_type"
DIMENSIONS = "about.dimensions"
ABOUT = (CITY_TYPE, DIMENSIONS)
"""What is asked of every application, before its criteria."""

LONGEST = {"line": 500, "text": 20_000, "number": 60, "money": 60, "day": 60, "choice": 60, "yes_no": 10}


@dataclass(frozen=True)
class Cell:
    """A criterion, or a criterion in one chosen dimension: what is answered together and scored together."""

    criterion: Criterion
    dimension: Dimension | None = None
    among: int = 1
    """How many cells the criterion has for this applicant: one for each chosen dimension."""

    @property
    def weight(self) -> Decimal:
        """What the cell weighs in the total, of 100: its criterion's weight, shared alike by the criterion's cells. Two decimals."""
        return Decimal(str(self.criterion.weight.value / self.among)).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def key(self) -> str:
        return cell_key(self.criterion.code, self.dimension.code if self.dimension else "")

    @property
    def dimension_code(self) -> str:
        return self.dimension.code if self.dimension else ""

    @property
    def slots(self) -> list["Slot"]:
        return [Slot(self, field) for field in self.criterion.fields]

    @property
    def wanted(self) -> list["Wanted"]:
        return [Wanted(self, asked) for asked in self.criterion.evidence]

    @property
    def evidence_key(self) -> str:
        """The name of the cell's documents as a whole: what a return for information unlocks."""
        return f"{self.key}.evidence"

    def title(self, lang: str | None = None) -> str:
        name = text(self.criterion.title, lang)
        return f"{name}: {text(self.dimension.title, lang)}" if self.dimension else name


@dataclass(frozen=True)
class Slot:
    """One field of one cell."""

    cell: Cell
    field: Field

    @property
    def key(self) -> str:
        """Such as "C1.vision" or "C4:environment.goal"."""
        return f"{self.cell.key}.{self.field.code}"

    @property
    def html_id(self) -> str:
        return html_id(self.key)


@dataclass(frozen=True)
class Wanted:
    """One kind of document that a cell asks for."""

    cell: Cell
    asked: EvidenceAsked

    @property
    def key(self) -> str:
        return f"{self.cell.key}/{self.asked.code}"


def html_id(key: str) -> str:
    """A key as the id of an element, so that a list of errors can link to it."""
    return "f-" + key.replace(":", "-").replace(".", "-").replace("/", "-")


def cells(edition: EditionFile, dimensions: Sequence[str]) -> list[Cell]:
    """What an applicant with these dimensions answers, in the order of the edition."""
    every = edition.cells(tuple(dimensions))
    among = Counter(criterion for criterion, _dimension in every)
    return [
        Cell(edition.criterion(criterion), edition.dimension(dimension) if dimension else None, among[criterion])
        for criterion, dimension in every
    ]


def cell_of(edition: EditionFile, dimensions: Sequence[str], key: str) -> Cell | None:
    """The cell called `key` among those of the applicant."""
    return next((cell for cell in cells(edition, dimensions) if cell.key == key), None)


def slot_of(edition: EditionFile, key: str) -> Slot | None:
    """The field called `key`, whichever dimensions are chosen now: what was written in a dimension stays when it is left out."""
    cell_name, _dot, code = key.rpartition(".")
    every = cells(edition, [dimension.code for dimension in edition.dimensions])
    return next((slot for cell in every if cell.key == cell_name for slot in cell.slots if slot.field.code == code), None)


def every_key(edition: EditionFile, dimensions: Sequence[str]) -> list[str]:
    """Everything that can be unlocked on its own: what is asked of all, each field, and the documents of each cell."""
    found = list(ABOUT)
    for cell in cells(edition, dimensions):
        found += [slot.key for slot in cell.slots] + [cell.evidence_key]
    return found


def compulsory(edition: EditionFile) -> list[str]:
    """The dimensions that are chosen for everyone."""
    return [dimension.code for dimension in edition.dimensions if dimension.compulsory]


def chosen(edition: EditionFile, dimensions: Iterable[str]) -> list[str]:
    """Known dimensions in the order of the edition, the compulsory ones always among them."""
    wanted = {*dimensions, *compulsory(edition)}
    return [dimension.code for dimension in edition.dimensions if dimension.code in wanted]


@dataclass(frozen=True)
class Understood:
    """How a typed answer is read: its value, the reading in words, or the fault in words. What was typed is kept in any case."""

    value: Any = None
    reading: str = ""
    fault: str = ""


def understand(field: Field, typed: Any) -> Understood:
    """Read what was typed into a field; an empty one has the value None and no fault."""
    raw = str(typed or "").strip()
    if not raw:
        return Understood()
    if len(raw) > LONGEST[field.kind]:
        return Understood(
            fault=_("This is %(here)s characters long; the field takes %(most)s.") % {"here": len(raw), "most": LONGEST[field.kind]}
        )
    try:
        return _READERS.get(field.kind, _read_text)(field, raw)
    except Refusal as refusal:
        return Understood(fault=refusal.message)


def _read_text(field: Field, raw: str) -> Understood:
    return Understood(raw)


def _read_number(field: Field, raw: str) -> Understood:
    value = read_number(raw, units=tuple(field.unit.values()))
    if field.kind == "number" and value != value.to_integral_value() and field.least is None:
        raise Refusal(_("A whole number is asked for; “%(text)s” has decimals.") % {"text": raw}, code="not-whole")
    least = Decimal(str(field.least)) if field.least is not None else Decimal(0)
    if value < least:
        raise Refusal(_("The number must not be below %(least)s.") % {"least": number_text(least)}, code="too-small")
    if field.most is not None and value > Decimal(str(field.most)):
        raise Refusal(_("The number must not be above %(most)s.") % {"most": number_text(Decimal(str(field.most)))}, code="too-large")
    unit = text(field.unit)
    shown = f"{number_text(value)} {unit}".strip()
    return Understood(f"{value.normalize():f}", _("Read as %(value)s") % {"value": shown})


def _read_day(field: Field, raw: str) -> Understood:
    reading = read_day(raw)
    return Understood(reading.day.isoformat(), _("Read as %(value)s") % {"value": reading.text()})


def _read_choice(field: Field, raw: str) -> Understood:
    if raw not in [choice.code for choice in field.choices]:
        raise Refusal(_("Choose one of the answers given."), code="no-such-choice")
    return Understood(raw)


def _read_yes_no(field: Field, raw: str) -> Understood:
    if raw not in ("yes", "no"):
        raise Refusal(_("Choose yes or no."), code="no-such-choice")
    return Understood(raw)


_READERS = {"number": _read_number, "money": _read_number, "day": _read_day, "choice": _read_choice, "yes_no": _read_yes_no}
