"""Many projects at once, for tests of size and for the benchmark."""

from datetime import date, timedelta

from django.db import transaction

from nagara.places.models import City
from nagara.plans.models import (
    BudgetLine,
    Milestone,
    Partner,
    Project,
    ProjectFocus,
    StageChange,
    StageSpan,
)
from nagara.plans.stages import Change, spans
from nagara.plans.tests.make import NOON, make_city

AREAS = (
    ("civic-social", "tourism"),
    ("health-wellbeing", "healthcare"),
    ("safety-security", ""),
    ("quality-environment", "clean-environment"),
    ("built-infrastructure", "mobility"),
    ("industry-innovation", ""),
)


@transaction.atomic
def make_many(count: int, *, cities: int = 10, milestones: int = 2) -> list[City]:
    """`count` projects over `cities` cities, each with milestones, two lines of money and a partner."""
    found = [make_city(f"city-{number}", ("TH", "KH", "ID")[number % 3], f"เมืองที่ {number}", f"City {number}") for number in range(cities)]
    projects = []
    for number in range(count):
        project = Project(
            city=found[number % cities],
            key=f"P-{number:05}",
            title={"th": f"โครงการอัจฉริยะ {number}", "en": f"Smart project {number}"},
            description={"th": f"คำอธิบายของโครงการ {number}", "en": f"What project {number} is about"},
            support={"en": "Technical advice"} if number % 3 else {},
            main_area=AREAS[number % 6][0],
            stage=("planning", "ongoing", "completed")[number % 3],
            status=("identification", "implementation", "")[number % 3],
            entered_on=date(2018, 7, 8) + timedelta(days=number % 2500),
            starts_on=date(2020, 1, 1) + timedelta(days=number % 900),
            ends_on=date(2025, 1, 1) + timedelta(days=number % 900),
            latitude=12.5 + number % 100 / 1000 if number % 4 else None,
            longitude=101.5 + number % 90 / 1000 if number % 4 else None,
            place="ถนนสุขุมวิท" if number % 5 == 0 else "",
            made_at=NOON,
            changed_at=NOON,
        )
        project.derive()
        projects.append(project)
    Project.objects.bulk_create(projects, batch_size=500)
    ProjectFocus.objects.bulk_create(_focus(projects), batch_size=1000)
    changes = {project.pk: _changes(project) for project in projects}
    StageChange.objects.bulk_create(
        (
            StageChange(project=project, at=NOON, by="system:test", **change._asdict())
            for project in projects
            for change in changes[project.pk]
        ),
        batch_size=1000,
    )
    StageSpan.objects.bulk_create(
        (
            StageSpan(project=project, **span._asdict())
            for project in projects
            for span in spans(changes[project.pk], project.entered_on, None)
        ),
        batch_size=1000,
    )
    Milestone.objects.bulk_create(
        (
            Milestone(
                project=project,
                code=f"M{step + 1}",
                position=step,
                title={"th": f"หลักหมุด {step + 1}", "en": f"Milestone {step + 1}"},
                planned_on=date(2022, 1, 1) + timedelta(days=90 * step + number % 50),
                forecast_on=date(2022, 2, 1) + timedelta(days=90 * step) if number % 2 else None,
                actual_on=date(2022, 3, 1) if step == 0 else None,
                changed_at=NOON,
            )
            for number, project in enumerate(projects)
            for step in range(milestones)
        ),
        batch_size=1000,
    )
    BudgetLine.objects.bulk_create(
        (
            BudgetLine(
                project=project, position=line, origin=origin, kind=kind, year=2025, amount=f"{1_000_000 + number * 37}.5", currency="THB"
            )
            for number, project in enumerate(projects)
            for line, (origin, kind) in enumerate((("เทศบาล", "budget"), ("เทศบาล", "spent")))
        ),
        batch_size=1000,
    )
    Partner.objects.bulk_create(
        (Partner(project=project, name="มหาวิทยาลัย", role="interestedParty") for project in projects), batch_size=1000
    )
    return found


def _focus(projects: list[Project]) -> list[ProjectFocus]:
    rows = []
    for number, project in enumerate(projects):
        area, sub_type = AREAS[number % 6]
        rows.append(ProjectFocus(project=project, position=0, area=area, sub_type=sub_type))
        if number % 4 == 0:
            other = AREAS[(number + 1) % 6]
            rows.append(ProjectFocus(project=project, position=1, area=other[0], sub_type=other[1]))
    return rows


def _changes(project: Project) -> list[Change]:
    """A history of one or two stages that ends at the project's own."""
    first = Change(project.entered_on, project.stage, project.status)
    if project.stage != "ongoing":
        return [first]
    return [Change(project.entered_on, "planning", ""), Change(project.entered_on + timedelta(days=30), project.stage, project.status)]
