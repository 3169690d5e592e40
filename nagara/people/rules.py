"""Who may see and administer accounts, roles, the register of persons and the record."""

from typing import Any

from django.db.models import Q

from nagara.notices.models import Notice
from nagara.people import scopes
from nagara.people.models import Invitation, User
from nagara.people.roles import EVERYWHERE, Role
from nagara.toolkit import access

GIVEN_BY_OFFICE = frozenset({Role.CITY_OFFICER, Role.ASSESSOR, Role.MEMBER})
"""Roles that the programme office gives on its own. Every other one is given by an administrator."""


def _holds(user: Any, role: Role) -> bool:
    return bool(user.is_authenticated and user.holds(role))


@access.may("people.administer")
def administers(user: Any) -> bool:
    """Accounts, roles, requests about personal data."""
    return bool(user.is_authenticated and user.holds(Role.ADMINISTRATOR, EVERYWHERE))


@access.may("audit.read")
def reads_the_record(user: Any) -> bool:
    return _holds(user, Role.ADMINISTRATOR) or _holds(user, Role.AUDITOR)


@access.may("people.keep_register")
def keeps_the_register(user: Any) -> bool:
    """Persons, organisations, posts and terms."""
    return _holds(user, Role.OFFICE)


@access.may("people.see_register")
def sees_the_register(user: Any) -> bool:
    return any(_holds(user, role) for role in (Role.OFFICE, Role.ADMINISTRATOR, Role.SECRETARY, Role.AUDITOR))


@access.rows("people.account", User)
def accounts_to_see(user: Any) -> Q:
    """One's own; all of them to an administrator."""
    if not user.is_authenticated:
        return access.NOTHING
    return access.EVERYTHING if administers(user) else Q(pk=user.pk)


@access.rows("people.invitation", Invitation)
def invitations_to_see(user: Any) -> Q:
    """Those that one sent; all of them to an administrator."""
    if not user.is_authenticated:
        return access.NOTHING
    return access.EVERYTHING if administers(user) else Q(invited_by=user.pk)


@access.rows("notices.read", Notice)
def own_notices(user: Any) -> Q:
    return Q(recipient=user.audit_key) if user.is_authenticated else access.NOTHING


def may_give(user: User, role: Role, scope: str) -> bool:
    """May `user` give `role` in `scope`?

    An administrator gives every role; the programme office those of officers, assessors and members; an officer makes
    colleagues of the same area; and whoever the part that owns the scope names (`scopes.ScopeKind.may_give`).
    """
    if administers(user):
        return True
    if role in GIVEN_BY_OFFICE and user.holds(Role.OFFICE, scope):
        return True
    if is_own_team(user, role, scope):
        return True
    kind = scopes.kind_of(scope)
    return kind is not None and role in kind.roles and kind.may_give(user, role, scope.partition(":")[2])


def is_own_team(user: User, role: Role, scope: str) -> bool:
    """A city officer who makes a colleague of the same area."""
    return role == Role.CITY_OFFICER and scope != EVERYWHERE and user.holds(Role.CITY_OFFICER, scope)
