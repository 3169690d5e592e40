"""Who may change what is on record of a place, and who may propose it."""

from typing import Any

from django.db.models import Q

from nagara.people.roles import Role
from nagara.places.models import Area, ProposedBoundary
from nagara.toolkit.access import EVERYTHING, NOTHING, may, rows


def _holds(user: Any, role: Role) -> bool:
    return bool(user.is_authenticated and user.holds(role))


@may("places.add_area")
def add_area(user: Any) -> bool:
    """The programme office enters an area."""
    return _holds(user, Role.OFFICE)


@rows("places.edit_area", Area)
def edit_area(user: Any) -> Q:
    """The programme office keeps names, kind, population and boundary of every area."""
    return EVERYTHING if _holds(user, Role.OFFICE) else NOTHING


@rows("places.propose_boundary", Area)
def propose_boundary(user: Any) -> Q:
    """An area's own team proposes its boundary; the office may do so for any."""
    if not user.is_authenticated:
        return NOTHING
    if user.holds(Role.OFFICE):
        return EVERYTHING
    return Q(pk__in=[pk for pk in user.scopes(Role.CITY_OFFICER, "area") if pk.isdecimal()])


@rows("places.accept_boundary", ProposedBoundary)
def accept_boundary(user: Any) -> Q:
    """The programme office accepts a proposed boundary."""
    return EVERYTHING if _holds(user, Role.OFFICE) else NOTHING


@rows("places.see_proposal", ProposedBoundary)
def see_proposal(user: Any) -> Q:
    """A proposal is seen by its area's team and by the office."""
    return Q(area__in=Area.objects.filter(propose_boundary(user)))
