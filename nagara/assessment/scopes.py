"""Roles that are held for one application (its team) or for one round (its assessors)."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nagara.assessment.models import Application, Round, TeamMember
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.scopes import ScopeKind, register
from nagara.toolkit.thai import fold

MOST = 12


def _applications(idents: Iterable[str]) -> dict[str, str]:
    rows = Application.objects.filter(pk__in=[ident for ident in idents if ident.isdecimal()]).select_related("area", "city")
    return {str(row.pk): str(row) for row in rows}


def _find_applications(words: str) -> list[tuple[str, str]]:
    rows = Application.objects.select_related("area", "city")
    if words:
        rows = rows.filter(Q(area__search__contains=fold(words)) | Q(city__search__contains=fold(words)))
    return [(str(row.pk), str(row)) for row in rows[:MOST]]


def _leads(user: User, role: Role, ident: str) -> bool:
    """The lead of an application invites its co-applicants."""
    return TeamMember.objects.filter(application=int(ident), user=user, part=TeamMember.Part.LEAD, left_at__isnull=True).exists()


def _rounds(idents: Iterable[str]) -> dict[str, str]:
    return {str(row.pk): str(row) for row in Round.objects.filter(pk__in=[ident for ident in idents if ident.isdecimal()])}


def _find_rounds(words: str) -> list[tuple[str, str]]:
    rows = Round.objects.all()
    if words:
        rows = rows.filter(slug__contains=words.lower())
    return [(str(row.pk), str(row)) for row in rows[:MOST]]


register(ScopeKind("application", _("application"), frozenset({Role.CITY_OFFICER}), _applications, _find_applications, _leads))
register(ScopeKind("round", _("round"), frozenset({Role.ASSESSOR, Role.OFFICE}), _rounds, _find_rounds))
