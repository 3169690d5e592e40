"""What waits in a network: for the city, the representative and the secretariat; and what the city and the representative wait for."""

from collections.abc import Iterator
from datetime import datetime, time

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from nagara.network.models import Consultation, Nomination
from nagara.network.rules import states_of
from nagara.network.states import NominationState as S
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.toolkit import access
from nagara.toolkit.tasks import Task

MOST = 50


def tasks(user: User, at: datetime) -> Iterator[Task]:
    if user.holds(Role.CITY_OFFICER):
        yield from _of_city(user)
    if states := states_of(user):
        yield from _of_representative(user)
        yield from _to_answer(user, states)
    if user.holds(Role.NETWORK_SECRETARIAT):
        yield from _of_secretariat(user, at)


def _line(row: Nomination, title: str, page: str, *, mine: bool = True, note: str = "", due: datetime | None = None) -> Task:
    shown = "returned" if row.question and row.state == S.WITH_CITY else str(row.state)
    return Task(
        title=title % {"city": row.city, "network": row.network},
        url=reverse(f"network:{page}", args=[row.pk]),
        state=shown,
        state_label=str(row.get_state_display()),
        note=note,
        mine=mine,
        due=due,
    )


def _rows(user: User, rule: str, *states: S) -> list[Nomination]:
    found = access.visible(user, rule).filter(state__in=states).select_related("city", "network", "state_of")
    return list(found.order_by("made_at", "pk")[:MOST])


def _of_city(user: User) -> Iterator[Task]:
    for row in _rows(user, "network.write", S.WITH_CITY, S.WITH_REPRESENTATIVE, S.ENDORSED, S.CANDIDATE, S.CONSULTATION, S.CONSULTED):
        if row.state != S.WITH_CITY:
            yield _line(row, _("Nomination of %(city)s to %(network)s"), "nomination", mine=False)
        elif row.question:
            yield _line(row, _("Answer the representative: nomination of %(city)s"), "write", note=row.question)
        else:
            yield _line(row, _("Write the nomination of %(city)s to %(network)s"), "write")


def _of_representative(user: User) -> Iterator[Task]:
    for row in _rows(user, "network.represent", S.WITH_CITY, S.WITH_REPRESENTATIVE, S.ENDORSED, S.CANDIDATE, S.CONSULTATION, S.CONSULTED):
        if row.state == S.WITH_REPRESENTATIVE:
            yield _line(row, _("Read and endorse the nomination of %(city)s"), "nomination")
        else:
            yield _line(row, _("Nomination of %(city)s to %(network)s"), "nomination", mine=False)


def _end(running: Consultation) -> datetime:
    return datetime.combine(running.until, time(23, 59, 59), tzinfo=settings.ZONE)


def _to_answer(user: User, states: list[str]) -> Iterator[Task]:
    waiting = access.visible(user, "network.reply").filter(state=S.CONSULTATION).values("pk")
    rows = Consultation.objects.filter(nomination__in=waiting, concluded_on__isnull=True).select_related(
        "nomination__city", "nomination__network"
    )
    for running in rows.prefetch_related("replies").order_by("until", "pk")[:MOST]:
        answered = {reply.state_of_id for reply in running.replies.all()}
        if set(states) & set(running.asked) - answered:
            yield _line(running.nomination, _("Answer for your state: admission of %(city)s"), "consultation", due=_end(running))


def _of_secretariat(user: User, at: datetime) -> Iterator[Task]:
    titles = {
        S.ENDORSED: _("Check the dossier of %(city)s and take it up"),
        S.CANDIDATE: _("Consult the members about %(city)s"),
    }
    for row in _rows(user, "network.handle", S.ENDORSED, S.CANDIDATE):
        yield _line(row, titles[S(row.state)], "nomination")
    waiting = access.visible(user, "network.handle").filter(state=S.CONSULTATION).values("pk")
    running = Consultation.objects.filter(nomination__in=waiting, concluded_on__isnull=True).select_related(
        "nomination__city", "nomination__network"
    )
    today = at.astimezone(settings.ZONE).date()
    for one in running.order_by("until", "pk")[:MOST]:
        over = one.until < today
        title = _("Conclude the consultation about %(city)s") if over else _("Consultation about %(city)s")
        yield _line(one.nomination, title, "consultation", mine=over, due=_end(one))
    for row in _rows(user, "network.handle", S.CONSULTED):
        yield _line(row, _("Bring %(city)s before the annual meeting"), "nomination", mine=False)
