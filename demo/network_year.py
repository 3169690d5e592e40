"""The network's meetings, offices and nominations of the record; and one nomination that is open now, invented and marked so."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.conf import settings

from demo import cities
from demo.facts import read
from demo.world import LOADER
from nagara.documents.models import Source
from nagara.governance import actions as governance
from nagara.governance.actions import ItemOnRecord, ResolutionOnRecord, record_from_source
from nagara.governance.models import Body, Meeting, Resolution
from nagara.network.actions import consultation, nominations, posts
from nagara.network.actions.record import StepOnRecord, enter_nomination
from nagara.network.criteria import edition_of
from nagara.network.models import Network, Nomination
from nagara.network.queries import states_on
from nagara.network.states import NominationState, Rule
from nagara.people import registering
from nagara.people.actions import grant_role
from nagara.people.demo import make_sign_in
from nagara.people.models import DemoSignIn, Organisation, Person, User
from nagara.people.roles import Role, scope
from nagara.people.second_factor import Proof
from nagara.places.models import City, State, Subdivision

BODY = "ascn-annual-meeting"


@dataclass
class Year:
    """What the loader has in its hands."""

    at: datetime
    network: Network
    sources: dict[str, Source]
    users: dict[str, User] = field(default_factory=dict)
    loaded: Counter[str] = field(default_factory=Counter)

    def back(self, days: int, hour: int = 10) -> datetime:
        """An instant so many days before the loading."""
        local = self.at.astimezone(settings.ZONE) - timedelta(days=days)
        return min(local.replace(hour=hour, minute=0, second=0, microsecond=0), self.at)

    def proof(self, at: datetime) -> Proof:
        return Proof("demonstration", at)


def load(*, at: datetime) -> Counter[str]:
    """Load what is not there yet. The members are loaded before."""
    cities.load_network_sources()
    year = Year(at, Network.objects.get(code="ascn"), {source.code: source for source in Source.objects.all()})
    load_cities(year)
    load_body(year)
    load_posts(year)
    load_nominations(year)
    return year.loaded


def load_open_nomination(*, at: datetime) -> Counter[str]:
    """The invented part: people, a city that writes, a city on which the members are consulted, an annual meeting to come."""
    year = Year(at, Network.objects.get(code="ascn"), {source.code: source for source in Source.objects.all()})
    make_people(year)
    make_post(year)
    meeting = make_meeting(year)
    resolution = make_national_resolution(year)
    nominate(year, resolution)
    year.loaded["annual meetings to come"] += meeting.pk is not None
    return year.loaded


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def load_cities(year: Year) -> None:
    """The cities that were nominated and are no members: one of the record, two invented."""
    for row in read("cities_nominated"):
        City.objects.get_or_create(
            slug=row["slug"],
            defaults={
                "name": row["name"],
                "state_id": row["state"],
                "subdivision": Subdivision.objects.filter(pk=row["province"]).first(),
                "latitude": row["latitude"],
                "longitude": row["longitude"],
                "source": year.sources[row["source"]],
            },
        )


def load_body(year: Year) -> None:
    """The annual meeting as a body, with the meetings of 2018 to 2025: planned and held place as far as they are on record."""
    body, _new = Body.objects.get_or_create(
        code=BODY,
        defaults={
            "kind": Body.Kind.COMMITTEE,
            "name": {"th": "การประชุมประจำปีเครือข่ายเมืองอัจฉริยะอาเซียน", "en": "Annual Meeting of the ASEAN Smart Cities Network"},
            "short": {"th": "การประชุมประจำปีเครือข่าย", "en": "ASCN Annual Meeting"},
            "since": date(2018, 4, 28),
            "source": year.sources["ascn-2019-report"],
        },
    )
    if year.network.body_id is None:
        year.network.body = body
        year.network.save(update_fields=["body"])
    for row in read("network_meetings"):
        record_from_source(
            body,
            number=row["number"],
            year=row["year"],
            source=year.sources[row["source"]],
            items=[_item(year, item) for item in row["items"]],
            held_on=day(row.get("held_on")),
            held_place=row.get("held_place"),
            planned_place=row.get("planned_place"),
            on_site=not row.get("online", False),
            online=row.get("online", False),
            note=row.get("note"),
            by=LOADER,
            at=year.at,
        )
        year.loaded["annual meetings"] += 1


def _item(year: Year, row: dict[str, Any]) -> ItemOnRecord:
    said = row.get("resolution")
    return ItemOnRecord(
        kind=row["kind"],
        title=row["title"],
        resolution=ResolutionOnRecord(verb=said["verb"], text=said["text"]) if said else None,
        source=year.sources[row["source"]],
    )


def load_posts(year: Year) -> None:
    """The offices that a source names, and which state chaired or was Shepherd. No person is named."""
    for row in read("network_posts"):
        posts.enter_post(
            year.network,
            kind=row["kind"],
            state=State.objects.get(pk=row["state"]),
            city=City.objects.get(slug=row["city"]) if "city" in row else None,
            code=row["code"],
            title=row["title"],
            organisation=Organisation.objects.get(code=row["organisation"]),
            source=year.sources[row["source"]],
            by=LOADER,
            at=year.at,
        )
        year.loaded["posts of the network"] += 1
    for row in read("network_terms"):
        posts.enter_term(
            year.network,
            State.objects.get(pk=row["state"]),
            office=row["office"],
            since=date.fromisoformat(row["since"]),
            day_known=row["day_known"],
            source=year.sources[row["source"]],
            by=LOADER,
            at=year.at,
        )
        year.loaded["offices of states"] += 1


def load_nominations(year: Year) -> None:
    """Thailand's nomination of 2022: four cities, of which the record has three as members."""
    for row in read("network_nominations"):
        number, when = row["meeting"]
        meeting = Meeting.objects.get(body__code=row["body"], number=number, year=when)
        item = meeting.items.order_by("position", "pk")[row["item"] - 1]
        source = year.sources[row["source"]]
        steps = [StepOnRecord("nominate", NominationState.ENDORSED, source, on=date.fromisoformat(row["on"]))]
        if said := row["admitted"]:
            steps.append(
                StepOnRecord("admit", NominationState.ADMITTED, year.sources[said["source"]], known_by=date.fromisoformat(said["known_by"]))
            )
        enter_nomination(year.network, City.objects.get(slug=row["city"]), steps=steps, source=source, item=item, by=LOADER, at=year.at)
        year.loaded["nominations"] += 1


def make_people(year: Year) -> None:
    """Invented people of the network, each with a sign-in named by the role."""
    source = year.sources["invented"]
    first = DemoSignIn.objects.count() + 1
    since = (year.at - timedelta(days=120)).date()
    for position, row in enumerate(read("cast_network"), first):
        person = Person.objects.create(
            title=row["title"],
            given=row["given"],
            family=row["family"],
            organisation=Organisation.objects.get(code=row["organisation"]),
            source=source,
        )
        user = make_sign_in(
            f"{row['key']}@demo.example", label=row["label"], task=row["task"], position=position, person=person, language="th"
        )
        year.users[row["key"]] = user
        for role, where in row["roles"]:
            grant_role(user, Role(role), where, by=LOADER, at=year.at, since=since)
        year.loaded["sign-ins"] += 1


def make_post(year: Year) -> None:
    """The invented office in which the invented representative nominates: no real one is made to say anything."""
    post = posts.enter_post(
        year.network,
        kind="representative",
        state=State.objects.get(pk="TH"),
        code="demo-nr-th",
        title={"th": "ผู้แทนระดับชาติตัวอย่าง (สมมติ)", "en": "Sample National Representative (invented)"},
        organisation=Organisation.objects.get(code="demo-agency-1"),
        source=year.sources["invented"],
        by=LOADER,
        at=year.at,
    )
    person = year.users["representative"].person
    assert person is not None  # noqa: S101 - every sign-in has one
    registering.appoint(post.post, person, capacity="holder", since=(year.at - timedelta(days=120)).date(), by=LOADER, at=year.at)


def make_meeting(year: Year) -> Meeting:
    """The annual meeting to come, with invented persons in the seats of the member states, so that a quorum is possible."""
    body, office, keeper = year.network.body, User.objects.get(email="office@demo.example"), year.users["network-secretariat"]
    assert body is not None  # noqa: S101 - loaded before
    source, at = year.sources["invented"], year.back(60)
    since = (year.at - timedelta(days=120)).date()
    grant_role(keeper, Role.SECRETARY, scope("body", body.pk), by=LOADER, at=year.at, since=since)
    governance.set_rule(body, since=since, source=source, notice_days=3, share=Fraction(1, 2), by=office, at=at, proof=year.proof(at))
    sitting = {"TH": year.users["representative"].person, "MY": year.users["representative-my"].person}
    chair = next(row.state_id for row in year.network.state_terms.filter(office="chair").order_by("-since"))
    for state in sorted((row.state for row in states_on(year.network, year.at.date())), key=lambda state: (state.pk != chair, state.pk)):
        name = {code: f"{words} {state.name[code]}" for code, words in (("th", "ผู้แทนระดับชาติ"), ("en", "National Representative of"))}
        seat = governance.add_seat(
            body,
            part="chair" if state.pk == chair else "member",
            title=name,
            organisation=None,
            since=since,
            source=source,
            by=office,
            at=at,
        )
        person = sitting.get(state.pk) or Person.objects.create(
            given={"th": f"ผู้แทน{state.name['th']}", "en": f"Delegate of {state.name['en']}"},
            family={"th": "(สมมติ)", "en": "(invented)"},
            source=source,
        )
        governance.seat_person(
            seat,
            person=person,
            since=since,
            capacity="holder",
            position_title={"th": "ตำแหน่งสมมติ", "en": "an invented office"},
            source=source,
            by=office,
            at=at,
        )
    planned = (year.at.astimezone(settings.ZONE) + timedelta(days=40)).replace(hour=9, minute=0, second=0, microsecond=0)
    meeting = governance.plan_meeting(
        body,
        planned_from=planned,
        planned_until=planned + timedelta(hours=6),
        place={"th": "ห้องประชุมตัวอย่าง (สมมติ)", "en": "Sample meeting room (invented)"},
        link="https://meet.example.org/annual",
        online=True,
        invented=True,
        by=keeper,
        at=year.back(30),
    )
    last = max(row["number"] for row in read("network_meetings"))
    return governance.renumber(meeting, number=last + 1, why="นับต่อจากการประชุมครั้งก่อน", by=keeper, at=year.back(30))


def make_national_resolution(year: Year) -> Resolution:
    """An invented national body that put the two invented cities forward."""
    source = year.sources["invented"]
    body, _new = Body.objects.get_or_create(
        code="demo-network-group",
        defaults={
            "kind": Body.Kind.WORKING_GROUP,
            "name": {"th": "คณะทำงานเครือข่ายตัวอย่าง (สมมติ)", "en": "Sample Working Group on the Network (invented)"},
            "short": {"th": "คณะทำงานเครือข่าย (สมมติ)", "en": "Working Group (invented)"},
            "source": source,
        },
    )
    held = year.back(70).date()
    title = {"th": "การเสนอเมืองฟ้ากว้างและเมืองสายลม (สมมติ) เข้าเครือข่าย", "en": "Nomination of Fa Kwang and Sai Lom (invented) to the network"}
    words = {
        "th": "เห็นชอบให้เสนอเมืองฟ้ากว้างและเมืองสายลม (สมมติ) เข้าเครือข่ายเมืองอัจฉริยะอาเซียน",
        "en": "Approved to nominate Fa Kwang and Sai Lom (invented) to the ASCN.",
    }
    meeting = record_from_source(
        body,
        number=1,
        year=held.year,
        source=source,
        held_on=held,
        held_place={"th": "ห้องประชุมตัวอย่าง (สมมติ)", "en": "Sample meeting room (invented)"},
        items=[ItemOnRecord(kind="for_consideration", title=title, resolution=ResolutionOnRecord(verb="approve", text=words))],
        invented=True,
        by=LOADER,
        at=year.at,
    )
    return Resolution.objects.get(item__meeting=meeting)


def nominate(year: Year, resolution: Resolution) -> None:
    """Fa Kwang is in consultation; Sai Lom is half written."""
    nr, officer, keeper = year.users["representative"], year.users["network-city-officer"], year.users["network-secretariat"]
    answers = {row["code"]: row["value"] for row in read("network_answers")}

    def begin(slug: str, most: int, ago: int) -> Nomination:
        city = City.objects.get(slug=slug)
        made = nominations.nominate(year.network, city, by=nr, at=year.back(ago), invented=True)
        codes = [asked.code for asked in edition_of(made).asked()][:most]
        nominations.write(made, {code: (answers[code], 0) for code in codes}, by=officer, at=year.back(ago - 3))
        year.loaded["nominations"] += 1
        return made

    first = begin("fa-kwang-invented", len(answers), 50)
    nominations.hand_over(first, by=officer, at=year.back(40))
    at = year.back(35)
    nominations.endorse(first, resolution=resolution, letter="เมืองพร้อมทำงานกับเครือข่าย (ข้อความสมมติ)", by=nr, at=at, proof=year.proof(at))
    consultation.accept(first, by=keeper, at=year.back(30))
    until = (year.at + timedelta(days=20)).astimezone(settings.ZONE).date()
    consultation.consult(
        first, rule=Rule.NO_OBJECTION, until=until, words="ขอความเห็นของรัฐสมาชิกภายในกำหนด (ข้อความสมมติ)", by=keeper, at=year.back(10)
    )
    begin("sai-lom-invented", 4, 20)
