"""How django-allauth behaves here: nobody signs up alone, and mail goes through the ordinary mail settings."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by invitation only."""
        return False


class SecondFactorAdapter(DefaultMFAAdapter):
    """As django-allauth does it; here so that a deployment has one place to change."""


class AgencySignInAdapter(DefaultSocialAccountAdapter):
    """An agency's own sign-in opens an account that exists already, by its verified e-mail; it never makes one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False
