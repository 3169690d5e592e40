"""Reading a row of milestones, of money or of partners."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from nagara.places.models import City
from nagara.plans.data import BudgetData, MilestoneData, PartnerData, budget_data, milestone_data
from nagara.plans.models import MoneyKind, Partner
from nagara.plans.models.project import KEY_PATTERN
from nagara.plans.sheets import cells, columns
from nagara.plans.sheets.faults import CellFault
from nagara.plans.sheets.found import Found, RowReader, identity
from nagara.plans.sheets.known import Identity, Known, OnRecord
from nagara.plans.sheets.read import Row, Table
from nagara.toolkit.texts import text

_DAYS = ("planned_on", "forecast_on", "actual_on")


def check_part(table: Table, row: Row, known: Known, named: dict[Identity, int], seen: dict[Any, int], found: Found) -> None:
    """A row of milestones, money or partners."""
    reader = RowReader(table, row, found.faults)
    city, key = identity(reader, known)
    held = known.projects.get((city.pk, key)) if city else None
    if city is not None and held is None and (city.pk, key) not in named:
        reader.fault("key", _("%(city)s has no project under this key, neither on record nor in this workbook.") % {"city": city})
    read = {columns.MILESTONES.code: _milestone, columns.BUDGET.code: _money, columns.PARTNERS.code: _partner}[table.sheet.code]
    read(reader, city, key, held, known, seen, found)


def _once(reader: RowReader, code: str, this: Any, seen: dict[Any, int]) -> None:
    if this in seen:
        reader.fault(code, _("This stands in row %(row)s already.") % {"row": seen[this]})
    seen.setdefault(this, reader.row.number)


def _milestone(
    reader: RowReader, city: City | None, key: str, held: OnRecord | None, known: Known, seen: dict[Any, int], found: Found
) -> None:
    def coded(value: Any) -> str:
        written = cells.line(value, 20)
        if not KEY_PATTERN.match(written):
            raise CellFault(_("A code has letters A–Z, digits, dots and hyphens."), _("such as M1"))
        return written

    code = reader.read("code", coded, "")
    was = held.milestones.get(code) if held else None
    before = milestone_data(was) if was else MilestoneData(code, {})
    title = reader.texts("title", before.title, 300)
    if not text(title):
        reader.fault("title_th" if reader.there("title_th") else "code", _("A milestone has a title in at least one language."))
    after = replace(before, title=title)
    days: dict[str, Any] = {code: reader.read(code, cells.day, None) for code in _DAYS if reader.there(code)}
    after = replace(after, **days)
    if reader.there("note"):
        after = replace(after, note=reader.read("note", lambda value: cells.line(value, 500), ""))
    if after.actual_on and after.actual_on > known.today:
        reader.fault("actual_on", _("A milestone is reached on a day that has come."), _("a day up to today"))
    if city is not None and code:
        _once(reader, "code", (city.pk, key, code), seen)
    if not reader.sound or city is None:
        return
    if was is not None and before == after:
        found.same_parts += 1
    else:
        found.milestones.append(((city.pk, key), after, "change" if was else "new"))


def _money(reader: RowReader, city: City | None, key: str, held: OnRecord | None, known: Known, seen: dict[Any, int], found: Found) -> None:
    origin = reader.read("origin", lambda value: cells.line(value, 200), "")
    kind = reader.choice("kind", known.kinds, lambda: ", ".join(str(label) for label in MoneyKind.labels))
    year = reader.read("year", cells.year, None) if reader.there("year") else None
    amount = reader.read("amount", cells.amount, None)
    code = reader.read("currency", cells.currency, "")
    if code and code not in known.rated:
        reader.fault(
            "currency",
            _("No rate from %(currency)s into %(into)s is on record, so that no total could be made.")
            % {"currency": code, "into": settings.CURRENCY},
            ", ".join(sorted(known.rated)),
        )
    if not reader.sound or city is None or amount is None:
        return
    after = BudgetData(origin, kind, amount, code, year)
    _once(reader, "origin", (city.pk, key, *after.identity), seen)
    was = held.budget.get(after.identity) if held else None
    if not reader.sound:
        return
    if was is not None and budget_data(was) == after:
        found.same_parts += 1
    else:
        found.budget.append(((city.pk, key), after, "change" if was else "new"))


def _partner(
    reader: RowReader, city: City | None, key: str, held: OnRecord | None, known: Known, seen: dict[Any, int], found: Found
) -> None:
    def organisation(value: Any) -> int:
        code = cells.line(value)
        if code not in known.organisations:
            raise CellFault(_("No organisation of the record has this code."), _("a code of the register, or empty and a name instead"))
        return known.organisations[code]

    role = reader.choice("role", known.roles, lambda: ", ".join(str(label) for label in Partner.PartnerRole.labels))
    number = reader.read("organisation", organisation, None) if reader.there("organisation") else None
    name = reader.read("name", lambda value: cells.line(value, 200), "") if reader.there("name") else ""
    if reader.sound and bool(number) == bool(name):
        at = "name" if reader.there("name") else "role"
        reader.fault(at, _("A partner is either an organisation of the record or a name: write one of the two."))
    if not reader.sound or city is None:
        return
    after = PartnerData(role, name, number)
    _once(reader, "name" if name else "organisation", (city.pk, key, *after.identity), seen)
    if not reader.sound:
        return
    if held is not None and after.identity in held.partners:
        found.same_parts += 1
    else:
        found.partners.append(((city.pk, key), after))
