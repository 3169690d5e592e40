"""What may happen to a meeting, to one of its items and to its minutes; and the verbs that a resolution can have."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from nagara.toolkit.lifecycle import Lifecycle, Step


class MeetingState(models.TextChoices):
    PLANNED = "planned", _("planned")
    CALLED = "called", _("called")
    SITTING = "sitting", _("sitting")
    HELD = "held", _("held")
    MINUTED = "minuted", _("minutes adopted")
    CANCELLED = "cancelled", _("cancelled")


MEETING = Lifecycle(
    Step("call", (MeetingState.PLANNED,), MeetingState.CALLED),
    Step("open", (MeetingState.CALLED,), MeetingState.SITTING),
    Step("close", (MeetingState.SITTING,), MeetingState.HELD),
    Step("adopt_minutes", (MeetingState.HELD,), MeetingState.MINUTED),
    Step("cancel", (MeetingState.PLANNED, MeetingState.CALLED), MeetingState.CANCELLED),
)


class ItemState(models.TextChoices):
    LISTED = "listed", _("on the agenda")
    OPEN = "open", _("before the meeting")
    CLOSED = "closed", _("taken")
    RESOLVED = "resolved", _("resolved")
    TAKEN_OFF = "taken_off", _("taken off the agenda")
    CARRIED_OVER = "carried_over", _("carried over to a later meeting")


ITEM = Lifecycle(
    Step("open", (ItemState.LISTED, ItemState.CLOSED), ItemState.OPEN),
    Step("close", (ItemState.OPEN,), ItemState.CLOSED),
    Step("resolve", (ItemState.OPEN, ItemState.CLOSED), ItemState.RESOLVED),
    # Only for a resolution that corrects the one adopted before: nothing is undone by it.
    Step("reopen", (ItemState.RESOLVED,), ItemState.OPEN),
    Step("take_off", (ItemState.LISTED,), ItemState.TAKEN_OFF),
    Step("put_back", (ItemState.TAKEN_OFF,), ItemState.LISTED),
    Step("carry_over", (ItemState.LISTED,), ItemState.CARRIED_OVER),
)


class Verb(models.TextChoices):
    """The verbs of Thai committee resolutions. Which of them has which effect is the matter's business, not the word's."""

    ACKNOWLEDGE = "acknowledge", _("acknowledged")
    APPROVE = "approve", _("approved")
    APPROVE_IN_PRINCIPLE = "approve_in_principle", _("approved in principle")
    ASSIGN = "assign", _("assigned")
    DISAPPROVE = "disapprove", _("not approved")
    DEFER = "defer", _("deferred")
    WITHDRAW = "withdraw", _("withdrawn from the agenda")


class MinutesState(models.TextChoices):
    DRAFT = "draft", _("draft")
    CIRCULATED = "circulated", _("circulated for correction")
    ADOPTED = "adopted", _("adopted")
    SUPERSEDED = "superseded", _("replaced by a newer version")


MINUTES = Lifecycle(
    Step("circulate", (MinutesState.DRAFT,), MinutesState.CIRCULATED),
    Step("adopt", (MinutesState.CIRCULATED,), MinutesState.ADOPTED),
    Step("supersede", (MinutesState.DRAFT, MinutesState.CIRCULATED), MinutesState.SUPERSEDED),
)


class CorrectionState(models.TextChoices):
    """What became of a correction that somebody asked for in circulated minutes."""

    PROPOSED = "proposed", _("proposed")
    TAKEN = "taken", _("taken into the minutes")
    DECLINED = "declined", _("declined")


CORRECTION = Lifecycle(
    Step("take", (CorrectionState.PROPOSED,), CorrectionState.TAKEN),
    Step("decline", (CorrectionState.PROPOSED,), CorrectionState.DECLINED),
)
