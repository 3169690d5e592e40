"""The measures that may be bound: those of the indicator sets in force on a day, each once."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings

from nagara.rulebook.editions import kind_of
from nagara.rulebook.indicators import KIND, read
from nagara.rulebook.schema_indicators import IndicatorSetFile, Measure
from nagara.toolkit.texts import Texts, text


@dataclass(frozen=True)
class Cell:
    """A measure, or one part of it."""

    measure: Measure
    part: str
    set_title: Texts

    @property
    def key(self) -> str:
        return f"{self.measure.code}/{self.part}" if self.part else self.measure.code

    @property
    def title(self) -> str:
        part = next((one for one in self.measure.parts if one.code == self.part), None)
        return f"{text(self.measure.title)}: {text(part.title)}" if part else text(self.measure.title)

    @property
    def unit(self) -> str:
        part = next((one for one in self.measure.parts if one.code == self.part), None)
        return text(part.unit if part and part.unit else self.measure.unit)


def sets_on(day: date) -> list[IndicatorSetFile]:
    """The indicator sets in force on a day, the newest edition of each programme."""
    found: dict[str, IndicatorSetFile] = {}
    for path in sorted(Path(settings.RULEBOOK).glob("*/*.yaml")):
        if path.stem > day.isoformat() or kind_of(path) != KIND:
            continue
        found[path.parent.name] = read(path)
    return list(found.values())


def cells_on(day: date) -> list[Cell]:
    """Every number that people report and that is not counted from the record, in the order of its title."""
    found: dict[str, Cell] = {}
    for one in sets_on(day):
        for measure in one.measures:
            if measure.derived or measure.kind != "number":
                continue
            for part in [part.code for part in measure.parts] or [""]:
                cell = Cell(measure, part, one.title)
                found.setdefault(cell.key, cell)
    return sorted(found.values(), key=lambda cell: cell.title)


def cell_of(measure: str, part: str, day: date) -> Cell | None:
    return next((cell for cell in cells_on(day) if (cell.measure.code, cell.part) == (measure, part)), None)
