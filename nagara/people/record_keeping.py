"""What django-allauth does to an account goes into the record: coming in, passwords, second factors, addresses.

These are the library's signals; parts of ours use none between each other.
"""

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from nagara.audit.record import record
from nagara.people.models import User


def note(user: User, did: str, **after: Any) -> None:
    with transaction.atomic():
        record(by=user, did=did, about=user, at=timezone.now(), after=after or None)


def note_sign_in(request: HttpRequest, user: User) -> None:
    """One entry a sign-in, with the ways by which it was proved."""
    ways = [entry.get("type") or entry["method"] for entry in get_authentication_records(request, user)]
    note(user, "people.sign_in", ways=ways)


@receiver(account.user_logged_in)
def _signed_in(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    note_sign_in(request, user)


@receiver([account.password_set, account.password_changed, account.password_reset])
def _password(user: User, **_kwargs: Any) -> None:
    note(user, "people.change_password")


@receiver(mfa.authenticator_added)
def _factor_added(user: User, authenticator: Any, **_kwargs: Any) -> None:
    note(user, "people.add_second_factor", kind=str(authenticator.type))


@receiver(mfa.authenticator_removed)
def _factor_removed(user: User, authenticator: Any, **_kwargs: Any) -> None:
    note(user, "people.remove_second_factor", kind=str(authenticator.type))


@receiver(mfa.authenticator_reset)
def _factor_reset(user: User, authenticator: Any, **_kwargs: Any) -> None:
    note(user, "people.renew_recovery_codes")


@receiver(account.email_changed)
def _address(user: User, **_kwargs: Any) -> None:
    note(user, "people.change_address")
