"""What a resolution of the annual meeting does to a nomination. Called by the matter alone, in governance's own transaction."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.governance.models import Resolution
from nagara.network.actions.common import step
from nagara.network.actions.nominations import named
from nagara.network.letters import officers, representatives, secretariat, tell_all
from nagara.network.models import CityMembership, Nomination
from nagara.network.states import NominationState
from nagara.people.models import User
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import in_each, text


def admit(nomination: Nomination, resolution: Resolution, *, on: date, by: User, at: datetime) -> CityMembership:
    """The city is a member from the day of the resolution."""
    if CityMembership.objects.filter(network=nomination.network, city=nomination.city, ended__isnull=True).exists():
        raise Refusal(_("%(city)s is a member of %(network)s already.") % named(nomination), code="member-already")
    nomination.decided_by = resolution
    step(nomination, "admit", by=by, at=at, on=on, resolution=resolution, reason=resolution.text, fields=("decided_by",))
    membership = CityMembership.objects.create(
        network=nomination.network, city=nomination.city, since=on, day_known=True, admitted_by=resolution, invented=nomination.invented
    )
    after = {"city": nomination.city.slug, "since": on, "resolution": resolution.pk}
    record(by=by, did="network.enter_city", about=membership, at=at, on_behalf_of=nomination.network, after=after)
    _tell(nomination, resolution, by, at)
    return membership


def set_aside(nomination: Nomination, verb: str, resolution: Resolution, *, on: date, by: User, at: datetime) -> None:
    """The meeting defers or declines, with its words as the reason."""
    nomination.decided_by = resolution
    step(nomination, verb, by=by, at=at, on=on, resolution=resolution, reason=resolution.text, fields=("decided_by",))
    _tell(nomination, resolution, by, at)


def reopen(nomination: Nomination, resolution: Resolution, *, on: date, by: User, at: datetime) -> None:
    """A correcting resolution takes the earlier decision back; a membership that it made never was."""
    corrected = resolution.corrects
    for membership in CityMembership.objects.select_for_update().filter(
        network=nomination.network, city=nomination.city, admitted_by=corrected, ended__isnull=True
    ):
        membership.ended, membership.ended_by, membership.why_ended = membership.since, resolution, resolution.text
        membership.save(update_fields=["ended", "ended_by", "why_ended"])
    nomination.decided_by = None
    step(nomination, "reopen", by=by, at=at, on=on, resolution=resolution, reason=resolution.text, fields=("decided_by",))


def _tell(nomination: Nomination, resolution: Resolution, by: User, at: datetime) -> None:
    told = {user.pk: user for user in representatives([nomination.state_of], at) + officers(nomination.city, at)}
    told |= {user.pk: user for user in secretariat(nomination.network, at)}
    label = NominationState(nomination.state)
    tell_all(
        told.values(),
        "nomination",
        nomination,
        subject=in_each(lambda: _("Nomination of %(city)s: %(state)s") % {**named(nomination), "state": label.label}),
        body=in_each(lambda: text(resolution.text)),
        at=at,
        but=by,
    )
