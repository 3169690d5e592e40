"""A network as a scope of roles: its secretariat is named for it."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from nagara.network.models import Network
from nagara.people.roles import Role
from nagara.people.scopes import ScopeKind
from nagara.toolkit.texts import text
from nagara.toolkit.thai import fold


def names(idents: Iterable[str]) -> dict[str, str]:
    return {network.code: text(network.name) for network in Network.objects.filter(code__in=list(idents))}


def choices(typed: str) -> list[tuple[str, str]]:
    wanted = fold(typed)
    rows = Network.objects.order_by("code")
    return [(row.code, text(row.name)) for row in rows if wanted in fold(" ".join([row.code, *row.name.values(), *row.short.values()]))]


NETWORK = ScopeKind("network", _("network"), frozenset({Role.NETWORK_SECRETARIAT}), names, choices)
