"""Proposing a step to a body, by the office or at the wish of the area; and making it ready for an agenda."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.people.models import User
from nagara.places.models import Area
from nagara.recognition.actions.steps import refuse_double, require_possible
from nagara.recognition.letters import tell_officers
from nagara.recognition.models import Proposal, Recognition
from nagara.recognition.states import PROPOSAL, VERB_OF, Business, ProposalState, Tier
from nagara.rulebook.keep import keep_in_force
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, text, texts

PROGRAMME = "smart-city-thailand"


def _today(at: datetime) -> date:
    return at.astimezone(settings.ZONE).date()


@transaction.atomic
def propose(
    business: str,
    *,
    recognition: Recognition | None = None,
    area: Area | None = None,
    reason: Texts,
    effective_on: date | None = None,
    checked_progress: int | None = None,
    checked_why: str = "",
    by: User,
    at: datetime,
) -> Proposal:
    """The office proposes a step, with its reasons. It is ready for an agenda at once."""
    access.require(by, "recognition.keep")
    proposal = _make(
        business, ProposalState.READY, recognition=recognition, area=area, reason=reason, effective_on=effective_on, by=by, at=at
    )
    if business == Business.RENEW:
        proposal.checked_progress, proposal.checked_why = _checked(checked_progress, checked_why)
        proposal.save(update_fields=["checked_progress", "checked_why"])
    _record("propose", proposal, by=by, at=at)
    return proposal


@transaction.atomic
def ask_renewal(recognition: Recognition, *, progress: int, reason: Texts, by: User, at: datetime) -> Proposal:
    """An area's officers ask for its renewal and state how far its plan has come."""
    access.require(by, "recognition.ask", recognition)
    proposal = _make(Business.RENEW, ProposalState.ASKED, recognition=recognition, reason=reason, by=by, at=at)
    proposal.progress = _percent(progress, "progress")
    proposal.save(update_fields=["progress"])
    _record("ask", proposal, by=by, at=at)
    return proposal


@transaction.atomic
def take_up(proposal: Proposal, *, checked_progress: int, checked_why: str, by: User, at: datetime) -> Proposal:
    """The office has checked what an area asked for, and makes it ready for an agenda."""
    access.require(by, "recognition.keep")
    proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
    proposal.state = _after("take_up", proposal)
    proposal.checked_progress, proposal.checked_why = _checked(checked_progress, checked_why)
    proposal.save(update_fields=["state", "checked_progress", "checked_why"])
    _record("take_up", proposal, by=by, at=at)
    return proposal


@transaction.atomic
def return_to_area(proposal: Proposal, *, answer: str, by: User, at: datetime) -> Proposal:
    """The office asks the area to complete its request, and says what is missing."""
    access.require(by, "recognition.keep")
    proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if not answer.strip():
        raise Refusal(_("Say what is missing."), fields={"answer": _("Write what the area should complete.")}, code="reason-missing")
    proposal.state = _after("return", proposal)
    proposal.answer = answer
    proposal.save(update_fields=["state", "answer"])
    _record("return", proposal, by=by, at=at, why=answer)
    name = proposal.area.name
    tell_officers(
        proposal.area,
        subject=texts(f"{name.get('th', '')}: ขอข้อมูลเพิ่มเติมเพื่อการต่ออายุ", f"{name.get('en', '')}: more is needed for the renewal"),
        body=texts(answer, answer),
        link=f"/recognitions/proposals/{proposal.pk}",
        about=proposal,
        at=at,
    )
    return proposal


@transaction.atomic
def ask_again(proposal: Proposal, *, progress: int, reason: Texts, by: User, at: datetime) -> Proposal:
    """The area hands in its completed request."""
    access.require(by, "recognition.answer", proposal)
    proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
    before = {"progress": proposal.progress, "reason": proposal.reason}
    proposal.state = _after("ask_again", proposal)
    proposal.progress, proposal.reason = _percent(progress, "progress"), _reason(reason)
    proposal.save(update_fields=["state", "progress", "reason"])
    _record("ask_again", proposal, by=by, at=at, before=before)
    return proposal


@transaction.atomic
def withdraw(proposal: Proposal, *, why: str, by: User, at: datetime) -> Proposal:
    """Take a proposal back before a body has decided on it."""
    access.require(by, "recognition.answer", proposal)
    proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
    proposal.state = _after("withdraw", proposal)
    proposal.answer = why or proposal.answer
    proposal.save(update_fields=["state", "answer"])
    _record("withdraw", proposal, by=by, at=at, why=why)
    return proposal


def _make(
    business: str,
    state: ProposalState,
    *,
    recognition: Recognition | None = None,
    area: Area | None = None,
    reason: Texts,
    effective_on: date | None = None,
    by: User,
    at: datetime,
) -> Proposal:
    today = _today(at)
    about = recognition.area if recognition else area
    if about is None:
        raise Refusal(_("Name the area that the proposal is about."), fields={"area": _("Choose an area.")}, code="area-missing")
    if recognition is not None:
        require_possible(recognition, VERB_OF[business], effective_on or today)
    else:
        refuse_double(about, Tier.ZONE, effective_on or today)
    edition = (recognition.edition if recognition else None) or keep_in_force(PROGRAMME, on=today, at=at)
    try:
        with transaction.atomic():
            return Proposal.objects.create(
                business=business,
                area=about,
                recognition=recognition,
                edition=edition,
                state=state,
                reason=_reason(reason),
                effective_on=effective_on,
                made_at=at,
                made_by=by,
            )
    except IntegrityError:
        known = Proposal.objects.filter(
            business=business, area=about, state__in=[ProposalState.ASKED, ProposalState.RETURNED, ProposalState.READY]
        ).first()
        if known is None:
            raise
        raise Refusal(
            _("“%(business)s” of %(area)s has been proposed already.") % {"business": known.get_business_display(), "area": about},
            next_step=_("Open that proposal, or take it back first."),
            code="proposed-already",
            back=f"/recognitions/proposals/{known.pk}",
        ) from None


def _reason(reason: Texts) -> Texts:
    if not text(reason).strip():
        raise Refusal(_("Give the reasons."), fields={"reason": _("Write the reasons.")}, code="reason-missing")
    return reason


def _percent(value: int | None, field: str) -> int:
    if value is None or not 0 <= value <= 100:
        raise Refusal(
            _("Progress is a whole number from 0 to 100."), fields={field: _("Write a number from 0 to 100.")}, code="not-a-percentage"
        )
    return value


def _checked(progress: int | None, why: str) -> tuple[int, str]:
    value = _percent(progress, "checked_progress")
    if not why.strip():
        raise Refusal(
            _("Say how the progress was found."), fields={"checked_why": _("Write which reports or visits show it.")}, code="reason-missing"
        )
    return value, why


def _after(verb: str, proposal: Proposal) -> ProposalState:
    labels = [(str(value), str(label)) for value, label in ProposalState.choices]
    return ProposalState(PROPOSAL.after(verb, proposal.state, labels=labels))


def _record(verb: str, proposal: Proposal, *, by: User, at: datetime, why: str = "", before: dict[str, Any] | None = None) -> None:
    record(
        by=by,
        did=f"recognition.{verb}",
        about=proposal,
        at=at,
        before=before,
        after={
            "business": proposal.business,
            "area": proposal.area.slug,
            "state": proposal.state,
            "reason": proposal.reason,
            "progress": proposal.progress,
            "checked_progress": proposal.checked_progress,
            "effective_on": proposal.effective_on,
        },
        why=why,
        on_behalf_of=proposal.area.organisation,
    )
