"""The national office verifies value by value, asks where it doubts, and sends the return back with its questions."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.audit.record import Actor, record
from nagara.monitoring.actions.common import (
    content_of,
    listed,
    locked,
    officers_of,
    refuse,
    require,
    require_signature,
    secretariat,
    tell_all,
    write_levels,
)
from nagara.monitoring.models import Level, Return, Value
from nagara.monitoring.states import RETURN, LevelName, ReturnState, Verdict
from nagara.people.models import User
from nagara.people.second_factor import Proof
from nagara.toolkit.days import instant
from nagara.toolkit.refusal import Refusal

TIME_TO_REPLY = timedelta(days=14)
"""How long a city has to reply where the office names no day."""


def _for_office(answer: Return, verb: str, by: Actor) -> Return:
    answer = locked(answer)
    require(by, "monitoring.verify", answer)
    if isinstance(by, User) and answer.submitted_by_id == by.pk:
        raise PermissionDenied(_("Nobody verifies what they handed in themselves."))
    RETURN.after(verb, answer.state, labels=ReturnState.choices)
    return answer


def _cell(answer: Return, measure: str, part: str) -> Value:
    value = answer.values.select_for_update().filter(measure=measure, part=part).first()
    if value is None:
        raise Refusal(_("The city has not answered this."), code="no-value", status=404)
    return value


def _claims(answer: Return) -> dict[int, Level]:
    """What the city claims now, by value."""
    return {row.value_id: row for row in Level.objects.filter(value__of=answer, level=LevelName.CLAIMED, until=None)}


@transaction.atomic
def verify(
    answer: Return,
    measure: str,
    part: str = "",
    *,
    number: Decimal | None = None,
    why: str = "",
    by: Actor,
    at: datetime,
    proof: Proof | None = None,
) -> Return:
    """Verify one value as claimed, or with another number and the reason why. The claim stays beside it."""
    answer = _for_office(answer, "verify", by)
    signed = require_signature(by, proof, at)
    value = _cell(answer, measure, part)
    claim = _claims(answer).get(value.pk)
    if claim is None:
        raise Refusal(_("The city has not answered this."), code="no-claim", status=404)
    content = {**content_of(claim), "why": ""}
    if number is not None and number != claim.number:
        if not why.strip():
            refuse({"why": _("Say why another number is right.")}, _("A number that differs from the claim needs its reason."))
        content |= {"number": number, "missing": "", "why": why.strip()[:1000]}
    levels = write_levels(answer, [(value, content)], LevelName.VERIFIED, by=by, at=at)
    value.verdict, value.question = Verdict.ACCEPTED, ""
    value.save(update_fields=["verdict", "question"])
    if levels:
        record(
            by=by,
            did="monitoring.verify",
            about=answer,
            at=at,
            on_behalf_of=answer.city,
            before={"claimed": str(claim.number)},
            after={"cells": listed(levels), "verified": str(content["number"])},
            why=content["why"],
            proof=signed,
        )
    return _finish(answer, by=by, at=at)


@transaction.atomic
def verify_rest(answer: Return, *, by: Actor, at: datetime, proof: Proof | None = None) -> Return:
    """Verify as claimed every value that was neither verified yet nor asked about."""
    answer = _for_office(answer, "verify", by)
    signed = require_signature(by, proof, at)
    claims = _claims(answer)
    rows = [row for row in answer.values.select_for_update().filter(pk__in=list(claims)) if row.verdict == Verdict.NONE]
    levels = write_levels(answer, [(row, {**content_of(claims[row.pk]), "why": ""}) for row in rows], LevelName.VERIFIED, by=by, at=at)
    for row in rows:
        row.verdict = Verdict.ACCEPTED
    Value.objects.bulk_update(rows, ["verdict"], batch_size=500)
    if levels:
        record(
            by=by,
            did="monitoring.verify_rest",
            about=answer,
            at=at,
            on_behalf_of=answer.city,
            after={"cells": listed(levels)},
            proof=signed,
        )
    return _finish(answer, by=by, at=at)


def _finish(answer: Return, *, by: Actor, at: datetime) -> Return:
    """A return of which every claim is verified is verified itself."""
    if answer.values.filter(levels__level=LevelName.CLAIMED, levels__until=None).exclude(verdict=Verdict.ACCEPTED).exists():
        return answer
    answer.state = RETURN.after("finish_verifying", answer.state, labels=ReturnState.choices)
    answer.verified_at = at
    answer.save(update_fields=["state", "verified_at"])
    record(by=by, did="monitoring.finish_verifying", about=answer, at=at, on_behalf_of=answer.city, after={"state": answer.state})
    tell_all(
        secretariat(at),
        answer,
        subject=lambda: _("Verified: %(city)s, %(period)s") % {"city": answer.city, "period": answer.period},
        body=lambda: _("Every value of %(city)s is verified and can be published.") % {"city": answer.city},
        page="monitoring:return",
        at=at,
    )
    return answer


@transaction.atomic
def question(answer: Return, measure: str, part: str = "", *, text: str, by: Actor, at: datetime) -> Value:
    """Ask about one value. The question reaches the city when the return is sent back."""
    answer = _for_office(answer, "send_back", by)
    if not text.strip():
        refuse({"question": _("Write the question.")}, _("A question is asked in words."))
    value = _cell(answer, measure, part)
    value.verdict, value.question, value.reply = Verdict.QUESTIONED, text.strip()[:1000], ""
    value.save(update_fields=["verdict", "question", "reply"])
    record(
        by=by,
        did="monitoring.question",
        about=answer,
        at=at,
        on_behalf_of=answer.city,
        after={"cell": f"{measure}.{part}" if part else measure},
        why=value.question,
    )
    return value


@transaction.atomic
def take_back_question(answer: Return, measure: str, part: str = "", *, by: Actor, at: datetime) -> Value:
    """Take a question back before the return is sent."""
    answer = _for_office(answer, "send_back", by)
    value = _cell(answer, measure, part)
    if value.verdict == Verdict.QUESTIONED:
        verified = value.levels.filter(level=LevelName.VERIFIED, until=None).exists()
        value.verdict, value.question = (Verdict.ACCEPTED if verified else Verdict.NONE), ""
        value.save(update_fields=["verdict", "question"])
        record(by=by, did="monitoring.take_back_question", about=answer, at=at, on_behalf_of=answer.city, after={"cell": measure})
    return value


@transaction.atomic
def send_back(answer: Return, *, until: datetime | None = None, by: Actor, at: datetime) -> Return:
    """Send a return back with its questions: only the values asked about are open, until the day that the office names."""
    answer = _for_office(answer, "send_back", by)
    asked = list(answer.values.filter(verdict=Verdict.QUESTIONED).order_by("measure", "part"))
    if not asked:
        raise Refusal(_("No value is asked about."), next_step=_("Ask about at least one value, or verify them all."), code="no-question")
    until = until or at + TIME_TO_REPLY
    if until <= at:
        refuse({"until": _("The city needs some time to reply.")})
    before = answer.state
    answer.state = RETURN.after("send_back", answer.state, labels=ReturnState.choices)
    answer.sent_back_at = at
    answer.due_at = until
    answer.locks_at = max(answer.locks_at, until)
    answer.reminders, answer.reminded_at = 0, None
    answer.save(update_fields=["state", "sent_back_at", "due_at", "locks_at", "reminders", "reminded_at"])
    record(
        by=by,
        did="monitoring.send_back",
        about=answer,
        at=at,
        on_behalf_of=answer.city,
        before={"state": before},
        after={"state": answer.state, "cells": [f"{row.measure}.{row.part}" if row.part else row.measure for row in asked], "until": until},
    )
    zone = answer.period.zone_info
    tell_all(
        officers_of(answer.city, at),
        answer,
        subject=lambda: (
            ngettext("%(count)s question about your return: %(period)s", "%(count)s questions about your return: %(period)s", len(asked))
            % {"count": len(asked), "period": answer.period}
        ),
        body=lambda: (
            _("The national office asks about values of %(city)s. Reply before %(when)s.")
            % {"city": answer.city, "when": instant(until, zone)}
        ),
        page="monitoring:return",
        at=at,
    )
    return answer
