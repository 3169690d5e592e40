"""The network publishes what the national offices have verified."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.monitoring.actions.common import content_of, listed, locked, officers_of, require, require_signature, tell_all, write_levels
from nagara.monitoring.models import Level, Period, Return
from nagara.monitoring.states import RETURN, LevelName, ReturnState
from nagara.people.second_factor import Proof


@transaction.atomic
def publish(answer: Return, *, by: Actor, at: datetime, proof: Proof | None = None) -> Return:
    """Publish the verified values of one city."""
    answer = locked(answer)
    require(by, "monitoring.publish", answer)
    signed = require_signature(by, proof, at)
    answer.state = RETURN.after("publish", answer.state, labels=ReturnState.choices)
    verified = Level.objects.filter(value__of=answer, level=LevelName.VERIFIED, until=None).select_related("value")
    levels = write_levels(answer, [(row.value, {**content_of(row), "why": row.why}) for row in verified], LevelName.PUBLISHED, by=by, at=at)
    answer.published_at = at
    answer.save(update_fields=["state", "published_at"])
    record(
        by=by,
        did="monitoring.publish",
        about=answer,
        at=at,
        on_behalf_of=answer.city,
        after={"state": answer.state, "cells": listed(levels)},
        proof=signed,
    )
    tell_all(
        officers_of(answer.city, at),
        answer,
        subject=lambda: _("Published: %(city)s, %(period)s") % {"city": answer.city, "period": answer.period},
        body=lambda: _("The values of %(city)s are on its public page now.") % {"city": answer.city},
        page="monitoring:return",
        at=at,
    )
    return answer


def publish_verified(period: Period, *, by: Actor, at: datetime, proof: Proof | None = None) -> int:
    """Publish every return of a period that is verified; answer how many."""
    rows = list(period.returns.filter(state=ReturnState.VERIFIED).order_by("pk"))
    for answer in rows:
        publish(answer, by=by, at=at, proof=proof)
    return len(rows)
