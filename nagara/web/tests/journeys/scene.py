"""More of the world than the demonstration has: the line walked to its end, minutes, requests and appeals, so that every page has something to show.

Run inside an installation with the demonstration: `scene(at)`; prints the pages that no link leads to, by the person who opens them.
"""

import json
from datetime import datetime, timedelta

from django.utils import timezone

from demo.tests.walk import person, proof, walk
from nagara.assessment import actions as assessment
from nagara.assessment.models import Application, Round
from nagara.governance import actions as governance
from nagara.governance.models import Body, Meeting
from nagara.plans.models import Project
from nagara.recognition.actions.proposals import propose
from nagara.recognition.models import Recognition

OFFICE, SUB, MAIN, OFFICER = "Programme office", "Secretary of the subcommittee", "Secretary of the committee", "Officer of another city"


def scene(at: datetime) -> dict[str, list[str]]:
    """Play it; answer the pages that have to be named."""
    found = walk(at=at)
    later = at + timedelta(hours=3)
    named: dict[str, list[str]] = {OFFICE: [], SUB: [], MAIN: [], OFFICER: []}
    named[SUB] += _minutes(later)
    named[MAIN] += _planned(later)
    named[OFFICE] += _business(found, later)
    named[OFFICE] += ["/places/add", f"/areas/{found.area.slug}/edit", "/projects/rates", "/account/again"]
    named[OFFICER] += _returned(later)
    called, project = Round.objects.get(), Project.objects.filter(city__slug="rayong").order_by("pk")[0]
    named["City officer"] = [f"/rounds/{called.slug}/apply", f"/rounds/{called.slug}/propose"]
    named["Officer of Rayong (network)"] = [f"/projects/{project.pk}/{rest}" for rest in ("edit", "leave", "photos", "stage", "milestones")]
    return named


def _minutes(at: datetime) -> list[str]:
    meeting, secretary = Meeting.objects.get(body__code="smart-city-subcommittee", invented=True), person("subcommittee-secretary")
    governance.close_meeting(meeting, by=secretary, at=at)
    governance.draft_minutes(meeting, by=secretary, at=at)
    return [f"/meetings/{meeting.pk}/minutes"]


def _planned(at: datetime) -> list[str]:
    secretary, begins = person("committee-secretary"), at + timedelta(days=20)
    meeting = governance.plan_meeting(
        Body.objects.get(code="smart-city-committee"),
        planned_from=begins,
        planned_until=begins + timedelta(hours=2),
        place={"th": "ห้องประชุม", "en": "Meeting room"},
        invented=True,
        by=secretary,
        at=at,
    )
    welcome = {"th": "เรื่องแจ้งเพื่อทราบ", "en": "For information"}
    item = governance.put_on_agenda(meeting, "for_information", welcome, by=secretary, at=at)
    items = [f"/items/{item.pk}{rest}" for rest in ("", "/edit", "/take-off")]
    return [f"/meetings/{meeting.pk}{rest}" for rest in ("", "/plan", "/number", "/open", "/cancel", "/agenda", "/items/new", *items)]


def _business(found: Recognition, at: datetime) -> list[str]:
    row = propose("label.suspend", recognition=found, reason={"th": "ไม่มีรายงาน", "en": "No report"}, by=person("office"), at=at)
    return [f"/recognitions/proposals/{row.pk}", f"/recognitions/proposals/{row.pk}/withdraw", f"/recognitions/{found.pk}"]


def _returned(at: datetime) -> list[str]:
    """The second application is returned with a question, answered, and handed in again."""
    application, officer, office = Application.objects.get(pk=2), person("city-officer-2"), person("office")
    assessment.return_for_information(
        application, questions={"C1.goals": "ปีใด"}, due=at + timedelta(days=5), by=office, at=at, proof=proof(at)
    )
    answer = application.answers.get(field="C1.goals")
    assessment.write(application, {"C1.goals": assessment.Written(f"{answer.value} ภายในปี 2573", answer.revision)}, by=officer, at=at)
    assessment.submit(application, by=officer, at=at + timedelta(minutes=5))
    return [f"/applications/{application.pk}/differences/1/2", f"/applications/{application.pk}/history/C1.goals"]


def told() -> str:
    """Play the scene now; the pages to be named, as JSON."""
    return json.dumps(scene(timezone.now() - timedelta(hours=4)))  # all of it is over by now, also late in the evening
