"""Who may. A frozen report is public; the secretariat of a network freezes; names of persons are for those who answer for the record."""

from typing import Any

from django.db.models import Q

from nagara.network.models import Network
from nagara.people.roles import EVERYWHERE, Role
from nagara.reports.models import FrozenReport
from nagara.toolkit import access
from nagara.toolkit.access import EVERYTHING, NOTHING


def _signed_in(user: Any) -> bool:
    return bool(getattr(user, "is_authenticated", False)) and user.is_active


@access.rows("reports.view", FrozenReport)
def reports_to_read(user: Any) -> Q:
    return EVERYTHING


@access.rows("reports.freeze", Network)
def networks_to_freeze(user: Any) -> Q:
    """The networks whose secretariat `user` is."""
    if not _signed_in(user):
        return NOTHING
    if user.holds(Role.NETWORK_SECRETARIAT, EVERYWHERE):
        return EVERYTHING
    return Q(code__in=user.scopes(Role.NETWORK_SECRETARIAT, "network"))


@access.may("reports.prepare")
def may_prepare(user: Any) -> bool:
    """Whoever freezes the reports of some network looks them through first."""
    return Network.objects.filter(networks_to_freeze(user)).exists()


@access.may("reports.see_names")
def may_see_names(user: Any) -> bool:
    """Who recorded a row, by name: for the secretariat, a programme office and the auditor."""
    return _signed_in(user) and any(user.holds(role) for role in (Role.NETWORK_SECRETARIAT, Role.OFFICE, Role.AUDITOR))
