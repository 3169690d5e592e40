"""Who may. A city writes and hands in; the office of its state verifies, never what it wrote itself; the network publishes."""

from typing import Any

from django.db.models import Q

from nagara.monitoring.models import Return
from nagara.people.roles import EVERYWHERE, Role
from nagara.places.models import Area, City
from nagara.toolkit import access
from nagara.toolkit.access import EVERYTHING, NOTHING


def _signed_in(user: Any) -> bool:
    return bool(getattr(user, "is_authenticated", False)) and user.is_active


def _own_cities(user: Any, path: str = "") -> Q:
    """The cities that `user` is an officer of: by the city itself, or by one of its areas."""
    if not _signed_in(user):
        return NOTHING
    areas = [number for number in user.scopes(Role.CITY_OFFICER, "area") if number.isdecimal()]
    slugs = user.scopes(Role.CITY_OFFICER, "city")
    if not areas and not slugs:
        return NOTHING
    by_area = Q(**{f"{path}pk__in": Area.objects.filter(pk__in=areas).values("city")}) if areas else NOTHING
    return Q(**{f"{path}slug__in": slugs}) | by_area


def _own(user: Any) -> Q:
    found = _own_cities(user, "city__")
    return found if found != NOTHING else NOTHING


def _of_its_office(user: Any) -> Q:
    """Returns of the states whose office this is. An officer of a city never stands on both sides of its return."""
    if not _signed_in(user):
        return NOTHING
    if user.holds(Role.OFFICE, EVERYWHERE):
        found = EVERYTHING
    elif states := user.scopes(Role.OFFICE, "state"):
        found = Q(city__state__in=states)
    else:
        return NOTHING
    own = _own(user)
    return found if own == NOTHING else found & ~own


def is_secretariat(user: Any) -> bool:
    return _signed_in(user) and user.holds(Role.NETWORK_SECRETARIAT)


@access.rows("monitoring.write", Return)
def returns_to_write(user: Any) -> Q:
    return _own(user)


@access.rows("monitoring.verify", Return)
def returns_to_verify(user: Any) -> Q:
    return _of_its_office(user)


@access.rows("monitoring.publish", Return)
def returns_to_publish(user: Any) -> Q:
    return EVERYTHING if is_secretariat(user) else NOTHING


@access.rows("monitoring.extend", Return)
def returns_to_extend(user: Any) -> Q:
    """More time is granted by the office of the state, or by the network."""
    return EVERYTHING if is_secretariat(user) else _of_its_office(user)


@access.rows("monitoring.view", Return)
def returns_to_read(user: Any) -> Q:
    """What is not published is the city's own, its office's, and theirs who follow the whole network."""
    if not _signed_in(user):
        return NOTHING
    if is_secretariat(user) or user.holds(Role.AUDITOR):
        return EVERYTHING
    if user.holds(Role.OFFICE, EVERYWHERE):
        return EVERYTHING
    return _own(user) | _of_its_office(user)


@access.may("monitoring.keep_calendar")
def keeps_the_calendar(user: Any) -> bool:
    """Opens periods: the secretariat of a network, or the office of the programme."""
    return is_secretariat(user) or (_signed_in(user) and user.holds(Role.OFFICE, EVERYWHERE))


@access.rows("monitoring.set_goals", City)
def cities_to_set_goals_for(user: Any) -> Q:
    return _own_cities(user)


@access.may("monitoring.desk")
def has_a_desk(user: Any) -> bool:
    """Has returns of more than one city before them."""
    offices = _signed_in(user) and (user.holds(Role.OFFICE) or user.holds(Role.AUDITOR))
    return bool(offices) or is_secretariat(user)
