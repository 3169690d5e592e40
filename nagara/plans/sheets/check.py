"""What a workbook would change, or every fault that keeps it from being loaded. Nothing is written here."""

from collections.abc import Callable
from typing import Any

from nagara.places.models import City
from nagara.plans.sheets import columns
from nagara.plans.sheets.check_parts import check_part
from nagara.plans.sheets.check_project import check_project
from nagara.plans.sheets.found import Found
from nagara.plans.sheets.known import Identity, Known
from nagara.plans.sheets.read import Book, Row, Table
from nagara.toolkit.thai import fold

Beat = Callable[[int], None]
"""Called now and then with the number of rows done."""


def check(book: Book, known: Known, *, beat: Beat = lambda done: None) -> Found:
    """Compare a workbook with the record. `known.projects` is read here for the cities that the workbook names."""
    found = Found(faults=list(book.faults), ignored=book.ignored)
    tables = [book.tables[sheet.code] for sheet in columns.SHEETS if sheet.code in book.tables]
    cities = {city.pk for table in tables for row in table.rows if (city := _city_quietly(row, known)) is not None}
    known.read_projects(cities & known.own)
    projects = book.tables.get(columns.PROJECTS.code)
    done = 0
    named: dict[Identity, int] = {}
    if projects is not None:
        elsewhere = known.elsewhere(_keys(projects))
        in_sheet = _titles_by_key(projects)
        for row in projects.rows:
            check_project(projects, row, known, elsewhere, in_sheet, named, found)
            done += 1
            if done % 200 == 0:
                beat(done)
    for table in tables:
        if table is projects:
            continue
        seen: dict[Any, int] = {}
        for row in table.rows:
            check_part(table, row, known, named, seen, found)
            done += 1
            if done % 200 == 0:
                beat(done)
    beat(done)
    parts = {entry[0] for entries in (found.milestones, found.budget, found.partners) for entry in entries}
    found.faults += [found.stale[this] for this in parts & set(found.stale)]
    found.touched |= parts & set(known.projects)
    found.faults.sort(key=lambda fault: (_order(fault.sheet, tables), fault.row, len(fault.column), fault.column))
    return found


def _order(title: str, tables: list[Table]) -> int:
    return next((number for number, table in enumerate(tables) if table.title == title), -1)


def _keys(table: Table) -> list[str]:
    return [str(row.cells["key"]).strip() for row in table.rows if "key" in row.cells]


def _titles_by_key(table: Table) -> dict[tuple[str, str], set[str]]:
    """For each key and title, the cities that the sheet names it in."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in table.rows:
        if "key" not in row.cells or "city" not in row.cells:
            continue
        for code in ("title_th", "title_en"):
            if code in row.cells:
                found.setdefault((str(row.cells["key"]), fold(str(row.cells[code]))), set()).add(fold(str(row.cells["city"])))
    return found


def _city_quietly(row: Row, known: Known) -> City | None:
    return known.cities.get(fold(str(row.cells.get("city", ""))))
