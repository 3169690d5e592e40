"""What waits: a city's returns, which never vanish while they are overdue; requests for time and returns at an office; publishing."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.monitoring.models import Period, Return
from nagara.monitoring.queries.desk import open_extensions
from nagara.monitoring.rules import is_secretariat
from nagara.monitoring.states import WITH_CITY, ReturnState
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.toolkit import access
from nagara.toolkit.tasks import Task

MOST = 50


def tasks(user: User, at: datetime) -> Iterator[Task]:
    if user.holds(Role.CITY_OFFICER):
        yield from _of_city(user, at)
    if user.holds(Role.OFFICE) or is_secretariat(user):
        yield from _extensions(user)
    if user.holds(Role.OFFICE):
        yield from _to_verify(user)
    if is_secretariat(user):
        yield from _to_publish(user)


def _of_city(user: User, at: datetime) -> Iterator[Task]:
    """Also what is locked: it stays until somebody grants time or the office lets it go."""
    to_write = Q(state__in=WITH_CITY, period__opens_at__lte=at)
    rows = access.visible(user, "monitoring.write").filter(to_write | Q(state=ReturnState.SUBMITTED))
    for answer in rows.select_related("period", "city").order_by("due_at", "pk")[:MOST]:
        if answer.state == ReturnState.SUBMITTED:
            yield _with_the_office(answer)
            continue
        late = answer.due_at < at
        names = {"city": answer.city, "period": answer.period}
        if answer.state == ReturnState.RETURNED:
            title = _("Answer the questions of the national office: %(city)s, %(period)s") % names
        else:
            title = _("Report the values of %(city)s: %(period)s") % names
        note = ""
        if answer.locks_at < at:
            note = _("Locked. Ask for an extension.")
        elif late:
            note = _("You can still hand it in, or ask for an extension.")
        yield Task(
            title=title,
            url=reverse("monitoring:return", args=[answer.pk]),
            state="returned" if late or answer.state == ReturnState.RETURNED else "draft",
            state_label=_("overdue") if late else str(answer.get_state_display()),
            due=answer.due_at,
            note=note,
        )


def _with_the_office(answer: Return) -> Task:
    return Task(
        title=_("%(city)s, %(period)s: with the national office") % {"city": answer.city, "period": answer.period},
        url=reverse("monitoring:return", args=[answer.pk]),
        state="submitted",
        state_label=str(answer.get_state_display()),
        mine=False,
    )


def _extensions(user: User) -> Iterator[Task]:
    for row in open_extensions(user)[:MOST]:
        yield Task(
            title=_("Answer the request for more time: %(city)s, %(period)s") % {"city": row.of.city, "period": row.of.period},
            url=reverse("monitoring:extension", args=[row.of_id]),
            state="submitted",
            state_label=_("asks for more time"),
            note=row.why,
        )


def _to_verify(user: User) -> Iterator[Task]:
    rows = access.visible(user, "monitoring.verify").filter(state=ReturnState.SUBMITTED).exclude(submitted_by=user)
    for answer in rows.select_related("period", "city").order_by("submitted_at", "pk")[:MOST]:
        yield Task(
            title=_("Verify the values of %(city)s: %(period)s") % {"city": answer.city, "period": answer.period},
            url=reverse("monitoring:verify", args=[answer.pk]),
            state="submitted",
            state_label=str(answer.get_state_display()),
        )


def _to_publish(user: User) -> Iterator[Task]:
    rows = Return.objects.filter(state=ReturnState.VERIFIED).order_by().values("period__code", "period").annotate(count=Count("pk"))
    found = list(rows.order_by("period")[:MOST])
    periods = Period.objects.in_bulk([row["period"] for row in found])
    for row in found:
        title = ngettext("Publish %(count)s verified return: %(period)s", "Publish %(count)s verified returns: %(period)s", row["count"])
        yield Task(
            title=title % {"count": row["count"], "period": periods[row["period"]]},
            url=reverse("monitoring:period", args=[row["period__code"]]),
            state="verified",
            state_label=_("verified"),
        )
