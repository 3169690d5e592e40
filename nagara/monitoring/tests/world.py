"""A period that really asks, and the people around it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from nagara.monitoring.actions import calendar, handing_in, publishing, verifying, writing
from nagara.monitoring.actions.calendar import Calendar, SetAsked
from nagara.monitoring.actions.writing import Written
from nagara.monitoring.asked import asking
from nagara.monitoring.models import Period, Return, Value
from nagara.monitoring.tests.make import DUE, LOADER, LOCKS, NOON, OPENS, make_city
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.second_factor import Proof
from nagara.people.tests.cast import fresh_proof, make_user
from nagara.places.models import City

NATIONAL = "smart-city-thailand-monitoring"
ASCN = "ascn-monitoring"
BEFORE_OPENING = OPENS - timedelta(days=30)


def officer(slug: str = "rayong", name: str = "") -> User:
    make_city(slug)
    return make_user(name or f"officer of {slug}", (Role.CITY_OFFICER, f"city:{slug}"))


def national_office(state: str = "TH") -> User:
    return make_user(f"office of {state}", (Role.OFFICE, f"state:{state}"))


def secretariat() -> User:
    return make_user("secretariat", Role.NETWORK_SECRETARIAT)


def proof(at: datetime = NOON) -> Proof:
    return fresh_proof(at)


def make_period(
    code: str = "2026", *, last_day: date = date(2026, 9, 30), sets: tuple[str, ...] = (NATIONAL,), cities: tuple[City, ...] = ()
) -> Period:
    """A period about six months, open from the day after, due a month later, locked in the middle of the next."""
    shift = date(2026, 9, 30) - last_day
    return calendar.open_period(
        code,
        title={"th": f"รอบ {code}", "en": f"Period {code}"},
        calendar=Calendar(last_day - timedelta(days=182), last_day, OPENS - shift, DUE - shift, LOCKS - shift, "Asia/Bangkok"),
        sets=[SetAsked(name) for name in sets],
        roster="all",
        cities=cities or (make_city("rayong"),),
        by=LOADER,
        at=BEFORE_OPENING - shift,
    )


def return_of(period: Period, slug: str = "rayong") -> Return:
    return Return.objects.select_related("period", "city").get(period=period, city__slug=slug)


def begun(by: User, *, period: Period | None = None, at: datetime = NOON) -> Return:
    """A return of the national set that was begun just now."""
    return writing.begin(return_of(period or make_period()), by=by, at=at)


def put(answer: Return, measure: str, typed: str, *, by: User, part: str = "", at: datetime = NOON, **more: object) -> Value:
    """Save one cell over whatever stands there."""
    value = answer.values.filter(measure=measure, part=part).first()
    content: dict[str, object] = {"source": "survey of the city", "quality": "measured", **more}
    written = Written(base=value.revision if value else 0, typed=typed, **content)  # type: ignore[arg-type]
    return writing.save(answer, measure, part, written, by=by, at=at)


def fill(answer: Return, *, by: User, at: datetime = NOON, numbers: Mapping[str, str] | None = None) -> None:
    """Answer every cell: with 10, or what is named."""
    for measure, part in asking(answer.period).cells:
        if not asking(answer.period).by_measure[measure].measure.derived:
            put(answer, measure, (numbers or {}).get(measure, "10"), by=by, part=part, at=at)


def handed_in(by: User, *, period: Period | None = None, at: datetime = NOON, numbers: Mapping[str, str] | None = None) -> Return:
    answer = begun(by, period=period, at=at)
    fill(answer, by=by, at=at, numbers=numbers)
    return handing_in.submit(answer, by=by, at=at)


def published(by: User, office: User, network: User, *, period: Period | None = None, at: datetime = NOON) -> Return:
    answer = handed_in(by, period=period, at=at)
    verifying.verify_rest(answer, by=office, at=at, proof=proof(at))
    return publishing.publish(answer, by=network, at=at, proof=proof(at))


def number(answer: Return, level: str, measure: str = "green-areas", part: str = "") -> Decimal | None:
    """What stands at a level now."""
    row = Value.objects.get(of=answer, measure=measure, part=part).levels.filter(level=level, until=None).first()
    return row.number if row else None
