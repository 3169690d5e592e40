"""What the system writes to people about an assessment: short, in both languages, with the recipient's own link."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import override

from nagara.assessment.models import Application
from nagara.audit.record import key
from nagara.notices.outbox import withdraw
from nagara.people.actions import tell
from nagara.people.models import User
from nagara.toolkit.texts import Texts, in_each


def send(
    recipients: Iterable[User],
    *,
    subject: Callable[[], str],
    body: Callable[[], str],
    page: str,
    args: Iterable[object] = (),
    about: str,
    at: datetime,
    due_at: datetime | None = None,
) -> None:
    """One notice for each, linking to the page in the recipient's own language. `subject` and `body` are said in each language."""
    subjects: Texts = in_each(subject)
    bodies: Texts = in_each(body)
    for user in recipients:
        with override(user.language):
            link = reverse(page, args=list(args))
        tell(user, subject=subjects, body=bodies, link=link, about=about, at=at, due_at=due_at)


def team_of(application: Application) -> list[User]:
    """The accounts of the team, the lead first."""
    members = application.team.filter(left_at__isnull=True).select_related("user").order_by("-part", "joined_at", "pk")
    return [member.user for member in members]


def reminder(thing: object) -> str:
    """What a reminder is about, so that it can be taken back when the thing is done."""
    return f"reminder:{key(thing)}"  # type: ignore[arg-type]


def done(thing: object, *, at: datetime) -> None:
    """Take back the reminders of what is done."""
    withdraw(about=reminder(thing), at=at)
