"""Members on any day. Every figure of the network is read from here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from nagara.network.criteria import read_edition
from nagara.network.models import Answer, CityMembership, Network, Nomination, NominationEdition, NominationStep, StateMembership, StateTerm
from nagara.network.states import BEFORE_ENDORSEMENT, STANDING_AFTER, Standing
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
    """What a city is to a network on a day, since when, and the rows that say so."""

    standing: Standing
    since: date | None = None
    membership: CityMembership | None = None
    nomination: Nomination | None = None

    @property
    def is_member(self) -> bool:
        return self.standing == Standing.MEMBER


def membership_status_on(city: City, network: Network, day: date) -> MembershipStatus:
    """Member, candidate, nominated, deferred, declined, withdrawn, former member or none, on a day."""
    rows = CityMembership.objects.filter(Q(ended__isnull=True) | Q(ended__gt=F("since")), network=network, city=city, since__lte=day)
    membership = rows.select_related("source", "admitted_by__item__meeting__body", "ended_by").order_by("-since", "-pk").first()
    if membership is not None and (membership.ended is None or membership.ended > day):
        return MembershipStatus(Standing.MEMBER, membership.since, membership)
    left = membership.ended if membership is not None else None
    step = _step_on(network, city, day)
    if step is not None and (left is None or (step.day is not None and step.day >= left)):
        return MembershipStatus(STANDING_AFTER[step.verb], step.day, membership, step.nomination)
    if membership is not None:
        return MembershipStatus(Standing.FORMER, left, membership)
    return MembershipStatus(Standing.NONE)


def _step_on(network: Network, city: City, day: date) -> NominationStep | None:
    """The last step up to a day that the public reads. A nomination withdrawn before it was endorsed never was one."""
    found = (
        NominationStep.objects.filter(nomination__network=network, nomination__city=city, verb__in=list(STANDING_AFTER))
        .exclude(verb="withdraw", nomination__nominated_on__isnull=True, nomination__on_record_only=False)
        .annotate(day_from=Coalesce("on", "known_by"))
        .filter(day_from__lte=day)
        .select_related("nomination__state_of", "nomination__post")
        .order_by("-day_from", "-pk")
    )
    return found.first()


@dataclass(frozen=True)
class Rights:
    """What a city may do in a network on a day (Terms of Reference §§9–11, 17)."""

    report: bool
    invited: bool
    delegation: bool
    observer: bool


def rights_of(status: MembershipStatus) -> Rights:
    """A member reports, is invited and registers a delegation; a candidate may be invited as an observer; nobody else."""
    member, observer = status.standing == Standing.MEMBER, status.standing == Standing.CANDIDATE
    return Rights(report=member, invited=member or observer, delegation=member, observer=observer)


def rights_on(city: City, network: Network, day: date) -> Rights:
    """What a city may do in a network on a day."""
    return rights_of(membership_status_on(city, network, day))


def change_days(network: Network) -> list[date]:
    """The days on which a city or a state came or went, newest first: what an as-of bar offers. Two queries."""
    real = Q(ended__isnull=True) | Q(ended__gt=F("since"))
    found: set[date | None] = set()
    for model in (CityMembership, StateMembership):
        for pair in model._default_manager.filter(real, network=network).values_list("since", "ended"):
            found |= set(pair)
    return sorted((day for day in found if day), reverse=True)


def timeline(network: Network, day: date) -> list[tuple[date, int]]:
    """How many cities were members after each day on which one came or went, up to `day`."""
    moves: dict[date, int] = {}
    for since, ended in CityMembership.objects.filter(network=network).values_list("since", "ended"):
        if since is None or since == ended:
            continue
        moves[since] = moves.get(since, 0) + 1
        if ended is not None:
            moves[ended] = moves.get(ended, 0) - 1
    points: list[tuple[date, int]] = []
    count = 0
    for on in sorted(moves):
        count += moves[on]
        if on <= day and moves[on]:
            points.append((on, count))
    return points


@dataclass(frozen=True)
class MemberChange:
    """What happened to the members after one day, up to and including another."""

    joined: list[CityMembership]
    left: list[CityMembership]
    states_joined: list[StateMembership]
    states_left: list[StateMembership]


def changes_between(network: Network, first: date, last: date) -> MemberChange:
    """Row by row what explains the change of the number of members."""
    # A membership that a correction took back has no day.
    real = Q(ended__isnull=True) | Q(ended__gt=F("since"))
    came, went = Q(since__gt=first, since__lte=last), Q(ended__gt=first, ended__lte=last)
    cities = (
        CityMembership.objects.filter(real, network=network)
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


def nominations_public(network: Network, day: date) -> QuerySet[Nomination]:
    """The nominations that the public reads: those endorsed by a day, newest first. By whom is an office, never a person."""
    return (
        Nomination.objects.filter(network=network)
        .exclude(state__in=BEFORE_ENDORSEMENT)
        .filter(Q(nominated_on__lte=day) | Q(on_record_only=True, nominated_on__isnull=True, made_at__isnull=False))
        .select_related(
            "city__state",
            "state_of",
            "post__organisation",
            "national_resolution__item__meeting__body",
            "national_item__meeting__body",
            "decided_by__item__meeting__body",
            "source",
        )
        .order_by(F("nominated_on").desc(nulls_last=True), "city__sort_en", "-pk")
    )


def steps_public(nomination: Nomination, day: date) -> list[NominationStep]:
    """What happened to a nomination up to a day, newest first, as the public reads it."""
    rows = nomination.steps.filter(verb__in=[*STANDING_AFTER, "admit"]).select_related("resolution__item__meeting__body", "source")
    found = [row for row in rows if row.day is not None and row.day <= day]
    return sorted(found, key=lambda row: (row.day or date.min, row.pk), reverse=True)


def standing_of(nomination: Nomination, day: date) -> str:
    """How a nomination stood on a day, by its own steps."""
    steps = steps_public(nomination, day)
    return str(steps[0].state) if steps else ""


def terms_on(network: Network, day: date) -> QuerySet[StateTerm]:
    """Which state chairs, and which is Shepherd, on a day."""
    return StateTerm.objects.filter(holds_on(day), network=network).select_related("state", "source").order_by("office", "pk")


@dataclass(frozen=True)
class Progress:
    """A nomination with how much of it the city has answered."""

    nomination: Nomination
    done: int
    of: int


def progress_of(nominations: Iterable[Nomination]) -> list[Progress]:
    """Nominations with their progress: two queries for any number of them."""
    rows = list(nominations)
    written = Answer.objects.filter(nomination__in=[row.pk for row in rows]).exclude(text="").values("nomination").order_by("nomination")
    done = {row["nomination"]: row["count"] for row in written.annotate(count=Count("pk"))}
    editions = {row.pk: row for row in NominationEdition.objects.filter(pk__in={row.edition_id for row in rows if row.edition_id})}
    size = {key: len(read_edition(row).asked()) for key, row in editions.items()}
    return [Progress(row, done.get(row.pk, 0), size.get(row.edition_id or 0, 0)) for row in rows]
