"""The world of the tests of this part: a round that is open, an area and its officer, assessors, an application at any step."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile

from nagara.assessment import actions
from nagara.assessment.actions import Written
from nagara.assessment.models import Application, Appointment, Assignment, Evidence, Round
from nagara.assessment.queries import edition_of
from nagara.assessment.slots import CITY_TYPE, DIMENSIONS, cells
from nagara.documents import files
from nagara.documents.models import Certainty, Source
from nagara.documents.tests.samples import pdf_bytes
from nagara.people.models import Organisation, User
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_organisation, make_user
from nagara.places.models import Area, State, Subdivision
from nagara.rulebook.keep import keep_in_force

BANGKOK = ZoneInfo("Asia/Bangkok")
OPENS = datetime(2026, 11, 1, 9, 0, tzinfo=BANGKOK)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=BANGKOK)
CLOSES = datetime(2026, 11, 30, 17, 0, tzinfo=BANGKOK)
LATER = datetime(2026, 12, 5, 10, 0, tzinfo=BANGKOK)
SCORES_DUE = datetime(2026, 12, 15, 17, 0, tzinfo=BANGKOK)


def make_office(name: str = "office") -> User:
    return make_user(name, Role.OFFICE)


def make_round(office: User | None = None, *, slug: str = "round-1", opened: bool = True, **more: Any) -> Round:
    """An open round under the kept edition; three assessors each unless told otherwise."""
    office = office or User.objects.filter(email="office@example.org").first() or make_office()
    edition = keep_in_force("smart-city-thailand", on=OPENS.date(), at=OPENS)
    values: dict[str, Any] = {
        "slug": slug,
        "title": {"th": f"รอบ {slug}", "en": f"Round {slug}"},
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "assess_until": SCORES_DUE,
    }
    made = actions.make_round(
        edition, **(values | more), by=office, at=OPENS - timedelta(days=7), proof=fresh_proof(OPENS - timedelta(days=7))
    )
    if opened:
        actions.open_round(made, by=office, at=OPENS - timedelta(days=1), proof=fresh_proof(OPENS - timedelta(days=1)))
        made.refresh_from_db()
    return made


def make_area(slug: str = "rayong", *, organisation: Organisation | None = None) -> Area:
    state = State.objects.get_or_create(iso2="TH", defaults={"iso3": "THA", "name": {"th": "ไทย", "en": "Thailand"}})[0]
    source = Source.objects.get_or_create(code="test", defaults={"title": {"en": "test"}, "certainty": Certainty.OWN})[0]
    province = Subdivision.objects.get_or_create(
        code="TH-21",
        defaults={"state": state, "name": {"th": "ระยอง", "en": "Rayong"}, "latitude": 12.7, "longitude": 101.3, "source": source},
    )[0]
    return Area.objects.create(
        slug=slug,
        name={"th": f"เมือง {slug}", "en": f"City of {slug}"},
        subdivision=province,
        organisation=organisation or make_organisation(f"municipality-of-{slug}"),
        registered_on=date(2020, 1, 1),
    )


def make_officer(area: Area, name: str = "") -> User:
    return make_user(name or f"officer of {area.slug}", (Role.CITY_OFFICER, f"area:{area.pk}"), organisation=area.organisation)


def start(round_: Round, area: Area | None = None, officer: User | None = None, at: datetime = NOON) -> tuple[Application, User]:
    area = area or make_area()
    officer = officer or make_officer(area)
    assert area.organisation is not None
    return actions.start(round_, area=area, organisation=area.organisation, by=officer, at=at), officer


ANSWERS = {
    "number": "๑,๒๐๐",
    "money": "150 ล้านบาท",
    "day": "9 พ.ย. 2569",
    "text": "เมืองน่าอยู่ มีเป้าหมายชัดเจน",
    "line": "https://example.org/data",
}


def kept_file(by: User, name: str = "plan.pdf", pages: int = 20, at: datetime = NOON) -> Any:
    return files.keep(SimpleUploadedFile(name, pdf_bytes(pages)), by=by, at=at)


def fill(
    application: Application, officer: User, at: datetime = NOON, dimensions: tuple[str, ...] = ("environment", "mobility")
) -> Evidence:
    """Answer every field, and link one document to everything that is asked for."""
    edition = edition_of(application)
    about = {CITY_TYPE: Written("livable", 0), DIMENSIONS: Written(list(dimensions), revision(application, DIMENSIONS))}
    actions.write(application, about, by=officer, at=at)
    application.refresh_from_db()
    written = {slot.key: Written(ANSWERS[slot.field.kind], 0) for cell in cells(edition, dimensions) for slot in cell.slots}
    actions.write(application, written, by=officer, at=at)
    paper = actions.add_evidence(application, kept_file(officer, at=at), by=officer, at=at)
    for cell in cells(edition, dimensions):
        for wanted in cell.wanted:
            actions.link_evidence(paper, cell.key, asked=wanted.asked.code, pages="12-19", by=officer, at=at)
    return paper


def revision(application: Application, key: str) -> int:
    answer = application.answers.filter(field=key).first()
    return answer.revision if answer else 0


def submitted(round_: Round, slug: str = "rayong", at: datetime = NOON) -> tuple[Application, User]:
    """An application that was filled in and handed in."""
    application, officer = start(round_, make_area(slug), at=at)
    fill(application, officer, at=at)
    actions.submit(application, by=officer, at=at)
    application.refresh_from_db()
    return application, officer


def in_review(round_: Round, slug: str = "rayong", at: datetime = NOON) -> tuple[Application, User]:
    application, officer = submitted(round_, slug, at)
    office = User.objects.get(email="office@example.org")
    actions.accept(application, by=office, at=at, proof=fresh_proof(at))
    application.refresh_from_db()
    return application, officer


def make_assessor(round_: Round, name: str, *, at: datetime = NOON, most: int = 10, **more: Any) -> User:
    """An assessor who was appointed and accepted."""
    office = User.objects.get(email="office@example.org")
    assessor = make_user(name, Role.ASSESSOR, **more)
    appointment = actions.appoint(round_, assessor, most=most, by=office, at=at, proof=fresh_proof(at))
    actions.accept_appointment(appointment, by=assessor, at=at)
    return assessor


def give(application: Application, assessor: User, *, at: datetime = NOON, declare: bool = True) -> Assignment:
    """Assign, and declare no conflict of interest."""
    office = User.objects.get(email="office@example.org")
    sheet = actions.assign(application, assessor, by=office, at=at, proof=fresh_proof(at))
    if declare:
        actions.declare(sheet, conflict=False, by=assessor, at=at)
        sheet.refresh_from_db()
    return sheet


def score_all(sheet: Assignment, value: int = 4, *, at: datetime = LATER, hand_in: bool = True, **special: int) -> Assignment:
    """The same score everywhere, except where `special` names a criterion."""
    for cell in cells(edition_of(sheet.application), sheet.application.dimensions):
        given = special.get(cell.criterion.code, value)
        actions.save_score(sheet, cell.criterion.code, cell.dimension_code, value=given, reason="ตามหลักฐานหน้า 12", by=sheet.assessor, at=at)
    if hand_in:
        actions.hand_in(sheet, by=sheet.assessor, at=at)
    sheet.refresh_from_db()
    return sheet


def assessed(round_: Round, *values: int, slug: str = "rayong", at: datetime = LATER) -> Application:
    """Scored by as many assessors as there are values, and the panel closed."""
    application, _officer = in_review(round_, slug)
    for number, value in enumerate(values, 1):
        name = f"assessor {number}"
        known = User.objects.filter(email=name.replace(" ", ".") + "@example.org").first()
        score_all(give(application, known or make_assessor(round_, name)), value, at=at)
    office = User.objects.get(email="office@example.org")
    actions.close_panel(application, by=office, at=at, proof=fresh_proof(at), why="" if len(values) >= round_.assessors_each else "เพียงพอ")
    application.refresh_from_db()
    return application


def appointment_of(round_: Round, assessor: User) -> Appointment:
    return Appointment.objects.get(round=round_, assessor=assessor)
