"""One round that is open now, invented and marked as invented, so that a visitor can walk the whole line at once.

Four places stand at four steps: a draft half written, an application just handed in, one that its assessors read, and one
that has its result and waits for the subcommittee. Its days lie around the day of loading.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import override
from shapely.geometry import Polygon

from demo import papers
from demo.facts import read
from demo.world import LOADER, World
from nagara.assessment import actions as assessment
from nagara.assessment.actions import Written
from nagara.assessment.models import Application, Assignment, Round, TeamMember
from nagara.assessment.queries import edition_of
from nagara.assessment.slots import CITY_TYPE, DIMENSIONS, cells
from nagara.documents import files
from nagara.documents.models import StoredFile
from nagara.governance import actions as governance
from nagara.people.actions import grant_role
from nagara.people.demo import make_sign_in
from nagara.people.models import Organisation, Person, User
from nagara.people.roles import Role, scope
from nagara.people.second_factor import Proof
from nagara.places.actions import AreaFacts, add_area, set_boundary
from nagara.places.models import Area, Subdivision
from nagara.rulebook.keep import keep_in_force

PROGRAMME = "smart-city-thailand"


@dataclass
class Cast:
    """The people of the round by the key that `cast.json` gives them, and what they work on."""

    world: World
    opened: datetime
    users: dict[str, User] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    places: dict[str, Area] = field(default_factory=dict)
    applicants: dict[str, Organisation] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)

    def day(self, number: int, hour: int = 10, minute: int = 0) -> datetime:
        """An instant on a day of the round: 1 is the day on which it was opened. Never later than the loading."""
        found = (self.opened + timedelta(days=number - 1)).replace(hour=hour, minute=minute)
        return min(found, self.world.at)

    def proof(self, at: datetime) -> Proof:
        return Proof("demonstration", at)


def load_open_round(world: World) -> None:
    today = world.at.astimezone(settings.ZONE).replace(hour=9, minute=0, second=0, microsecond=0)
    cast = Cast(world, opened=today - timedelta(days=24))
    make_people(cast)
    make_places(cast)
    opened = make_round(cast)
    draft(cast, opened)
    handed_in(cast, opened)
    in_review(cast, opened)
    waiting = assessed(cast, opened)
    seat_people(cast)
    call_meetings(cast, waiting)


def make_people(cast: Cast) -> None:
    """Invented organisations and persons, each with a sign-in of the demonstration named by its role."""
    source = cast.world.sources["invented"]
    for row in read("cast_organisations"):
        cast.organisations[row["code"]] = Organisation.objects.create(
            code=row["code"],
            name=row["name"],
            short=row.get("short", {}),
            kind=row["kind"],
            parent=cast.organisations.get(row.get("parent", "")),
            source=source,
        )
    since = (cast.opened - timedelta(days=60)).date()
    for position, row in enumerate(read("cast"), 1):
        person = Person.objects.create(
            title=row.get("title", {}),
            rank=row.get("rank", {}),
            given=row["given"],
            family=row["family"],
            organisation=cast.organisations[row["organisation"]],
            source=source,
        )
        user = make_sign_in(
            f"{row['key']}@demo.example", label=row["label"], task=row["task"], position=position, person=person, language="th"
        )
        cast.users[row["key"]] = user
        for role in row["roles"]:
            grant_role(user, Role(role), by=LOADER, at=cast.world.at, since=since)
        cast.world.loaded["sign-ins"] += 1


def make_places(cast: Cast) -> None:
    """Four invented areas with a boundary; the officer of each has the role for it."""
    at = cast.day(-19)
    office = cast.users["office"]
    for row in read("cast_areas"):
        area = add_area(
            AreaFacts(
                name=row["name"],
                subdivision=Subdivision.objects.get(code=row["province"]),
                kind=row["kind"],
                organisation=cast.organisations[row["organisation"]],
            ),
            by=office,
            at=at,
            proof=cast.proof(at),
        )
        area.invented, area.source = True, cast.world.sources["invented"]
        area.save(update_fields=["invented", "source"])
        set_boundary(
            area, Polygon(row["outline"]), since=at.date(), by=office, at=at, proof=cast.proof(at), source=cast.world.sources["invented"]
        )
        cast.places[row["key"]], cast.applicants[row["key"]] = area, cast.organisations[row["organisation"]]
        if officer := row.get("officer"):
            grant_role(cast.users[officer], Role.CITY_OFFICER, scope("area", area.pk), by=LOADER, at=cast.world.at, since=at.date())
        cast.world.loaded["invented areas"] += 1


def make_round(cast: Cast) -> Round:
    """Opened three weeks ago, closing at 17:00 in nine days."""
    office, planned = cast.users["office"], cast.day(-6)
    closes = (cast.world.at.astimezone(settings.ZONE) + timedelta(days=9)).replace(hour=17, minute=0, second=0, microsecond=0)
    year = cast.opened.year
    made = assessment.make_round(
        keep_in_force(PROGRAMME, on=cast.opened.date(), at=planned),
        slug=f"demo-{year}",
        title={"th": f"รอบตัวอย่าง {year + 543} (สมมติ)", "en": f"Sample round {year} (invented)"},
        call={
            "th": "เปิดรับข้อเสนอเมืองอัจฉริยะประเทศไทย รอบนี้สมมติขึ้นเพื่อการสาธิต ผู้เข้าชมเดินครบทุกขั้นได้ทันที ตั้งแต่คำขอถึงหนังสือรับรอง",
            "en": "Proposals of areas for Smart City Thailand. This round is invented for the demonstration: a visitor can walk the whole line "
            "at once, from application to certificate.",
        },
        confidentiality={
            "th": "ข้าพเจ้าจะรักษาความลับของคำขอและคะแนน และจะแจ้งเมื่อมีส่วนได้เสีย",
            "en": "I keep applications and scores confidential, and I say so when I have an interest.",
        },
        opens_at=cast.opened,
        closes_at=closes,
        assess_until=closes + timedelta(days=30),
        by=office,
        at=planned,
        proof=cast.proof(planned),
        invented=True,
    )
    at = cast.day(0, 16)
    assessment.open_round(made, by=office, at=at, proof=cast.proof(at))
    for number, key in enumerate(("assessor-1", "assessor-2", "assessor-3", "assessor-4")):
        assessor = cast.users[key]
        appointment = assessment.appoint(made, assessor, by=office, at=cast.day(1, 10, number), proof=cast.proof(cast.day(1, 10, number)))
        assessment.accept_appointment(appointment, by=assessor, at=cast.day(2, 9, number))
    cast.world.loaded["rounds"] += 1
    made.refresh_from_db()
    return made


def _start(cast: Cast, opened: Round, place: str, officer: str, at: datetime) -> Application:
    application = assessment.start(opened, area=cast.places[place], organisation=cast.applicants[place], by=cast.users[officer], at=at)
    cast.world.loaded["applications"] += 1
    return application


def _file(cast: Cast, name: str, by: User, at: datetime) -> StoredFile:
    if name not in cast.files:
        cast.files[name] = files.keep_bytes(papers.paper(name), name=f"{name}.pdf", media_type="application/pdf", by=by, at=at)
    return cast.files[name]


def _write(application: Application, by: User, at: datetime, dimensions: list[str], *, most: int | None = None) -> None:
    """City type, dimensions and answers; only the first `most` answers of a draft that is half written."""
    there = {answer.field: answer.revision for answer in application.answers.all()}
    about = {CITY_TYPE: Written("livable", there.get(CITY_TYPE, 0)), DIMENSIONS: Written(dimensions, there.get(DIMENSIONS, 0))}
    assessment.write(application, about, by=by, at=at)
    application.refresh_from_db()
    answers = {row["field"]: row["value"] for row in read("cast_answers")}
    slots = [slot for cell in cells(edition_of(application), dimensions) for slot in cell.slots][:most]
    written: dict[str, Any] = {slot.key: answers[slot.key] for slot in slots if slot.key in answers}
    assessment.write(application, {key: Written(value, 0) for key, value in written.items()}, by=by, at=at)


def _prove(cast: Cast, application: Application, by: User, at: datetime, dimensions: list[str], *, most: int | None = None) -> None:
    """One document for each criterion, linked to everything that the criterion asks for."""
    titles = {row["name"]: row["title"] for row in read("cast_papers")}
    by_criterion = {row["criterion"]: row["name"] for row in read("cast_papers")}
    added: dict[str, Any] = {}
    for cell in cells(edition_of(application), dimensions)[:most]:
        name = by_criterion[cell.criterion.code]
        if name not in added:
            added[name] = assessment.add_evidence(application, _file(cast, name, by, at), title=titles[name], by=by, at=at)
        for wanted in cell.wanted:
            assessment.link_evidence(added[name], cell.key, asked=wanted.asked.code, pages="1-3", by=by, at=at)


def draft(cast: Cast, opened: Round) -> None:
    """The first place: a draft half written, with a co-applicant in the team."""
    officer, at = cast.users["city-officer"], cast.day(12)
    application = _start(cast, opened, "draft", "city-officer", at)
    _write(application, officer, cast.day(13, 11), ["environment", "mobility"], most=7)
    _prove(cast, application, officer, cast.day(13, 14), ["environment", "mobility"], most=1)
    friend, joined = cast.users["co-applicant"], cast.day(14)
    TeamMember.objects.create(application=application, user=friend, part=TeamMember.Part.CO_APPLICANT, joined_at=joined)
    grant_role(friend, Role.CITY_OFFICER, scope("application", application.pk), by=LOADER, at=joined, since=joined.date())


def handed_in(cast: Cast, opened: Round) -> None:
    """The second place: handed in yesterday, waiting for the office to screen it."""
    officer = cast.users["city-officer-2"]
    application = _complete(cast, opened, "submitted", "city-officer-2", ["environment", "governance"], first=15)
    assessment.submit(application, by=officer, at=cast.day(24, 15, 20))


def _complete(cast: Cast, opened: Round, place: str, officer: str, dimensions: list[str], *, first: int) -> Application:
    by = cast.users[officer]
    application = _start(cast, opened, place, officer, cast.day(first))
    _write(application, by, cast.day(first + 1), dimensions)
    _prove(cast, application, by, cast.day(first + 2), dimensions)
    application.refresh_from_db()
    return application


def in_review(cast: Cast, opened: Round) -> None:
    """The third place: three assessors read it; one has handed in, one is half way, one has not declared; a fourth is tied to it."""
    dimensions = ["environment", "mobility"]
    application = _complete(cast, opened, "review", "city-officer-2", dimensions, first=6)
    office = cast.users["office"]
    assessment.submit(application, by=cast.users["city-officer-2"], at=cast.day(10, 9, 30))
    assessment.accept(application, by=office, at=cast.day(11), proof=cast.proof(cast.day(11)))
    sheets = _assign(cast, application, ("assessor-1", "assessor-2", "assessor-3", "assessor-4"), 11)
    _score(sheets["assessor-1"], [4, 4, 3, 4, 4, 4], cast.day(16), hand_in=True)
    _score(sheets["assessor-2"], [4, 3, 4], cast.day(18), hand_in=False)


def assessed(cast: Cast, opened: Round) -> Application:
    """The fourth place: its panel is closed and recommends it; it waits for the agenda of the subcommittee."""
    dimensions = ["environment", "mobility", "governance"]
    application = _complete(cast, opened, "assessed", "city-officer-2", dimensions, first=2)
    office = cast.users["office"]
    assessment.submit(application, by=cast.users["city-officer-2"], at=cast.day(5, 16, 40))
    assessment.accept(application, by=office, at=cast.day(6), proof=cast.proof(cast.day(6)))
    sheets = _assign(cast, application, ("assessor-1", "assessor-2", "assessor-3"), 6)
    _score(sheets["assessor-1"], [4, 4, 4, 4, 4, 4, 4], cast.day(12), hand_in=True)
    _score(sheets["assessor-2"], [4, 4, 4, 5, 4, 4, 4], cast.day(13), hand_in=True)
    _score(sheets["assessor-3"], [5, 4, 4, 4, 4, 4, 5], cast.day(14), hand_in=True)
    assessment.close_panel(application, by=office, at=cast.day(20), proof=cast.proof(cast.day(20)))
    return application


def seat_people(cast: Cast) -> None:
    """Invented persons in the seats of both bodies, so that a quorum is possible; a rule of quorum, for theirs is not on record."""
    office, since, at = cast.users["office"], (cast.opened - timedelta(days=60)).date(), cast.day(-15)
    source = cast.world.sources["invented"]
    for code in ("smart-city-committee", "smart-city-subcommittee"):
        governance.set_rule(cast.world.bodies[code], since=since, source=source, notice_days=3, by=office, at=at, proof=cast.proof(at))
    for row in read("cast_seats"):
        body = cast.world.bodies[row["body"]]
        seat = body.seats.filter(position=row["position"]).first()
        if seat is None:
            seat = governance.add_seat(
                body,
                part=row["part"],
                title=row["title"],
                organisation=cast.organisations[row["organisation"]],
                since=since,
                source=source,
                by=office,
                at=at,
            )
        for sitter in row["sitters"]:
            user = cast.users.get(sitter.get("user", ""))
            person = user.person if user else _person(cast, sitter)
            governance.seat_person(
                seat,
                person=person,
                since=since,
                capacity=sitter.get("capacity", "holder"),
                position_title={"th": "ตำแหน่งสมมติ", "en": "an invented office"},
                source=source,
                by=office,
                at=at,
            )
            if user:
                grant_role(user, Role.MEMBER, scope("body", body.pk), by=LOADER, at=cast.world.at, since=since)
        cast.world.loaded["seats with people"] += 1
    for key, code in (("subcommittee-secretary", "smart-city-subcommittee"), ("committee-secretary", "smart-city-committee")):
        grant_role(cast.users[key], Role.SECRETARY, scope("body", cast.world.bodies[code].pk), by=LOADER, at=cast.world.at, since=since)


def _person(cast: Cast, row: dict[str, Any]) -> Person:
    return Person.objects.create(
        title=row["title"],
        given=row["given"],
        family=row["family"],
        organisation=cast.organisations[row["organisation"]],
        source=cast.world.sources["invented"],
    )


def call_meetings(cast: Cast, waiting: Application) -> None:
    """The subcommittee is called for tomorrow with the assessed place on its agenda; the committee for two days later."""
    at = cast.day(19)
    place = {"th": "ห้องประชุมตัวอย่าง ชั้น 4 และผ่านระบบออนไลน์ (สมมติ)", "en": "Sample meeting room, 4th floor, and online (invented)"}
    tomorrow = (cast.world.at.astimezone(settings.ZONE) + timedelta(days=1)).replace(hour=9, minute=30, second=0, microsecond=0)
    called = {}
    for key, code, after in (
        ("subcommittee-secretary", "smart-city-subcommittee", 0),
        ("committee-secretary", "smart-city-committee", 2),
    ):
        secretary, begins = cast.users[key], tomorrow + timedelta(days=after)
        meeting = governance.plan_meeting(
            cast.world.bodies[code],
            planned_from=begins,
            planned_until=begins + timedelta(hours=3),
            place=place,
            link="https://meet.example.org/room",
            online=True,
            invented=True,
            by=secretary,
            at=at,
        )
        welcome = {"th": "เรื่องที่ประธานแจ้งให้ที่ประชุมทราบ", "en": "Announcements of the chair"}
        governance.put_on_agenda(meeting, "chair_informs", welcome, by=secretary, at=at)
        called[code] = meeting
        cast.world.loaded["meetings called"] += 1
    subcommittee = called["smart-city-subcommittee"]
    title = {
        "th": f"การพิจารณามอบตราสัญลักษณ์เมืองอัจฉริยะประเทศไทย: {waiting.place}",
        "en": "Award of the Smart City Thailand logo: Tha Thong Town (invented)",
    }
    governance.put_on_agenda(
        subcommittee,
        "for_consideration",
        title,
        matters=[("label.award", str(waiting.pk))],
        by=cast.users["subcommittee-secretary"],
        at=cast.day(20, 14),
    )
    for key, code in (("subcommittee-secretary", "smart-city-subcommittee"), ("committee-secretary", "smart-city-committee")):
        governance.call_meeting(called[code], by=cast.users[key], at=cast.day(21))


def _assign(cast: Cast, application: Application, assessors: tuple[str, ...], day: int) -> dict[str, Assignment]:
    """Each assessor gets a sheet and declares no conflict; where the system finds one, the sheet is recused at once."""
    office, sheets = cast.users["office"], {}
    for number, key in enumerate(assessors):
        at = cast.day(day, 13, number)
        sheets[key] = assessment.assign(application, cast.users[key], by=office, at=at, proof=cast.proof(at))
    for key, sheet in sheets.items():
        waits = key == "assessor-3" and application.area == cast.places["review"]
        if sheet.state == "assigned" and not waits:
            assessment.declare(sheet, conflict=False, by=cast.users[key], at=cast.day(day + 1))
            sheet.refresh_from_db()
    return sheets


def _score(sheet: Assignment, values: list[int], at: datetime, *, hand_in: bool) -> None:
    reasons = [row["value"] for row in read("cast_reasons")]
    wanted = cells(edition_of(sheet.application), sheet.application.dimensions)
    for number, (cell, value) in enumerate(zip(wanted, values, strict=False)):
        assessment.save_score(
            sheet, cell.criterion.code, cell.dimension_code, value=value, reason=reasons[number % len(reasons)], by=sheet.assessor, at=at
        )
    if hand_in:
        with override("th"):
            assessment.hand_in(sheet, by=sheet.assessor, at=at)
    sheet.refresh_from_db()
