"""Reporting progress of a whole city in one go: only what changed is touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Act, Actor, record_many
from nagara.places.models import City
from nagara.plans.actions.projects import require, today
from nagara.plans.models import Milestone, Project
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text


@dataclass(frozen=True)
class MilestoneReport:
    """What is now expected of a milestone. `seen_at` is the change that the person had before their eyes."""

    milestone: int
    seen_at: datetime
    forecast_on: date | None
    actual_on: date | None
    note: str


class MilestonesChangedMeanwhile(Refusal):
    """Some of the milestones were changed by others since the page was opened. Nothing was saved, nothing is lost."""

    def __init__(self, milestones: list[Milestone]) -> None:
        names = ", ".join(f"{row.project.key} {row.code} {text(row.title)}" for row in milestones)
        super().__init__(
            _("Somebody else changed these milestones while you were writing: %(names)s. Both values are shown; nothing was saved yet.")
            % {"names": names},
            code="changed-meanwhile",
        )
        self.milestones = {row.pk: row for row in milestones}


@transaction.atomic
def report_milestones(city: City, *, reports: Sequence[MilestoneReport], by: Actor, at: datetime) -> int:
    """Save what changed and confirm that the rest stands; answer how many milestones changed."""
    require(by, "plans.write_for_city", city)
    projects = {row.pk: row for row in Project.objects.select_for_update().filter(city=city, left_on=None)}
    held = {row.pk: row for row in Milestone.objects.filter(project__in=projects).select_related("project")}
    wrong = [report for report in reports if report.milestone not in held]
    if wrong:
        raise Refusal(_("A milestone on this page is no longer there. Open the page again."), code="gone")
    faults = {
        f"m{report.milestone}": _("%(title)s: it was reached on a day that has come.") % {"title": text(held[report.milestone].title)}
        for report in reports
        if report.actual_on and report.actual_on > today(at)
    }
    if faults:
        raise Refusal(_("Some days lie in the future."), fields=faults, code="future-day", status=422)
    changed = [report for report in reports if _values(held[report.milestone]) != (report.forecast_on, report.actual_on, report.note)]
    if clash := [held[report.milestone] for report in changed if held[report.milestone].changed_at != report.seen_at]:
        raise MilestonesChangedMeanwhile(clash)
    acts: dict[int, dict[str, Any]] = {}
    for report in changed:
        row = held[report.milestone]
        before = dict(zip(("forecast_on", "actual_on", "note"), _values(row), strict=True))
        row.forecast_on, row.actual_on, row.note, row.changed_at = report.forecast_on, report.actual_on, report.note, at
        row.save(update_fields=["forecast_on", "actual_on", "note", "changed_at"])
        after = {"forecast_on": report.forecast_on, "actual_on": report.actual_on, "note": report.note}
        act = acts.setdefault(row.project_id, {"before": {}, "after": {}})
        act["before"][row.code] = {name: value for name, value in before.items() if value != after[name]}
        act["after"][row.code] = {name: value for name, value in after.items() if value != before[name]}
    for pk in acts:
        Project.objects.filter(pk=pk).update(revision=projects[pk].revision + 1, changed_at=at)
    Project.objects.filter(pk__in=projects).update(checked_at=at)
    entries = [Act("plans.report_milestones", projects[pk], act["before"], act["after"], on_behalf_of=city) for pk, act in acts.items()]
    record_many([*entries, Act("plans.confirm_progress", city, after={"projects": len(projects)})], by=by, at=at)
    return len(changed)


def _values(row: Milestone) -> tuple[date | None, date | None, str]:
    return row.forecast_on, row.actual_on, row.note
