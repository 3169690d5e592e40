"""What waits for somebody here: a boundary that a team proposed waits for the office."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from nagara.people.models import User
from nagara.people.roles import Role
from nagara.places.queries import waiting_proposals
from nagara.toolkit import access
from nagara.toolkit.tasks import Task

MOST = 50


def tasks(user: User, at: datetime) -> list[Task]:
    """One query, and none for who has no part in it."""
    office = user.holds(Role.OFFICE)
    if not office and not user.holds(Role.CITY_OFFICER):
        return []
    rows = waiting_proposals().filter(pk__in=access.visible(user, "places.see_proposal").values("pk"))
    words = _("Set the boundary of %(area)s") if office else _("Boundary of %(area)s")
    return [
        Task(
            words % {"area": row.area},
            reverse("places:boundary", args=[row.area.slug]),
            "submitted",
            _("proposed"),
            note="" if office else _("It waits for the programme office."),
            mine=office,
        )
        for row in rows[:MOST]
    ]
