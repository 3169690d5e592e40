"""The access register: one rule says who may, for a list and for a single page alike.

A *row rule* answers with a `Q`: which rows this user may see or act on. A list filters by it, a single page looks up
through it, an action asks it again. A *plain rule* answers yes or no where there is no row yet.

A row rule that crosses to many rows must do it by a subquery (`pk__in=…`), never by a join that doubles rows.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

type_of_user = Any  # a signed-in account or Django's anonymous one; the toolkit knows neither

_rows: dict[str, tuple[type[Model], Callable[[type_of_user], Q]]] = {}
_plain: dict[str, Callable[[type_of_user], bool]] = {}

NOTHING = Q(pk__in=[])
EVERYTHING = Q()


def rows(name: str, model: type[Model]) -> Callable[[Callable[[type_of_user], Q]], Callable[[type_of_user], Q]]:
    """Register a row rule under `name`, such as "assessment.view"."""

    def register(rule: Callable[[type_of_user], Q]) -> Callable[[type_of_user], Q]:
        if name in _rows or name in _plain:
            raise ValueError(f"two rules are called {name}")
        _rows[name] = (model, rule)
        return rule

    return register


def may(name: str) -> Callable[[Callable[[type_of_user], bool]], Callable[[type_of_user], bool]]:
    """Register a plain rule under `name`, such as "assessment.open_round"."""

    def register(rule: Callable[[type_of_user], bool]) -> Callable[[type_of_user], bool]:
        if name in _rows or name in _plain:
            raise ValueError(f"two rules are called {name}")
        _plain[name] = rule
        return rule

    return register


def visible(user: type_of_user, name: str, among: QuerySet[Any] | None = None) -> QuerySet[Any]:
    """The rows on which `user` may do `name`; where only some rows of that model are asked about, those `among` them."""
    model, rule = _rows[name]
    return (model._default_manager.all() if among is None else among).filter(rule(user))


def allowed(user: type_of_user, name: str, thing: Model | None = None) -> bool:
    if name in _plain:
        return bool(_plain[name](user))
    if thing is None:
        raise ValueError(f"{name} is a rule about a row")
    return visible(user, name).filter(pk=thing.pk).exists()


def require(user: type_of_user, name: str, thing: Model | None = None) -> None:
    """Refuse with `PermissionDenied` unless the rule `name` lets `user` act."""
    if not allowed(user, name, thing):
        raise PermissionDenied(_("Your roles do not include this. Ask the programme office if they should."))


def names() -> list[str]:
    """Every rule there is, for the test that each has been thought about."""
    return sorted([*_rows, *_plain])
