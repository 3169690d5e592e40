"""What a paper says beside the frozen content: titles, reasons and days in words."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from nagara.plans.models import Project
from nagara.reports import document, reading
from nagara.reports.change import CITY_LEFT
from nagara.reports.models import FrozenReport
from nagara.reports.reading import Asked, contents, rows_behind
from nagara.reports.states import Change, Kind
from nagara.reports.templatetags.reports import number
from nagara.toolkit.days import instant, long_day, short_day, year_text
from nagara.toolkit.texts import text

MOST_ROWS = 2000
"""So many projects are listed on paper; a longer list is in the workbook and the CSV, and the paper says so."""


def said(report: FrozenReport, lang: str, *, rows: int | None = MOST_ROWS) -> dict[str, Any]:
    """Everything that a paper of `report` in `lang` shows."""
    with override(lang):
        content = document.content_of(report)
        later = FrozenReport.objects.filter(corrects=report).values_list("number", flat=True).first()
        listed = rows_behind(report, Asked())
        change = content["change"]
        left = [row | {"reason": reason(row)} for row in contents(rows_behind(report, Asked(change=Change.LEFT))[:rows])] if change else []
        return {
            "number": report.number,
            "title": f"{Kind(report.kind).label} {year_text(report.as_of.year, lang)}",
            "as_of": long_day(report.as_of, lang),
            "frozen_at": instant(report.frozen_at, settings.ZONE, lang),
            "corrects": content["head"]["corrects"] or "",
            "corrected_by": later or "",
            "why": report.why,
            "digest": report.digest,
            "content": content,
            "rows": list(contents(listed[:rows] if rows else listed)),
            "left": left,
            "added": list(contents(rows_behind(report, Asked(change=Change.ADDED))[:rows])) if change else [],
            "silent": [entry | {"words": silence(entry, lang)} for entry in content["silent"]],
            "members": [member | {"since": since(member, lang), "basis": basis(member, content, lang)} for member in content["members"]],
            "measures": [{"cells": measure_cells(measure, lang)} for measure in (content["values"] or {}).get("measures", [])],
            "drawings": {row.name: row.svg for row in report.drawings.filter(language=lang)},
            "foot": {
                "address": f"{settings.SITE_ADDRESS}{report.get_absolute_url()}",
                "day": f"{report.number} · {long_day(report.as_of, lang)}",
                "digest": report.digest,
            },
        }


def measure_cells(measure: dict[str, Any], lang: str) -> list[str]:
    """A measure as a line of a paper."""
    title = ": ".join(part for part in (text(measure["title"], lang), text(measure["part_title"], lang)) if part)
    figures = [number(measure[name], measure["kind"]) or "–" for name in ("least", "median", "most")]
    return [title, f"{measure['answered']:,} / {measure['asked']:,}", *figures, text(measure["unit"], lang) or "–"]


def reason(row: dict[str, Any]) -> str:
    """Why a project left, in words."""
    if row["why"] == CITY_LEFT:
        words = _("the city is no longer a member")
    elif row["why"] in Project.Left.values:
        words = str(Project.Left(row["why"]).label)
    else:
        words = _("its days on record were corrected")
    return ", ".join(part for part in (words, short_day(date.fromisoformat(row["on"])) if row["on"] else "", row["words"]) if part)


def silence(entry: dict[str, Any], lang: str) -> str:
    """What a member has not answered, in words."""
    if entry["what"] == "projects":
        return _("no project on record")
    return _("no return for %(period)s") % {"period": text(entry["period"], lang)}


def since(member: dict[str, Any], lang: str) -> str:
    if not member["since"]:
        return _("not on record")
    day = short_day(date.fromisoformat(member["since"]), lang)
    return day if member["day_known"] else _("not later than %(day)s") % {"day": day}


def basis(member: dict[str, Any], content: dict[str, Any], lang: str) -> str:
    """The resolution that admitted a city, or the source that shows it as a member."""
    if member["resolution"]:
        return text(member["resolution"]["name"], lang)
    source = content["sources"].get(member["source"])
    return text(source["title"], lang) if source else _("not on record")


def tables(content: dict[str, Any], lang: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Each table of figures with its heading."""
    headings = {
        "focus_areas": _("By focus area"),
        "stages": _("By stage"),
        "states": _("By state"),
        "involving": _("Focus areas involved"),
    }
    figures = content["figures"]
    return [(headings[name], [part | {"title": text(part["title"], lang)} for part in figures[name]]) for name in reading.FIGURES]
