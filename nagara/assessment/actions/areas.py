"""An officer proposes an area that the record does not hold; the office adds it and the officer begins."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.assessment import letters
from nagara.assessment.models import ProposedArea, Round
from nagara.audit.record import record
from nagara.people.actions import write_grant
from nagara.people.models import Organisation, User
from nagara.people.roles import Role, scope
from nagara.people.second_factor import Proof, require_proof
from nagara.places.actions import AreaFacts, add_area
from nagara.places.models import Area, Subdivision
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts


@transaction.atomic
def propose_area(
    round_: Round, *, name: Texts, subdivision: Subdivision, kind: str, organisation: Organisation, note: str = "", by: User, at: datetime
) -> ProposedArea:
    """Ask the office to enter an area. The same proposal twice is one."""
    access.require(by, "assessment.start")
    round_ = Round.objects.select_for_update(of=("self",)).get(pk=round_.pk)
    if not round_.takes(at):
        raise Refusal(_("This round is not open."), code="round-not-open")
    there = Area.objects.filter(subdivision=subdivision, name=name).first()
    if there:
        message = _("%(area)s is in the register already: choose it from the list.") % {"area": there}
        raise Refusal(message, code="area-exists", fields={"name": message})
    standing = ProposedArea.objects.filter(
        round=round_, subdivision=subdivision, name=name, proposed_by=by, answered_at__isnull=True
    ).first()
    if standing:
        return standing
    proposed = ProposedArea.objects.create(
        round=round_,
        name=name,
        subdivision=subdivision,
        kind=kind,
        organisation=organisation,
        note=note.strip(),
        proposed_at=at,
        proposed_by=by,
    )
    record(
        by=by,
        did="assessment.propose_area",
        about=proposed,
        at=at,
        after={"name": name, "subdivision": subdivision.pk, "kind": kind, "organisation": organisation.pk},
    )
    return proposed


def _locked(proposed: ProposedArea, by: User, at: datetime, proof: Proof | None) -> ProposedArea:
    rows = ProposedArea.objects.select_for_update(of=("self",)).select_related("round", "subdivision", "organisation", "proposed_by")
    proposed = rows.get(pk=proposed.pk)
    access.require(by, "assessment.run", proposed.round)
    require_proof(proof, at)
    return proposed


@transaction.atomic
def enter_proposed_area(proposed: ProposedArea, *, by: User, at: datetime, proof: Proof | None) -> Area:
    """Add the area to the record; its officer holds the role for it from now on and begins the application."""
    proposed = _locked(proposed, by, at, proof)
    if proposed.area:
        return proposed.area
    if proposed.answered_at:
        raise Refusal(_("This proposal was refused already."), code="answered")
    facts = AreaFacts(name=proposed.name, subdivision=proposed.subdivision, kind=proposed.kind, organisation=proposed.organisation)
    area = add_area(facts, by=by, at=at, proof=proof)
    proposed.area, proposed.answered_at = area, at
    proposed.save(update_fields=["area", "answered_at"])
    write_grant(
        proposed.proposed_by, Role.CITY_OFFICER, scope("area", area.pk), by=by, giver=by, at=at, proof=proof, why=_("proposed the area")
    )
    record(by=by, did="assessment.enter_proposed_area", about=proposed, at=at, proof=proof, after={"area": area.pk})
    letters.send(
        [proposed.proposed_by],
        subject=lambda: _("In the register now: %(area)s") % {"area": area},
        body=lambda: _("The programme office added the area that you proposed. You can begin its application."),
        page="assessment:start",
        args=[proposed.round.slug],
        about=f"proposed:{proposed.pk}",
        at=at,
    )
    return area


@transaction.atomic
def refuse_proposed_area(proposed: ProposedArea, *, reasons: str, by: User, at: datetime, proof: Proof | None) -> ProposedArea:
    """The area is not entered. Who proposed it reads why."""
    proposed = _locked(proposed, by, at, proof)
    if proposed.answered_at:
        return proposed
    if not reasons.strip():
        message = _("Say why. Who proposed it reads it.")
        raise Refusal(message, code="reason-missing", fields={"reasons": message})
    proposed.reasons, proposed.answered_at = reasons.strip(), at
    proposed.save(update_fields=["reasons", "answered_at"])
    record(by=by, did="assessment.refuse_proposed_area", about=proposed, at=at, proof=proof, why=proposed.reasons)
    letters.send(
        [proposed.proposed_by],
        subject=lambda: _("Not added to the register: %(area)s") % {"area": proposed},
        body=lambda: _("Reasons of the programme office: %(reasons)s") % {"reasons": proposed.reasons},
        page="assessment:start",
        args=[proposed.round.slug],
        about=f"proposed:{proposed.pk}",
        at=at,
    )
    return proposed
