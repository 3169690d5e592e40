"""Keeping the spans that follow from the steps, and finding where what is kept is not what follows."""

from collections.abc import Iterable

from nagara.recognition.models import Recognition, RecognitionStep, StatusSpan
from nagara.recognition.spans import Fact, Span, in_effect, spans
from nagara.recognition.states import Status, Verb
from nagara.toolkit.digests import digest


def facts(steps: Iterable[RecognitionStep]) -> list[Fact]:
    return [Fact(step.pk, step.verb, step.on, step.valid_until, step.undoes_id) for step in steps]


def seal(*steps: RecognitionStep) -> dict[str, str]:
    """What the audit record keeps of steps: one digest each, by their keys. A step that is changed, removed or put in is found by it."""
    return {str(step.pk): _digest(step) for step in steps}


def _digest(step: RecognitionStep) -> str:
    said = [step.recognition_id, step.verb, step.on, step.resolution_id, step.reason, step.valid_until, step.undoes_id, step.source_id]
    return digest(said)


def derived(recognition: Recognition, steps: Iterable[RecognitionStep]) -> list[Span]:
    return spans(recognition.tier, facts(steps))


def keep_spans(recognition: Recognition) -> None:
    """Derive the spans and the days of a recognition anew from its steps, in the caller's transaction."""
    steps = facts(recognition.steps.all())
    found = spans(recognition.tier, steps)
    recognition.spans.all().delete()
    StatusSpan.objects.bulk_create(
        StatusSpan(
            recognition=recognition,
            area_id=recognition.area_id,
            subdivision_code=recognition.area.subdivision_id,
            tier=recognition.tier,
            status=span.status,
            since=span.since,
            ended=span.ended,
        )
        for span in found
    )
    _keep_days(recognition, steps, found)


def _keep_days(recognition: Recognition, steps: list[Fact], found: list[Span]) -> None:
    """The days on the register's own line: presented, valid until, ended, as they stand when every step recorded so far counts."""
    last = max((fact.on for fact in steps if fact.on), default=None)
    counting = in_effect(steps, last) if last else []
    recognition.presented_on = max((fact.on for fact in counting if fact.on and fact.verb == Verb.PRESENT), default=None)
    validity = [fact.valid_until for fact in counting if fact.valid_until]
    recognition.valid_until = validity[-1] if validity else None
    # Ended by an act. One that runs out has its end in `valid_until`, which a renewal may still move.
    final = found[-1] if found else None
    recognition.ended_on = final.since if final and final.status in (Status.REVOKED, Status.SUPERSEDED) else None
    recognition.save(update_fields=["presented_on", "valid_until", "ended_on"])
