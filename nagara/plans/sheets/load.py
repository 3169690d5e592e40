"""Writing what a check found: all of it in one transaction, or nothing."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from nagara.audit.record import Act, Actor, record_many
from nagara.documents.models import Certainty
from nagara.plans.actions.projects import values
from nagara.plans.data import BudgetData, MilestoneData, PartnerData, plain
from nagara.plans.models import BudgetLine, Milestone, Partner, Project, ProjectFocus, SheetImport, StageChange, StageSpan
from nagara.plans.sheets.found import Found, NewProject, ProjectChange
from nagara.plans.sheets.known import Identity, Known, digest_of
from nagara.plans.stages import Change, spans
from nagara.plans.states import IMPORT, ImportState
from nagara.toolkit.refusal import Refusal

BATCH = 500


class Moved(Refusal):
    """Projects of the sheet were changed by others between the check and the loading."""


def load(found: Found, known: Known, *, upload: SheetImport, by: Actor, at: datetime) -> int:
    """Load what a check found sound; answer how many entries were recorded. Raises `Moved` where the record changed since."""
    with transaction.atomic():
        seen = [known.projects[identity].project for identity in sorted(found.touched)]
        now = Project.objects.select_for_update().filter(pk__in=_in_pieces([row.pk for row in seen]))
        if digest_of(now.only("pk", "revision")) != digest_of(seen):
            raise Moved("The record changed since the check.", code="changed-meanwhile")
        acts: dict[Identity, Act] = {}
        projects = {identity: held.project for identity, held in known.projects.items()}
        projects |= _enter(found.new, by=by, at=at, acts=acts)
        for identity, change in found.changed.items():
            acts[identity] = _change(change, by=by, at=at)
        parts = _parts(found, projects, at=at)
        for identity, what in parts.items():
            acts[identity] = _with_parts(acts.get(identity), projects[identity], what)
        _bump(found, parts, projects, at=at)
        finished = SheetImport.objects.filter(pk=upload.pk, state=ImportState.LOADING).update(
            state=IMPORT.after("finish", ImportState.LOADING), loaded_at=at, outcome=found.outcome(), done=upload.total
        )
        if not finished:
            raise Moved("Another worker has this import.", code="changed-meanwhile")
        summary = Act("plans.load_sheet", upload, after={"file": upload.file.digest, **found.outcome()})
        return record_many([*acts.values(), summary], by=by, at=at)


def _in_pieces(numbers: list[int]) -> Any:
    """A list of numbers for a filter. SQLite takes 250,000 parameters in one statement, far above the rows of a sheet."""
    assert connection.vendor != "sqlite" or len(numbers) < 200_000  # noqa: S101
    return numbers


def _enter(new: dict[Identity, NewProject], *, by: Actor, at: datetime, acts: dict[Identity, Act]) -> dict[Identity, Project]:
    projects: dict[Identity, Project] = {}
    for identity, row in new.items():
        project = Project(
            city=row.city,
            key=row.key,
            main_area=row.data.main_area,
            stage=row.stage,
            status="cancelled" if row.left == Project.Left.CANCELLED else row.status,
            entered_on=row.entered_on,
            left_on=row.left_on,
            left=row.left,
            left_words=row.left_words,
            certainty=Certainty.OWN,
            made_at=at,
            changed_at=at,
            **values(row.data),
        )
        project.derive()
        projects[identity] = project
    Project.objects.bulk_create(projects.values(), batch_size=BATCH)
    ProjectFocus.objects.bulk_create(
        (
            ProjectFocus(project=projects[identity], position=position, area=area, sub_type=sub_type)
            for identity, row in new.items()
            for position, (area, sub_type) in enumerate(row.data.focus)
        ),
        batch_size=BATCH,
    )
    StageChange.objects.bulk_create(
        (
            StageChange(project=projects[identity], on=row.stage_since, stage=row.stage, status=row.status, at=at, by=by.audit_key)
            for identity, row in new.items()
        ),
        batch_size=BATCH,
    )
    StageSpan.objects.bulk_create(
        (
            span
            for identity, row in new.items()
            for span in _spans(projects[identity], [Change(row.stage_since, row.stage, row.status)], row.entered_on, row.left_on)
        ),
        batch_size=BATCH,
    )
    for identity, row in new.items():
        said = [name for name in row.data.__dataclass_fields__ if getattr(row.data, name) not in (None, "", {}, ())]
        after = plain(row.data, said) | {"key": row.key, "stage": row.stage, "status": row.status, "entered_on": row.entered_on}
        if row.left_on:
            after |= {"left_on": row.left_on, "left": row.left, "left_words": row.left_words}
        acts[identity] = Act("plans.enter_project", projects[identity], after=after, on_behalf_of=row.city)
    return projects


def _spans(project: Project, changes: Iterable[Change], entered_on: date, left_on: date | None) -> list[StageSpan]:
    return [
        StageSpan(project=project, since=span.since, until=span.until, stage=span.stage, status=span.status)
        for span in spans(changes, entered_on, left_on)
    ]


def _change(change: ProjectChange, *, by: Actor, at: datetime) -> Act:
    """Write one change; the revision follows with all others."""
    project = change.held.project
    before, after = plain(change.before, change.fields), plain(change.after, change.fields)
    columns = [name for name in change.fields if name != "focus"]
    for name in columns:
        setattr(project, name, getattr(change.after, name))
    if "focus" in change.fields:
        project.main_area = change.after.main_area
        columns.append("main_area")
        project.focus.all().delete()
        ProjectFocus.objects.bulk_create(
            ProjectFocus(project=project, position=position, area=area, sub_type=sub_type)
            for position, (area, sub_type) in enumerate(change.after.focus)
        )
    if change.stage:
        before |= {"stage": project.stage, "status": project.status}
        project.stage, project.status = change.stage[0], change.stage[1]
        after |= {"stage": project.stage, "status": project.status, "on": change.stage[2]}
        StageChange.objects.create(project=project, on=change.stage[2], stage=project.stage, status=project.status, at=at, by=by.audit_key)
        columns += ["stage", "status"]
    if change.leaving:
        leaving = change.leaving
        project.left_on, project.left, project.left_words = leaving.on, leaving.left, leaving.words
        project.status = "cancelled" if leaving.left == Project.Left.CANCELLED else leaving.status
        after |= {"left_on": leaving.on, "left": leaving.left, "left_words": leaving.words, "status": project.status}
        columns += ["left_on", "left", "left_words", "status"]
    if columns:
        project.save(update_fields=columns)
    if change.stage or change.leaving:
        project.spans.all().delete()
        changes = [Change(*row) for row in project.stage_changes.order_by("on", "pk").values_list("on", "stage", "status")]
        StageSpan.objects.bulk_create(_spans(project, changes, project.entered_on, project.left_on))
    return Act("plans.change_project", project, before=before, after=after, on_behalf_of=f"places.city:{project.city_id}")


def _parts(found: Found, projects: dict[Identity, Project], *, at: datetime) -> dict[Identity, dict[str, list[dict[str, Any]]]]:
    """Write milestones, money and partners; answer what was written, by project."""
    written: dict[Identity, dict[str, list[dict[str, Any]]]] = {}

    def note(identity: Identity, kind: str, data: MilestoneData | BudgetData | PartnerData) -> None:
        written.setdefault(identity, {}).setdefault(kind, []).append(asdict(data))

    new_milestones, new_money, new_partners = [], [], []
    for position, (identity, milestone, kind) in enumerate(found.milestones):
        note(identity, "milestones", milestone)
        if kind == "new":
            new_milestones.append(
                Milestone(project=projects[identity], position=1000 + position % 30000, changed_at=at, **asdict(milestone))
            )
        else:
            Milestone.objects.filter(project=projects[identity], code=milestone.code).update(**asdict(milestone), changed_at=at)
    for position, (identity, money, kind) in enumerate(found.budget):
        note(identity, "budget", money)
        if kind == "new":
            new_money.append(BudgetLine(project=projects[identity], position=1000 + position % 30000, **asdict(money)))
        else:
            same = BudgetLine.objects.filter(
                project=projects[identity], origin=money.origin, kind=money.kind, year=money.year, currency=money.currency
            )
            same.update(amount=money.amount)
    for position, (identity, partner) in enumerate(found.partners):
        note(identity, "partners", partner)
        new_partners.append(Partner(project=projects[identity], position=1000 + position % 30000, **asdict(partner)))
    Milestone.objects.bulk_create(new_milestones, batch_size=BATCH)
    BudgetLine.objects.bulk_create(new_money, batch_size=BATCH)
    Partner.objects.bulk_create(new_partners, batch_size=BATCH)
    return written


def _with_parts(act: Act | None, project: Project, what: dict[str, list[dict[str, Any]]]) -> Act:
    """One entry a project, whatever of it the sheet changed."""
    if act is None:
        return Act("plans.change_project", project, after=dict(what), on_behalf_of=f"places.city:{project.city_id}")
    return Act(act.did, act.about, act.before, {**(act.after or {}), **what}, act.why, act.on_behalf_of)


def _bump(found: Found, parts: dict[Identity, Any], projects: dict[Identity, Project], *, at: datetime) -> None:
    """What was on record and is now different has a new revision."""
    changed = [projects[identity] for identity in {*found.changed, *parts} if identity not in found.new]
    for project in changed:
        project.revision += 1
        project.changed_at = at
    Project.objects.bulk_update(changed, ["revision", "changed_at"], batch_size=BATCH)
