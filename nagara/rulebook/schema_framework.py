"""What an edition of a framework says: dated, sourced code lists, each entry with its own source. Strict, like `schema.py`."""

from datetime import date
from typing import Literal

import msgspec

from nagara.rulebook.schema import Source, Texts


class Entry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What every entry of a list has."""

    code: str
    title: Texts
    source: Source


class Item(Entry, forbid_unknown_fields=True, frozen=True):
    """An outcome, an urban system, an enabler, a sub-type, a stage."""

    text: Texts = {}


class FocusArea(Entry, forbid_unknown_fields=True, frozen=True):
    """One focus area with its sub-types. `also` are forms in which reports print its title."""

    sub_types: tuple[Item, ...]
    text: Texts = {}
    also: tuple[str, ...] = ()


class StageGroup(Entry, forbid_unknown_fields=True, frozen=True):
    """Stages that a report prints together without telling them apart. Kept as printed; nobody may choose it anew."""

    stages: tuple[str, ...]


class ProjectStatus(Entry, forbid_unknown_fields=True, frozen=True):
    """A life-cycle code of another standard, with the stages that it can stand beside."""

    text: Texts
    stages: tuple[str, ...]
    ends: bool = False
    """A project with this status has left the portfolio."""


class FrameworkFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One dated edition of a framework that plans and projects are filed by."""

    kind: Literal["framework"]
    programme: str
    title: Texts
    in_force: date
    status: Literal["draft", "published"]
    source: Source
    outcomes: tuple[Item, ...]
    urban_systems: tuple[Item, ...]
    focus_areas: tuple[FocusArea, ...]
    enablers: tuple[Item, ...]
    stages: tuple[Item, ...]
    stage_groups: tuple[StageGroup, ...]
    project_statuses: tuple[ProjectStatus, ...]

    def focus_area(self, code: str) -> FocusArea | None:
        return next((area for area in self.focus_areas if area.code == code), None)

    def sub_type(self, area: str, code: str) -> Item | None:
        found = self.focus_area(area)
        return next((item for item in found.sub_types if item.code == code), None) if found else None

    def project_status(self, code: str) -> ProjectStatus | None:
        return next((status for status in self.project_statuses if status.code == code), None)

    def stage_titles(self) -> dict[str, Texts]:
        """Every stage and group by its code, in the order of the edition."""
        entries: list[Entry] = [*self.stages, *self.stage_groups]
        return {entry.code: entry.title for entry in entries}
