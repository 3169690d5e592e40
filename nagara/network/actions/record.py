"""Entering what the public record says of a network: nothing is decided by it, and nothing is guessed."""

from datetime import date, datetime

from django.db import transaction

from nagara.audit.record import Actor, record
from nagara.documents.models import Source
from nagara.network.models import CityMembership, Network, StateMembership
from nagara.places.models import City, State


@transaction.atomic
def enter_state(
    network: Network, state: State, *, since: date, source: Source, by: Actor, at: datetime, day_known: bool = True
) -> StateMembership:
    """A state is a member since a day, by the public record. Entering it again answers with what is there."""
    row, made = StateMembership.objects.get_or_create(
        network=network, state=state, ended=None, defaults={"since": since, "day_known": day_known, "source": source}
    )
    if made:
        after = {"state": state.pk, "since": since, "day_known": day_known, "source": source.code}
        record(by=by, did="network.enter_state", about=row, at=at, on_behalf_of=network, after=after)
    return row


@transaction.atomic
def enter_city(
    network: Network, city: City, *, since: date, source: Source, by: Actor, at: datetime, day_known: bool = True
) -> CityMembership:
    """A city is a member since a day, by the public record. Entering it again answers with what is there."""
    row, made = CityMembership.objects.get_or_create(
        network=network, city=city, ended=None, defaults={"since": since, "day_known": day_known, "source": source}
    )
    if made:
        after = {"city": city.slug, "since": since, "day_known": day_known, "source": source.code}
        record(by=by, did="network.enter_city", about=row, at=at, on_behalf_of=network, after=after)
    return row
