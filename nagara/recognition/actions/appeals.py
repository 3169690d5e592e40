"""An area's organisation appeals against a decision; a body allows or dismisses it by a resolution."""

from datetime import date, datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from nagara.assessment.models import Application
from nagara.assessment.states import ApplicationState
from nagara.audit.record import record
from nagara.governance.models import ItemMatter, Resolution
from nagara.governance.states import Verb as Resolved
from nagara.people.models import User
from nagara.recognition.actions.steps import note
from nagara.recognition.keep import seal
from nagara.recognition.models import Appeal, Recognition, RecognitionStep
from nagara.recognition.states import Verb
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import texts

AGAINST = (Verb.SUSPEND, Verb.REVOKE)
"""The steps that an area may appeal against: those that take something from it."""


def appealable(recognition: Recognition) -> RecognitionStep | None:
    """The newest step of a recognition that its area may appeal against, unless it has been undone or appealed against already."""
    return (
        recognition.steps.filter(verb__in=AGAINST, resolution__isnull=False, undone_by=None)
        .exclude(resolution__in=recognition.appeals.exclude(outcome=Appeal.Outcome.WITHDRAWN).values("against"))
        .order_by("-on", "-pk")
        .first()
    )


@transaction.atomic
def lodge(recognition: Recognition, *, grounds: str, by: User, at: datetime) -> Appeal:
    """Appeal against the suspension or revocation of a recognition, on behalf of the area's organisation."""
    access.require(by, "recognition.appeal", recognition)
    recognition = Recognition.objects.select_for_update().get(pk=recognition.pk)
    if not grounds.strip():
        raise Refusal(_("Give the grounds of the appeal."), fields={"grounds": _("Write the grounds.")}, code="reason-missing")
    step = appealable(recognition)
    if step is None or step.resolution is None:
        raise Refusal(
            _("There is no suspension or revocation that could still be appealed against."),
            next_step=_("Open the recognition to see its steps and appeals."),
            code="nothing-to-appeal",
        )
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(recognition=recognition, against=step.resolution, grounds=grounds, lodged_at=at, lodged_by=by)
    except IntegrityError:
        raise Refusal(_("An appeal against this decision waits already."), code="appealed-already") from None
    today = at.astimezone(settings.ZONE).date()
    step = note(recognition, Verb.APPEAL, on=today, resolution=None, reason=texts(th=grounds), by=by, at=at)
    _record("appeal", appeal, by=by, at=at, step=step)
    return appeal


@transaction.atomic
def lodge_for_application(application: Application, *, grounds: str, by: User, at: datetime) -> Appeal:
    """Appeal against the resolution by which an application was not awarded."""
    access.require(by, "recognition.appeal_application", application)
    application = Application.objects.select_for_update().get(pk=application.pk)
    if not grounds.strip():
        raise Refusal(_("Give the grounds of the appeal."), fields={"grounds": _("Write the grounds.")}, code="reason-missing")
    against = declined_by(application)
    if against is None or application.appeals.filter(against=against).exclude(outcome=Appeal.Outcome.WITHDRAWN).exists():
        raise Refusal(
            _("There is no decision on this application that could still be appealed against."),
            next_step=_("Open the application to see what was decided."),
            code="nothing-to-appeal",
        )
    appeal = Appeal.objects.create(application=application, against=against, grounds=grounds, lodged_at=at, lodged_by=by)
    _record("appeal", appeal, by=by, at=at)
    return appeal


def declined_by(application: Application) -> Resolution | None:
    """The resolution by which the application was not awarded; None where it was, or still waits."""
    if application.state != ApplicationState.DECLINED:
        return None
    corrected = Resolution.objects.filter(corrects=OuterRef("pk"), draft=False)
    on_row = ItemMatter.objects.filter(item=OuterRef("item"), kind="label.award", ref=str(application.pk))
    rows = Resolution.objects.filter(Exists(on_row), ~Exists(corrected), draft=False, verb=Resolved.DISAPPROVE)
    return rows.order_by("-adopted_on", "-pk").first()


@transaction.atomic
def withdraw(appeal: Appeal, *, by: User, at: datetime) -> Appeal:
    access.require(by, "recognition.withdraw_appeal", appeal)
    appeal = Appeal.objects.select_for_update().get(pk=appeal.pk)
    appeal.outcome = Appeal.Outcome.WITHDRAWN
    appeal.save(update_fields=["outcome"])
    _record("withdraw_appeal", appeal, by=by, at=at)
    return appeal


def against_step(appeal: Appeal) -> RecognitionStep | None:
    """The step that the appealed resolution took."""
    if appeal.recognition_id is None:
        return None
    return RecognitionStep.objects.filter(recognition=appeal.recognition_id, resolution=appeal.against_id, verb__in=AGAINST).first()


def _record(verb: str, appeal: Appeal, *, by: User, at: datetime, step: RecognitionStep | None = None) -> None:
    area = appeal.recognition.area if appeal.recognition else appeal.application.area if appeal.application else None
    record(
        by=by,
        did=f"recognition.{verb}",
        about=appeal,
        at=at,
        after={
            "recognition": appeal.recognition_id,
            "application": appeal.application_id,
            "against": appeal.against_id,
            "outcome": appeal.outcome,
            "steps": seal(step) if step else {},
        },
        on_behalf_of=area.organisation if area else None,
    )


def days_waiting(appeal: Appeal, today: date) -> int:
    return (today - appeal.lodged_at.astimezone(settings.ZONE).date()).days
