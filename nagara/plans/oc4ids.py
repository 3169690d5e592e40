"""Projects as OC4IDS 0.9.5 (Open Contracting for Infrastructure Data Standard). Plain rows in, plain JSON values out."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings

from nagara.plans.models import BudgetLine, Milestone, MoneyKind, Partner, Project
from nagara.rulebook.schema_framework import FrameworkFile
from nagara.toolkit.texts import Texts, pick

VERSION = "0.9"
SCHEMA = "https://standard.open-contracting.org/infrastructure/schema/0__9__5/project-package-schema.json"
PUBLICATION_POLICY = "/en/data"
SCHEME = "asean-smart-cities-framework"

KIND_WORDS = {MoneyKind.BUDGET: "Budget", MoneyKind.COMMITTED: "Committed", MoneyKind.SPENT: "Spent"}


def head(*, uri: str, published: datetime, licence: str) -> dict[str, Any]:
    """What stands before the projects of a package. `published` is the day of the last change of what it holds."""
    return {
        "uri": uri,
        "publishedDate": published.isoformat(timespec="seconds"),
        "version": VERSION,
        "publisher": {"name": "Nagara", "uri": settings.SITE_ADDRESS},
        "license": licence,
        "publicationPolicy": settings.SITE_ADDRESS + PUBLICATION_POLICY,
    }


def project_id(project: Project) -> str:
    return f"{settings.OC4IDS_PREFIX}-{project.city.slug}-{project.key}"


def at_start(day: date) -> str:
    """A day as OC4IDS asks for it: with a time and a zone."""
    return f"{day.isoformat()}T00:00:00Z"


def project(row: Project, edition: FrameworkFile, *, on: date) -> dict[str, Any]:
    """One project as it stood on a day; what is not on record is left out.

    `row` brings city, focus, milestones, budget and partners with it, and its stage of the day as `stage_on` and `status_on`.
    """
    status = getattr(row, "status_on", row.status) or ""
    stage = getattr(row, "stage_on", row.stage) or ""
    if row.left_on is not None and row.left_on <= on and row.left == Project.Left.CANCELLED:
        status = "cancelled"
    title, language = pick(row.title, "en")
    description, _language = pick(row.description, "en")
    found = {
        "id": project_id(row),
        "updated": row.changed_at.isoformat(timespec="seconds"),
        "language": language,
        "identifiers": [{"id": row.key, "scheme": f"{row.city.slug} (city of {row.city.state_id})"}],
        "title": title,
        "description": description,
        "status": status,
        "purpose": _support(row.support),
        "period": _period(row.starts_on, row.ends_on),
        "sector": [],
        "additionalClassifications": _classifications(row, edition, stage),
        "locations": _locations(row),
        "budget": _budget(list(row.budget.all())),
        "parties": _parties(list(row.partners.all())),
        "milestones": [_milestone(one, on) for one in row.milestones.all()],
    }
    return {key: value for key, value in found.items() if value not in ("", None, [], {})}


def _support(support: Texts) -> str:
    words, _language = pick(support, "en")
    return f"Support required: {words}" if words else ""


def _period(starts: date | None, ends: date | None) -> dict[str, str]:
    found = {}
    if starts:
        found["startDate"] = at_start(starts)
    if ends:
        found["endDate"] = at_start(ends)
    return found


def _classifications(row: Project, edition: FrameworkFile, stage: str) -> list[dict[str, str]]:
    """Focus areas, sub-types and the stage of the monitoring reports, each under a scheme of its own."""
    found: list[dict[str, str]] = []
    for focus in row.focus.all():
        area = edition.focus_area(focus.area)
        entry = {"scheme": SCHEME, "id": focus.area, "description": area.title["en"] if area else focus.area}
        if entry not in found:
            found.append(entry)
        if focus.sub_type:
            item = edition.sub_type(focus.area, focus.sub_type)
            found.append(
                {"scheme": f"{SCHEME}-sub-types", "id": focus.sub_type, "description": item.title["en"] if item else focus.sub_type}
            )
    if stage:
        found.append(
            {"scheme": "ascn-monitoring-stages", "id": stage, "description": edition.stage_titles().get(stage, {}).get("en", stage)}
        )
    return found


def _locations(row: Project) -> list[dict[str, Any]]:
    city, _language = pick(row.city.name, "en")
    state, _language = pick(row.city.state.name, "en")
    found: dict[str, Any] = {"id": row.city.slug, "address": {"locality": city, "countryName": state}}
    if row.place:
        found["description"] = row.place
    if row.latitude is not None and row.longitude is not None:
        found["geometry"] = {"type": "Point", "coordinates": [row.longitude, row.latitude]}
    return [found]


def _budget(lines: list[BudgetLine]) -> dict[str, Any]:
    """Each kind of money as a group of breakdowns. An amount as a whole only where all of the budget is in one currency."""
    if not lines:
        return {}
    found: dict[str, Any] = {}
    budget = [line for line in lines if line.kind == MoneyKind.BUDGET]
    if budget and len({line.currency for line in budget}) == 1:
        found["amount"] = {"amount": float(sum(line.amount for line in budget)), "currency": budget[0].currency}
    found["budgetBreakdowns"] = [
        {
            "id": kind.value,
            "description": f"{KIND_WORDS[kind]} by source and year",
            "budgetBreakdown": [_breakdown(line, number) for number, line in enumerate(lines, start=1) if line.kind == kind],
        }
        for kind in MoneyKind
        if any(line.kind == kind for line in lines)
    ]
    return found


def _breakdown(line: BudgetLine, number: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": str(number),
        "description": line.origin,
        "amount": {"amount": float(line.amount), "currency": line.currency},
    }
    if line.year:
        found["period"] = _period(date(line.year, 1, 1), date(line.year, 12, 31))
    return found


def _parties(partners: Iterable[Partner]) -> list[dict[str, Any]]:
    """Each organisation once, with all its roles."""
    found: dict[str, dict[str, Any]] = {}
    for partner in partners:
        if partner.organisation is not None:
            identifier = partner.organisation.code
            name, _language = pick(partner.organisation.name, "en")
        else:
            identifier = name = partner.name
        party = found.setdefault(identifier, {"id": identifier, "name": name, "roles": []})
        if partner.role not in party["roles"]:
            party["roles"].append(partner.role)
    return list(found.values())


def _milestone(row: Milestone, on: date) -> dict[str, Any]:
    """A milestone as of a day: met, overdue (not met) or scheduled. The forecast stands in its description, for which there is no field."""
    title, _language = pick(row.title, "en")
    due = row.planned_on or row.forecast_on
    found: dict[str, Any] = {
        "id": row.code,
        "title": title,
        "type": "delivery",
        "dateModified": row.changed_at.isoformat(timespec="seconds"),
    }
    words = [f"Forecast: {row.forecast_on.isoformat()}."] if row.forecast_on and not row.actual_on else []
    if row.note:
        words.append(row.note)
    if words:
        found["description"] = " ".join(words)
    if due:
        found["dueDate"] = at_start(due)
    if row.actual_on and row.actual_on <= on:
        found |= {"status": "met", "dateMet": at_start(row.actual_on)}
    else:
        found["status"] = "notMet" if due and due < on else "scheduled"
    return found
