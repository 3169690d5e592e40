"""Telling the officers of an area what happened to it."""

from datetime import datetime

from django.conf import settings
from django.db import models

from nagara.audit.record import key
from nagara.notices.outbox import notify
from nagara.people.models import User
from nagara.people.roles import Role, scope
from nagara.places.models import Area
from nagara.toolkit.periods import holds_on
from nagara.toolkit.texts import Texts


def officers_of(area: Area, *, at: datetime) -> list[User]:
    """Who holds the role of city officer for this area today."""
    today = at.astimezone(settings.ZONE).date()
    grants = models.Q(role_grants__role=Role.CITY_OFFICER, role_grants__scope=scope("area", area.pk)) & holds_on(today, "role_grants__")
    return list(User.objects.filter(grants, is_active=True).distinct().order_by("pk"))


def tell_officers(area: Area, *, subject: Texts, body: Texts, link: str, about: models.Model, at: datetime) -> None:
    """A notice to each officer of the area, in the caller's transaction."""
    for officer in officers_of(area, at=at):
        notify(
            recipient=officer.audit_key,
            address=officer.email,
            language=officer.language,
            subject=subject,
            body=body,
            link=link,
            about=key(about),
            at=at,
        )
