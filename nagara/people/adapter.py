"""How django-allauth behaves here: nobody signs up alone, mail goes through the outbox, secrets are sealed."""

import logging
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from nagara.notices.outbox import notify
from nagara.people.letters import LETTERS, LINES, Change
from nagara.people.models import DemoSignIn, User
from nagara.toolkit.days import instant
from nagara.toolkit.keys import seal, unseal

log = logging.getLogger(__name__)


def is_demo(user: Any) -> bool:
    """Accounts of the demonstration are shared by its visitors: their doors stay as they are."""
    return DemoSignIn.objects.filter(user_id=user.pk).exists()


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "duplicate_email": _("This is the address of your account already."),
        "email_password_mismatch": _("Address and password do not belong together. Check both, or set a new password."),
        "email_taken": _("Another account has this address."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_code": _("This code does not work. A code works once, for half a minute: wait for the next one."),
        "incorrect_password": _("This is not your password."),
        "invalid_password_reset": _("This link works no longer. Ask for a new one."),
        "rate_limited": _("Too many tries. Wait a few minutes."),
        "same_as_current": _("The new one is the same as the present one."),
        "too_many_login_attempts": _("Too many tries failed. Wait five minutes, then try again."),
        "unverified_primary_email": _("An address must be confirmed before it becomes that of the account."),
        "demo_account": _("This account of the demonstration is shared by its visitors: its doors stay as they are."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by invitation only."""
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Whoever has a second factor confirms with it: the password alone would be the weaker door."""
        methods = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"].startswith("mfa_")] or methods

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """A passkey carries no address to go to: it stands in the form beside it."""
        wanted = request.POST.get("next", "")
        if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
            return wanted
        return str(super().get_login_redirect_url(request))

    def clean_password(self, password: str, user: Any = None) -> str:
        if user is not None and user.pk and is_demo(user):
            raise self.validation_error("demo_account")
        return str(super().clean_password(password, user))

    def clean_email(self, email: str) -> str:
        """Asked where an account changes its address, and where a new password is asked for."""
        if self.request.user.is_authenticated and is_demo(self.request.user):
            raise self.validation_error("demo_account")
        return email

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Into the outbox, in the language of the account; what opens an account is sealed until it has left."""
        letter = LETTERS[template_prefix]
        at = timezone.now()
        user = context.get("user") or _account_of(email)
        language = user.language if user else self.request.LANGUAGE_CODE.split("-")[0]
        with override(language):
            words = {**context, "email": email, "when": instant(context.get("timestamp") or at, settings.ZONE, language)}
            subject = {language: str(letter.subject)}
            text = letter.body % words
            if isinstance(letter, Change):
                text = f"{text}\n\n{letter.not_you % words}"
        link = urlsplit(context.get(letter.link, "")) if not isinstance(letter, Change) else urlsplit("")
        notify(
            recipient=user.audit_key if user else "",
            address=email,
            language=language,
            subject=subject,
            body={} if link.path else {language: text},
            secret_body=text if link.path else "",
            secret_link=link.path,
            at=at,
        )

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        if message is None and (line := LINES[message_template or ""]) is not None:
            message = str(line) % (message_context or {})
        if message:
            messages.add_message(request, level, message, extra_tags)


def _account_of(email: str) -> User | None:
    known = EmailAddress.objects.filter(email__iexact=email, verified=True).select_related("user").first()
    return known.user if known else User.objects.filter(email__iexact=email).first()


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors lie sealed in the database; the key is a file beside it."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _("This account of the demonstration is shared by its visitors: its doors stay as they are."),
        "cannot_generate_recovery_codes": _("Recovery codes stand in for a second factor: set one up first."),
        "incorrect_code": _("This code does not work. A code works once, for half a minute: wait for the next one."),
        "unverified_email": _("Confirm the e-mail address of your account first."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text, settings.KEYS)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, settings.KEYS)

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        return not is_demo(authenticator.user)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """A name to begin with; the person knows best what the key is."""
        return ""

    def _get_site_name(self) -> str:
        return "Nagara"


class AgencySignInAdapter(DefaultSocialAccountAdapter):
    """An agency's own sign-in opens an account that exists already, by its verified e-mail; it never makes one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Whom the agency vouches for and who has no account is told so. Nobody links another's sign-in to their own account."""
        if not sociallogin.is_existing:
            raise ImmediateHttpResponse(render(request, "socialaccount/signup_closed.html", status=403))
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise ImmediateHttpResponse(redirect("socialaccount_connections"))

    def authenticate_by_email(self, sociallogin: Any) -> tuple[User, str] | None:
        """The account whose confirmed address the agency vouches for.

        Only the truth value counts as vouching: some agencies send the word "false", which is not false to a computer.
        """
        for vouched in sociallogin.email_addresses:
            if vouched.verified is not True:
                continue
            known = EmailAddress.objects.filter(email__iexact=vouched.email, verified=True).select_related("user").first()
            if known:
                return known.user, vouched.email
        return None

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """The page says that it failed; the log says why."""
        log.warning("sign-in by %s failed: %s %s", getattr(provider, "id", provider), error, exception)
