"""What several acts demand before they begin, each in its own words."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from nagara.governance.models import Meeting
from nagara.governance.states import MeetingState
from nagara.toolkit.days import instant
from nagara.toolkit.refusal import Refusal


def require_reason(why: str, field: str = "why") -> str:
    """The reason without the space around it; refused where there is none."""
    if not why.strip():
        words = _("Say why: the reason is kept in the record.")
        raise Refusal(words, code="reason-needed", fields={field: words})
    return why.strip()


def require_state(meeting: Meeting, *states: MeetingState) -> None:
    if meeting.state not in states:
        raise Refusal(
            _("This cannot be done now: the meeting is “%(state)s”.") % {"state": meeting.get_state_display()},
            next_step=_("Open the page again to see what has happened since."),
            code="meeting-state",
        )


def time_words(at: datetime) -> str:
    """An instant in the zone of the programme, in words."""
    return instant(at, settings.ZONE)
