"""Steps in the life of a recognition. Each step is dated; the status on a day follows from them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from nagara.toolkit.lifecycle import Lifecycle, Step


class Status(models.TextChoices):
    ZONE = "zone", _("promotion zone")
    RECOGNISED = "recognised", _("recognised")
    SUSPENDED = "suspended", _("suspended")
    REVOKED = "revoked", _("revoked")
    EXPIRED = "expired", _("expired")
    SUPERSEDED = "superseded", _("superseded")


class Verb(models.TextChoices):
    DESIGNATE = "designate", _("designated as a promotion zone")
    GRANT = "grant", _("recognised")
    PRESENT = "present", _("logo presented")
    RENEW = "renew", _("renewed")
    SUSPEND = "suspend", _("suspended")
    REINSTATE = "reinstate", _("reinstated")
    REVOKE = "revoke", _("revoked")
    LAPSE = "lapse", _("ran out")
    APPEAL = "appeal", _("appeal lodged")
    UPHOLD = "uphold", _("appeal dismissed")
    CORRECT = "correct", _("corrected")


RECOGNITION = Lifecycle(
    Step("suspend", (Status.RECOGNISED,), Status.SUSPENDED),
    Step("reinstate", (Status.SUSPENDED, Status.REVOKED), Status.RECOGNISED),
    Step("revoke", (Status.RECOGNISED, Status.SUSPENDED), Status.REVOKED),
    Step("renew", (Status.RECOGNISED, Status.EXPIRED), Status.RECOGNISED),
)
