"""Who may. A data space and what it published anyone may read; its own team and the office write; reading inside is for both and auditors."""

from typing import Any

from django.db.models import Q

from nagara.citydata.models import Binding, Dataset, DataSpace, Endpoint, Load, Source
from nagara.citydata.states import DatasetState
from nagara.people.roles import EVERYWHERE, Role
from nagara.places.models import Area, City
from nagara.toolkit import access
from nagara.toolkit.access import EVERYTHING, NOTHING


def _signed_in(user: Any) -> bool:
    return bool(getattr(user, "is_authenticated", False)) and user.is_active


def _numbers(user: Any, kind: str) -> list[str]:
    return [ident for ident in user.scopes(Role.CITY_OFFICER, kind) if ident.isdecimal()]


def spaces_to_keep(user: Any) -> Q:
    """The spaces that a user keeps: an officer's own area or city, all for the office, those of its state for the office of a state."""
    if not _signed_in(user):
        return NOTHING
    if user.holds(Role.OFFICE, EVERYWHERE):
        return EVERYTHING
    return (
        Q(area__in=_numbers(user, "area"))
        | Q(city__slug__in=user.scopes(Role.CITY_OFFICER, "city"))
        | Q(city__state__in=user.scopes(Role.OFFICE, "state"))
    )


def spaces_to_look_into(user: Any) -> Q:
    if _signed_in(user) and (user.holds(Role.AUDITOR) or user.holds(Role.NETWORK_SECRETARIAT)):
        return EVERYTHING
    return spaces_to_keep(user)


def _of_own(user: Any, rule: Any = spaces_to_keep) -> Q:
    return Q(space__in=DataSpace.objects.filter(rule(user)).values("pk"))


@access.rows("citydata.view_space", DataSpace)
def view_space(user: Any) -> Q:
    return EVERYTHING


@access.rows("citydata.keep_space", DataSpace)
def keep_space(user: Any) -> Q:
    return spaces_to_keep(user)


@access.rows("citydata.look_into", DataSpace)
def look_into(user: Any) -> Q:
    """Sources, keys and what is not published: for who keeps the space, the network's secretariat and auditors."""
    return spaces_to_look_into(user)


@access.rows("citydata.open_for_area", Area)
def open_for_area(user: Any) -> Q:
    """The areas for which `user` may open a data space."""
    if not _signed_in(user):
        return NOTHING
    return EVERYTHING if user.holds(Role.OFFICE, EVERYWHERE) else Q(pk__in=_numbers(user, "area"))


@access.rows("citydata.open_for_city", City)
def open_for_city(user: Any) -> Q:
    if not _signed_in(user):
        return NOTHING
    if user.holds(Role.OFFICE, EVERYWHERE):
        return EVERYTHING
    return Q(slug__in=user.scopes(Role.CITY_OFFICER, "city")) | Q(state__in=user.scopes(Role.OFFICE, "state"))


@access.rows("citydata.view_endpoint", Endpoint)
def view_endpoint(user: Any) -> Q:
    """What a city declares, and what probes found, is public: it is the proof."""
    return EVERYTHING


@access.rows("citydata.keep_endpoint", Endpoint)
def keep_endpoint(user: Any) -> Q:
    return _of_own(user)


@access.rows("citydata.view_load", Load)
def view_load(user: Any) -> Q:
    return _of_own(user, spaces_to_look_into)


@access.rows("citydata.keep_load", Load)
def keep_load(user: Any) -> Q:
    return _of_own(user)


@access.rows("citydata.view_source", Source)
def view_source(user: Any) -> Q:
    return _of_own(user, spaces_to_look_into)


@access.rows("citydata.keep_source", Source)
def keep_source(user: Any) -> Q:
    return _of_own(user)


@access.rows("citydata.view_dataset", Dataset)
def view_dataset(user: Any) -> Q:
    return Q(state=DatasetState.PUBLISHED) | _of_own(user, spaces_to_look_into)


@access.rows("citydata.keep_dataset", Dataset)
def keep_dataset(user: Any) -> Q:
    return _of_own(user)


@access.rows("citydata.view_binding", Binding)
def view_binding(user: Any) -> Q:
    return _of_own(user, spaces_to_look_into)


@access.rows("citydata.keep_binding", Binding)
def keep_binding(user: Any) -> Q:
    return _of_own(user)
