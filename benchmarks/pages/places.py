"""Areas with their boundaries, the meetings that decided on them, their recognitions and certificates."""

import math
from datetime import date, datetime, time, timedelta

from django.conf import settings

from benchmarks.pages.build import Stage, keep, like
from benchmarks.pages.people import named
from nagara.documents.models import Register, Source
from nagara.governance.models import AgendaItem, Body, Meeting, Resolution
from nagara.people.models import User
from nagara.places.models import Area, Boundary, Population, Subdivision
from nagara.recognition.keep import facts
from nagara.recognition.models import Certificate, Recognition, RecognitionStep, StatusSpan
from nagara.recognition.spans import spans
from nagara.recognition.states import Tier, Verb
from nagara.toolkit.thai import fold, sort_key

MEETINGS, ITEMS = 60, 20
FIRST_NUMBER = 1000
TYPES, KINDS = ("livable", "new"), ("municipality", "district", "campus", "zone", "province", "estate")


def make(stage: Stage) -> str:
    areas(stage)
    resolutions = meetings(stage)
    steps = recognitions(stage, resolutions)
    certified = certificates(stage, steps)
    return f"{len(stage.areas)} areas, {len(stage.recognitions)} recognitions, {certified} certificates"


def areas(stage: Stage) -> None:
    source = Source.objects.get(code="invented")
    provinces = list(Subdivision.objects.filter(state_id="TH").order_by("code"))
    made = []
    for number in range(stage.size.areas - Area.objects.count()):
        name, province = named(number), provinces[number * number % len(provinces)]
        made.append(
            Area(
                name=name,
                sort_th=sort_key(name["th"], "th"),
                sort_en=sort_key(name["en"], "en"),
                search=fold(" | ".join([*name.values(), *province.name.values(), province.code])),
                slug=f"place-{number}",
                subdivision=province,
                kind=KINDS[number % 6],
                city_type=TYPES[number % 2],
                organisation=stage.organisations[number % len(stage.organisations)],
                registered_on=date(2019, 1, 1) + timedelta(days=number % 2500),
                invented=True,
                source=source,
            )
        )
    stage.areas = keep(made)
    keep(Population(area=area, value=5000 + area.pk * 37 % 200_000, on=date(2025, 12, 31), source=source) for area in stage.areas)
    pattern = Boundary.objects.filter(area__isnull=False).order_by("pk")[0]
    keep(boundary(stage, pattern, area) for area in stage.areas)


def boundary(stage: Stage, pattern: Boundary, area: Area) -> Boundary:
    """A ring of 60 points around a place in the area's province."""
    middle = (area.subdivision.longitude + stage.chance.uniform(-0.4, 0.4), area.subdivision.latitude + stage.chance.uniform(-0.4, 0.4))
    angles = [2 * math.pi * turn / 60 for turn in range(60)]
    radius = 0.03
    ring = [[round(middle[0] + radius * math.cos(a), 5), round(middle[1] + radius * math.sin(a), 5)] for a in angles]
    return like(
        pattern,
        area_id=area.pk,
        geometry={"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        west=middle[0] - radius,
        east=middle[0] + radius,
        south=middle[1] - radius,
        north=middle[1] + radius,
        since=date(2020, 1, 1),
    )


def meetings(stage: Stage) -> list[Resolution]:
    """Sixty meetings over ten years, of twenty items each, each with its resolution."""
    body, source = Body.objects.get(code="smart-city-committee"), Source.objects.get(code="invented")
    today = stage.at.date()
    held = []
    for number in range(MEETINGS):
        day = today - timedelta(days=60 * (MEETINGS - number))
        held.append(
            Meeting(
                body=body,
                number=100 + number,
                year=day.year,
                state="held",
                held_on=day,
                opened_at=datetime.combine(day, time(9, 30), settings.ZONE),
                closed_at=datetime.combine(day, time(12, 0), settings.ZONE),
                on_record_only=True,
                invented=True,
                source=source,
            )
        )
    items = keep(
        AgendaItem(
            meeting=meeting,
            kind="for_consideration",
            position=position + 1,
            number=f"4.{position + 1}",
            title=named(position),
            source=source,
        )
        for meeting in keep(held)
        for position in range(ITEMS)
    )
    return keep(
        Resolution(
            item=item,
            verb="approve",
            text=named(number, "เห็นชอบ", "Approved: "),
            draft=False,
            adopted_on=item.meeting.held_on,
            saved_at=stage.at,
            saved_by="system:size",
            source=source,
        )
        for number, item in enumerate(items)
    )


def recognitions(stage: Stage, resolutions: list[Resolution]) -> list[RecognitionStep]:
    """Every area has a label; every third was a promotion zone before; some are renewed, suspended, revoked or have run out."""
    pattern = Recognition.objects.get(certificates__isnull=False)
    made, steps = [], []
    for number, area in enumerate(stage.areas):
        resolution = resolutions[number * 11 % len(resolutions)]
        day = resolution.adopted_on
        for tier in (Tier.ZONE, Tier.LABEL) if number % 3 == 0 else (Tier.LABEL,):
            begins = day - timedelta(days=300) if tier == Tier.ZONE else day
            made.append(
                like(
                    pattern,
                    area_id=area.pk,
                    tier=tier,
                    number=FIRST_NUMBER + number,
                    batch=begins.year,
                    application_id=None,
                    decided_on=begins,
                    effective_on=begins,
                    presented_on=None,
                    valid_until=begins + timedelta(days=730) if tier == Tier.LABEL else None,
                    recommended_by_id=None,
                    decided_by_id=resolution.pk,
                    invented=True,
                )
            )
    stage.recognitions = keep(made)
    for row in stage.recognitions:
        steps += history(stage, row)
    steps = keep(steps)
    of: dict[int, list[RecognitionStep]] = {}
    for step in steps:
        of.setdefault(step.recognition_id, []).append(step)
    provinces = {area.pk: area.subdivision_id for area in stage.areas}
    keep(
        StatusSpan(
            recognition=row,
            area_id=row.area_id,
            subdivision_code=provinces[row.area_id],
            tier=row.tier,
            status=span.status,
            since=span.since,
            ended=span.ended,
        )
        for row in stage.recognitions
        for span in spans(row.tier, facts(of[row.pk]))
    )
    newest = {step.recognition_id: step for step in steps if step.verb in (Verb.GRANT, Verb.RENEW)}
    return list(newest.values())


def history(stage: Stage, row: Recognition) -> list[RecognitionStep]:
    def step(verb: str, days: int, until: date | None = None) -> RecognitionStep:
        on = row.effective_on + timedelta(days=days)
        return RecognitionStep(
            recognition=row,
            verb=verb,
            on=on,
            resolution_id=row.decided_by_id,
            valid_until=until,
            recorded_at=stage.at,
            recorded_by="system:size",
        )

    if row.tier == Tier.ZONE:
        return [step(Verb.DESIGNATE, 0), step(Verb.SUPERSEDE, 300)]
    found = [step(Verb.GRANT, 0, row.valid_until)]
    if row.number % 4:
        found.append(step(Verb.RENEW, 700, row.effective_on + timedelta(days=4000)))
    if row.number % 20 == 5:
        found.append(step(Verb.SUSPEND, 710))
    if row.number % 40 == 5:
        found.append(step(Verb.REINSTATE, 800))
    return found


def certificates(stage: Stage, steps: list[RecognitionStep]) -> int:
    pattern, signer = Certificate.objects.get(), User.objects.get(email="office@demo.example")
    index = Register.objects.get(series="certificate status index", year=0)
    made = keep(
        like(
            pattern,
            recognition_id=step.recognition_id,
            step_id=step.pk,
            number=f"SCT-{step.recognition.number}-1",
            version=1,
            issued_at=stage.at - timedelta(days=1),
            issued_by_id=signer.pk,
            valid_from=step.on,
            status_index=index.last + number,
            credential_digest=f"{number:064x}",
        )
        for number, step in enumerate(steps)
        if number % 100
    )
    Register.objects.filter(pk=index.pk).update(last=index.last + len(steps))
    return len(made)
