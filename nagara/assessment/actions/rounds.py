"""The office makes, opens and finishes a round."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.assessment.models import Round
from nagara.assessment.states import ROUND, ApplicationState, RoundState
from nagara.audit.record import record
from nagara.people.models import User
from nagara.people.second_factor import Proof, require_proof
from nagara.rulebook.models import Edition
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts

UNFINISHED = (ApplicationState.SUBMITTED, ApplicationState.RETURNED, ApplicationState.IN_REVIEW)
"""What the office or the assessors still have to do with an application before its round can be finished."""


def _sound(opens_at: datetime, closes_at: datetime, time_zone: str, assess_until: datetime | None) -> None:
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Refusal(
            _("“%(zone)s” is not a time zone.") % {"zone": time_zone}, code="no-such-zone", fields={"time_zone": _("Choose a time zone.")}
        ) from None
    if closes_at <= opens_at:
        message = _("The round closes before it opens.")
        raise Refusal(message, code="closes-before-it-opens", fields={"closes": message})
    if assess_until and assess_until <= closes_at:
        message = _("Scores cannot be due before the round closes.")
        raise Refusal(message, code="due-before-closing", fields={"assess_until": message})


@transaction.atomic
def make_round(
    edition: Edition,
    *,
    slug: str,
    title: Texts,
    opens_at: datetime,
    closes_at: datetime,
    by: User,
    at: datetime,
    proof: Proof | None,
    call: Texts | None = None,
    confidentiality: Texts | None = None,
    time_zone: str = "Asia/Bangkok",
    assessors_each: int = 3,
    assess_until: datetime | None = None,
    invented: bool = False,
) -> Round:
    """Plan a round under a kept edition of the criteria. Nothing is public before it is opened."""
    access.require(by, "assessment.make_round")
    require_proof(proof, at)
    _sound(opens_at, closes_at, time_zone, assess_until)
    if Round.objects.filter(slug=slug).exists():
        message = _("A round with this address exists already.")
        raise Refusal(message, code="slug-taken", fields={"slug": message})
    made = Round.objects.create(
        slug=slug,
        title=title,
        call=call or {},
        confidentiality=confidentiality or {},
        edition=edition,
        opens_at=opens_at,
        closes_at=closes_at,
        time_zone=time_zone,
        assessors_each=assessors_each,
        assess_until=assess_until,
        invented=invented,
    )
    access.require(by, "assessment.run", made)
    record(by=by, did="assessment.make_round", about=made, at=at, proof=proof, after=_facts(made))
    return made


def _facts(made: Round) -> dict[str, object]:
    return {
        "slug": made.slug,
        "title": made.title,
        "edition": made.edition.digest,
        "opens_at": made.opens_at,
        "closes_at": made.closes_at,
        "time_zone": made.time_zone,
        "assessors_each": made.assessors_each,
        "assess_until": made.assess_until,
    }


@transaction.atomic
def change_round(
    changed: Round,
    *,
    by: User,
    at: datetime,
    proof: Proof | None,
    title: Texts,
    call: Texts,
    confidentiality: Texts,
    opens_at: datetime,
    closes_at: datetime,
    assessors_each: int,
    assess_until: datetime | None,
    why: str = "",
) -> Round:
    """Change the texts and days of a round. Once it is open, its closing can only be put later, for everyone, with a reason."""
    changed = Round.objects.select_for_update(of=("self",)).select_related("edition").get(pk=changed.pk)
    access.require(by, "assessment.run", changed)
    require_proof(proof, at)
    _sound(opens_at, closes_at, changed.time_zone, assess_until)
    if changed.state in (RoundState.FINISHED, RoundState.CANCELLED):
        raise Refusal(_("This round is over: it stays as it was."), code="wrong-state")
    if changed.state != RoundState.PLANNED:
        if opens_at != changed.opens_at:
            raise Refusal(_("The round has been opened: its opening can no longer be moved."), code="round-open")
        if closes_at < changed.closes_at:
            raise Refusal(
                _("A closing that was announced cannot be brought forward."),
                next_step=_("Leave it as it is or put it later."),
                code="closing-brought-forward",
            )
        if closes_at > changed.closes_at:
            if changed.state != RoundState.OPEN or at >= changed.closes_at:
                raise Refusal(_("The round has closed: there is no late grace."), code="round-closed")
            if not why:
                message = _("Say why the closing is put later.")
                raise Refusal(message, code="reason-missing", fields={"why": message})
    before = _facts(changed)
    changed.title, changed.call, changed.confidentiality = title, call, confidentiality
    changed.opens_at, changed.closes_at = opens_at, closes_at
    changed.assessors_each, changed.assess_until = assessors_each, assess_until
    changed.save(update_fields=["title", "call", "confidentiality", "opens_at", "closes_at", "assessors_each", "assess_until"])
    record(by=by, did="assessment.change_round", about=changed, at=at, proof=proof, why=why, before=before, after=_facts(changed))
    return changed


def _step(verb: str, moved: Round, *, by: User, at: datetime, proof: Proof | None, why: str = "") -> Round:
    """One step of a round, with its entry."""
    require_proof(proof, at)
    before = moved.state
    moved.state = ROUND.after(verb, moved.state, labels=RoundState.choices)
    moved.save(update_fields=["state"])
    record(
        by=by,
        did=f"assessment.{verb}_round",
        about=moved,
        at=at,
        proof=proof,
        why=why,
        before={"state": before},
        after={"state": moved.state},
    )
    return moved


def _locked(moved: Round, by: User) -> Round:
    moved = Round.objects.select_for_update(of=("self",)).select_related("edition").get(pk=moved.pk)
    access.require(by, "assessment.run", moved)
    return moved


@transaction.atomic
def open_round(opened: Round, *, by: User, at: datetime, proof: Proof | None) -> Round:
    """Publish the call. Applications are taken from its opening instant until just before its closing instant."""
    opened = _locked(opened, by)
    if at >= opened.closes_at:
        raise Refusal(_("The closing of this round has passed already."), next_step=_("Change its days first."), code="round-closed")
    return _step("open", opened, by=by, at=at, proof=proof)


@transaction.atomic
def begin_assessment(begun: Round, *, by: User, at: datetime, proof: Proof | None) -> Round:
    """No more applications: what came in is assessed."""
    begun = _locked(begun, by)
    if at < begun.closes_at:
        raise Refusal(_("The round is still open. Its closing was announced and cannot be brought forward."), code="round-open")
    return _step("begin_assessment", begun, by=by, at=at, proof=proof)


@transaction.atomic
def finish_round(finished: Round, *, by: User, at: datetime, proof: Proof | None) -> Round:
    """The round's assessment is over. Refused while an application waits for the office, its team or an assessor."""
    finished = _locked(finished, by)
    waiting = finished.applications.filter(state__in=UNFINISHED).aggregate(count=Count("pk"))["count"]
    if waiting:
        raise Refusal(
            ngettext(
                "%(count)s application of this round is not assessed yet.",
                "%(count)s applications of this round are not assessed yet.",
                waiting,
            )
            % {"count": waiting},
            code="round-unfinished",
        )
    return _step("finish", finished, by=by, at=at, proof=proof)


@transaction.atomic
def cancel_round(cancelled: Round, *, why: str, by: User, at: datetime, proof: Proof | None) -> Round:
    """Call a round off, with the reason. What was written stays with its teams."""
    cancelled = _locked(cancelled, by)
    if not why.strip():
        message = _("Say why the round is cancelled.")
        raise Refusal(message, code="reason-missing", fields={"why": message})
    return _step("cancel", cancelled, by=by, at=at, proof=proof, why=why)
