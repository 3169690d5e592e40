"""Who may. What is published anyone may read; a city's own people and the office that answers for it may write."""

from typing import Any

from django.db.models import Q

from nagara.people.roles import EVERYWHERE, Role
from nagara.places.models import Area, City
from nagara.plans.models import ActionPlan, Photo, PlanVersion, Project, SheetImport
from nagara.toolkit import access
from nagara.toolkit.access import EVERYTHING, NOTHING


def _signed_in(user: Any) -> bool:
    return bool(getattr(user, "is_authenticated", False)) and user.is_active


def office_everywhere(user: Any) -> bool:
    return _signed_in(user) and user.holds(Role.OFFICE, EVERYWHERE)


def reads_all(user: Any) -> bool:
    """The secretariat of a network and the auditor read what the cities keep for themselves; they write nothing here."""
    return _signed_in(user) and (user.holds(Role.NETWORK_SECRETARIAT) or user.holds(Role.AUDITOR))


@access.rows("plans.write_for_city", City)
def cities_to_write_for(user: Any) -> Q:
    """The cities whose plans and projects `user` keeps: a city officer's own, by the city or by one of its areas; an office's state."""
    if not _signed_in(user):
        return NOTHING
    if office_everywhere(user):
        return EVERYTHING
    areas = [number for number in user.scopes(Role.CITY_OFFICER, "area") if number.isdecimal()]
    return (
        Q(slug__in=user.scopes(Role.CITY_OFFICER, "city"))
        | Q(pk__in=Area.objects.filter(pk__in=areas).values("city"))
        | Q(state__in=user.scopes(Role.OFFICE, "state"))
    )


def _of_own_cities(user: Any, path: str = "city") -> Q:
    if not _signed_in(user):
        return NOTHING
    if office_everywhere(user):
        return EVERYTHING
    return Q(**{f"{path}__in": City.objects.filter(cities_to_write_for(user)).values("pk")})


@access.rows("plans.view_project", Project)
def projects_to_read(user: Any) -> Q:
    return EVERYTHING


@access.rows("plans.edit_project", Project)
def projects_to_edit(user: Any) -> Q:
    return _of_own_cities(user)


@access.rows("plans.view_inside", Project)
def projects_to_read_inside(user: Any) -> Q:
    """Risks, unconfirmed photographs and the like: for those who work on the project and those who follow it."""
    return EVERYTHING if reads_all(user) else _of_own_cities(user)


@access.rows("plans.edit_plan", ActionPlan)
def plans_to_edit(user: Any) -> Q:
    return _of_own_cities(user)


@access.rows("plans.view_version", PlanVersion)
def versions_to_read(user: Any) -> Q:
    """What was adopted is public; a draft is the city's own."""
    return ~Q(state="draft") | (EVERYTHING if reads_all(user) else _of_own_cities(user, "plan__city"))


@access.rows("plans.view_photo", Photo)
def photos_to_read(user: Any) -> Q:
    public = Q(confirmed_at__isnull=False, withdrawn_at__isnull=True)
    return public | (EVERYTHING if reads_all(user) else _of_own_cities(user, "project__city"))


@access.may("plans.import")
def may_import(user: Any) -> bool:
    """Whoever keeps the projects of at least one city."""
    return _signed_in(user) and City.objects.filter(cities_to_write_for(user)).exists()


@access.rows("plans.view_import", SheetImport)
def imports_to_read(user: Any) -> Q:
    """An upload is seen by whoever made it, and by the office."""
    if not _signed_in(user):
        return NOTHING
    return EVERYTHING if office_everywhere(user) else Q(by=user)


@access.rows("plans.load_import", SheetImport)
def imports_to_load(user: Any) -> Q:
    return Q(by=user) if _signed_in(user) else NOTHING


@access.may("plans.set_rate")
def may_set_rate(user: Any) -> bool:
    return office_everywhere(user)
