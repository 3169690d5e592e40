"""The sheets of a workbook of projects and their columns. A column is known by the code in brackets at the end of its heading."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from nagara.toolkit.thai import fold


@dataclass(frozen=True)
class Column:
    code: str
    label: str | Promise
    hint: str | Promise = ""
    required: bool = False
    width: int = 16

    def heading(self) -> str:
        return f"{self.label} [{self.code}]"


@dataclass(frozen=True)
class Sheet:
    code: str
    title: str | Promise
    columns: tuple[Column, ...]

    def column(self, code: str) -> Column:
        return next(column for column in self.columns if column.code == code)


_CITY = Column("city", _("City"), _("Name or address of the city, one only"), required=True, width=20)
_KEY = Column("key", _("Key"), _("Letters A–Z, digits, dots and hyphens; the same key always means the same project"), required=True)

PROJECTS = Sheet(
    "projects",
    _("Projects"),
    (
        _CITY,
        _KEY,
        Column("title_th", _("Title in Thai"), _("A title in at least one language"), width=40),
        Column("title_en", _("Title in English"), _("A title in at least one language"), width=40),
        Column("description_th", _("Description in Thai"), width=40),
        Column("description_en", _("Description in English"), width=40),
        Column("focus_areas", _("Focus areas"), _("One or more of the six, parted by a semicolon; filed under the first"), True, width=34),
        Column("sub_types", _("Sub-types"), _("None or more, parted by a semicolon"), width=34),
        Column("stage", _("Stage"), _("One of the list"), required=True, width=18),
        Column("status", _("Life-cycle (OC4IDS)"), _("One of the list, or empty"), width=18),
        Column("stage_since", _("Stage since"), _("The day on which this stage began"), width=14),
        Column("starts_on", _("Starts on"), _("A day, in the Buddhist or the Common Era"), width=14),
        Column("ends_on", _("Ends on"), _("A day, not before the start"), width=14),
        Column("support_th", _("Support required, in Thai"), width=30),
        Column("support_en", _("Support required, in English"), width=30),
        Column("latitude", _("Latitude"), _("Degrees, such as 12.6814"), width=12),
        Column("longitude", _("Longitude"), _("Degrees, such as 101.2780"), width=12),
        Column("place", _("Place in words"), width=24),
        Column("area", _("Area of the city"), _("Its address in the register, or empty"), width=20),
        Column("entered_on", _("In the record since"), _("For a new project only"), width=14),
        Column("left_on", _("Left on"), _("The day on which the project left the record"), width=14),
        Column("left", _("Why it left"), _("One of the list"), width=18),
        Column("left_words", _("Why it left, in words"), width=30),
        Column("revision", _("Revision"), _("Written by the export; leave it as it is"), width=10),
    ),
)
MILESTONES = Sheet(
    "milestones",
    _("Milestones"),
    (
        _CITY,
        _KEY,
        Column("code", _("Milestone"), _("A code of its own within the project, such as M1"), required=True, width=12),
        Column("title_th", _("Title in Thai"), _("A title in at least one language"), width=40),
        Column("title_en", _("Title in English"), _("A title in at least one language"), width=40),
        Column("planned_on", _("Planned"), _("A day"), width=14),
        Column("forecast_on", _("Forecast"), _("A day"), width=14),
        Column("actual_on", _("Reached"), _("A day that has come"), width=14),
        Column("note", _("Note"), width=40),
    ),
)
BUDGET = Sheet(
    "budget",
    _("Budget"),
    (
        _CITY,
        _KEY,
        Column("origin", _("Source of money"), _("Such as the city's own budget"), required=True, width=34),
        Column("kind", _("Kind of money"), _("One of the list"), required=True, width=14),
        Column("year", _("Year"), _("In the Buddhist or the Common Era; empty for all years together"), width=10),
        Column("amount", _("Amount"), _("A number with at most two decimals, without currency"), required=True, width=18),
        Column("currency", _("Currency"), _("Three letters, such as THB"), required=True, width=10),
    ),
)
PARTNERS = Sheet(
    "partners",
    _("Partners"),
    (
        _CITY,
        _KEY,
        Column("role", _("Role"), _("One of the list"), required=True, width=24),
        Column("organisation", _("Organisation of the record"), _("Its code; or leave empty and write a name"), width=24),
        Column("name", _("Name"), _("Where the organisation is not in the record"), width=40),
    ),
)
SHEETS = (PROJECTS, MILESTONES, BUDGET, PARTNERS)
READ_ME = _("Read me")
CODES = _("Lists")

MOST_ROWS = 20_000
"""Rows that one sheet may have. A larger portfolio comes in several workbooks."""

MOST_COLUMNS = 64
"""Columns that are looked at; ours are fewer."""

_CODE = re.compile(r"\[\s*([a-z_]+)\s*\]\s*$")


def column_code(heading: str) -> str:
    """The code that a heading names: the one in brackets at its end, or the heading itself."""
    found = _CODE.search(heading)
    return found[1] if found else heading.strip().casefold().replace(" ", "_")


def titles_of(text: str | Promise) -> set[str]:
    """How a title reads in each language of the pages, folded."""
    found = set()
    for language in ("th", "en"):
        with override(language):
            found.add(fold(str(text)))
    return found


def sheet_by_title(title: str) -> Sheet | None:
    wanted = fold(title)
    return next((sheet for sheet in SHEETS if wanted == sheet.code or wanted in titles_of(sheet.title)), None)


def is_ours(title: str) -> bool:
    """The sheets that the export adds for the reader."""
    return fold(title) in titles_of(READ_ME) | titles_of(CODES)
