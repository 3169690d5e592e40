"""What a resolution does to the register. Called by the matters, in governance's own transaction; by the office for handing over."""

from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from nagara.assessment.models import Application
from nagara.audit.record import record
from nagara.documents.models import Certainty, Register
from nagara.governance.models import Resolution
from nagara.people.models import User
from nagara.places.models import Area
from nagara.recognition.certificates import validity_end
from nagara.recognition.keep import facts, keep_spans, seal
from nagara.recognition.letters import tell_officers
from nagara.recognition.models import Recognition, RecognitionStep
from nagara.recognition.queries import status_on, zones_that_end
from nagara.recognition.spans import standing
from nagara.recognition.states import FIRST, LIFECYCLES, RUNNING, Status, Tier, Verb
from nagara.rulebook.keep import kept
from nagara.rulebook.models import Edition
from nagara.toolkit import access
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, texts

DONE: dict[str, Texts] = {
    Verb.DESIGNATE: texts("ประกาศเป็นเขตส่งเสริมเมืองอัจฉริยะ", "designated as a smart city promotion zone"),
    Verb.GRANT: texts("ได้รับการรับรองเป็นเมืองอัจฉริยะ", "recognised as a smart city"),
    Verb.RENEW: texts("ต่ออายุการรับรอง", "renewed"),
    Verb.SUSPEND: texts("พักการรับรอง", "suspended"),
    Verb.REINSTATE: texts("คืนสถานะการรับรอง", "reinstated"),
    Verb.REVOKE: texts("เพิกถอนการรับรอง", "revoked"),
    Verb.CORRECT: texts("แก้ไขตามมติใหม่", "corrected by a new resolution"),
}


def day_of(resolution: Resolution, at: datetime) -> date:
    """The day of a resolution; that of its adoption where it is being adopted."""
    return resolution.adopted_on or at.astimezone(settings.ZONE).date()


def next_running_number(tier: str) -> int:
    """The next number of a tier's register, after those of the public record too. Given back if the transaction fails."""
    series = f"recognition {tier}"
    Register.objects.get_or_create(series=series, year=0)
    row = Register.objects.select_for_update().get(series=series, year=0)
    highest = Recognition.objects.filter(tier=tier).aggregate(most=Max("number"))["most"] or 0
    row.last = max(row.last, highest) + 1
    row.save(update_fields=["last"])
    return row.last


@transaction.atomic
def begin(
    area: Area,
    *,
    tier: str,
    edition: Edition,
    resolution: Resolution,
    application: Application | None = None,
    recommended_by: Resolution | None = None,
    effective_on: date | None = None,
    reason: Texts | None = None,
    by: User,
    at: datetime,
) -> Recognition:
    """Enter an area in the register of its tier, by a resolution. A promotion zone of the area ends on the day it is recognised."""
    area = Area.objects.select_for_update().get(pk=area.pk)
    decided_on = day_of(resolution, at)
    on = effective_on or decided_on
    refuse_double(area, tier, on)
    verb = Verb.GRANT if tier == Tier.LABEL else Verb.DESIGNATE
    valid_until = validity_end(on, kept(edition).validity_years.value)
    recognition = Recognition.objects.create(
        area=area,
        tier=tier,
        number=next_running_number(tier),
        batch=decided_on.year,
        application=application,
        edition=edition,
        decided_on=decided_on,
        effective_on=on,
        valid_until=valid_until,
        recommended_by=recommended_by,
        decided_by=resolution,
        certainty=Certainty.INVENTED if area.invented else Certainty.OWN,
        invented=area.invented,
    )
    step = _step(recognition, verb, on=on, resolution=resolution, reason=reason, valid_until=valid_until, by=by, at=at)
    if tier == Tier.LABEL:
        for zone in zones_that_end(area, on):
            ended = _step(zone, Verb.SUPERSEDE, on=on, resolution=resolution, by=by, at=at)
            keep_spans(zone)
            after = {"on": on, "resolution": resolution.pk, "steps": seal(ended)}
            record(by=by, did="recognition.supersede", about=zone, at=at, after=after)
    keep_spans(recognition)
    record(
        by=by,
        did=f"recognition.{verb}",
        about=recognition,
        at=at,
        after={
            "area": area.slug,
            "number": recognition.number,
            "on": on,
            "valid_until": valid_until,
            "resolution": resolution.pk,
            "application": application.pk if application else None,
            "steps": seal(step),
        },
        on_behalf_of=resolution.item.meeting.body,
    )
    _tell(recognition, verb, on, resolution, at=at)
    return recognition


def refuse_double(area: Area, tier: str, on: date) -> None:
    """An area stands once in a register at a time; and one that is recognised is no promotion zone."""
    for held in (tier,) if tier == Tier.LABEL else (Tier.ZONE, Tier.LABEL):
        span = status_on(area, on, held)
        if span is not None and span.status in RUNNING:
            raise Refusal(
                _("%(area)s is on the register already: number %(number)s, %(status)s.")
                % {"area": area, "number": span.recognition.reference, "status": span.get_status_display()},
                next_step=_("Propose its renewal instead, or take it off the agenda."),
                code="recognised-already",
            )


@transaction.atomic
def take(
    recognition: Recognition,
    verb: str,
    *,
    resolution: Resolution,
    on: date | None = None,
    reason: Texts | None = None,
    valid_until: date | None = None,
    by: User,
    at: datetime,
) -> RecognitionStep:
    """Renew, suspend, reinstate or revoke, by a resolution. What the steps make impossible on that day is refused."""
    recognition = Recognition.objects.select_for_update().get(pk=recognition.pk)
    day = on or day_of(resolution, at)
    require_possible(recognition, verb, day)
    step = _step(recognition, verb, on=day, resolution=resolution, reason=reason, valid_until=valid_until, by=by, at=at)
    keep_spans(recognition)
    record(
        by=by,
        did=f"recognition.{verb}",
        about=recognition,
        at=at,
        after={"on": day, "valid_until": valid_until, "resolution": resolution.pk, "steps": seal(step)},
        why=(reason or {}).get("th", "") or (reason or {}).get("en", ""),
        on_behalf_of=resolution.item.meeting.body,
    )
    _tell(recognition, verb, day, resolution, at=at)
    return step


def require_possible(recognition: Recognition, verb: str, on: date) -> Status:
    """The status on `on`, if the lifecycle lets `verb` follow it and nothing has happened since; a `Refusal` otherwise."""
    steps = facts(recognition.steps.all())
    status, _until = standing(recognition.tier, steps, on)
    if status is None:
        raise Refusal(
            _("%(area)s has no status on %(day)s that could change.") % {"area": recognition.area, "day": long_day(on)}, code="wrong-state"
        )
    LIFECYCLES[recognition.tier].after(verb, status, labels=[(str(value), str(label)) for value, label in Status.choices])
    later = [step for step in steps if step.on is not None and step.on > on and step.verb not in (Verb.PRESENT, Verb.APPEAL, Verb.UPHOLD)]
    if later:
        raise Refusal(
            _("A later step of %(area)s is on record: nothing can be put before it.") % {"area": recognition.area},
            next_step=_("Correct the later step by a new resolution first."),
            code="later-step",
        )
    return status


@transaction.atomic
def undo(
    step: RecognitionStep, *, resolution: Resolution, on: date | None = None, reason: Texts | None = None, by: User, at: datetime
) -> RecognitionStep:
    """Undo a step by a new one. From its own day on where no other is named: it then never took effect. Nothing is edited."""
    recognition = Recognition.objects.select_for_update().get(pk=step.recognition_id)
    day = on or step.on
    if day is None:
        raise Refusal(_("The day of that step is not on record: it changed no status that could be put back."), code="wrong-state")
    if step.undone_by.filter(undone_by=None).exists():
        raise Refusal(_("That step has been undone already."), code="wrong-state")
    made = _step(recognition, Verb.CORRECT, on=day, resolution=resolution, reason=reason, undoes=step, by=by, at=at)
    keep_spans(recognition)
    record(
        by=by,
        did="recognition.correct",
        about=recognition,
        at=at,
        after={"undoes": step.pk, "verb": step.verb, "on": day, "resolution": resolution.pk, "steps": seal(made)},
        on_behalf_of=resolution.item.meeting.body,
    )
    if step.verb in FIRST and step.resolution_id is not None:
        _give_back_zone(step, day, resolution, by=by, at=at)
    _tell(recognition, Verb.CORRECT, day, resolution, at=at)
    return made


def _give_back_zone(grant: RecognitionStep, day: date, resolution: Resolution, *, by: User, at: datetime) -> None:
    """The promotion zone that ended with a grant holds again where the grant is undone."""
    ended = RecognitionStep.objects.filter(
        verb=Verb.SUPERSEDE, recognition__area=grant.recognition.area_id, resolution=grant.resolution_id, undone_by=None
    )
    for step in ended.select_related("recognition__area").order_by("pk"):
        made = _step(step.recognition, Verb.CORRECT, on=day, resolution=resolution, undoes=step, by=by, at=at)
        keep_spans(step.recognition)
        after = {"undoes": step.pk, "on": day, "resolution": resolution.pk, "steps": seal(made)}
        record(by=by, did="recognition.correct", about=step.recognition, at=at, after=after)


@transaction.atomic
def hand_over(recognition: Recognition, *, on: date, by: User, at: datetime) -> RecognitionStep:
    """Note that certificate and logo were handed over: a day of its own, often long after the decision."""
    access.require(by, "recognition.keep")
    recognition = Recognition.objects.select_for_update().get(pk=recognition.pk)
    if on > at.astimezone(settings.ZONE).date():
        raise Refusal(_("That day has not come yet."), fields={"on": _("Write the day on which it was handed over.")}, code="day-ahead")
    if on < recognition.effective_on:
        raise Refusal(
            _("It cannot have been handed over before it took effect on %(day)s.") % {"day": long_day(recognition.effective_on)},
            fields={"on": _("A day on or after it took effect.")},
            code="day-too-early",
        )
    known = recognition.steps.filter(verb=Verb.PRESENT, on=on, undone_by=None).first()
    if known is not None:
        return known
    step = _step(recognition, Verb.PRESENT, on=on, by=by, at=at)
    keep_spans(recognition)
    record(by=by, did="recognition.present", about=recognition, at=at, after={"on": on, "steps": seal(step)})
    return step


def note(
    recognition: Recognition, verb: str, *, on: date, resolution: Resolution | None, reason: Texts, by: User, at: datetime
) -> RecognitionStep:
    """A step that changes no status and belongs in the history: an appeal lodged, an appeal dismissed. The caller records it."""
    return _step(recognition, verb, on=on, resolution=resolution, reason=reason, by=by, at=at)


def _step(
    recognition: Recognition,
    verb: str,
    *,
    on: date,
    resolution: Resolution | None = None,
    reason: Texts | None = None,
    valid_until: date | None = None,
    undoes: RecognitionStep | None = None,
    by: User,
    at: datetime,
) -> RecognitionStep:
    return RecognitionStep.objects.create(
        recognition=recognition,
        verb=verb,
        on=on,
        resolution=resolution,
        reason=reason or {},
        valid_until=valid_until,
        undoes=undoes,
        recorded_at=at,
        recorded_by=by.audit_key,
    )


def _tell(recognition: Recognition, verb: str, on: date, resolution: Resolution, *, at: datetime) -> None:
    area, done, meeting = recognition.area, DONE[verb], resolution.item.meeting
    name = area.name
    tell_officers(
        area,
        subject=texts(f"{name.get('th', '')}: {done['th']}", f"{name.get('en', '')}: {done['en']}"),
        body=texts(
            f"{meeting.body.name.get('th', '')} ครั้งที่ {meeting.reference} มีมติเกี่ยวกับ{name.get('th', '')}: {done['th']} "
            f"มีผลตั้งแต่ {long_day(on, 'th')} ดูรายละเอียดและเหตุผลได้ที่ลิงก์นี้",
            f"{meeting.body.name.get('en', '')}, meeting {meeting.reference}, resolved on {name.get('en', '')}: {done['en']}, "
            f"in effect from {long_day(on, 'en')}. Read the details and the reasons here.",
        ),
        link=f"/recognitions/{recognition.pk}",
        about=recognition,
        at=at,
    )
