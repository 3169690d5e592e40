"""Reminders: through the outbox, to each officer's own link, until the return is handed in. `nagara work` calls `remind_due`."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, System, record
from nagara.monitoring.actions.common import locked, officers_of, reminder, tell_all
from nagara.monitoring.models import Return
from nagara.monitoring.states import WITH_CITY
from nagara.toolkit.days import instant

BEFORE = (timedelta(days=14), timedelta(days=3))
"""How long before it is due a city is reminded."""

WEEKLY = timedelta(days=7)
"""How often a city is reminded of a return that is overdue, until it is locked."""

AGAIN = timedelta(hours=1)
"""Who was reminded by hand is not reminded again within this time."""

CLOCKWORK = System("reminders")


def _reminders_due(answer: Return, at: datetime) -> int:
    """How many reminders this return should have had by now."""
    count = sum(1 for before in BEFORE if at >= answer.due_at - before)
    if at > answer.due_at:
        count += 1 + (at - answer.due_at) // WEEKLY
    return int(count)


def remind_due(*, at: datetime, most: int = 200) -> int:
    """Remind every city whose next reminder has come; answer how many. One that was missed is not sent twice over."""
    rows = (
        Return.objects.filter(state__in=WITH_CITY, period__opens_at__lte=at, locks_at__gte=at, due_at__lte=at + max(BEFORE))
        .filter(Q(reminded_at=None) | Q(reminded_at__lt=at - timedelta(days=1)))
        .select_related("period")
        .order_by(F("reminded_at").asc(nulls_first=True), "pk")
    )
    count = 0
    for answer in rows[:most]:
        due = _reminders_due(answer, at)
        if due > answer.reminders:
            count += _remind(answer, CLOCKWORK, at, due)
    return count


def remind_late(rows: QuerySet[Return], *, since: timedelta, by: Actor, at: datetime) -> int:
    """Remind by hand every city that is late by more than `since`; answer how many."""
    late = rows.filter(state__in=WITH_CITY, due_at__lt=at - since).filter(Q(reminded_at=None) | Q(reminded_at__lt=at - AGAIN))
    return sum(_remind(answer, by, at, answer.reminders + 1) for answer in late.order_by("pk"))


@transaction.atomic
def _remind(answer: Return, by: Actor, at: datetime, number: int) -> int:
    answer = locked(answer)
    if answer.state not in WITH_CITY:
        return 0
    answer.reminders, answer.reminded_at = number, at
    answer.save(update_fields=["reminders", "reminded_at"])
    zone = answer.period.zone_info
    late = at > answer.due_at
    told = tell_all(
        officers_of(answer.city, at),
        answer,
        subject=lambda: (
            _("Overdue: %(period)s, %(city)s") % {"city": answer.city, "period": answer.period}
            if late
            else _("Due %(when)s: %(period)s, %(city)s")
            % {"when": instant(answer.due_at, zone), "city": answer.city, "period": answer.period}
        ),
        body=lambda: (
            _("It was due on %(when)s. You can still hand it in until %(locks)s, or ask for an extension.")
            % {"when": instant(answer.due_at, zone), "locks": instant(answer.locks_at, zone)}
            if late
            else _("The answers of the last period are filled in for you to confirm.")
        ),
        page="monitoring:return",
        at=at,
        about=reminder(answer),
    )
    record(by=by, did="monitoring.remind", about=answer, at=at, on_behalf_of=answer.city, after={"told": told, "number": number})
    return 1 if told else 0
