"""What happens to a plan: a version is drafted, changed, adopted; adopting it supersedes the one before."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, System, record
from nagara.documents.models import Source
from nagara.people.second_factor import Proof, require_proof
from nagara.places.models import City
from nagara.plans import framework
from nagara.plans.actions.projects import require, today
from nagara.plans.models import ActionPlan, PlanFocus, PlanVersion, PriorityProject, Project, Target
from nagara.plans.states import PLAN, PlanState
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, text


@dataclass(frozen=True)
class FocusData:
    printed: str
    area: str = ""
    sub_types: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TargetData:
    text: Texts
    outcome: str = ""
    measure: Texts = field(default_factory=dict)
    value: Decimal | None = None
    value_printed: str = ""
    unit: str = ""
    by: date | None = None


@dataclass(frozen=True)
class PriorityData:
    name: Texts
    overview: Texts = field(default_factory=dict)
    support: Texts = field(default_factory=dict)
    project_id: int | None = None


@dataclass(frozen=True)
class PlanData:
    """What one version of a plan says."""

    vision: Texts = field(default_factory=dict)
    first_year: int | None = None
    last_year: int | None = None
    land_area_printed: str = ""
    land_area_km2: Decimal | None = None
    population_printed: str = ""
    population: int | None = None
    density_printed: str = ""
    focus: tuple[FocusData, ...] = ()
    targets: tuple[TargetData, ...] = ()
    priorities: tuple[PriorityData, ...] = ()


ROWS = ("focus", "targets", "priorities")
PLAIN = tuple(name for name in PlanData.__dataclass_fields__ if name not in ROWS)


def as_data(version: PlanVersion) -> PlanData:
    """What a version says now."""
    return PlanData(
        **{name: getattr(version, name) for name in PLAIN},
        focus=tuple(FocusData(row.printed, row.area, list(row.sub_types)) for row in version.focus.all()),
        targets=tuple(
            TargetData(row.text, row.outcome, row.measure, row.value, row.value_printed, row.unit, row.by) for row in version.targets.all()
        ),
        priorities=tuple(PriorityData(row.name, row.overview, row.support, row.project_id) for row in version.priorities.all()),
    )


@transaction.atomic
def draft(city: City, *, data: PlanData | None = None, by: Actor, at: datetime, source: Source | None = None) -> PlanVersion:
    """Begin the next version of a city's plan, from what is in force where nothing else is given. One draft at a time."""
    require(by, "plans.write_for_city", city)
    plan, _new = ActionPlan.objects.get_or_create(city=city)
    plan = ActionPlan.objects.select_for_update().get(pk=plan.pk)
    if open_draft := plan.versions.filter(state=PlanState.DRAFT).first():
        return open_draft
    newest = plan.versions.aggregate(newest=Max("number"))["newest"] or 0
    if data is None:
        in_force = plan.versions.filter(state=PlanState.ADOPTED).first()
        data = as_data(in_force) if in_force else PlanData()
    version = PlanVersion.objects.create(
        plan=plan, number=newest + 1, source=source, made_at=at, changed_at=at, **{name: getattr(data, name) for name in PLAIN}
    )
    _write_rows(version, data)
    record(by=by, did="plans.draft_plan", about=version, at=at, on_behalf_of=city, after={"number": version.number})
    return version


@transaction.atomic
def change(version: PlanVersion, *, data: PlanData, revision: int, by: Actor, at: datetime) -> PlanVersion:
    """Change a draft. A version that was adopted is superseded by the next one, never changed."""
    version = PlanVersion.objects.select_for_update().get(pk=version.pk)
    require(by, "plans.edit_plan", version.plan)
    PLAN.after("change", version.state, labels=PlanState.choices)
    if version.revision != revision:
        raise PlanChangedMeanwhile(version)
    faults = faults_of(data, version.plan.city, today(at))
    if faults:
        raise Refusal(_("The plan cannot be saved like this."), fields=faults, code="faulty-plan", status=422)
    before = as_data(version)
    changed = [name for name in PlanData.__dataclass_fields__ if getattr(before, name) != getattr(data, name)]
    if not changed:
        return version
    for name in PLAIN:
        setattr(version, name, getattr(data, name))
    version.revision += 1
    version.changed_at = at
    version.save()
    if set(changed) & set(ROWS):
        _write_rows(version, data)
    was, now = asdict(before), asdict(data)
    record(
        by=by,
        did="plans.change_plan",
        about=version,
        at=at,
        on_behalf_of=version.plan.city,
        before={name: was[name] for name in changed},
        after={name: now[name] for name in changed},
    )
    return version


class PlanChangedMeanwhile(Refusal):
    """Somebody else saved the draft since this person opened it."""

    def __init__(self, version: PlanVersion) -> None:
        super().__init__(
            _("Somebody else changed this draft while you were writing. What you wrote stands below; compare it with what is saved now."),
            code="changed-meanwhile",
        )
        self.version = version


def faults_of(data: PlanData, city: City, now: date) -> dict[str, str]:
    """What is wrong with a plan, by field."""
    edition = framework.in_force(now)
    faults: dict[str, str] = {}
    if data.first_year and data.last_year and data.last_year < data.first_year:
        faults["last_year"] = _("The plan ends before it begins.")
    known = {area.code for area in edition.focus_areas}
    if unknown := sorted({row.area for row in data.focus if row.area} - known):
        faults["focus"] = _("“%(codes)s” is not among the six focus areas.") % {"codes": ", ".join(unknown)}
    outcomes = {item.code for item in edition.outcomes}
    if unknown := sorted({row.outcome for row in data.targets if row.outcome} - outcomes):
        faults["targets"] = _("“%(codes)s” is not among the strategic outcomes.") % {"codes": ", ".join(unknown)}
    linked = {row.project_id for row in data.priorities if row.project_id}
    if linked and Project.objects.filter(pk__in=linked, city=city).count() != len(linked):
        faults["priorities"] = _("A plan names projects of its own city only.")
    return faults


@transaction.atomic
def adopt(
    version: PlanVersion,
    *,
    on: date,
    by: Actor,
    at: datetime,
    proof: Proof | None,
    adopted_on: date | None = None,
    day_unknown: bool = False,
) -> PlanVersion:
    """Bring a version into force on a day; the one before is superseded on that day.

    `day_unknown` is for a plan out of a printed source that says since when it holds, and not when it was adopted.
    """
    version = PlanVersion.objects.select_for_update().get(pk=version.pk)
    require(by, "plans.edit_plan", version.plan)
    if not isinstance(by, System):
        proof = require_proof(proof, at)
    state = PLAN.after("adopt", version.state, labels=PlanState.choices)
    if on > today(at):
        raise Refusal(_("A plan comes into force on a day that has come."), fields={"on": _("A day that has come.")}, status=422)
    if not text(version.vision) and not version.focus.exists() and not version.targets.exists():
        raise Refusal(_("The plan is empty: it needs a vision, a focus area or a target."), code="empty-plan", status=422)
    previous = PlanVersion.objects.select_for_update().filter(plan=version.plan, state=PlanState.ADOPTED).first()
    if previous is not None:
        assert previous.in_force_from is not None  # noqa: S101 - the database says so too
        if on < previous.in_force_from:
            raise Refusal(
                _("Version %(number)s is in force since %(day)s: the next one cannot begin before it.")
                % {"number": previous.number, "day": long_day(previous.in_force_from)},
                fields={"on": _("A later day.")},
                status=422,
            )
        previous.state = PLAN.after("supersede", previous.state)
        previous.superseded_on = on
        previous.save(update_fields=["state", "superseded_on"])
    version.state, version.in_force_from = state, on
    version.adopted_on = None if day_unknown else (adopted_on or on)
    version.changed_at = at
    version.save(update_fields=["state", "in_force_from", "adopted_on", "changed_at"])
    record(
        by=by,
        did="plans.adopt_plan",
        about=version,
        at=at,
        on_behalf_of=version.plan.city,
        after={"number": version.number, "in_force_from": on, "supersedes": previous.number if previous else None},
        proof=proof,
    )
    return version


def _write_rows(version: PlanVersion, data: PlanData) -> None:
    kinds: tuple[tuple[Any, Sequence[Any]], ...] = (
        (PlanFocus, data.focus),
        (Target, data.targets),
        (PriorityProject, data.priorities),
    )
    for model, rows in kinds:
        model.objects.filter(version=version).delete()
        model.objects.bulk_create(model(version=version, position=position, **asdict(row)) for position, row in enumerate(rows))
