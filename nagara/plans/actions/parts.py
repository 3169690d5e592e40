"""What belongs to a project: milestones, money, partners, risks. Each list is kept as a whole, and only what changed is recorded."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.plans.actions.projects import locked, refuse, require, today
from nagara.plans.data import (
    BudgetData,
    MilestoneData,
    PartnerData,
    RiskData,
    budget_data,
    milestone_data,
    partner_data,
    risk_data,
)
from nagara.plans.models import BudgetLine, Milestone, Partner, Project, Risk
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text


@transaction.atomic
def keep_milestones(project: Project, *, rows: Sequence[MilestoneData], revision: int, by: Actor, at: datetime) -> Project:
    """Keep these milestones and no others."""
    project = locked(project, revision)
    require(by, "plans.edit_project", project)
    refuse(milestone_faults(rows, today(at)))
    held = {row.code: row for row in project.milestones.all()}
    before, after = {}, {}
    for position, data in enumerate(rows):
        row = held.pop(data.code, None)
        if row is None:
            Milestone.objects.create(project=project, position=position, changed_at=at, **asdict(data))
            after[data.code] = asdict(data)
            continue
        was = milestone_data(row)
        if was != data:
            before[data.code], after[data.code] = _differing(asdict(was), asdict(data))
            for name, value in asdict(data).items():
                setattr(row, name, value)
            row.changed_at = at
        if was != data or row.position != position:
            row.position = position
            row.save()
    for code, row in held.items():
        before[code] = asdict(milestone_data(row))
        row.delete()
    return _saved(project, "plans.keep_milestones", before, after, by=by, at=at)


def milestone_faults(rows: Sequence[MilestoneData], now: date) -> dict[str, str]:
    faults = {}
    codes = [row.code for row in rows]
    for row in rows:
        if codes.count(row.code) > 1:
            faults[row.code] = _("The code “%(code)s” occurs twice.") % {"code": row.code}
        elif not text(row.title):
            faults[row.code] = _("%(code)s: a milestone has a title.") % {"code": row.code}
        elif row.actual_on and row.actual_on > now:
            faults[row.code] = _("%(code)s: it was reached on a day that has come.") % {"code": row.code}
    return faults


@transaction.atomic
def keep_budget(project: Project, *, rows: Sequence[BudgetData], revision: int, by: Actor, at: datetime) -> Project:
    """Keep these lines of money and no others."""
    project = locked(project, revision)
    require(by, "plans.edit_project", project)
    if twice := [row for row in rows if sum(other.identity == row.identity for other in rows) > 1]:
        raise Refusal(
            _("The same source, kind, year and currency occurs twice: %(origin)s. Put the two amounts together.")
            % {"origin": twice[0].origin},
            code="money-twice",
            status=422,
        )
    was = [budget_data(row) for row in project.budget.all()]
    if was == list(rows):
        return project
    project.budget.all().delete()
    BudgetLine.objects.bulk_create(BudgetLine(project=project, position=position, **asdict(data)) for position, data in enumerate(rows))
    return _saved(project, "plans.keep_budget", *_lines(was, rows), by=by, at=at)


@transaction.atomic
def keep_partners(project: Project, *, rows: Sequence[PartnerData], revision: int, by: Actor, at: datetime) -> Project:
    """Keep these partners and no others."""
    project = locked(project, revision)
    require(by, "plans.edit_project", project)
    if any(sum(other.identity == row.identity for other in rows) > 1 for row in rows):
        raise Refusal(_("The same partner stands twice in the same role."), code="partner-twice", status=422)
    was = [partner_data(row) for row in project.partners.all()]
    if was == list(rows):
        return project
    project.partners.all().delete()
    Partner.objects.bulk_create(Partner(project=project, position=position, **asdict(data)) for position, data in enumerate(rows))
    return _saved(project, "plans.keep_partners", *_lines(was, rows), by=by, at=at)


@transaction.atomic
def keep_risks(project: Project, *, rows: Sequence[RiskData], revision: int, by: Actor, at: datetime) -> Project:
    """Keep these risks and no others."""
    project = locked(project, revision)
    require(by, "plans.edit_project", project)
    was = [risk_data(row) for row in project.risks.all()]
    if was == list(rows):
        return project
    project.risks.all().delete()
    Risk.objects.bulk_create(Risk(project=project, position=position, **asdict(data)) for position, data in enumerate(rows))
    return _saved(project, "plans.keep_risks", *_lines(was, rows), by=by, at=at)


def _differing(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    names = [name for name in before if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}


def _lines(was: Sequence[Any], now: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Which lines went and which came."""
    return (
        {"lines": [asdict(row) for row in was if row not in now]},
        {"lines": [asdict(row) for row in now if row not in was]},
    )


def _saved(project: Project, did: str, before: dict[str, Any], after: dict[str, Any], *, by: Actor, at: datetime) -> Project:
    if not before and not after:
        return project
    project.revision += 1
    project.changed_at = at
    project.save(update_fields=["revision", "changed_at"])
    record(by=by, did=did, about=project, at=at, on_behalf_of=project.city, before=before, after=after)
    return project
