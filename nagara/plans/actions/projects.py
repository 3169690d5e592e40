"""What happens to a project: it enters, is changed, comes to a stage, leaves."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, System, record
from nagara.documents.models import Certainty, Source
from nagara.places.models import Area, City
from nagara.plans import framework
from nagara.plans.data import ProjectData, as_data, changed_fields, faults_of, plain
from nagara.plans.models import Project, ProjectFocus, StageChange, StageSpan
from nagara.plans.models.project import KEY, KEY_PATTERN
from nagara.plans.stages import Change, spans
from nagara.toolkit import access
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text


class ChangedMeanwhile(Refusal):
    """Somebody else saved the project since this person opened it. What was typed is kept; both values are shown."""

    def __init__(self, project: Project) -> None:
        super().__init__(
            _("Somebody else changed this project while you were writing. Choose for each field which value is to stay."),
            code="changed-meanwhile",
        )
        self.project = project


def require(by: Actor, rule: str, thing: Any) -> None:
    """Ask the rule, unless the programme itself acts (the loader of facts)."""
    if not isinstance(by, System):
        access.require(by, rule, thing)


def today(at: datetime) -> date:
    return at.astimezone(settings.ZONE).date()


def locked(project: Project, revision: int | None) -> Project:
    """The project as it is now, locked; refused where it was changed since `revision`."""
    now = Project.objects.select_for_update().get(pk=project.pk)
    if revision is not None and now.revision != revision:
        raise ChangedMeanwhile(now)
    return now


def refuse(faults: dict[str, str]) -> None:
    if faults:
        raise Refusal(_("The project cannot be saved like this."), fields=faults, code="faulty-project", status=422)


def same_project_elsewhere(city: City, key: str, title: dict[str, str]) -> Project | None:
    """A project of another city under the same key and title: one project in two cities."""
    wanted = {words.casefold().strip() for words in title.values()}
    for other in Project.objects.filter(key=key).exclude(city=city).select_related("city"):
        if wanted & {words.casefold().strip() for words in other.title.values()}:
            return other
    return None


def two_cities(other: Project) -> str:
    return _(
        "“%(title)s” stands in the record of %(city)s under the same key. A project belongs to one city: enter each city's part "
        "under a key of its own, and name the other city as a partner."
    ) % {"title": text(other.title), "city": other.city}


@transaction.atomic
def enter(
    city: City,
    *,
    key: str,
    data: ProjectData,
    stage: str,
    status: str = "",
    entered_on: date,
    by: Actor,
    at: datetime,
    source: Source | None = None,
    certainty: str = Certainty.OWN,
    entered: str = Project.Entered.DECIDED,
    as_printed: bool = False,
) -> Project:
    """Enter a project into the record of a city. `as_printed` keeps a stage that a report did not tell apart."""
    require(by, "plans.write_for_city", city)
    edition = framework.in_force(today(at))
    faults = faults_of(data, edition) | key_faults(city, key, data)
    if entered_on > today(at):
        faults["entered_on"] = _("A project enters the record on a day that has come.")
    faults |= stage_faults(edition, stage, status, as_printed=as_printed)
    faults |= area_faults(data, city)
    refuse(faults)
    project = Project(
        city=city,
        key=key,
        main_area=data.main_area,
        stage=stage,
        status=status,
        entered_on=entered_on,
        entered=entered,
        source=source,
        certainty=certainty,
        made_at=at,
        changed_at=at,
        **values(data),
    )
    try:
        with transaction.atomic():
            project.save(force_insert=True)
    except IntegrityError:
        raise Refusal(_("%(city)s has a project under the key “%(key)s” already.") % {"city": city, "key": key}, code="key-taken") from None
    write_focus(project, data)
    StageChange.objects.create(project=project, on=entered_on, stage=stage, status=status, source=source, at=at, by=by.audit_key)
    derive_spans(project)
    after = plain(data, [name for name in data.__dataclass_fields__ if getattr(data, name) not in (None, "", {}, ())])
    record(
        by=by,
        did="plans.enter_project",
        about=project,
        at=at,
        on_behalf_of=city,
        after=after | {"key": key, "stage": stage, "status": status, "entered_on": entered_on},
    )
    return project


def values(data: ProjectData) -> dict[str, Any]:
    """The columns of a project that follow from what was handed in."""
    return {name: getattr(data, name) for name in data.__dataclass_fields__ if name != "focus"}


def key_faults(city: City, key: str, data: ProjectData) -> dict[str, str]:
    if not KEY_PATTERN.match(key):
        return {"key": str(KEY.message)}
    if Project.objects.filter(city=city, key=key).exists():
        return {"key": _("%(city)s has a project under the key “%(key)s” already.") % {"city": city, "key": key}}
    other = same_project_elsewhere(city, key, data.title)
    return {"key": two_cities(other)} if other else {}


def stage_faults(edition: Any, stage: str, status: str, *, as_printed: bool = False, now: str = "") -> dict[str, str]:
    found = edition.project_status(status)
    if found is not None and found.ends:
        return {"status": _("A project that was cancelled or taken out of use leaves the record: use “Take out of the record”.")}
    try:
        framework.check_stage(edition, stage, status, now=stage if as_printed else now)
    except Refusal as refusal:
        return {next(iter(refusal.fields), "stage"): refusal.message}
    return {}


def area_faults(data: ProjectData, city: City) -> dict[str, str]:
    if data.area_id is not None and not Area.objects.filter(pk=data.area_id, city=city).exists():
        return {"area": _("This area does not belong to the city.")}
    return {}


def write_focus(project: Project, data: ProjectData) -> None:
    project.focus.all().delete()
    ProjectFocus.objects.bulk_create(
        ProjectFocus(project=project, position=position, area=area, sub_type=sub_type)
        for position, (area, sub_type) in enumerate(data.focus)
    )


def derive_spans(project: Project) -> None:
    """Write the spans of a project anew from its changes and its days; the newest stage stands on the project itself."""
    changes = [Change(*row) for row in project.stage_changes.order_by("on", "pk").values_list("on", "stage", "status")]
    project.spans.all().delete()
    StageSpan.objects.bulk_create(
        StageSpan(project=project, since=span.since, until=span.until, stage=span.stage, status=span.status)
        for span in spans(changes, project.entered_on, project.left_on)
    )


@transaction.atomic
def change(project: Project, *, data: ProjectData, revision: int, by: Actor, at: datetime) -> Project:
    """Change what a project says. Refused with both values where somebody else changed it since `revision`."""
    project = locked(project, revision)
    require(by, "plans.edit_project", project)
    before = as_data(project)
    # What no form asks for is kept: a title in a third language stays.
    changed = changed_fields(before, data)
    if not changed:
        return project
    refuse(faults_of(data, framework.in_force(today(at))) | area_faults(data, project.city))
    for name, value in values(data).items():
        setattr(project, name, value)
    project.main_area = data.main_area
    project.revision += 1
    project.changed_at = at
    project.save(update_fields=[*values(data), "main_area", "revision", "changed_at"])
    if "focus" in changed:
        write_focus(project, data)
    record(
        by=by,
        did="plans.change_project",
        about=project,
        at=at,
        on_behalf_of=project.city,
        before=plain(before, changed),
        after=plain(data, changed),
    )
    return project


@transaction.atomic
def set_stage(project: Project, *, stage: str, status: str, on: date, why: str = "", by: Actor, at: datetime) -> Project:
    """Record the stage that a project came to on a day. A day in the past is a correction and says why."""
    project = locked(project, None)
    require(by, "plans.edit_project", project)
    edition = framework.in_force(today(at))
    newest = project.stage_changes.order_by("-on", "-pk").first()
    faults = stage_faults(edition, stage, status, now=project.stage)
    if on > today(at):
        faults["on"] = _("A stage begins on a day that has come.")
    elif on < project.entered_on:
        faults["on"] = _("The project entered the record on %(day)s.") % {"day": long_day(project.entered_on)}
    elif newest and on <= newest.on and not why:
        faults["why"] = _("A stage is on record since %(day)s. Say why that is corrected.") % {"day": long_day(newest.on)}
    if project.left_on is not None:
        faults["on"] = _("The project left the record on %(day)s.") % {"day": long_day(project.left_on)}
    if newest and on >= newest.on and (newest.stage, newest.status) == (stage, status):
        return project
    refuse(faults)
    before = {"stage": project.stage, "status": project.status}
    StageChange.objects.create(project=project, on=on, stage=stage, status=status, why=why, at=at, by=by.audit_key)
    now = project.stage_changes.order_by("-on", "-pk")[0]
    project.stage, project.status = now.stage, now.status
    project.revision += 1
    project.changed_at = at
    project.save(update_fields=["stage", "status", "revision", "changed_at"])
    derive_spans(project)
    record(
        by=by,
        did="plans.set_stage",
        about=project,
        at=at,
        on_behalf_of=project.city,
        before=before,
        after={"stage": stage, "status": status, "on": on},
        why=why,
    )
    return project


@transaction.atomic
def leave(project: Project, *, on: date, left: str, words: str, by: Actor, at: datetime) -> Project:
    """Take a project out of the record from a day on, with the reason. It stays readable, and counts on every day before."""
    project = locked(project, None)
    require(by, "plans.edit_project", project)
    faults = leaving_faults(project, on, left, words, today(at))
    refuse(faults)
    project.left_on, project.left, project.left_words = on, left, words.strip()
    if left == Project.Left.CANCELLED:
        project.status = "cancelled"
    project.revision += 1
    project.changed_at = at
    project.save(update_fields=["left_on", "left", "left_words", "status", "revision", "changed_at"])
    derive_spans(project)
    record(
        by=by,
        did="plans.leave",
        about=project,
        at=at,
        on_behalf_of=project.city,
        after={"left_on": on, "left": left, "left_words": project.left_words},
        why=project.left_words,
    )
    return project


def leaving_faults(project: Project, on: date, left: str, words: str, now: date) -> dict[str, str]:
    faults = {}
    if project.left_on is not None:
        faults["on"] = _("The project left the record on %(day)s already.") % {"day": long_day(project.left_on)}
    elif on > now:
        faults["on"] = _("A project leaves on a day that has come.")
    elif on < project.entered_on:
        faults["on"] = _("The project entered the record on %(day)s.") % {"day": long_day(project.entered_on)}
    if left not in Project.Left.values:
        faults["left"] = _("Choose why the project leaves.")
    if not words.strip():
        faults["words"] = _("Say in words why the project leaves: the report to the Summit prints it.")
    return faults


@transaction.atomic
def take_back_leaving(project: Project, *, why: str, by: Actor, at: datetime) -> Project:
    """Correct a leaving that was recorded by mistake: the project stands in the record as if it had never left."""
    project = locked(project, None)
    require(by, "plans.edit_project", project)
    if project.left_on is None:
        return project
    if not why.strip():
        raise Refusal(_("Say why the leaving is taken back."), fields={"why": _("Say why the leaving is taken back.")}, status=422)
    before = {"left_on": project.left_on, "left": project.left, "left_words": project.left_words}
    newest = project.stage_changes.order_by("-on", "-pk")[0]
    project.left_on, project.left, project.left_words = None, "", ""
    project.stage, project.status = newest.stage, newest.status
    project.revision += 1
    project.changed_at = at
    project.save(update_fields=["left_on", "left", "left_words", "stage", "status", "revision", "changed_at"])
    derive_spans(project)
    record(by=by, did="plans.take_back_leaving", about=project, at=at, on_behalf_of=project.city, before=before, why=why.strip())
    return project
