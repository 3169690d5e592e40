"""What a check found, and how it reads the cells of one row."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from nagara.places.models import City
from nagara.plans.data import BudgetData, MilestoneData, PartnerData, ProjectData
from nagara.plans.models.project import KEY, KEY_PATTERN
from nagara.plans.sheets import cells
from nagara.plans.sheets.faults import CellFault, Fault
from nagara.plans.sheets.known import Identity, Known, OnRecord
from nagara.plans.sheets.read import Row, Table
from nagara.toolkit.texts import Texts
from nagara.toolkit.thai import fold

T = TypeVar("T")
D = TypeVar("D")


@dataclass
class NewProject:
    city: City
    key: str
    data: ProjectData
    stage: str
    status: str
    stage_since: date
    entered_on: date
    left_on: date | None = None
    left: str = ""
    left_words: str = ""


@dataclass(frozen=True)
class Leaving:
    on: date
    left: str
    words: str
    status: str


@dataclass
class ProjectChange:
    """What a row changes about a project on record: fields, a stage since a day, a leaving."""

    held: OnRecord
    before: ProjectData
    after: ProjectData
    fields: list[str]
    stage: tuple[str, str, date] | None = None
    leaving: Leaving | None = None


@dataclass
class Found:
    """The outcome of a check. Where `faults` is empty, the rest may be loaded."""

    faults: list[Fault] = field(default_factory=list)
    new: dict[Identity, NewProject] = field(default_factory=dict)
    changed: dict[Identity, ProjectChange] = field(default_factory=dict)
    unchanged: int = 0
    touched: set[Identity] = field(default_factory=set)
    """Projects on record that the sheet names: they must be the same when it is loaded."""
    stale: dict[Identity, Fault] = field(default_factory=dict)
    """Faults of rows that say nothing new themselves, should a part of their project do."""
    milestones: list[tuple[Identity, MilestoneData, str]] = field(default_factory=list)
    budget: list[tuple[Identity, BudgetData, str]] = field(default_factory=list)
    partners: list[tuple[Identity, PartnerData]] = field(default_factory=list)
    same_parts: int = 0
    ignored: list[str] = field(default_factory=list)

    def outcome(self) -> dict[str, Any]:
        """The counts that a page shows."""
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "milestones": len(self.milestones),
            "budget": len(self.budget),
            "partners": len(self.partners),
            "same_parts": self.same_parts,
            "ignored": self.ignored,
            "fields": sorted({name for change in self.changed.values() for name in change.fields}),
        }


class RowReader:
    """Reads the cells of one row; keeps a fault for each that cannot be read."""

    def __init__(self, table: Table, row: Row, faults: list[Fault]) -> None:
        self.table, self.row, self.faults = table, row, faults
        self.sound = True

    def has(self, code: str) -> bool:
        return code in self.row.cells

    def there(self, code: str) -> bool:
        """Is there such a column at all? An empty cell empties a value; a column left out leaves it as it is."""
        return code in self.table.letters

    def fault(self, code: str, words: str, allowed: str = "") -> None:
        self.sound = False
        self.faults.append(self.table.fault(self.row.number, code, words, found=self.row.cells.get(code), allowed=allowed))

    def read(self, code: str, how: Callable[[Any], T], default: D) -> T | D:
        """The cell read by `how`; `default` where it is empty or at fault."""
        value = self.row.cells.get(code)
        if value is None:
            if self.table.sheet.column(code).required:
                self.fault(code, _("This cell is empty."), str(self.table.sheet.column(code).hint))
            return default
        try:
            return how(value)
        except CellFault as fault:
            self.fault(code, fault.words, fault.allowed)
            return default

    def choice(self, code: str, written: dict[str, str], allowed: Callable[[], str]) -> str:
        def one(value: Any) -> str:
            found = written.get(fold(cells.line(value)))
            if found is None:
                raise CellFault(_("This is not in the list."), allowed())
            return found

        return self.read(code, one, "")

    def texts(self, stem: str, held: Texts, most: int) -> Texts:
        """Thai and English from two columns; other languages, and columns left out, stay as they are on record."""
        found = dict(held)
        for language in ("th", "en"):
            code = f"{stem}_{language}"
            if not self.there(code):
                continue
            written = self.read(code, lambda value: cells.line(value, most), "")
            if written:
                found[language] = written
            else:
                found.pop(language, None)
        return found


def identity(reader: RowReader, known: Known) -> tuple[City | None, str]:
    """The city and the key of a row; the city None where either is at fault."""

    def city(value: Any) -> City | None:
        written = cells.line(value)
        if fold(written) in known.cities:
            one = known.cities[fold(written)]
            if one is None:
                raise CellFault(_("Two cities bear this name."), _("the address of the city, such as rayong"))
            if one.pk not in known.own:
                raise CellFault(_("You do not keep the projects of this city."))
            return one
        parts = [
            part
            for part in written.replace(",", ";").replace("/", ";").replace(" and ", ";").replace("และ", ";").split(";")
            if part.strip()
        ]
        if len(parts) > 1 and all(fold(part) in known.cities for part in parts):
            raise CellFault(
                _(
                    "A project belongs to one city. Write a row for each city's part under a key of its own, and name the other as a partner."
                ),
                _("one city"),
            )
        raise CellFault(_("No city of this name is in the record."), _("the name or the address of a city"))

    def key(value: Any) -> str:
        written = cells.line(value)
        if not KEY_PATTERN.match(written):
            raise CellFault(str(KEY.message), _("such as RYG-001"))
        return written

    one, written = reader.read("city", city, None), reader.read("key", key, "")
    return (one, written) if written else (None, written)
