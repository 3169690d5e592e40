"""What an account may be. A role is held in a scope, since one day and until another; it is ended, never deleted."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("administrator")
    OFFICE = "office", _("programme office")
    ASSESSOR = "assessor", _("assessor")
    SECRETARY = "secretary", _("secretary of a body")
    MEMBER = "member", _("member of a body")
    CITY_OFFICER = "city_officer", _("city officer")
    NATIONAL_REPRESENTATIVE = "national_representative", _("National Representative")
    NETWORK_SECRETARIAT = "network_secretariat", _("network secretariat")
    AUDITOR = "auditor", _("auditor")


EVERYWHERE = ""
"""The scope of a role that is bound to nothing."""


def scope(kind: str, ident: object) -> str:
    """The name of a scope: scope("body", 3) is "body:3"; scope("programme", "smart-city-thailand") likewise."""
    return f"{kind}:{ident}"


NEEDS_SECOND_FACTOR = frozenset({Role.ADMINISTRATOR, Role.OFFICE, Role.SECRETARY})
"""Roles that decide, sign or administer: their acts ask for a second factor."""
