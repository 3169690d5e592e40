"""Readings about accounts, roles and the register of persons."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext

from nagara.people.models import Invitation, Organisation, Person, Post, RoleGrant, Term, User
from nagara.people.roles import EVERYWHERE, Role, scope
from nagara.people.scopes import kinds, scope_names
from nagara.toolkit.periods import holds_on
from nagara.toolkit.thai import fold

FOR_THE_WHOLE_PROGRAMME = frozenset(
    {Role.ADMINISTRATOR, Role.OFFICE, Role.AUDITOR, Role.SECRETARY, Role.ASSESSOR, Role.NETWORK_SECRETARIAT}
)
"""Roles that may be held without a scope. An officer always acts for a place, a member for a body."""


@dataclass(frozen=True)
class Held:
    """A grant with its scope in words, and whether it holds on the day."""

    grant: RoleGrant
    scope: str
    holds: bool

    @property
    def last_day(self) -> date | None:
        return day_before(self.grant.ended)


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


def accounts(visible: QuerySet[User], *, text: str = "", only: str = "", role: str = "", day: date) -> QuerySet[User]:
    """Accounts whose address or name holds `text`, by address. `only`: "open", "closed" or all; `role`: those who hold it on `day`.

    Each has `has_factor`, and its grants of that day in `grants_then`.
    """
    found = visible.select_related("person__organisation").order_by("email", "pk")
    if text:
        found = found.filter(Q(email__icontains=text) | Q(person__folded__contains=fold(text)))
    if only:
        found = found.filter(is_active=only == "open")
    if role:
        found = found.filter(pk__in=RoleGrant.objects.filter(holds_on(day), role=role).values("user"))
    factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    then = RoleGrant.objects.filter(holds_on(day)).order_by("role", "scope", "pk")
    return found.annotate(has_factor=Exists(factors)).prefetch_related(Prefetch("role_grants", then, to_attr="grants_then"))


def invitations(visible: QuerySet[Invitation], at: datetime, *, only_open: bool) -> QuerySet[Invitation]:
    """Invitations, newest first; `only_open` leaves those that can still be accepted."""
    found = visible.select_related("invited_by__person", "accepted_by__person", "person").order_by("-invited_at", "-pk")
    if only_open:
        found = found.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=at)
    return found


def scope_choices(role: Role | None, text: str) -> list[tuple[str, str]]:
    """What a role may be given for: the whole programme where that makes sense, and things whose name holds `text`."""
    if role is None:
        return []
    found = [(EVERYWHERE, gettext("the whole programme"))] if role in FOR_THE_WHOLE_PROGRAMME else []
    for kind in kinds(role):
        found += [(scope(kind.kind, ident), f"{kind.label} {name}") for ident, name in kind.choices(text)]
    return found


def organisations(text: str, lang: str) -> QuerySet[Organisation]:
    found = Organisation.objects.select_related("parent").order_by("sort_en" if lang.startswith("en") else "sort_th", "pk")
    return found.filter(folded__contains=fold(text)) if text else found


def persons(text: str, lang: str, day: date) -> QuerySet[Person]:
    """Persons whose name holds `text`, in the alphabet of the language, with the posts that they hold on `day` in `terms_then`."""
    found = Person.objects.select_related("organisation").order_by("sort_en" if lang.startswith("en") else "sort_th", "pk")
    if text:
        found = found.filter(folded__contains=fold(text))
    return found.prefetch_related(Prefetch("terms", Term.objects.on(day).select_related("post").order_by("pk"), to_attr="terms_then"))


def posts(text: str, day: date) -> QuerySet[Post]:
    """Posts with who is in them on `day` in `terms_then`. What was typed is looked for in code and organisation."""
    found = Post.objects.select_related("organisation").order_by("organisation__sort_th", "code", "pk")
    if text:
        found = found.filter(
            Q(code__icontains=text)
            | Q(organisation__folded__contains=fold(text))
            | Q(title__th__icontains=text)
            | Q(title__en__icontains=text)
        )
    return found.prefetch_related(
        Prefetch("terms", Term.objects.on(day).select_related("person").order_by("capacity", "pk"), to_attr="terms_then")
    )


def day_after(day: date) -> date:
    """The first day on which something no longer holds, for the last day on which it does."""
    return day + timedelta(days=1)


def day_before(day: date | None) -> date | None:
    """The last day on which something holds, for the first day on which it no longer does."""
    return day - timedelta(days=1) if day else None
