"""The standing cast of the tests: people by their role, as `make_user("officer of Rayong", (Role.CITY_OFFICER, "area:3"))`."""

from datetime import UTC, date, datetime

from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest
from django.test import Client

from nagara.people.models import Organisation, Person, RoleGrant, User
from nagara.people.roles import EVERYWHERE, Role
from nagara.people.second_factor import Proof

LONG_AGO = date(2020, 1, 1)


def make_organisation(code: str, kind: str = Organisation.Kind.LOCAL) -> Organisation:
    return Organisation.objects.get_or_create(code=code, defaults={"name": {"th": code, "en": code}, "kind": kind})[0]


def make_person(name: str, *, organisation: Organisation | None = None) -> Person:
    return Person.objects.create(given={"th": name, "en": name}, organisation=organisation)


def make_user(name: str, *roles: Role | tuple[Role, str], organisation: Organisation | None = None) -> User:
    """An account with a person, and roles held since long ago: `Role.OFFICE` everywhere, `(Role.ASSESSOR, "round:1")` in a scope."""
    email = name.lower().replace(" ", ".") + "@example.org"
    user = User.objects.create_user(email, person=make_person(name, organisation=organisation))
    for entry in roles:
        role, scope = entry if isinstance(entry, tuple) else (entry, EVERYWHERE)
        RoleGrant.objects.create(user=user, role=role, scope=scope, since=LONG_AGO)
    return user


def fresh_proof(at: datetime) -> Proof:
    """A second factor shown just now."""
    return Proof("totp", at.astimezone(UTC))


def sign_in(client: Client, user: User, *, second_factor: bool = False) -> Client:
    """The client as this account's browser; with `second_factor`, one was shown just now."""
    client.force_login(user)
    if second_factor:
        request = HttpRequest()
        request.session = client.session  # type: ignore[assignment]
        record_authentication(request, user, "mfa", type="totp")
        request.session.save()
    return client
