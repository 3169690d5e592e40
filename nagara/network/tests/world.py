"""A network to play on: three states, four cities, its annual meeting of 20 November 2026, and everyone who may be needed."""

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from nagara.documents.models import Certainty, Source
from nagara.governance.models import Meeting, Resolution
from nagara.governance.tests.stage import Stage, make_stage, plan, put, resolve, sit
from nagara.network.actions import consultation, nominations, posts
from nagara.network.criteria import edition_of
from nagara.network.models import CityMembership, Network, Nomination, StateMembership
from nagara.network.states import NominationState, PostKind, Rule
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_organisation, make_user
from nagara.places.models import City, State

BANGKOK = ZoneInfo("Asia/Bangkok")
BEGUN = datetime(2026, 9, 1, 9, 0, tzinfo=BANGKOK)
FOUNDED = date(2018, 4, 28)


def on(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2026, month, day, hour, 0, tzinfo=BANGKOK)


@dataclass
class World:
    network: Network
    source: Source
    states: dict[str, State] = field(default_factory=dict)
    cities: dict[str, City] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    stage: Stage | None = None
    national: Stage | None = None
    resolution: Resolution | None = None

    def __getitem__(self, name: str) -> User:
        return self.people[name]


def make_world() -> World:
    """Thailand with two cities that ask, Malaysia with one, Viet Nam; Phuket is a member; secretariat, representatives, officers."""
    source = Source.objects.create(code="test", title={"th": "แหล่งทดสอบ", "en": "test"}, certainty=Certainty.OFFICIAL)
    annual = make_stage("annual-meeting", seats=4, notice_days=0)
    network = Network.objects.create(
        code="ascn",
        name={"th": "เครือข่ายเมืองอัจฉริยะอาเซียน", "en": "ASEAN Smart Cities Network"},
        short={"th": "เครือข่ายเมืองอัจฉริยะอาเซียน", "en": "ASCN"},
        criteria="ascn-membership",
        body=annual.body,
        founded_on=FOUNDED,
        source=source,
    )
    world = World(network, source, stage=annual)
    for code, iso3, th, en in (
        ("TH", "THA", "ไทย", "Thailand"),
        ("MY", "MYS", "มาเลเซีย", "Malaysia"),
        ("VN", "VNM", "เวียดนาม", "Viet Nam"),
    ):
        state = world.states[code] = State.objects.create(iso2=code, iso3=iso3, name={"th": th, "en": en})
        StateMembership.objects.create(network=network, state=state, since=FOUNDED, source=source)
        world.people[f"nr {code}"] = make_user(f"representative of {en}", (Role.NATIONAL_REPRESENTATIVE, f"state:{code}"))
    for slug, code, th in (("nan", "TH", "น่าน"), ("trang", "TH", "ตรัง"), ("phuket", "TH", "ภูเก็ต"), ("ipoh", "MY", "อีโปห์")):
        city = world.cities[slug] = City.objects.create(
            slug=slug, name={"th": th, "en": slug.title()}, state=world.states[code], latitude=10.0, longitude=100.0, source=source
        )
        world.people[slug] = make_user(f"officer of {slug}", (Role.CITY_OFFICER, f"city:{city.slug}"))
    CityMembership.objects.create(network=network, city=world.cities["phuket"], since=date(2018, 7, 8), day_known=False, source=source)
    world.people["secretariat"] = make_user("secretariat", (Role.NETWORK_SECRETARIAT, "network:ascn"))
    for number in (1, 2):
        posts.enter_post(
            network,
            kind=PostKind.REPRESENTATIVE,
            state=world.states["TH"],
            code=f"nr-th-{number}",
            title={"th": f"ผู้แทนระดับชาติ คนที่ {number}", "en": f"National Representative {number}"},
            organisation=make_organisation(f"ministry-{number}"),
            by=world["secretariat"],
            at=BEGUN,
        )
    return world


def national_resolution(world: World) -> Resolution:
    """A resolution of a national committee of 1 September, to cite."""
    if world.resolution is None:
        stage = world.national = make_stage("national", notice_days=0)
        meeting = plan(stage, at=on(8, 1), day=date(2026, 9, 1))
        item = put(stage, meeting, "เสนอเมืองเข้าเครือข่าย")
        meeting = sit(stage, meeting, 1, 2, 3, 4, 5, 6)
        world.resolution = resolve(stage, item, datetime(2026, 9, 1, 10, 0, tzinfo=BANGKOK))
    return world.resolution


def answer_all(world: World, nomination: Nomination, *, at: datetime = BEGUN) -> None:
    by = world[nomination.city.slug]
    nominations.write(nomination, {asked.code: (f"คำตอบ {asked.code}", 0) for asked in edition_of(nomination).asked()}, by=by, at=at)


def bring(world: World, slug: str, until: NominationState) -> Nomination:
    """A nomination of a Thai city, brought as far as the state `until`."""
    nr, keeper = world["nr TH"], world["secretariat"]
    nomination = nominations.nominate(world.network, world.cities[slug], by=nr, at=BEGUN)
    steps = [
        (
            NominationState.WITH_REPRESENTATIVE,
            lambda: (answer_all(world, nomination), nominations.hand_over(nomination, by=world[slug], at=BEGUN)),
        ),
        (
            NominationState.ENDORSED,
            lambda: nominations.endorse(nomination, resolution=national_resolution(world), by=nr, at=on(9, 2), proof=fresh_proof(on(9, 2))),
        ),
        (NominationState.CANDIDATE, lambda: consultation.accept(nomination, by=keeper, at=on(9, 3))),
        (
            NominationState.CONSULTATION,
            lambda: consultation.consult(nomination, rule=Rule.NO_OBJECTION, until=date(2026, 10, 1), by=keeper, at=on(9, 4)),
        ),
        (NominationState.CONSULTED, lambda: consultation.conclude(nomination, by=keeper, at=on(10, 2))),
    ]
    for state, act in steps:
        if nomination.state == until:
            break
        act()
        nomination.refresh_from_db()
        assert nomination.state == state
    assert nomination.state == until
    return nomination


def annual_meeting(world: World, *rows: Nomination) -> tuple[Meeting, list]:
    """The annual meeting sits with one item for each nomination."""
    stage = world.stage
    assert stage is not None
    meeting = plan(stage)
    items = [put(stage, meeting, f"รับ {row.city}", matters=[("network.membership", str(row.pk))]) for row in rows]
    return sit(stage, meeting, 1, 2, 3, 4), items
