"""The states of the association on a day, and their map."""

from collections.abc import Sequence
from datetime import date

from django.db.models import F
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nagara.places.models import State
from nagara.toolkit.days import long_day
from nagara.toolkit.periods import holds_on
from nagara.toolkit.texts import text
from nagara.toolkit.thai import sort_key
from nagara.web.maps.asean import asean

ASSOCIATION = "asean"


def members_on(day: date) -> list[State]:
    """The member states on a day, each with `since`, in the order of the reader's alphabet."""
    rows = State.objects.filter(holds_on(day, "memberships__"), memberships__association=ASSOCIATION)
    lang = (get_language() or "th").split("-")[0]
    return sorted(rows.annotate(since=F("memberships__since")), key=lambda state: sort_key(text(state.name), lang))


def members_map(members: Sequence[State], *, day: date) -> SafeString:
    return asean(
        {state.iso2: text(state.name) for state in members},
        {state.iso2 for state in members},
        day=day,
        label=_("Map of the %(states)s member states of ASEAN on %(day)s. The list beside it holds the same facts.")
        % {"states": len(members), "day": long_day(day)},
    )
