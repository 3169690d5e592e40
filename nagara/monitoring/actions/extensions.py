"""More time is asked for one return and granted for that one alone."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.monitoring.actions.common import account, locked, office_of, officers_of, refuse, reminder, require, tell_all
from nagara.monitoring.models import Extension, Return
from nagara.monitoring.states import WITH_CITY, ExtensionAnswer
from nagara.notices.outbox import withdraw
from nagara.toolkit.days import instant
from nagara.toolkit.refusal import Refusal


@transaction.atomic
def ask(answer: Return, *, until: datetime, why: str, by: Actor, at: datetime) -> Extension:
    """Ask for more time. One that is not answered yet is asked anew with the new day and reason."""
    answer = locked(answer)
    require(by, "monitoring.write", answer)
    if answer.state not in WITH_CITY:
        raise Refusal(_("This return is handed in: it needs no more time."), code="handed-in")
    faults = {}
    if until <= max(at, answer.due_at):
        faults["until"] = _("Name a day after %(when)s.") % {"when": instant(max(at, answer.due_at), answer.period.zone_info)}
    if not why.strip():
        faults["why"] = _("Say why more time is needed.")
    refuse(faults, _("The extension cannot be asked for like this."))
    extension, made = Extension.objects.update_or_create(
        of=answer,
        answer=ExtensionAnswer.WAITING,
        defaults={"until": until, "why": why.strip()[:500], "asked_at": at, "asked_by": account(by)},
    )
    record(by=by, did="monitoring.ask_extension", about=answer, at=at, on_behalf_of=answer.city, after={"until": until}, why=extension.why)
    if made:
        tell_all(
            office_of(answer.city, at),
            answer,
            subject=lambda: _("%(city)s asks for more time: %(period)s") % {"city": answer.city, "period": answer.period},
            body=lambda: _("Until %(when)s.") % {"when": instant(until, answer.period.zone_info)},
            page="monitoring:extension",
            at=at,
        )
    return extension


@transaction.atomic
def reply(extension: Extension, *, granted: bool, words: str = "", until: datetime | None = None, by: Actor, at: datetime) -> Extension:
    """Grant more time, or refuse it with the reason. Granted, the return is open until then; the period stays as it is."""
    answer = locked(extension.of)
    require(by, "monitoring.extend", answer)
    extension = Extension.objects.select_for_update().get(pk=extension.pk)
    if extension.answer:
        raise Refusal(_("This extension was answered already."), code="answered")
    until = until or extension.until
    faults = {}
    if granted and until <= at:
        faults["until"] = _("This day has passed.")
    if not granted and not words.strip():
        faults["words"] = _("Say why it is refused.")
    refuse(faults, _("The extension cannot be answered like this."))
    extension.answer = ExtensionAnswer.GRANTED if granted else ExtensionAnswer.REFUSED
    extension.until, extension.words = until, words.strip()[:500]
    extension.answered_at, extension.answered_by = at, account(by)
    extension.save(update_fields=["answer", "until", "words", "answered_at", "answered_by"])
    before = {"due_at": answer.due_at, "locks_at": answer.locks_at}
    if granted:
        answer.due_at = max(answer.due_at, until)
        answer.locks_at = max(answer.locks_at, until)
        answer.reminders, answer.reminded_at = 0, None
        answer.save(update_fields=["due_at", "locks_at", "reminders", "reminded_at"])
        withdraw(about=reminder(answer), at=at)
    record(
        by=by,
        did="monitoring.grant_extension" if granted else "monitoring.refuse_extension",
        about=answer,
        at=at,
        on_behalf_of=answer.city,
        before=before if granted else None,
        after={"due_at": answer.due_at, "locks_at": answer.locks_at} if granted else None,
        why=extension.words,
    )
    zone = answer.period.zone_info
    tell_all(
        officers_of(answer.city, at),
        answer,
        subject=lambda: (
            _("More time is granted: %(period)s") % {"period": answer.period}
            if granted
            else _("No more time is granted: %(period)s") % {"period": answer.period}
        ),
        body=lambda: _("Hand in before %(when)s.") % {"when": instant(until, zone)} if granted else extension.words,
        page="monitoring:return",
        at=at,
    )
    return extension
