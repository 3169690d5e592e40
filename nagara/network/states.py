"""What a city is to a network, and the steps from a nomination to a membership."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nagara.toolkit.lifecycle import Lifecycle, Step


class NominationState(models.TextChoices):
    WITH_CITY = "with_city", _("with the city")
    WITH_REPRESENTATIVE = "with_representative", _("with the representative")
    ENDORSED = "endorsed", _("nominated")
    CANDIDATE = "candidate", _("candidate")
    CONSULTATION = "consultation", _("in consultation")
    CONSULTED = "consulted", _("consulted")
    ADMITTED = "admitted", _("admitted")
    DEFERRED = "deferred", _("deferred")
    DECLINED = "declined", pgettext_lazy("network", "declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("network", "withdrawn")


S = NominationState
NOMINATION = Lifecycle(
    Step("hand_over", (S.WITH_CITY,), S.WITH_REPRESENTATIVE),
    Step("send_back", (S.WITH_REPRESENTATIVE,), S.WITH_CITY),
    Step("endorse", (S.WITH_REPRESENTATIVE,), S.ENDORSED),
    Step("accept", (S.ENDORSED,), S.CANDIDATE),
    Step("consult", (S.CANDIDATE,), S.CONSULTATION),
    Step("extend", (S.CONSULTATION,), S.CONSULTATION),
    Step("conclude", (S.CONSULTATION,), S.CONSULTED),
    Step("admit", (S.CONSULTED,), S.ADMITTED),
    Step("defer", (S.CONSULTED,), S.DEFERRED),
    Step("decline", (S.CONSULTED,), S.DECLINED),
    Step("reopen", (S.ADMITTED, S.DEFERRED, S.DECLINED), S.CONSULTED),
    Step("take_up", (S.DEFERRED,), S.CANDIDATE),
    Step(
        "withdraw",
        (S.WITH_CITY, S.WITH_REPRESENTATIVE, S.ENDORSED, S.CANDIDATE, S.CONSULTATION, S.CONSULTED, S.DEFERRED),
        S.WITHDRAWN,
    ),
)
"""A deferred nomination is taken up again as it was endorsed; `reopen` is what a correcting resolution does."""

BEFORE_ENDORSEMENT = (S.WITH_CITY, S.WITH_REPRESENTATIVE)
"""What only the city and its representative see."""

RUNNING = (*BEFORE_ENDORSEMENT, S.ENDORSED, S.CANDIDATE, S.CONSULTATION, S.CONSULTED, S.DEFERRED)
"""A city has one such nomination to a network at most."""

OBSERVES = (S.CANDIDATE, S.CONSULTATION, S.CONSULTED)
"""While a nomination stands here, its city may be invited as an observer."""


class Rule(models.TextChoices):
    """How the members are consulted (Terms of Reference §§12, 19)."""

    NO_OBJECTION = "no_objection", _("no objection until a day")
    CONSENSUS = "consensus", _("consensus of all")


class Position(models.TextChoices):
    AGREE = "agree", _("agrees")
    OBJECT = "object", _("objects")


class Outcome(models.TextChoices):
    NO_OBJECTION = "no_objection", _("no objection")
    CONSENSUS = "consensus", _("consensus")
    OBJECTED = "objected", _("objected to")
    NO_CONSENSUS = "no_consensus", _("not all have answered")


class PostKind(models.TextChoices):
    REPRESENTATIVE = "representative", _("National Representative")
    CITY_OFFICER = "city_officer", _("Chief Smart City Officer")


class StateOffice(models.TextChoices):
    """Offices that a state holds in a network."""

    CHAIR = "chair", _("Chair")
    SHEPHERD = "shepherd", _("Shepherd")


class Standing(models.TextChoices):
    """The standing of a city towards a network on a day."""

    NONE = "none", _("no relation on record")
    NOMINATED = "endorsed", _("nominated")
    CANDIDATE = "candidate", _("candidate")
    MEMBER = "admitted", pgettext_lazy("network", "member")
    DEFERRED = "deferred", _("deferred")
    DECLINED = "declined", pgettext_lazy("network", "declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("network", "withdrawn")
    FORMER = "ended", _("former member")


STANDING_AFTER = {
    "endorse": Standing.NOMINATED,
    "nominate": Standing.NOMINATED,
    "accept": Standing.CANDIDATE,
    "take_up": Standing.CANDIDATE,
    "consult": Standing.CANDIDATE,
    "extend": Standing.CANDIDATE,
    "conclude": Standing.CANDIDATE,
    "reopen": Standing.CANDIDATE,
    "defer": Standing.DEFERRED,
    "decline": Standing.DECLINED,
    "withdraw": Standing.WITHDRAWN,
}
"""What a city is to a network after a step that the public reads. Before the endorsement it is nothing; admission is a membership."""
