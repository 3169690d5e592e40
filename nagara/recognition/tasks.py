"""What waits for somebody in the register: certificates to sign, requests to check, proposals to put on an agenda, ends to come."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.people.models import User
from nagara.people.roles import Role
from nagara.recognition.certificates import unsigned
from nagara.recognition.matters.common import lying_on_agendas
from nagara.recognition.matters.proposal import LABELS
from nagara.recognition.models import Appeal, Proposal
from nagara.recognition.office import appeals_for, ending, proposals_for
from nagara.recognition.states import ProposalState
from nagara.toolkit import access
from nagara.toolkit.tasks import Task
from nagara.toolkit.texts import text

MOST = 50
"""Of each kind, no more lines than this: the list itself is one click away."""


def tasks(user: User, at: datetime) -> list[Task]:
    today = at.astimezone(settings.ZONE).date()
    found = _to_sign(user, today)
    keeps = access.allowed(user, "recognition.keep")
    officer = user.holds(Role.CITY_OFFICER)
    if keeps or officer or user.holds(Role.SECRETARY):
        found += _proposals(user, keeps) + _appeals(user)
    if officer and not keeps:
        found += _ending(user, today)
    return found


def _to_sign(user: User, today: date) -> list[Task]:
    count = access.visible(user, "recognition.sign", among=unsigned(today)).count()
    if not count:
        return []
    title = ngettext("Sign %(n)s certificate", "Sign %(n)s certificates", count) % {"n": count}
    return [Task(title, reverse("recognition:sign"), "in_review", _("waits for your signature"), note=_("With one second factor for all"))]


def _proposals(user: User, keeps: bool) -> list[Task]:
    rows = proposals_for(user).filter(state__in=[ProposalState.ASKED, ProposalState.RETURNED, ProposalState.READY])
    lying: dict[str, set[str]] = {}
    found = []
    for row in rows[:MOST]:
        if row.business not in lying:
            lying[row.business] = lying_on_agendas(row.business)
        task = _proposal(row, keeps, on_agenda=str(row.pk) in lying[row.business])
        if task is not None:
            found.append(task)
    return found


def _proposal(row: Proposal, keeps: bool, *, on_agenda: bool) -> Task | None:
    names = {"what": text(LABELS[row.business]), "area": row.area}
    url = reverse("recognition:proposal", args=[row.pk])
    label = row.get_state_display()
    if row.state == ProposalState.ASKED:
        title = _("Check the progress: %(area)s") if keeps else _("%(what)s: %(area)s")
        return Task(title % names, url, "submitted", label, mine=keeps)
    if row.state == ProposalState.RETURNED:
        title = _("%(what)s: %(area)s") if keeps else _("Complete the request: %(area)s")
        return Task(title % names, url, "returned", label, note=row.answer, mine=not keeps)
    if on_agenda:
        return Task(_("%(what)s: %(area)s") % names, url, "in_review", _("on an agenda"), mine=False)
    title = _("Put on an agenda: %(what)s, %(area)s") if keeps else _("%(what)s: %(area)s")
    return Task(title % names, url, "in_review", label, mine=keeps)


def _appeals(user: User) -> list[Task]:
    rows = list(appeals_for(user).filter(outcome=Appeal.Outcome.PENDING)[:MOST])
    keeps = access.allowed(user, "recognition.oversee")
    lying = lying_on_agendas("label.appeal") if rows else set()
    found = []
    for row in rows:
        area = row.recognition.area if row.recognition else row.application.area if row.application else ""
        waits = keeps and str(row.pk) not in lying
        title = _("Put on an agenda: appeal of %(area)s") if waits else _("Appeal of %(area)s")
        found.append(
            Task(title % {"area": area}, reverse("recognition:appeal", args=[row.pk]), "submitted", row.get_outcome_display(), mine=waits)
        )
    return found


def _ending(user: User, today: date) -> list[Task]:
    rows = ending(user, on=today, unasked=True)
    return [
        Task(
            _("Ask for renewal: %(area)s") % {"area": row.area},
            reverse("recognition:renew", args=[row.pk]),
            "zone",
            _("runs out"),
            due=datetime.combine(row.valid_until + timedelta(days=1), time.min, settings.ZONE) if row.valid_until else None,
        )
        for row in rows[:MOST]
    ]
