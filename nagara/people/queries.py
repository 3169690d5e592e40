"""Readings about accounts, roles and the register of persons."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from nagara.people.models import RoleGrant, User
from nagara.people.scopes import scope_names


@dataclass(frozen=True)
class Held:
    """A grant with its scope in words, and whether it holds on the day."""

    grant: RoleGrant
    scope: str
    holds: bool


def roles_of(user: User, day: date) -> list[Held]:
    """All roles that an account ever held: those of today first, then by their end."""
    grants = list(user.role_grants.select_related("granted_by__person", "ended_by__person"))
    names = scope_names(grant.scope for grant in grants)
    found = [Held(grant, names[grant.scope], grant.ended is None or grant.ended > day) for grant in grants]
    return sorted(found, key=lambda held: (not held.holds, -(held.grant.since or date.min).toordinal(), held.grant.pk))


def factors_of(user: User) -> dict[str, Any]:
    """The second factors of an account as the pages show them: passkeys as a list, the others alone."""
    found: dict[str, Any] = {}
    for factor in Authenticator.objects.filter(user=user).order_by("created_at", "pk"):
        if factor.type == Authenticator.Type.WEBAUTHN:
            found.setdefault("webauthn", []).append(factor.wrap())
        else:
            found[str(factor.type)] = factor.wrap()
    return found


def accounts(visible: QuerySet[User], text: str, *, only: str = "") -> QuerySet[User]:
    """Accounts whose address or name holds `text`, by address. `only`: "open", "closed" or all."""
    from nagara.toolkit.thai import fold

    found = visible.select_related("person__organisation").order_by("email", "pk")
    if text:
        found = found.filter(email__icontains=text) | found.filter(person__folded__contains=fold(text))
    if only:
        found = found.filter(is_active=only == "open")
    return found
