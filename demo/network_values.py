"""Invented values of a few cities: a period that is published, one that is open, and a sign-in for each side of the line.

Everything here is marked as invented. The indicator sets are those of the rulebook; what is counted from projects is real.
"""

from collections import Counter
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Max

from demo.facts import read
from demo.world import LOADER
from nagara.audit.record import Actor
from nagara.documents.models import Source
from nagara.monitoring.actions import calendar, extensions, goals, handing_in, publishing, verifying, writing
from nagara.monitoring.actions.calendar import Calendar, SetAsked
from nagara.monitoring.asked import asking
from nagara.monitoring.models import Goal, Period, Return, Value
from nagara.monitoring.queries.form import cell_key, read_key
from nagara.monitoring.reading import value_text
from nagara.monitoring.states import Quality
from nagara.people.actions import grant_role
from nagara.people.demo import make_sign_in
from nagara.people.models import DemoSignIn, Organisation, Person, User
from nagara.people.roles import Role
from nagara.people.second_factor import Proof
from nagara.places.models import City
from nagara.rulebook import indicators

SETS = ("smart-city-thailand-monitoring", "ascn-monitoring")
SOURCE = "สมมติเพื่อการสาธิต / invented for the demonstration"
CITIES = ("rayong", "phuket", "bangkok", "chonburi", "chiang-mai", "khon-kaen", "jakarta", "kuala-lumpur", "singapore", "da-nang")


def load(*, at: datetime) -> Counter[str]:
    """Load what is not there yet, and answer how many rows of each kind there are."""
    loaded: Counter[str] = Counter()
    if Period.objects.filter(invented=True).exists():
        return loaded
    cast = make_people(at)
    loaded["sign-ins"] = len(cast)
    today = at.astimezone(settings.ZONE).date()
    before = make_period(today - timedelta(days=214), 184, "last", at)
    for city in cities():
        if city.slug != "chonburi":
            hand_in(return_of(before, city), LOADER, _instant(before.due_at - timedelta(days=4)), 1.0)
            close(before, city, cast, _instant(before.due_at + timedelta(days=9)))
            loaded["returns published"] += 1
    ask_for_time(before, cast, at)
    now = make_period(today - timedelta(days=30), 184, "open", at, due=today + timedelta(days=6))
    walk(now, cast, at)
    set_goals(cast, now, at)
    loaded["periods of values"] = 2
    loaded["values"] = Value.objects.count()
    return loaded


def _instant(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def cities() -> list[City]:
    return list(City.objects.filter(slug__in=CITIES).order_by("slug"))


def return_of(period: Period, city: City) -> Return:
    return Return.objects.select_related("period", "city").get(period=period, city=city)


def make_people(at: datetime) -> dict[str, User]:
    """Four sign-ins; where another part of the demonstration has made one already, it stays."""
    source = Source.objects.get(code="invented")
    found = {}
    for row in read("values_cast"):
        email = f"{row['key']}@demo.example"
        known = User.objects.filter(email=email).first()
        if known is None:
            kept = row["organisation"]
            defaults = {"name": kept["name"], "kind": kept["kind"], "source": source}
            organisation = Organisation.objects.get_or_create(code=kept["code"], defaults=defaults)[0]
            person = Person.objects.create(
                title=row["title"], given=row["given"], family=row["family"], organisation=organisation, source=source
            )
            position = (DemoSignIn.objects.aggregate(last=Max("position"))["last"] or 0) + 1
            known = make_sign_in(email, label=row["label"], task=row["task"], position=position, person=person)
        since = (at - timedelta(days=400)).date()
        grant_role(known, Role(row["role"]), row["scope"], by=LOADER, at=at, since=since)
        found[row["key"]] = known
    return found


def make_period(last_day: date, days: int, code: str, at: datetime, *, due: date | None = None) -> Period:
    """Values about some months; open from the day after, due after 36 days, locked a fortnight later."""
    zone = settings.ZONE
    opens = datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=zone)
    due = due or last_day + timedelta(days=37)
    ends = [datetime.combine(day, time(23, 59, 59), tzinfo=zone) for day in (due, due + timedelta(days=14))]
    in_force = {found.programme for found in indicators.sets_on(last_day)}
    title = {
        "th": "รอบตัวอย่างก่อนหน้า (สมมติ)" if code == "last" else "รอบตัวอย่างที่เปิดอยู่ (สมมติ)",
        "en": "Sample period before (invented)" if code == "last" else "Sample period now open (invented)",
    }
    return calendar.open_period(
        f"sample-{code}",
        title=title,
        calendar=Calendar(last_day - timedelta(days=days), last_day, opens, *ends, settings.TIME_ZONE),
        sets=[SetAsked(name) for name in SETS if name in in_force] or [SetAsked("u4ssc", required=False)],
        roster="all",
        cities=cities(),
        by=LOADER,
        at=min(opens - timedelta(days=3), at),
        invented=True,
    )


def hand_in(answer: Return, by: Actor, at: datetime, factor: float) -> Return:
    """Fill a return with invented numbers and hand it in."""
    answer = writing.begin(answer, by=by, at=at)
    fill(answer, by, at, factor)
    return handing_in.submit(answer, by=by, at=at)


def fill(answer: Return, by: Actor, at: datetime, factor: float) -> None:
    facts: dict[str, Any] = read("values_invented")
    asked = asking(answer.period)
    size = facts["cities"][answer.city.slug] * factor
    standing = {(row.measure, row.part): row for row in answer.values.all()}
    for measure, part in asked.cells:
        base = facts["measures"].get(cell_key(measure, part))
        one = asked.by_measure[measure].measure
        if base is None or one.derived:
            continue
        most = one.most if one.most is not None else float("inf")
        number = Decimal(str(round(min(base * size, most), one.decimals and 1)))
        row = standing.get((measure, part)) or Value(of=answer, measure=measure, part=part)
        row.number, row.typed, row.source = number, value_text(one, number), SOURCE
        row.quality = Quality.ESTIMATE if measure in ("renewable-energy-consumption", "digital-skills-trained") else Quality.MEASURED
        row.origin, row.revision, row.saved_at = "typed", row.revision + 1, at
        row.saved_by = by if isinstance(by, User) else None
        row.save()


def close(period: Period, city: City, cast: dict[str, User], at: datetime) -> None:
    """The office verifies, the network publishes ten days later."""
    answer = return_of(period, city)
    office: Actor = cast["th-office"] if city.state_id == "TH" else LOADER
    verifying.verify_rest(answer, by=office, at=at, proof=Proof("demonstration", at))
    later = at + timedelta(days=10)
    publishing.publish(answer, by=cast["network-secretariat"], at=later, proof=Proof("demonstration", later))


def ask_for_time(period: Period, cast: dict[str, User], at: datetime) -> None:
    """Chonburi never handed in its return of the period before, and asks for more time now."""
    answer = return_of(period, City.objects.get(slug="chonburi"))
    until = (at + timedelta(days=14)).astimezone(settings.ZONE).replace(hour=23, minute=59, second=59, microsecond=0)
    extensions.ask(answer, until=until, why="ย้ายระบบข้อมูล ค่าบางส่วนยังกู้ไม่ได้ (สมมติ)", by=LOADER, at=at - timedelta(days=1))


def walk(period: Period, cast: dict[str, User], at: datetime) -> None:
    """The open period, a city at each step: Rayong writes, Phuket is asked, Bangkok waits to be verified, Chiang Mai to be published."""
    of = {city.slug: return_of(period, city) for city in cities()}
    office = cast["th-office"]
    rayong = writing.begin(of["rayong"], by=cast["rayong-officer"], at=at - timedelta(days=3))
    fill_some(rayong, cast["rayong-officer"], at - timedelta(days=3))
    phuket = hand_in(of["phuket"], cast["phuket-officer"], at - timedelta(days=6), 1.06)
    words = "พื้นที่สีเขียวเพิ่มขึ้นเพราะรวมพื้นที่ใดเข้ามา โปรดระบุแหล่งที่มา"
    verifying.question(phuket, "green-areas", text=words, by=office, at=at - timedelta(days=5))
    verifying.verify_rest(phuket, by=office, at=at - timedelta(days=5), proof=Proof("demonstration", at - timedelta(days=5)))
    verifying.send_back(phuket, by=office, at=at - timedelta(days=5))
    hand_in(of["bangkok"], LOADER, at - timedelta(days=4), 1.02)
    verified = hand_in(of["chiang-mai"], LOADER, at - timedelta(days=8), 1.03)
    verifying.verify_rest(verified, by=office, at=at - timedelta(days=2), proof=Proof("demonstration", at - timedelta(days=2)))


def fill_some(answer: Return, by: User, at: datetime) -> None:
    """Two answers typed anew: one that jumped, and one with a comma where a point is meant."""
    for measure, typed in (("digital-skills-trained", "2,045"), ("green-areas", "61,5")):
        value = answer.values.filter(measure=measure, part="").first()
        base = value.revision if value else 0
        written = writing.Written(base, typed=typed, quality=Quality.MEASURED, source=SOURCE)
        writing.save(answer, measure, "", written, by=by, at=at)


def set_goals(cast: dict[str, User], period: Period, at: datetime) -> None:
    facts: dict[str, Any] = read("values_invented")
    measures = {code: asked.measure for code, asked in asking(period).by_measure.items()}
    year = at.astimezone(settings.ZONE).year
    days = {Goal.Kind.BASELINE: date(2024, 12, 31), Goal.Kind.TARGET: date(year + 2, 12, 31)}
    for kind, name in ((Goal.Kind.BASELINE, "baselines"), (Goal.Kind.TARGET, "targets")):
        for slug, wanted in facts[name].items():
            city = City.objects.get(slug=slug)
            for key, number in wanted.items():
                measure, part = read_key(key)
                if measure in measures:
                    goals.set_goal(
                        city,
                        measures[measure],
                        part,
                        kind=kind,
                        day=days[kind],
                        number=Decimal(str(number)),
                        source=SOURCE,
                        by=cast[f"{slug}-officer"],
                        at=at - timedelta(days=100),
                    )
