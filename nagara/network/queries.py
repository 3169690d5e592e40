"""Members on any day. Every figure of the network is read from here."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from nagara.network.models import CityMembership, Network, StateMembership
from nagara.network.states import Standing
from nagara.places.models import City
from nagara.plans.queries import projects_on
from nagara.toolkit.periods import holds_on


def networks() -> QuerySet[Network]:
    return Network.objects.select_related("body", "source").order_by("code")


def network_by_code(code: str) -> Network:
    """The network of this code; `Network.DoesNotExist` where there is none."""
    return networks().get(code=code)


def members_on(network: Network, day: date) -> QuerySet[CityMembership]:
    """The member cities on a day, each with city and state, the day since which it is one, and the resolution or source that says so."""
    rows = CityMembership.objects.filter(holds_on(day), network=network)
    return rows.select_related("city__state", "city__subdivision", "source", "admitted_by__item__meeting__body").order_by(
        "since", "city__sort_en", "pk"
    )


def cities_on(network: Network, day: date) -> QuerySet[City]:
    """The member cities on a day as cities, such as for the figures of their projects."""
    return City.objects.filter(pk__in=CityMembership.objects.filter(holds_on(day), network=network).values("city"))


def states_on(network: Network, day: date) -> QuerySet[StateMembership]:
    """The member states on a day, each with the day since which it is one."""
    rows = StateMembership.objects.filter(holds_on(day), network=network)
    return rows.select_related("state", "source").order_by("state")


@dataclass(frozen=True)
class MembershipStatus:
    """What a city is to a network on a day, since when, and the row that says so."""

    standing: Standing
    since: date | None = None
    membership: CityMembership | None = None

    @property
    def is_member(self) -> bool:
        return self.standing == Standing.MEMBER


def membership_status_on(city: City, network: Network, day: date) -> MembershipStatus:
    """Member, former member or none, on a day."""
    rows = CityMembership.objects.filter(network=network, city=city, since__lte=day)
    found = rows.select_related("source", "admitted_by__item__meeting__body", "ended_by").order_by("-since", "-pk").first()
    if found is None:
        return MembershipStatus(Standing.NONE)
    if found.ended is not None and found.ended <= day:
        return MembershipStatus(Standing.FORMER, found.ended, found)
    return MembershipStatus(Standing.MEMBER, found.since, found)


def change_days(network: Network) -> list[date]:
    """The days on which a city or a state came or went, newest first: what an as-of bar offers."""
    found: set[date | None] = set()
    for model in (CityMembership, StateMembership):
        rows = model._default_manager.filter(network=network)
        found |= set(rows.values_list("since", flat=True)) | set(rows.filter(ended__isnull=False).values_list("ended", flat=True))
    return sorted((day for day in found if day), reverse=True)


@dataclass(frozen=True)
class MemberChange:
    """What happened to the members after one day, up to and including another."""

    joined: list[CityMembership]
    left: list[CityMembership]
    states_joined: list[StateMembership]
    states_left: list[StateMembership]


def changes_between(network: Network, first: date, last: date) -> MemberChange:
    """Row by row what explains the change of the number of members."""
    came, went = Q(since__gt=first, since__lte=last), Q(ended__gt=first, ended__lte=last)
    cities = (
        CityMembership.objects.filter(network=network)
        .select_related("city__state", "source", "admitted_by__item__meeting__body", "ended_by")
        .order_by("since", "city__sort_en", "pk")
    )
    states = StateMembership.objects.filter(network=network).select_related("state", "source").order_by("since", "state", "pk")
    gone, out = Q(ended__isnull=False, ended__lte=last), Q(since__lte=first)
    return MemberChange(
        joined=list(cities.filter(came).exclude(gone)),
        left=list(cities.filter(went, out)),
        states_joined=list(states.filter(came).exclude(gone)),
        states_left=list(states.filter(went, out)),
    )


def figures(network: Network, day: date) -> dict[str, Any]:
    """The figures of a network on a day as plain data."""
    return {
        "network": network.code,
        "as_of": day.isoformat(),
        "members": members_on(network, day).count(),
        "states": states_on(network, day).count(),
        "projects": projects_on(day, cities_on(network, day)).count(),
    }
