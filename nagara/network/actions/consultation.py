"""The members are asked: the secretariat opens and concludes, each member state answers once and may change its answer until the day."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.network.actions.common import day_of, locked, require_text, step
from nagara.network.actions.nominations import named
from nagara.network.letters import representatives, secretariat, tell_all
from nagara.network.models import Consultation, Nomination, Reply
from nagara.network.queries import states_on
from nagara.network.states import NominationState, Outcome, Position, Rule
from nagara.notices.outbox import withdraw as withdraw_notices
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.second_factor import Proof, require_proof
from nagara.places.models import State
from nagara.toolkit import access
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import in_each


@transaction.atomic
def accept(nomination: Nomination, *, by: User, at: datetime) -> Nomination:
    """The secretariat has found the dossier complete: the city is a candidate and may be invited as an observer."""
    nomination = locked(nomination)
    access.require(by, "network.handle", nomination)
    if nomination.state == NominationState.CANDIDATE:  # pressed twice
        return nomination
    step(nomination, "accept", by=by, at=at)
    _tell_home(nomination, by, at, _subject_candidate)
    return nomination


def _subject_candidate(nomination: Nomination) -> str:
    return _("%(city)s is a candidate of %(network)s") % named(nomination)


def _subject_deferred(nomination: Nomination) -> str:
    return _("The deferred nomination of %(city)s is taken up again") % named(nomination)


def _tell_home(nomination: Nomination, by: User, at: datetime, subject: object) -> None:
    assert callable(subject)  # noqa: S101 - one of the two above
    tell_all(
        representatives([nomination.state_of], at),
        "nomination",
        nomination,
        subject=in_each(lambda: subject(nomination)),
        body=in_each(lambda: _("It may be invited to meetings as an observer. The members are consulted next.")),
        at=at,
        but=by,
    )


@transaction.atomic
def take_up(nomination: Nomination, *, reason: str, by: User, at: datetime) -> Nomination:
    """What the annual meeting deferred is put before the members again, as it was endorsed."""
    nomination = locked(nomination)
    access.require(by, "network.handle", nomination)
    if nomination.state == NominationState.CANDIDATE:  # pressed twice
        return nomination
    reason = require_text(reason, "reason", _("Say what has changed since it was deferred."))
    nomination.decided_by = None
    step(nomination, "take_up", by=by, at=at, note=reason, fields=("decided_by",))
    _tell_home(nomination, by, at, _subject_deferred)
    return nomination


def _question(consultation: Consultation) -> str:
    """What the notices of a consultation are about: they are taken back once it is concluded."""
    return f"network.consultation:{consultation.pk}"


@transaction.atomic
def consult(nomination: Nomination, *, rule: str, until: date, words: str = "", by: User, at: datetime) -> Consultation:
    """Ask every other member state until the end of a day. The nominating state has agreed by nominating."""
    nomination = locked(nomination)
    access.require(by, "network.handle", nomination)
    running = nomination.consultations.filter(concluded_on__isnull=True).first()
    if running is not None:  # pressed twice
        return running
    if until <= day_of(at):
        message = _("The last day must lie after today.")
        raise Refusal(message, code="too-early", status=422, fields={"until": message})
    asked = [row.state_id for row in states_on(nomination.network, day_of(at)) if row.state_id != nomination.state_of_id]
    step(nomination, "consult", by=by, at=at, after={"rule": rule, "until": until, "asked": asked})
    consultation = Consultation.objects.create(
        nomination=nomination, rule=Rule(rule), opened_on=day_of(at), until=until, words=words.replace("\x00", "").strip(), asked=asked
    )
    tell_all(
        representatives(asked, at),
        "consultation",
        nomination,
        subject=in_each(lambda: _("Answer until %(day)s: admission of %(city)s") % {**named(nomination), "day": long_day(until)}),
        body=in_each(
            lambda: _("%(state)s nominates %(city)s to %(network)s. You are asked whether your state agrees.") % named(nomination)
        ),
        at=at,
        about=_question(consultation),
    )
    return consultation


@transaction.atomic
def extend(consultation: Consultation, *, until: date, by: User, at: datetime) -> Consultation:
    """Give the members longer."""
    nomination = locked(consultation.nomination)
    access.require(by, "network.handle", nomination)
    consultation = Consultation.objects.select_for_update().get(pk=consultation.pk)
    if until <= max(consultation.until, day_of(at)):
        message = _("The new day must lie after %(day)s.") % {"day": long_day(max(consultation.until, day_of(at)))}
        raise Refusal(message, code="too-early", status=422, fields={"until": message})
    step(nomination, "extend", by=by, at=at, after={"until": until, "was": consultation.until})
    consultation.until = until
    consultation.save(update_fields=["until"])
    return consultation


@transaction.atomic
def reply(nomination: Nomination, state: State, *, position: str, reasons: str = "", by: User, at: datetime, proof: Proof | None) -> Reply:
    """A member state agrees, or objects with its reasons."""
    nomination = locked(nomination)
    access.require(by, "network.reply", nomination)
    running = nomination.consultations.select_for_update().filter(concluded_on__isnull=True).first()
    if running is None or nomination.state != NominationState.CONSULTATION:
        raise Refusal(_("No consultation about %(city)s is open.") % named(nomination), code="no-consultation")
    if state.pk not in running.asked or state.pk not in by.scopes(Role.NATIONAL_REPRESENTATIVE, "state"):
        raise Refusal(_("%(state)s is not asked here, or you do not represent it.") % {"state": state}, code="state-not-asked", status=403)
    if day_of(at) > running.until:
        raise Refusal(
            _("The consultation ended on %(day)s.") % {"day": long_day(running.until)},
            who=_("The network secretariat can extend it."),
            code="too-late",
        )
    proof = require_proof(proof, at)
    reasons = reasons.replace("\x00", "").strip()
    if position == Position.OBJECT:
        reasons = require_text(reasons, "reasons", _("An objection needs its reasons: the members read them."))
    last = running.replies.filter(state_of=state).order_by("-pk").first()
    if last is not None and (last.position, last.reasons) == (position, reasons):  # pressed twice
        return last
    made = Reply.objects.create(consultation=running, state_of=state, position=Position(position), reasons=reasons, at=at, by=by)
    record(
        by=by,
        did="network.reply",
        about=nomination,
        at=at,
        proof=proof,
        on_behalf_of=state,
        before={"position": last.position} if last else None,
        after={"position": position, "reasons": reasons},
    )
    if position == Position.OBJECT:
        tell_all(
            secretariat(nomination.network, at),
            "consultation",
            nomination,
            subject=in_each(lambda: _("An objection to %(city)s") % named(nomination)),
            body={"th": reasons, "en": reasons},
            at=at,
        )
    return made


def outcome_of(consultation: Consultation) -> Outcome:
    """What the answers come to: under "no objection" silence agrees, under "consensus" it does not."""
    latest = consultation.latest()
    if any(row.position == Position.OBJECT for row in latest.values()):
        return Outcome.OBJECTED
    if consultation.rule == Rule.NO_OBJECTION:
        return Outcome.NO_OBJECTION
    return Outcome.CONSENSUS if set(consultation.asked) <= set(latest) else Outcome.NO_CONSENSUS


@transaction.atomic
def conclude(nomination: Nomination, *, by: User, at: datetime) -> Consultation:
    """Close a consultation whose day is over, or that every state has answered. Its outcome goes to the annual meeting."""
    nomination = locked(nomination)
    access.require(by, "network.handle", nomination)
    running = nomination.consultations.select_for_update().filter(concluded_on__isnull=True).first()
    if running is None:
        last = nomination.consultations.order_by("-pk").first()
        if last is None:
            raise Refusal(_("No consultation about %(city)s is open.") % named(nomination), code="no-consultation")
        return last
    if day_of(at) <= running.until and not set(running.asked) <= set(running.latest()):
        raise Refusal(
            _("The members may answer until the end of %(day)s.") % {"day": long_day(running.until)},
            next_step=_("Conclude it afterwards, or once every state has answered."),
            code="too-early",
        )
    outcome = outcome_of(running)
    running.outcome, running.concluded_on = outcome, day_of(at)
    running.save(update_fields=["outcome", "concluded_on"])
    step(nomination, "conclude", by=by, at=at, after={"outcome": str(outcome)})
    withdraw_notices(about=_question(running), at=at)
    return running
