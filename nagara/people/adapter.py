"""How django-allauth behaves here: nobody signs up alone, mail goes through the outbox, secrets are sealed."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from nagara.toolkit.keys import seal, unseal


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by invitation only."""
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Whoever has a second factor confirms with it: the password alone would be the weaker door."""
        methods = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"].startswith("mfa_")] or methods


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors lie sealed in the database; the key is a file beside it."""

    def encrypt(self, text: str) -> str:
        return seal(text, settings.KEYS)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, settings.KEYS)


class AgencySignInAdapter(DefaultSocialAccountAdapter):
    """An agency's own sign-in opens an account that exists already, by its verified e-mail; it never makes one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False
