"""A small record for the tests: states, provinces, areas and a source, made with as few words as possible."""

from datetime import UTC, date, datetime, time
from uuid import uuid4

from django.conf import settings

from nagara.audit.record import System
from nagara.documents.models import Source
from nagara.governance.models import AgendaItem, Body, Meeting, Resolution
from nagara.people.models import Organisation, User
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.places.models import Area, State, Subdivision
from nagara.recognition.actions.steps import begin
from nagara.recognition.models import Recognition
from nagara.recognition.record import enter
from nagara.recognition.states import Tier
from nagara.rulebook.keep import keep_in_force
from nagara.rulebook.models import Edition

LOADER = System("test")
THEN = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)


def make_source(code: str = "press") -> Source:
    return Source.objects.get_or_create(code=code, defaults={"title": {"en": code}, "certainty": "press"})[0]


def make_province(code: str) -> Subdivision:
    thailand = State.objects.get_or_create(iso2="TH", defaults={"iso3": "THA", "name": {"th": "ไทย", "en": "Thailand"}})[0]
    found = Subdivision.objects.filter(code=code).first()
    return found or Subdivision.objects.create(
        code=code, state=thailand, name={"th": f"จังหวัด {code}", "en": code}, latitude=13.7, longitude=100.5, source=make_source()
    )


def make_area(slug: str, province: str = "TH-21", organisation: Organisation | None = None) -> Area:
    return Area.objects.create(
        slug=slug, name={"th": f"เมือง {slug}", "en": slug.title()}, subdivision=make_province(province), organisation=organisation
    )


def on_the_record(area: Area, number: int, day: date, *, tier: str = Tier.LABEL, valid_until: date | None = None) -> Recognition:
    return enter(
        area,
        tier=tier,
        number=number,
        batch=day.year,
        decided_on=day,
        effective_on=day,
        valid_until=valid_until,
        source=make_source(),
        certainty="press",
        at=THEN,
        by=LOADER,
    )


# What is decided here

_COMMITTEE = "smart-city-committee"


def make_edition() -> Edition:
    return keep_in_force("smart-city-thailand", on=date(2026, 1, 1), at=THEN)


def make_body(code: str = _COMMITTEE) -> Body:
    return Body.objects.get_or_create(
        code=code,
        defaults={"name": {"th": f"คณะ {code}", "en": code.replace("-", " ").title()}, "kind": Body.Kind.COMMITTEE},
    )[0]


def make_resolution(
    on: date, *, body: Body | None = None, verb: str = "approve", by: User | None = None, corrects: Resolution | None = None
) -> Resolution:
    """An adopted resolution of a meeting of its own, with 16 of 24 seats in the room."""
    body = body or make_body()
    at = datetime.combine(on, time(10, 0), settings.ZONE)
    number = Meeting.objects.filter(body=body, year=on.year).count() + 1
    meeting = Meeting.objects.create(body=body, number=number, year=on.year, state="held", held_on=on, opened_at=at)
    item = (
        corrects.item
        if corrects
        else AgendaItem.objects.create(
            meeting=meeting, kind="for_consideration", number="4.1", title={"th": "เพื่อพิจารณา", "en": "For consideration"}, state="resolved"
        )
    )
    return Resolution.objects.create(
        item=item,
        verb=verb,
        text={"th": "มติ", "en": "Resolved"},
        draft=False,
        saved_at=at,
        saved_by="user:1",
        adopted_on=on,
        adopted_at=at,
        adopted_by=by or make_user(f"secretary of {body.code} {uuid4().hex[:6]}", (Role.SECRETARY, f"body:{body.pk}")),
        quorum={"base": 24, "needed": 13, "present": 16, "recused": []},
        corrects=corrects,
    )


def recognised(area: Area, on: date, *, by: User, tier: str = Tier.LABEL) -> Recognition:
    """An area that a resolution put on the register on a day."""
    at = datetime.combine(on, time(11, 0), settings.ZONE)
    return begin(area, tier=tier, edition=make_edition(), resolution=make_resolution(on, by=by), by=by, at=at)


def morning(day: date) -> datetime:
    return datetime.combine(day, time(9, 0), settings.ZONE)
