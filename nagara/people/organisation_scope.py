"""An organisation as a scope of roles: its officers act for every area that it answers for."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from nagara.people.models import Organisation
from nagara.people.roles import Role
from nagara.people.scopes import ScopeKind, register
from nagara.toolkit.texts import text
from nagara.toolkit.thai import fold

MOST = 20


def _names(idents: Iterable[str]) -> dict[str, str]:
    wanted = [int(ident) for ident in idents if ident.isdecimal()]
    return {str(organisation.pk): text(organisation.name) for organisation in Organisation.objects.filter(pk__in=wanted)}


def _find(typed: str) -> list[tuple[str, str]]:
    found = Organisation.objects.filter(folded__contains=fold(typed)).order_by("sort_th", "pk")
    return [(str(organisation.pk), text(organisation.name)) for organisation in found[:MOST]]


register(ScopeKind("organisation", _("organisation"), frozenset({Role.CITY_OFFICER}), _names, _find))
