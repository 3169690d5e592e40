"""Rounds and their applications, as copies of the four applications of the demonstration, with teams, documents and score sheets."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any

from benchmarks.pages.build import Stage, keep, like
from nagara.assessment.models import (
    Answer,
    Application,
    Appointment,
    Assignment,
    Declaration,
    Evidence,
    EvidenceLink,
    Result,
    Round,
    Score,
    Submission,
    TeamMember,
)
from nagara.assessment.queries import edition_of
from nagara.assessment.slots import cells
from nagara.notices.models import Notice
from nagara.people.models import RoleGrant, User
from nagara.people.roles import Role, scope

ROUNDS, LINKS_EACH, DOCUMENTS_EACH, PANEL = 4, 50, 10, 3


def make(stage: Stage) -> str:
    patterns = list(Application.objects.order_by("pk"))
    opened = rounds(stage, patterns[0].round)
    per_round = max(4, stage.size.links // LINKS_EACH // ROUNDS)
    copies: list[tuple[Application, Application]] = []
    for turn, row in enumerate(opened):
        for number in range(per_round):
            officer = stage.officers[number % len(stage.officers)]
            area = stage.areas[(turn * per_round + number) % len(stage.areas)]
            pattern = patterns[(0, 1, 1, 2, 2, 2, 2, 3, 3, 3)[number % 10]]
            changes = {"round_id": row.pk, "area_id": area.pk, "organisation_id": area.organisation_id, "started_by_id": officer.pk}
            started = row.opens_at + timedelta(minutes=number * 20)
            copies.append((pattern, like(pattern, **changes, started_at=started)))
    stage.applications = keep([copy for _pattern, copy in copies])
    answers_and_papers(copies)
    teams(stage)
    linked = documents(stage, copies)
    sheets = panels(stage, opened, copies)
    notices(stage)
    return f"{len(stage.applications)} applications, {linked} links of evidence, {sheets} score sheets"


def rounds(stage: Stage, pattern: Round) -> list[Round]:
    """The newest is the round of the demonstration, which is open; the others lie a year apart and are over."""
    before = keep(
        like(
            pattern,
            slug=f"size-{number}",
            title={"th": f"รอบที่ {number}", "en": f"Round {number}"},
            state="finished",
            opens_at=pattern.opens_at - timedelta(days=365 * number),
            closes_at=pattern.closes_at - timedelta(days=365 * number),
            assess_until=pattern.closes_at - timedelta(days=365 * number - 60),
        )
        for number in range(1, ROUNDS)
    )
    return [pattern, *before]


def answers_and_papers(copies: list[tuple[Application, Application]]) -> None:
    answers: dict[int, list[Answer]] = {}
    for answer in Answer.objects.order_by("pk"):
        answers.setdefault(answer.application_id, []).append(answer)
    keep(like(answer, application_id=copy.pk) for pattern, copy in copies for answer in answers.get(pattern.pk, []))
    submissions = {row.application_id: row for row in Submission.objects.order_by("pk")}
    results = {row.application_id: row for row in Result.objects.order_by("pk")}
    handed_in = keep(
        like(submissions[pattern.pk], application_id=copy.pk, receipt=f"SIZE-{copy.pk}")
        for pattern, copy in copies
        if pattern.pk in submissions
    )
    of = {row.application_id: row for row in handed_in}
    keep(
        like(results[pattern.pk], application_id=copy.pk, submission_id=of[copy.pk].pk) for pattern, copy in copies if pattern.pk in results
    )


def teams(stage: Stage) -> None:
    keep(
        TeamMember(application=row, user_id=row.started_by_id, part=TeamMember.Part.LEAD, joined_at=row.started_at)
        for row in stage.applications
    )
    held = {(row.started_by_id, row.area_id) for row in stage.applications}
    since = (stage.at - timedelta(days=1500)).date()
    keep(RoleGrant(user_id=user, role=Role.CITY_OFFICER, scope=scope("area", area), since=since) for user, area in sorted(held))


def documents(stage: Stage, copies: list[tuple[Application, Application]]) -> int:
    pattern = Evidence.objects.order_by("pk")[0]
    made = keep(
        like(pattern, application_id=copy.pk, title=f"เอกสารประกอบ {number + 1}", added_by_id=copy.started_by_id)
        for _pattern, copy in copies
        for number in range(DOCUMENTS_EACH)
    )
    wanted = {pattern.pk: list(_asked(pattern)) for pattern, _copy in copies}
    links = []
    for (pattern_of, _copy), start in zip(copies, range(0, len(made), DOCUMENTS_EACH), strict=True):
        places = wanted[pattern_of.pk]
        # Each document proves something else: documents and places are walked with different strides.
        pairs = {(number % DOCUMENTS_EACH, (number + number // len(places)) % len(places)) for number in range(400)}
        for number, place in sorted(pairs, key=lambda pair: (pair[1], pair[0]))[:LINKS_EACH]:
            links.append(EvidenceLink(evidence=made[start + number], pages="1-3", note="หน้า 2", **places[place]))
    return len(keep(links, batch=2000))


def _asked(application: Application) -> Iterator[dict[str, Any]]:
    for cell in cells(edition_of(application), application.dimensions or ["environment", "mobility"]):
        for asked in ["", *(wanted.asked.code for wanted in cell.wanted)]:
            yield {"criterion": cell.criterion.code, "dimension": cell.dimension_code, "asked": asked}


def panels(stage: Stage, opened: list[Round], copies: list[tuple[Application, Application]]) -> int:
    """Three sheets for each application that is or was read; every sixth one has the demonstration's first assessor."""
    newest = User.objects.get(email="assessor-1@demo.example")
    appointment = Appointment.objects.order_by("pk")[0]
    keep(like(appointment, round_id=row.pk, assessor_id=user.pk, most=60) for row in opened for user in stage.assessors)
    sheets = Assignment.objects.filter(state="submitted").order_by("pk")
    by_pattern = {row.application_id: row for row in sheets}
    turn, chosen, declared, sources = cycle(stage.assessors), [], [], []
    for number, (pattern, copy) in enumerate(copies):
        if pattern.pk not in by_pattern:
            continue
        people = [next(turn) for _seat in range(PANEL)]
        if number % 6 == 0:
            people[0] = newest
        for seat, person in enumerate(people):
            waits = copy.state == "in_review" and seat != 1
            state, handed_in = ("open", None) if waits else ("submitted", by_pattern[pattern.pk].submitted_at)
            chosen.append(like(by_pattern[pattern.pk], application_id=copy.pk, assessor_id=person.pk, state=state, submitted_at=handed_in))
            declared.append(Declaration(application=copy, assessor=person, finding="none", made_at=stage.at))
            sources.append(by_pattern[pattern.pk].pk)
    made = keep(chosen)
    keep(declared)
    scores: dict[int, list[Score]] = {}
    for score in Score.objects.filter(assignment__in=by_pattern.values()).order_by("pk"):
        scores.setdefault(score.assignment_id, []).append(score)
    keep(
        like(score, assignment_id=sheet.pk, value=stage.chance.choice((3, 4, 4, 5)))
        for sheet, source in zip(made, sources, strict=True)
        for score in scores[source]
    )
    return len(made)


def notices(stage: Stage) -> None:
    """Five to each account that the rounds write to, most of them read."""
    pattern = Notice.objects.order_by("pk").first()
    if pattern is None:
        return
    people = [*stage.officers, *stage.assessors, *User.objects.filter(email__endswith="@demo.example")]
    keep(
        like(
            pattern,
            recipient=user.audit_key,
            made_at=stage.at - timedelta(hours=number),
            sent_at=stage.at,
            read_at=stage.at if number else None,
        )
        for user in people
        for number in range(5)
    )
