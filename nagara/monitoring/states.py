"""What may happen next to the return of a city, and the words for what a value is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from nagara.toolkit.lifecycle import Lifecycle, Step


class ReturnState(models.TextChoices):
    WAITING = "waiting", _("not begun")
    DRAFT = "draft", _("being written")
    SUBMITTED = "submitted", _("handed in")
    RETURNED = "returned", _("returned with a question")
    VERIFIED = "verified", _("verified")
    PUBLISHED = "published", _("published")


RETURN = Lifecycle(
    Step("begin", (ReturnState.WAITING,), ReturnState.DRAFT),
    Step("submit", (ReturnState.DRAFT, ReturnState.RETURNED), ReturnState.SUBMITTED),
    Step("verify", (ReturnState.SUBMITTED,), ReturnState.SUBMITTED),
    Step("finish_verifying", (ReturnState.SUBMITTED,), ReturnState.VERIFIED),
    Step("send_back", (ReturnState.SUBMITTED, ReturnState.VERIFIED, ReturnState.PUBLISHED), ReturnState.RETURNED),
    Step("publish", (ReturnState.VERIFIED,), ReturnState.PUBLISHED),
)

WITH_CITY = (ReturnState.WAITING, ReturnState.DRAFT, ReturnState.RETURNED)
"""States in which the city has the next step."""

HANDED_IN = (ReturnState.SUBMITTED, ReturnState.VERIFIED, ReturnState.PUBLISHED)


class Timeliness(models.TextChoices):
    """How a return stands to its days. Read from the days, never stored."""

    AHEAD = "ahead", _("not open yet")
    OPEN = "open", _("open for answers")
    OVERDUE = "overdue", _("overdue")
    LOCKED = "locked", _("locked, not handed in")
    ON_TIME = "on_time", _("on time")
    EXTENDED = "extended", _("late, within the extension")
    LATE = "late", _("handed in late")


class LevelName(models.TextChoices):
    """Who stands behind a value. Each level is kept beside the others."""

    CLAIMED = "claimed", _("claimed by the city")
    VERIFIED = "verified", _("verified by the national office")
    PUBLISHED = "published", _("published by the network")


class Quality(models.TextChoices):
    """How good a datum is, as the collection form of U4SSC asks it (our words)."""

    MEASURED = "measured", _("measured")
    SURVEY = "survey", _("from a survey")
    EXTRAPOLATED = "extrapolated", _("extrapolated")
    ESTIMATE = "estimate", _("estimated")
    PERSONAL = "personal", _("personal judgement")
    UNKNOWN = "unknown", _("not known")


class Origin(models.TextChoices):
    TYPED = "typed", _("typed by the city")
    CARRIED = "carried", _("taken over from the last period, to be confirmed")
    OFFERED = "offered", _("taken from the city's data platform")
    DERIVED = "derived", _("counted from the record")
    SHEET = "sheet", _("loaded from a sheet")


class Verdict(models.TextChoices):
    """What the office says of a value that was handed in."""

    NONE = "", _("not looked at")
    ACCEPTED = "accepted", _("verified")
    QUESTIONED = "questioned", _("asked about")


class ExtensionAnswer(models.TextChoices):
    WAITING = "", _("not answered")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")
