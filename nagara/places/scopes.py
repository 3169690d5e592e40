"""An area, a city and a state as scopes of roles."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.scopes import ScopeKind, register
from nagara.places.models import Area, City, State
from nagara.places.queries import areas_matching
from nagara.toolkit.texts import text
from nagara.toolkit.thai import alphabet, fold

MOST = 20
"""How many are offered for what was typed."""


def _areas(idents: Iterable[str]) -> dict[str, str]:
    return {str(area.pk): text(area.name) for area in Area.objects.filter(pk__in=[int(ident) for ident in idents if ident.isdecimal()])}


def _find_areas(typed: str) -> list[tuple[str, str]]:
    return [(str(area.pk), text(area.name)) for area in areas_matching(typed).order_by(alphabet(), "pk")[:MOST]]


def _states(idents: Iterable[str]) -> dict[str, str]:
    return {state.pk: text(state.name) for state in State.objects.filter(pk__in=list(idents))}


def _find_states(typed: str) -> list[tuple[str, str]]:
    wanted = fold(typed)
    found = [
        (state.pk, text(state.name)) for state in State.objects.order_by("pk") if wanted in fold(" ".join([state.pk, *state.name.values()]))
    ]
    return found[:MOST]


def _cities(idents: Iterable[str]) -> dict[str, str]:
    return {city.slug: text(city.name) for city in City.objects.filter(slug__in=list(idents))}


def _find_cities(typed: str) -> list[tuple[str, str]]:
    found = City.objects.filter(Q(search__contains=fold(typed)) | Q(slug__startswith=typed.strip().lower()))
    return [(city.slug, text(city.name)) for city in found.order_by(alphabet(), "slug")[:MOST]]


def _office_of_its_state(user: User, role: Role, slug: str) -> bool:
    """The office of a state gives the role of city officer in its own cities."""
    return role == Role.CITY_OFFICER and City.objects.filter(slug=slug, state__in=user.scopes(Role.OFFICE, "state")).exists()


register(ScopeKind("area", _("area"), frozenset({Role.CITY_OFFICER}), _areas, _find_areas))
register(ScopeKind("state", _("state"), frozenset({Role.OFFICE, Role.NATIONAL_REPRESENTATIVE}), _states, _find_states))
register(ScopeKind("city", _("city"), frozenset({Role.CITY_OFFICER}), _cities, _find_cities, _office_of_its_state))
