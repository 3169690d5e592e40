"""What the actions share: locking, the day of an instant, noting a step."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.governance.models import Resolution
from nagara.network.models import Nomination, NominationStep
from nagara.network.states import NOMINATION, NominationState
from nagara.people.second_factor import Proof
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts


def day_of(at: datetime) -> date:
    return at.astimezone(settings.ZONE).date()


def locked(nomination: Nomination) -> Nomination:
    """The row as it is now, held until the end of the transaction."""
    rows = Nomination.objects.select_for_update(of=("self",)).select_related("network__body", "city__state", "state_of", "edition", "post")
    return rows.get(pk=nomination.pk)


def require_text(words: str, field: str, message: str) -> str:
    clean = words.replace("\x00", "").strip()
    if not clean:
        raise Refusal(message, code="words-needed", status=422, fields={field: message})
    return clean


def step(
    nomination: Nomination,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    on: date | None = None,
    note: str = "",
    reason: Texts | None = None,
    resolution: Resolution | None = None,
    proof: Proof | None = None,
    fields: tuple[str, ...] = (),
    after: dict[str, Any] | None = None,
) -> NominationStep:
    """Bring the nomination to the state after `verb`, save it with the named fields, and keep the step. In the caller's transaction."""
    before = nomination.state
    nomination.state = NominationState(NOMINATION.after(verb, nomination.state, labels=NominationState.choices))
    nomination.revision += 1
    nomination.save(update_fields=["state", "revision", *fields])
    made = NominationStep.objects.create(
        nomination=nomination,
        verb=verb,
        state=nomination.state,
        on=on or day_of(at),
        note=note,
        reason=reason or {},
        resolution=resolution,
        at=at,
        by=by.audit_key,
    )
    record(
        by=by,
        did=f"network.{verb}",
        about=nomination,
        at=at,
        proof=proof,
        on_behalf_of=nomination.city,
        before={"state": before},
        after={"state": nomination.state, **(after or {})},
    )
    return made


def refuse_stale(nomination: Nomination, revision: int | None) -> None:
    """Whoever decides on what they read decides on nothing else."""
    if revision is not None and revision != nomination.revision:
        raise Refusal(
            _("The nomination has moved on since you opened it. Nothing was done."),
            next_step=_("Read it as it is now, then decide."),
            code="changed-meanwhile",
        )
