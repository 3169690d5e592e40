"""Steps in the life of a recognition. Each step is dated; the status on a day follows from them (`spans.py`)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from nagara.toolkit.lifecycle import Lifecycle, Step


class Tier(models.TextChoices):
    ZONE = "zone", _("promotion zone")
    LABEL = "label", _("recognised area")


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
    PRESENT = "present", _("handed over")
    RENEW = "renew", _("renewed")
    SUSPEND = "suspend", _("suspended")
    REINSTATE = "reinstate", _("reinstated")
    REVOKE = "revoke", _("revoked")
    SUPERSEDE = "supersede", _("became a recognised area")
    LAPSE = "lapse", _("ran out")
    APPEAL = "appeal", _("appeal lodged")
    UPHOLD = "uphold", _("appeal dismissed")
    CORRECT = "correct", _("corrected")


_S = Status

LABEL = Lifecycle(
    Step(Verb.SUSPEND, (_S.RECOGNISED,), _S.SUSPENDED),
    Step(Verb.REINSTATE, (_S.SUSPENDED, _S.REVOKED), _S.RECOGNISED),
    Step(Verb.REVOKE, (_S.RECOGNISED, _S.SUSPENDED), _S.REVOKED),
    Step(Verb.RENEW, (_S.RECOGNISED, _S.EXPIRED), _S.RECOGNISED),
)
ZONE = Lifecycle(
    Step(Verb.SUSPEND, (_S.ZONE,), _S.SUSPENDED),
    Step(Verb.REINSTATE, (_S.SUSPENDED, _S.REVOKED), _S.ZONE),
    Step(Verb.REVOKE, (_S.ZONE, _S.SUSPENDED), _S.REVOKED),
    Step(Verb.RENEW, (_S.ZONE, _S.EXPIRED), _S.ZONE),
    Step(Verb.SUPERSEDE, (_S.ZONE,), _S.SUPERSEDED),
)
LIFECYCLES: dict[str, Lifecycle] = {Tier.ZONE: ZONE, Tier.LABEL: LABEL}

FIRST: dict[str, Status] = {Verb.DESIGNATE: _S.ZONE, Verb.GRANT: _S.RECOGNISED}
"""What a recognition is after the step that begins it."""

COUNTS: dict[str, Status] = {Tier.ZONE: _S.ZONE, Tier.LABEL: _S.RECOGNISED}
"""The one status in each tier that a figure counts: who is suspended is not counted."""

RUNNING = frozenset({_S.ZONE, _S.RECOGNISED, _S.SUSPENDED})
"""What runs out with the last day of its validity. What was revoked stays revoked."""


class Business(models.TextChoices):
    """What can be put before a body about an area. The values are the kinds of the registered matters."""

    DESIGNATE = "zone.designate", _("designation as a promotion zone")
    RENEW = "label.renew", _("renewal")
    SUSPEND = "label.suspend", _("suspension")
    REINSTATE = "label.reinstate", _("reinstatement")
    REVOKE = "label.revoke", _("revocation")


VERB_OF: dict[str, Verb] = {
    Business.DESIGNATE: Verb.DESIGNATE,
    Business.RENEW: Verb.RENEW,
    Business.SUSPEND: Verb.SUSPEND,
    Business.REINSTATE: Verb.REINSTATE,
    Business.REVOKE: Verb.REVOKE,
}
"""The step that a resolution on each business takes."""


class ProposalState(models.TextChoices):
    ASKED = "asked", _("asked for by the area")
    RETURNED = "returned", _("returned to the area")
    READY = "ready", _("ready for an agenda")
    DECIDED = "decided", _("decided")
    WITHDRAWN = "withdrawn", _("withdrawn")


_P = ProposalState

PROPOSAL = Lifecycle(
    Step("take_up", (_P.ASKED,), _P.READY),
    Step("return", (_P.ASKED,), _P.RETURNED),
    Step("ask_again", (_P.RETURNED,), _P.ASKED),
    Step("decide", (_P.READY,), _P.DECIDED),
    Step("reopen", (_P.DECIDED,), _P.READY),
    Step("withdraw", (_P.ASKED, _P.RETURNED, _P.READY), _P.WITHDRAWN),
)
