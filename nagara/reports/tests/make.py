"""A network with members, for tests."""

from datetime import date
from typing import Any

from nagara.network.models import CityMembership, Network, StateMembership
from nagara.places.models import City
from nagara.plans.models import Project
from nagara.plans.tests.make import LOADER, NOON, make_city, make_project, make_source
from nagara.reports.actions import freeze
from nagara.reports.models import FrozenReport
from nagara.reports.states import Kind

DAY = date(2025, 9, 30)
NEXT = date(2026, 9, 30)


def ascn() -> Network:
    return Network.objects.get_or_create(code="ascn", defaults={"name": {"th": "เครือข่ายทดสอบ", "en": "Test Network"}})[0]


def join(city: City, since: date = date(2018, 7, 8)) -> City:
    """The city as a member of the network, and its state with it."""
    facts = {"since": since, "source": make_source("members")}
    CityMembership.objects.get_or_create(network=ascn(), city=city, ended=None, defaults=facts)
    StateMembership.objects.get_or_create(network=ascn(), state=city.state, ended=None, defaults=facts)
    return city


def member(slug: str = "rayong", state: str = "TH") -> City:
    return join(make_city(slug, state))


def project(key: str = "P-1", city: City | None = None, **more: Any) -> Project:
    return make_project(city or member(), key=key, **more)


def frozen(day: date = DAY, kind: str = Kind.MONITORING, **more: Any) -> FrozenReport:
    return freeze(ascn(), kind, day, by=LOADER, at=NOON, **more)
