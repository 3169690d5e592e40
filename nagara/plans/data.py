"""What people hand in about a project, as plain values: the same for a form and for a row of a sheet."""

from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from nagara.plans.framework import area_of_sub_type
from nagara.plans.models import BudgetLine, Milestone, Partner, Project, Risk
from nagara.rulebook.schema_framework import FrameworkFile
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, text

Focus = tuple[tuple[str, str], ...]
"""(focus area, sub-type or "") in order; a project is filed under the first."""


@dataclass(frozen=True)
class ProjectData:
    """What may be changed about a project by editing it."""

    title: Texts
    focus: Focus
    description: Texts = field(default_factory=dict)
    support: Texts = field(default_factory=dict)
    starts_on: date | None = None
    ends_on: date | None = None
    latitude: float | None = None
    longitude: float | None = None
    place: str = ""
    area_id: int | None = None

    @property
    def main_area(self) -> str:
        return self.focus[0][0]


FIELDS = tuple(entry.name for entry in fields(ProjectData))


def as_data(project: Project, focus: Focus | None = None) -> ProjectData:
    """What a project says now. `focus` saves a query where it is known."""
    known = focus if focus is not None else tuple(project.focus.values_list("area", "sub_type"))
    plain: dict[str, Any] = {name: getattr(project, name) for name in FIELDS if name != "focus"}
    return ProjectData(focus=known, **plain)


def changed_fields(before: ProjectData, after: ProjectData) -> list[str]:
    return [name for name in FIELDS if getattr(before, name) != getattr(after, name)]


def plain(data: ProjectData, names: list[str]) -> dict[str, Any]:
    """The named fields as JSON values for the record."""
    values = {name: getattr(data, name) for name in names}
    if "focus" in values:
        values["focus"] = [f"{area}/{sub_type}" if sub_type else area for area, sub_type in data.focus]
    return values


def focus_of(areas: list[str], sub_types: list[str], edition: FrameworkFile) -> Focus:
    """Focus areas in the order given, each with its sub-types; a sub-type brings its focus area with it."""
    order = list(dict.fromkeys(areas))
    by_area: dict[str, list[str]] = {area: [] for area in order}
    for sub_type in dict.fromkeys(sub_types):
        area = area_of_sub_type(edition, sub_type)
        if area is None:
            raise Refusal(_("“%(code)s” is no sub-type.") % {"code": sub_type}, fields={"sub_types": _("Choose from the list.")})
        by_area.setdefault(area, []).append(sub_type)
    return tuple((area, sub_type) for area in by_area for sub_type in (by_area[area] or [""]))


def faults_of(data: ProjectData, edition: FrameworkFile) -> dict[str, str]:
    """What is wrong with a project, by field; empty where nothing is."""
    faults: dict[str, str] = {}
    if not text(data.title):
        faults["title"] = _("A project has a title in at least one language.")
    if not data.focus:
        faults["focus"] = _("A project is filed under at least one focus area.")
    known = {area.code for area in edition.focus_areas}
    if unknown := sorted({area for area, _sub in data.focus} - known):
        faults["focus"] = _("“%(codes)s” is not among the six focus areas.") % {"codes": ", ".join(unknown)}
    if data.starts_on and data.ends_on and data.ends_on < data.starts_on:
        faults["ends_on"] = _("The end lies before the start.")
    if (data.latitude is None) != (data.longitude is None):
        missing = "latitude" if data.latitude is None else "longitude"
        faults[missing] = _("A point needs both latitude and longitude.")
    return faults


@dataclass(frozen=True)
class MilestoneData:
    code: str
    title: Texts
    planned_on: date | None = None
    forecast_on: date | None = None
    actual_on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class BudgetData:
    origin: str
    kind: str
    amount: Decimal
    currency: str
    year: int | None = None

    @property
    def identity(self) -> tuple[str, str, int | None, str]:
        """Two lines with the same identity would be the same money twice."""
        return self.origin, self.kind, self.year, self.currency


@dataclass(frozen=True)
class PartnerData:
    role: str
    name: str = ""
    organisation_id: int | None = None

    @property
    def identity(self) -> tuple[str, int | None, str]:
        return self.name, self.organisation_id, self.role


@dataclass(frozen=True)
class RiskData:
    text: Texts
    likelihood: int
    impact: int
    owner: str = ""
    response: str = ""
    state: str = Risk.RiskState.OPEN


def milestone_data(row: Milestone) -> MilestoneData:
    return MilestoneData(row.code, row.title, row.planned_on, row.forecast_on, row.actual_on, row.note)


def budget_data(row: BudgetLine) -> BudgetData:
    return BudgetData(row.origin, row.kind, row.amount, row.currency, row.year)


def partner_data(row: Partner) -> PartnerData:
    return PartnerData(row.role, row.name, row.organisation_id)


def risk_data(row: Risk) -> RiskData:
    return RiskData(row.text, row.likelihood, row.impact, row.owner, row.response, row.state)
