"""What waits for people in this part: a second factor that a role needs."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from nagara.people.models import User
from nagara.people.roles import NEEDS_SECOND_FACTOR
from nagara.people.second_factor import kinds_of
from nagara.toolkit.tasks import Task


def tasks(user: User, at: datetime) -> Iterator[Task]:
    if any(grant.role in NEEDS_SECOND_FACTOR for grant in user.grants()) and not kinds_of(user):
        yield Task(
            title=_("Set up a second factor"),
            url=reverse("people:confirm"),
            state="zone",
            state_label=_("needed for your role"),
            note=_("Deciding, signing and administering ask for it."),
        )
