"""A body as a scope of roles: its secretary is named for it."""

from collections.abc import Iterable

from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from nagara.governance.models import Body
from nagara.people.roles import Role
from nagara.people.scopes import ScopeKind
from nagara.toolkit.texts import text
from nagara.toolkit.thai import fold

MOST = 20
"""How many bodies are offered for what was typed."""


def names(idents: Iterable[str]) -> dict[str, str]:
    wanted = [int(ident) for ident in idents if ident.isdigit()]
    return {str(body.pk): text(body.name) for body in Body.objects.filter(pk__in=wanted)}


def choices(typed: str) -> list[tuple[str, str]]:
    """Bodies whose code or name has what was typed. A programme has tens of bodies, not thousands: all names are read."""
    wanted = fold(typed)
    found = [
        (str(body.pk), text(body.name))
        for body in Body.objects.order_by(Lower("code"), "pk")
        if wanted in fold(" ".join([body.code, *body.name.values(), *body.short.values()]))
    ]
    return found[:MOST]


BODY = ScopeKind(kind="body", label=_("body"), roles=frozenset({Role.SECRETARY, Role.AUDITOR}), names=names, choices=choices)
