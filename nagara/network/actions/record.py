"""Entering what the public record says of a network: nothing is decided by it, and nothing is guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from nagara.audit.record import Actor, record
from nagara.documents.models import Source
from nagara.governance.models import AgendaItem, Resolution
from nagara.network.models import CityMembership, Network, Nomination, NominationStep, StateMembership
from nagara.network.states import NominationState
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


@dataclass(frozen=True)
class StepOnRecord:
    """What a source says happened: `on` where it gives the day, else `known_by`, the first day on which a source shows it."""

    verb: str
    state: NominationState
    source: Source
    on: date | None = None
    known_by: date | None = None
    reason: dict[str, str] | None = None


@transaction.atomic
def enter_nomination(
    network: Network,
    city: City,
    *,
    steps: Sequence[StepOnRecord],
    source: Source,
    item: AgendaItem | None = None,
    resolution: Resolution | None = None,
    by: Actor,
    at: datetime,
) -> Nomination:
    """A nomination by the public record, with the steps that a source shows. Entering it again answers with what is there."""
    known = Nomination.objects.filter(network=network, city=city, on_record_only=True, source=source).first()
    if known is not None:
        return known
    row = Nomination.objects.create(
        network=network,
        city=city,
        state_of=city.state,
        state=steps[-1].state,
        nominated_on=steps[0].on,
        national_item=item,
        national_resolution=resolution,
        on_record_only=True,
        source=source,
        made_at=at,
        made_by=by.audit_key,
    )
    for said in steps:
        NominationStep.objects.create(
            nomination=row,
            verb=said.verb,
            state=said.state,
            on=said.on,
            known_by=said.known_by,
            reason=said.reason or {},
            source=said.source,
            at=at,
            by=by.audit_key,
        )
    after = {"city": city.slug, "state": str(row.state), "nominated_on": row.nominated_on, "source": source.code}
    record(by=by, did="network.enter_nomination", about=row, at=at, on_behalf_of=network, after=after)
    return row
