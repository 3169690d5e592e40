"""Scopes of roles: "area:3", "body:7". Each part registers its own kind of scope, so that people can name and choose them.

`people` lies below the parts whose things are scopes, and knows none of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from nagara.people.roles import EVERYWHERE, Role
from nagara.people.roles import scope as scope_of

if TYPE_CHECKING:
    from nagara.people.models import User


def nobody(user: "User", role: Role, ident: str) -> bool:
    return False


@dataclass(frozen=True)
class ScopeKind:
    """A kind of thing within which a role may be held.

    `names` gives the names of the things with these identifiers, in one query. `choices` gives (identifier, name) of those
    that match what was typed, a few at most. `may_give` says who, besides administrators and the programme office, may give
    a role within one such thing: a co-applicant is invited by those who apply.
    """

    kind: str
    label: str | Promise
    roles: frozenset[Role]
    names: Callable[[Iterable[str]], dict[str, str]]
    choices: Callable[[str], list[tuple[str, str]]]
    may_give: Callable[["User", Role, str], bool] = nobody


_kinds: dict[str, ScopeKind] = {}


def register(kind: ScopeKind) -> ScopeKind:
    if kind.kind in _kinds:
        raise ValueError(f"two kinds of scope are called {kind.kind}")
    _kinds[kind.kind] = kind
    return kind


def kinds(role: Role | None = None) -> list[ScopeKind]:
    return [kind for kind in _kinds.values() if role is None or role in kind.roles]


def kind_of(scope: str) -> ScopeKind | None:
    """The kind of thing that `scope` is bound to; None for the whole programme and for a kind that no part registered."""
    return _kinds.get(scope.partition(":")[0])


def scope_names(scopes: Iterable[str]) -> dict[str, str]:
    """How each scope reads: one query for each kind among them."""
    found: dict[str, str] = {}
    by_kind: dict[str, list[str]] = {}
    for scope in set(scopes):
        lead, _sep, ident = scope.partition(":")
        if scope == EVERYWHERE:
            found[scope] = _("the whole programme")
        elif lead in _kinds:
            by_kind.setdefault(lead, []).append(ident)
        else:
            found[scope] = scope
    for lead, idents in by_kind.items():
        names = _kinds[lead].names(idents)
        for ident in idents:
            found[scope_of(lead, ident)] = f"{_kinds[lead].label} {names[ident]}" if ident in names else scope_of(lead, ident)
    return found
