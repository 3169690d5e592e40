"""Entering facts of the public record: what others decided before this installation kept the register."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.documents.models import Source
from nagara.governance.models import Resolution
from nagara.places.models import Area
from nagara.recognition.keep import keep_spans, seal
from nagara.recognition.models import Recognition, RecognitionStep
from nagara.recognition.queries import zones_that_end
from nagara.recognition.states import Tier, Verb
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts


@transaction.atomic
def enter(
    area: Area,
    *,
    tier: str,
    number: int,
    batch: int | None,
    decided_on: date | None,
    effective_on: date,
    presented_on: date | None = None,
    valid_until: date | None = None,
    source: Source,
    certainty: str,
    resolution: Resolution | None = None,
    recommended_by: Resolution | None = None,
    invented: bool = False,
    at: datetime,
    by: Actor,
) -> Recognition:
    """Enter a recognition that is on the public record. A day that nobody wrote down stays not on record (None).

    A promotion zone of the same area that was entered before ends on the day its area is recognised.
    Entering the same number again answers with what is there; with other facts under the same number it is refused.
    """
    known = Recognition.objects.filter(tier=tier, number=number).first()
    if known is not None:
        if (known.area_id, known.decided_on, known.effective_on) != (area.pk, decided_on, effective_on):
            raise Refusal(
                _("Number %(number)s of the register stands for %(area)s already.") % {"number": number, "area": known.area},
                next_step=_("Give the next free number, or correct the entry by a resolution."),
                code="number-taken",
            )
        return known
    recognition = Recognition.objects.create(
        area=area,
        tier=tier,
        number=number,
        batch=batch,
        decided_on=decided_on,
        effective_on=effective_on,
        presented_on=presented_on,
        valid_until=valid_until,
        decided_by=resolution,
        recommended_by=recommended_by,
        source=source,
        certainty=certainty,
        invented=invented,
    )
    first = Verb.GRANT if tier == Tier.LABEL else Verb.DESIGNATE
    steps = [_step(recognition, first, effective_on, resolution=resolution, valid_until=valid_until, source=source, at=at, by=by)]
    if presented_on:
        steps.append(_step(recognition, Verb.PRESENT, presented_on, source=source, at=at, by=by))
    keep_spans(recognition)
    if tier == Tier.LABEL:
        for zone in zones_that_end(area, effective_on):
            steps.append(_step(zone, Verb.SUPERSEDE, effective_on, resolution=resolution, source=source, at=at, by=by))
            keep_spans(zone)
    record(
        by=by,
        did="recognition.enter",
        about=recognition,
        at=at,
        after={
            "area": area.slug,
            "tier": tier,
            "number": number,
            "decided_on": decided_on,
            "effective_on": effective_on,
            "presented_on": presented_on,
            "valid_until": valid_until,
            "source": source.code,
            "steps": seal(*steps),
        },
    )
    return recognition


@transaction.atomic
def enter_step(
    recognition: Recognition,
    *,
    verb: str,
    on: date | None,
    valid_until: date | None = None,
    reason: Texts | None = None,
    source: Source,
    resolution: Resolution | None = None,
    at: datetime,
    by: Actor,
) -> RecognitionStep:
    """Enter a later step that is on the public record, such as a renewal. Without its day it is shown, and changes no status."""
    step = _step(recognition, verb, on, resolution=resolution, valid_until=valid_until, reason=reason, source=source, at=at, by=by)
    if verb == Verb.PRESENT:
        recognition.presented_on = on
        recognition.save(update_fields=["presented_on"])
    keep_spans(recognition)
    record(
        by=by,
        did="recognition.enter_step",
        about=recognition,
        at=at,
        after={"verb": verb, "on": on, "valid_until": valid_until, "source": source.code, "steps": seal(step)},
    )
    return step


def _step(
    recognition: Recognition,
    verb: str,
    on: date | None,
    *,
    resolution: Resolution | None = None,
    valid_until: date | None = None,
    reason: Texts | None = None,
    source: Source,
    at: datetime,
    by: Actor,
) -> RecognitionStep:
    return RecognitionStep.objects.create(
        recognition=recognition,
        verb=verb,
        on=on,
        resolution=resolution,
        valid_until=valid_until,
        reason=reason or {},
        source=source,
        recorded_at=at,
        recorded_by=by.audit_key,
    )
