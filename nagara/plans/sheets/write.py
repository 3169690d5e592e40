"""Writing projects as a workbook that comes back in unchanged; and the empty template, which is the same without rows."""

import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

import xlsxwriter
from django.conf import settings
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.utils.translation import gettext as _

from nagara.places.models import Area, City
from nagara.plans import framework
from nagara.plans.models import BudgetLine, Milestone, MoneyKind, Partner, Project, ProjectFocus, StageChange
from nagara.plans.sheets import columns
from nagara.plans.sheets.columns import Sheet
from nagara.rulebook.schema_framework import FrameworkFile
from nagara.toolkit.days import long_day
from nagara.toolkit.texts import text
from nagara.toolkit.thai import fold

PIECE = 500
_FIRST_DAY_OF_SHEETS = date(1900, 3, 1)
ROOM = 2000
"""Rows below the last one that still offer the lists."""


def export(projects: QuerySet[Project], *, on: date, cities: Iterable[City]) -> bytes:
    """These projects, their milestones, money and partners as .xlsx; with no projects, the template."""
    edition = framework.in_force(on)
    names = _Names(edition)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "Nagara", "comments": on.isoformat()})
        looks = _Looks(book)
        _read_me(book, looks, on)
        lists = Lists(edition, cities, names)
        sheets = {sheet.code: _sheet(book, looks, sheet) for sheet in columns.SHEETS}
        count = dict.fromkeys(sheets, 0)
        for project in _pieces(projects):
            count["projects"] += 1
            _row(sheets["projects"], looks, count["projects"], columns.PROJECTS, _project(project, names))
            lead = {"city": names.city(project.city), "key": project.key}
            for code, rows in _parts(project, names).items():
                for row in rows:
                    count[code] += 1
                    _row(sheets[code], looks, count[code], columns.SHEETS[list(sheets).index(code)], lead | row)
        lists.write(book, looks)
        for sheet in columns.SHEETS:
            lists.offer(sheets[sheet.code], sheet, count[sheet.code] + ROOM)
            sheets[sheet.code].autofilter(0, 0, max(count[sheet.code], 1), len(sheet.columns) - 1)
    return out.getvalue()


class _Looks:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2, "bg_color": "#DFEFEE"})
        self.must = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 2, "bg_color": "#0A5C61", "font_color": "#FFFFFF"}
        )
        self.text = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self.money = book.add_format({"num_format": "#,##0.00", "valign": "top"})
        self.plain = book.add_format({"valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.words = book.add_format({"text_wrap": True, "valign": "top"})


class _Names:
    """How codes read in the language of the export."""

    def __init__(self, edition: FrameworkFile) -> None:
        self.areas = framework.area_titles(edition)
        self.sub_types = framework.sub_type_titles(edition)
        self.stages = framework.stage_titles(edition)
        self.statuses = framework.status_titles(edition)
        self.kinds = {code: str(label) for code, label in MoneyKind.choices}
        self.roles = {code: str(label) for code, label in Partner.PartnerRole.choices}
        self.left = {code: str(label) for code, label in Project.Left.choices}
        bearers: dict[str, set[int]] = {}
        for pk, slug, name, short in City.objects.values_list("pk", "slug", "name", "short"):
            for form in {fold(form) for form in (slug, *name.values(), *short.values())}:
                bearers.setdefault(form, set()).add(pk)
        self._shared = {form for form, held in bearers.items() if len(held) > 1}
        self._cities: dict[int, str] = {}

    def city(self, city: City) -> str:
        """The city's name where no other bears it, its address otherwise."""
        if city.pk not in self._cities:
            name = str(city)
            self._cities[city.pk] = city.slug if fold(name) in self._shared else name
        return self._cities[city.pk]


def _pieces(projects: QuerySet[Project]) -> Iterator[Project]:
    """The projects in the order of their cities and keys, with what belongs to them, a piece at a time."""
    newest = StageChange.objects.filter(project=OuterRef("pk")).order_by("-on", "-pk").values("on")[:1]
    rows = projects.select_related("city", "area").annotate(stage_since=Subquery(newest)).order_by("city__sort_en", "city", "key", "pk")
    yield from rows.prefetch_related(
        Prefetch("focus", ProjectFocus.objects.order_by("project", "position")),
        Prefetch("milestones", Milestone.objects.order_by("project", "position", "code")),
        Prefetch("budget", BudgetLine.objects.order_by("project", "position", "pk")),
        Prefetch("partners", Partner.objects.select_related("organisation").order_by("project", "position", "pk")),
    ).iterator(chunk_size=PIECE)


def _project(project: Project, names: _Names) -> dict[str, Any]:
    areas = list(dict.fromkeys(row.area for row in project.focus.all()))
    sub_types = [row.sub_type for row in project.focus.all() if row.sub_type]
    area: Area | None = project.area
    return {
        "city": names.city(project.city),
        "key": project.key,
        **_texts("title", project.title),
        **_texts("description", project.description),
        "focus_areas": "; ".join(names.areas[code] for code in areas),
        "sub_types": "; ".join(names.sub_types[code] for code in sub_types),
        "stage": names.stages[project.stage],
        "status": names.statuses.get(project.status, ""),
        "stage_since": project.stage_since,  # type: ignore[attr-defined] # annotated in _pieces
        "starts_on": project.starts_on,
        "ends_on": project.ends_on,
        **_texts("support", project.support),
        "latitude": project.latitude,
        "longitude": project.longitude,
        "place": project.place,
        "area": area.slug if area else "",
        "entered_on": project.entered_on,
        "left_on": project.left_on,
        "left": names.left.get(project.left, ""),
        "left_words": project.left_words,
        "revision": project.revision,
    }


def _texts(stem: str, texts: dict[str, str]) -> dict[str, str]:
    return {f"{stem}_{language}": texts.get(language, "") for language in ("th", "en")}


def _parts(project: Project, names: _Names) -> dict[str, list[dict[str, Any]]]:
    return {
        "milestones": [
            {
                "code": row.code,
                **_texts("title", row.title),
                "planned_on": row.planned_on,
                "forecast_on": row.forecast_on,
                "actual_on": row.actual_on,
                "note": row.note,
            }
            for row in project.milestones.all()
        ],
        "budget": [
            {"origin": row.origin, "kind": names.kinds[row.kind], "year": row.year, "amount": row.amount, "currency": row.currency}
            for row in project.budget.all()
        ],
        "partners": [
            {"role": names.roles[row.role], "organisation": row.organisation.code if row.organisation else "", "name": row.name}
            for row in project.partners.all()
        ],
    }


def _sheet(book: xlsxwriter.Workbook, looks: _Looks, sheet: Sheet) -> Any:
    worksheet = book.add_worksheet(str(sheet.title))
    worksheet.freeze_panes(1, 2)
    worksheet.set_row(0, 48)
    for index, column in enumerate(sheet.columns):
        worksheet.set_column(index, index, column.width)
        worksheet.write_string(0, index, column.heading(), looks.must if column.required else looks.heading)
        if column.hint:
            worksheet.write_comment(0, index, str(column.hint), {"x_scale": 1.6})
    return worksheet


def _row(worksheet: Any, looks: _Looks, number: int, sheet: Sheet, values: dict[str, Any]) -> None:
    for index, column in enumerate(sheet.columns):
        value = values.get(column.code)
        if value is None or value == "":
            continue
        if isinstance(value, date):
            if value < _FIRST_DAY_OF_SHEETS:
                worksheet.write_string(number, index, value.isoformat(), looks.text)
            else:
                worksheet.write_datetime(number, index, datetime(value.year, value.month, value.day), looks.day)  # noqa: DTZ001 - a day
        elif isinstance(value, str):
            worksheet.write_string(number, index, value, looks.text)
        elif column.code == "amount" and abs(value) >= 10**13:
            # Beyond fifteen digits a spreadsheet would round: such an amount travels as text.
            worksheet.write_string(number, index, str(value), looks.text)
        else:
            worksheet.write_number(number, index, value, looks.money if column.code == "amount" else looks.plain)


class Lists:
    """The lists that cells offer, on a sheet of their own."""

    def __init__(self, edition: FrameworkFile, cities: Iterable[City], names: _Names) -> None:
        single = [names.stages[stage.code] for stage in edition.stages]
        self.columns: dict[str, tuple[str, list[str]]] = {
            "city": (_("City"), [names.city(city) for city in cities]),
            "focus_areas": (_("Focus areas"), list(names.areas.values())),
            "stage": (_("Stage"), single),
            "status": (_("Life-cycle (OC4IDS)"), list(names.statuses.values())),
            "left": (_("Why it left"), list(names.left.values())),
            "kind": (_("Kind of money"), list(names.kinds.values())),
            "role": (_("Role"), list(names.roles.values())),
        }
        self.sub_types = [(text(area.title), text(item.title)) for area in edition.focus_areas for item in area.sub_types]

    def write(self, book: xlsxwriter.Workbook, looks: _Looks) -> None:
        worksheet = book.add_worksheet(str(columns.CODES))
        for index, (heading, entries) in enumerate(self.columns.values()):
            worksheet.set_column(index, index, 30)
            worksheet.write_string(0, index, heading, looks.heading)
            for row, entry in enumerate(entries, start=1):
                worksheet.write_string(row, index, entry, looks.text)
        at = len(self.columns)
        worksheet.set_column(at, at + 1, 36)
        worksheet.write_string(0, at, _("Focus area of the sub-type"), looks.heading)
        worksheet.write_string(0, at + 1, _("Sub-types"), looks.heading)
        for row, (area, item) in enumerate(self.sub_types, start=1):
            worksheet.write_string(row, at, area, looks.text)
            worksheet.write_string(row, at + 1, item, looks.text)

    def offer(self, worksheet: Any, sheet: Sheet, last: int) -> None:
        """Cells that hold one entry offer the list; a warning, not a wall: what is wrong the import says."""
        for index, column in enumerate(sheet.columns):
            if column.code not in self.columns or column.code == "focus_areas" or not self.columns[column.code][1]:
                continue
            at = list(self.columns).index(column.code)
            letter = xlsxwriter.utility.xl_col_to_name(at)
            count = len(self.columns[column.code][1])
            source = f"='{columns.CODES}'!${letter}$2:${letter}${count + 1}"
            worksheet.data_validation(1, index, last, index, {"validate": "list", "source": source, "error_type": "warning"})


def _read_me(book: xlsxwriter.Workbook, looks: _Looks, on: date) -> None:
    worksheet = book.add_worksheet(str(columns.READ_ME))
    worksheet.set_column(0, 0, 110)
    worksheet.write_string(0, 0, _("Projects of the cities"), looks.title)
    worksheet.write_string(
        1, 0, _("As of %(day)s, from %(address)s") % {"day": long_day(on), "address": settings.SITE_ADDRESS}, looks.words
    )
    rules = [
        _("A project is known by its city and its key. The same key always means the same project; a new key enters a new project."),
        _(
            "A row that is missing changes nothing: a sheet never deletes. An emptied cell empties the value; a column left out leaves it as it is."
        ),
        _(
            "Dark headings must be filled. Several focus areas or sub-types in one cell are parted by a semicolon; a project is filed under the first."
        ),
        _("Days may be written in the Buddhist or the Common Era: 9 พ.ย. 2565, 9/11/2565 and 2022-11-09 are the same day."),
        _(
            "Amounts are numbers without currency. Thai digits are understood; a decimal comma and whatever can be read in two ways is refused."
        ),
        _("No formulas, no merged cells, no hidden sheets: what is loaded must be what was checked."),
        _("A currency needs an exchange rate on record into %(currency)s.") % {"currency": settings.CURRENCY},
        _("Leave the column “Revision” as it is: it keeps you from undoing what somebody else changed meanwhile."),
        _("Nothing is loaded until every row is right. You see each fault with its row and column first."),
    ]
    for row, rule in enumerate(rules, start=3):
        worksheet.write_string(row, 0, f"{row - 2}. {rule}", looks.words)
