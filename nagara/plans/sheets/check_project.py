"""Reading a row of the sheet of projects: what it enters or changes, or what is wrong with it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from nagara.places.models import City
from nagara.plans import framework
from nagara.plans.actions.projects import two_cities
from nagara.plans.data import ProjectData, as_data, changed_fields, focus_of
from nagara.plans.models import Project
from nagara.plans.sheets import cells
from nagara.plans.sheets.faults import CellFault, Fault
from nagara.plans.sheets.found import Found, Leaving, NewProject, ProjectChange, RowReader, identity
from nagara.plans.sheets.known import Identity, Known, OnRecord, allowed_areas, allowed_stages, allowed_statuses
from nagara.plans.sheets.read import Row, Table
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text
from nagara.toolkit.thai import fold

_POINT = (("latitude", cells.latitude), ("longitude", cells.longitude))


def check_project(
    table: Table,
    row: Row,
    known: Known,
    elsewhere: dict[str, list[Project]],
    in_sheet: dict[tuple[str, str], set[str]],
    named: dict[Identity, int],
    found: Found,
) -> None:
    reader = RowReader(table, row, found.faults)
    city, key = identity(reader, known)
    held = known.projects.get((city.pk, key)) if city else None
    if city is not None:
        if (city.pk, key) in named:
            reader.fault("key", _("This project stands in row %(row)s already.") % {"row": named[city.pk, key]})
        named.setdefault((city.pk, key), row.number)
        if held is None:
            _check_two_cities(reader, city, key, elsewhere, in_sheet)
    before = as_data(held.project, held.focus) if held else ProjectData(title={}, focus=())
    after = _project_data(reader, before, city, known)
    stage = _stage(reader, held, known)
    days = _days_in_record(reader, city, held, known)
    if not reader.sound or city is None:
        return
    this = (city.pk, key)
    if held is None:
        entered_on = days.entered_on
        assert entered_on is not None and stage is not None  # noqa: S101 - a sound row of a new project has both
        found.new[this] = NewProject(
            city, key, after, stage[0], stage[1], stage[2] or entered_on, entered_on, days.left_on, days.left, days.left_words
        )
        return
    found.touched.add(this)
    fields = changed_fields(before, after)
    leaving = None
    if days.left_on and held.project.left_on is None:
        leaving = Leaving(days.left_on, days.left, days.left_words, stage[1] if stage else held.project.status)
    moved = (stage[0], stage[1], stage[2]) if stage and stage[2] else None
    stale = _stale(reader, held, fields)
    if not fields and leaving is None and moved is None:
        found.unchanged += 1
        if stale:
            found.stale[this] = stale
    elif stale:
        found.faults.append(stale)
    elif reader.sound:
        found.changed[this] = ProjectChange(held, before, after, fields, moved, leaving)


def _check_two_cities(
    reader: RowReader, city: City, key: str, elsewhere: dict[str, list[Project]], in_sheet: dict[tuple[str, str], set[str]]
) -> None:
    """The same key and title under two cities, on record or in this sheet, is one project in two cities."""
    written = {fold(str(reader.row.cells[code])) for code in ("title_th", "title_en") if reader.has(code)}
    for other in elsewhere.get(key, []):
        if other.city_id != city.pk and written & {fold(title) for title in other.title.values()}:
            reader.fault("key", two_cities(other))
            return
    for title in written:
        if len(in_sheet.get((key, title), set())) > 1:
            reader.fault(
                "key",
                _(
                    "The same key and title stand under two cities in this sheet. A project belongs to one city: give each part a key of its own."
                ),
            )
            return


def _project_data(reader: RowReader, before: ProjectData, city: City | None, known: Known) -> ProjectData:
    """What the row says of the project itself; columns left out stay as they are on record."""
    title = reader.texts("title", before.title, 300)
    if not text(title) and (reader.there("title_th") or reader.there("title_en")):
        reader.fault("title_th" if reader.there("title_th") else "title_en", _("A project has a title in at least one language."))
    after = replace(
        before,
        title=title,
        description=reader.texts("description", before.description, 4000),
        support=reader.texts("support", before.support, 4000),
        focus=_focus(reader, before, known),
    )
    days: dict[str, Any] = {code: reader.read(code, cells.day, None) for code in ("starts_on", "ends_on") if reader.there(code)}
    after = replace(after, **days)
    if after.starts_on and after.ends_on and after.ends_on < after.starts_on:
        at = "ends_on" if reader.there("ends_on") else "starts_on"
        reader.fault(at, _("The end lies before the start, %(day)s.") % {"day": long_day(after.starts_on)}, _("a day not before the start"))
    point: dict[str, Any] = {code: reader.read(code, how, None) for code, how in _POINT if reader.there(code)}
    after = replace(after, **point)
    if (after.latitude is None) != (after.longitude is None) and reader.sound:
        at = "latitude" if after.latitude is None else "longitude"
        reader.fault(at, _("A point needs both latitude and longitude."))
    if reader.there("place"):
        after = replace(after, place=reader.read("place", lambda value: cells.line(value, 300), ""))
    if reader.there("area"):
        after = replace(after, area_id=reader.read("area", lambda value: _area(value, city, known), None))
    return after


def _area(value: Any, city: City | None, known: Known) -> int | None:
    slug = cells.line(value)
    if city is None:
        return None
    if (city.pk, slug) not in known.areas:
        raise CellFault(_("%(city)s has no area with this address.") % {"city": city}, _("the address of one of its areas, or empty"))
    return known.areas[city.pk, slug]


def _focus(reader: RowReader, before: ProjectData, known: Known) -> tuple[tuple[str, str], ...]:
    def areas(value: Any) -> list[str]:
        named = {part: known.area_codes.get(fold(part)) for part in cells.several(value)}
        if wrong := [part for part, code in named.items() if code is None]:
            raise CellFault(_("“%(wrong)s” is not among the six focus areas.") % {"wrong": "; ".join(wrong)}, allowed_areas(known.edition))
        if not named:
            raise CellFault(_("This cell is empty."), allowed_areas(known.edition))
        return [code for code in named.values() if code]

    def sub_types(value: Any) -> list[str]:
        named = {part: known.sub_type_codes.get(fold(part)) for part in cells.several(value)}
        if wrong := [part for part, code in named.items() if code is None]:
            raise CellFault(
                _("“%(wrong)s” is no sub-type of the framework.") % {"wrong": "; ".join(wrong)}, _("the sub-types on the sheet of lists")
            )
        return [code for code in named.values() if code]

    found = reader.read("focus_areas", areas, [])
    if not reader.there("sub_types"):
        kept = [sub_type for area, sub_type in before.focus if sub_type and area in found]
        return focus_of(found, kept, known.edition)
    chosen = reader.read("sub_types", sub_types, [])
    outside = [code for code in chosen if framework.area_of_sub_type(known.edition, code) not in found]
    if outside and found:
        titles = framework.sub_type_titles(known.edition)
        reader.fault(
            "sub_types",
            _("“%(sub_types)s” belongs to a focus area that the row does not name.")
            % {"sub_types": "; ".join(titles[code] for code in outside)},
            _("sub-types of the focus areas in this row"),
        )
        return ()
    return focus_of(found, chosen, known.edition)


def _stage(reader: RowReader, held: OnRecord | None, known: Known) -> tuple[str, str, date | None] | None:
    """(stage, life-cycle, since): since is None for a project on record whose stage stays as it is."""
    stage = reader.choice("stage", known.stages, lambda: allowed_stages(known.edition))
    now = held.project if held else None
    if reader.there("status"):
        status = reader.choice("status", known.statuses, lambda: allowed_statuses(known.edition))
    else:
        status = now.status if now else ""
    since = reader.read("stage_since", cells.day, None) if reader.there("stage_since") else None
    if not stage or not reader.sound:
        return None
    if now is not None and (stage, status) == (now.stage, now.status):
        if since is not None and held is not None and since != held.stage_since:
            reader.fault(
                "stage_since",
                _("This stage is on record since %(day)s. A correction is made on the project's page, with its reason.")
                % {"day": long_day(held.stage_since)},
                held.stage_since.isoformat(),
            )
        return stage, status, None
    if now is not None and now.left_on is not None:
        reader.fault("stage", _("The project left on %(day)s and comes to no further stage.") % {"day": long_day(now.left_on)})
        return None
    found = known.edition.project_status(status)
    if found is not None and found.ends and not reader.has("left_on"):
        reader.fault("status", _("A project with this life-cycle has left: write when and why it left."), allowed_statuses(known.edition))
        return None
    try:
        framework.check_stage(known.edition, stage, "" if found and found.ends else status)
    except Refusal as refusal:
        reader.fault("status" if "status" in refusal.fields else "stage", refusal.message, allowed_stages(known.edition))
        return None
    if since is not None and since > known.today:
        reader.fault("stage_since", _("A stage begins on a day that has come."))
    if now is not None and held is not None:
        if found is not None and found.ends:
            return stage, status, None
        if since is None or since <= held.stage_since:
            reader.fault(
                "stage_since" if reader.there("stage_since") else "stage",
                _("The stage changes: say since which day, after %(day)s.") % {"day": long_day(held.stage_since)},
                _("a day after the last change"),
            )
            return None
    return stage, status, since


@dataclass
class _Days:
    entered_on: date | None = None
    left_on: date | None = None
    left: str = ""
    left_words: str = ""


def _days_in_record(reader: RowReader, city: City | None, held: OnRecord | None, known: Known) -> _Days:
    found = _Days()
    now = held.project if held else None
    if reader.there("entered_on"):
        found.entered_on = reader.read("entered_on", cells.day, None)
    if now is not None:
        if found.entered_on is not None and found.entered_on != now.entered_on:
            reader.fault(
                "entered_on",
                _("The project is in the record since %(day)s; a sheet does not change that.") % {"day": long_day(now.entered_on)},
            )
        found.entered_on = now.entered_on
    elif found.entered_on is None:
        if city is not None and not reader.has("entered_on"):
            at = "entered_on" if reader.there("entered_on") else "key"
            reader.fault(at, _("A new project says since when it is in the record."), _("a day that has come"))
    elif found.entered_on > known.today:
        reader.fault("entered_on", _("A project enters the record on a day that has come."))
    since = reader.row.cells.get("stage_since")
    if now is None and found.entered_on and since is not None and reader.sound and cells.day(since) > found.entered_on:
        reader.fault("stage_since", _("The first stage of a new project begins not after the day on which the project entered."))
    if reader.there("left_on") or reader.has("left") or reader.has("left_words"):
        _read_leaving(reader, found, now, known)
    return found


def _read_leaving(reader: RowReader, found: _Days, now: Project | None, known: Known) -> None:
    found.left_on = reader.read("left_on", cells.day, None) if reader.there("left_on") else None
    found.left = reader.choice("left", known.left, _reasons) if reader.there("left") else ""
    found.left_words = reader.read("left_words", lambda value: cells.line(value, 500), "") if reader.there("left_words") else ""
    if now is not None and now.left_on is not None and reader.there("left_on"):
        if (found.left_on, found.left, found.left_words) != (now.left_on, now.left, now.left_words) and reader.sound:
            reader.fault(
                "left_on",
                _("The project left on %(day)s. A correction is made on its page, with its reason.") % {"day": long_day(now.left_on)},
            )
        return
    if found.left_on is None:
        for code in ("left", "left_words"):
            if reader.has(code):
                reader.fault(code, _("The row says why the project left, but not when."))
        return
    if found.left_on > known.today:
        reader.fault("left_on", _("A project leaves on a day that has come."))
    if found.entered_on and found.left_on < found.entered_on:
        reader.fault("left_on", _("The project entered the record on %(day)s.") % {"day": long_day(found.entered_on)})
    if not found.left:
        reader.fault(
            "left" if reader.there("left") else "left_on",
            _("Say why the project left."),
            _reasons(),
        )
    if not found.left_words:
        reader.fault("left_words" if reader.there("left_words") else "left_on", _("Say in words why the project left."))


def _reasons() -> str:
    return ", ".join(str(label) for label in Project.Left.labels)


def _stale(reader: RowReader, held: OnRecord, fields: list[str]) -> Fault | None:
    """A sheet that was exported before somebody else's change would undo that change without anyone seeing it."""
    if not reader.has("revision"):
        return None
    revision = reader.read("revision", cells.whole_number, held.project.revision)
    if not reader.sound or revision == held.project.revision:
        return None
    words = _(
        "Somebody else changed this project after this sheet was made (revision %(old)s, now %(new)s), and this sheet says otherwise."
    )
    words %= {"old": revision, "new": held.project.revision}
    if fields:
        words += " " + _("The row differs in: %(names)s.") % {"names": ", ".join(fields)}
    return reader.table.fault(
        reader.row.number,
        "revision",
        words,
        found=revision,
        allowed=_("Make the export again; or empty this cell to let the sheet count."),
    )
