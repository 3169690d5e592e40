"""Periods are opened by the network: what is asked, of whom, until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo, available_timezones

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.monitoring import rosters
from nagara.monitoring.actions.common import refuse, require, require_signature
from nagara.monitoring.models import Period, PeriodSet, Return
from nagara.people.second_factor import Proof
from nagara.places.models import City
from nagara.rulebook import indicators
from nagara.rulebook.keep import keep_set
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts


@dataclass(frozen=True)
class SetAsked:
    """An indicator set that a period asks by. No tiers: all of them."""

    programme: str
    required: bool = True
    tiers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """The days of a period."""

    first_day: date
    last_day: date
    opens_at: datetime
    due_at: datetime
    locks_at: datetime
    zone: str

    def faults(self) -> dict[str, str]:
        found = {}
        if self.last_day < self.first_day:
            found["last_day"] = _("The last day lies before the first.")
        if self.due_at <= self.opens_at:
            found["due_at"] = _("A period is due after it opens.")
        if self.locks_at < self.due_at:
            found["locks_at"] = _("A period locks when it is due, or later.")
        if self.zone not in available_timezones():
            found["zone"] = _("“%(zone)s” is no time zone.") % {"zone": self.zone}
        return found


@transaction.atomic
def open_period(
    code: str,
    *,
    title: Texts,
    calendar: Calendar,
    sets: Sequence[SetAsked],
    roster: str,
    by: Actor,
    at: datetime,
    proof: Proof | None = None,
    cities: Iterable[City] | None = None,
    invented: bool = False,
) -> Period:
    """Open a period by the editions in force on its last day, and ask the cities of a roster (or those named among them).

    The editions are kept with the period: a later edition changes nothing in it.
    """
    require(by, "monitoring.keep_calendar")
    signed = require_signature(by, proof, at)
    chosen = rosters.roster(roster)
    faults = calendar.faults()
    if chosen is None:
        faults["roster"] = _("Choose which cities are asked.")
    if not sets:
        faults["sets"] = _("Choose at least one indicator set.")
    if Period.objects.filter(code=code).exists():
        faults["code"] = _("There is a period “%(code)s” already.") % {"code": code}
    refuse(faults, _("The period cannot be opened like this."))
    period = Period(
        code=code,
        title=title,
        first_day=calendar.first_day,
        last_day=calendar.last_day,
        opens_at=calendar.opens_at,
        due_at=calendar.due_at,
        locks_at=calendar.locks_at,
        zone=ZoneInfo(calendar.zone).key,
        roster=roster,
        invented=invented,
        made_at=at,
        made_by=by.audit_key,
    )
    try:
        with transaction.atomic():
            period.save(force_insert=True)
    except IntegrityError:
        raise Refusal(_("There is a period “%(code)s” already.") % {"code": code}, fields={"code": _("Choose another code.")}) from None
    _keep_sets(period, sets, at)
    asked = list(cities) if cities is not None else list(chosen.cities_on(calendar.last_day)) if chosen else []
    count = _ask(period, asked)
    record(
        by=by,
        did="monitoring.open_period",
        about=period,
        at=at,
        proof=signed,
        after={
            "code": code,
            "days": [calendar.first_day, calendar.last_day],
            "opens_at": calendar.opens_at,
            "due_at": calendar.due_at,
            "locks_at": calendar.locks_at,
            "sets": [{"programme": row.programme, "required": row.required, "tiers": list(row.tiers)} for row in sets],
            "roster": roster,
            "cities": count,
        },
    )
    return period


def _keep_sets(period: Period, sets: Sequence[SetAsked], at: datetime) -> None:
    """Keep the editions that ask, and those that only define a measure which one of them names."""
    in_force = {found.programme: found for found in indicators.sets_on(period.last_day)}
    named, defined = set(), set()
    position = 0
    for row in sets:
        found = in_force.get(row.programme)
        if found is None:
            raise Refusal(_("No edition of “%(set)s” was in force on the last day of the period.") % {"set": row.programme}, code="no-set")
        PeriodSet.objects.create(
            period=period, edition=keep_set(found, at=at), position=position, required=row.required, tiers=list(row.tiers)
        )
        named |= {indicator.measure for indicator in found.indicators}
        defined |= {measure.code for measure in found.measures}
        position += 1
    for found in in_force.values():
        if {measure.code for measure in found.measures} & (named - defined):
            PeriodSet.objects.get_or_create(
                period=period, edition=keep_set(found, at=at), defaults={"position": position, "asked": False, "required": False}
            )
            position += 1


def _ask(period: Period, cities: Iterable[City]) -> int:
    rows = [Return(period=period, city=city, due_at=period.due_at, locks_at=period.locks_at) for city in cities]
    return len(Return.objects.bulk_create(rows, batch_size=500))


@transaction.atomic
def ask_city(period: Period, city: City, *, by: Actor, at: datetime) -> Return:
    """Ask one more city, such as one that was admitted after the period was opened. Asking twice is asking once."""
    require(by, "monitoring.keep_calendar")
    standing = Return.objects.filter(period=period, city=city).first()
    if standing is not None:
        return standing
    answer = Return.objects.create(period=period, city=city, due_at=period.due_at, locks_at=period.locks_at)
    record(by=by, did="monitoring.ask_city", about=answer, at=at, on_behalf_of=city, after={"period": period.code})
    return answer
