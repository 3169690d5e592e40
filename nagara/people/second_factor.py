"""Deciding, signing and administering ask for a second factor, shown not long ago."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from nagara.toolkit.refusal import Refusal

NEEDED = "second-factor-needed"
"""The code of the refusal, which the page and the middleware know it by."""


@dataclass(frozen=True)
class Proof:
    """A second factor that was shown: which kind, and when."""

    kind: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.kind} {self.at.astimezone(UTC).isoformat(timespec='seconds')}"

    @property
    def until(self) -> datetime:
        """Up to when acts are taken under it."""
        return self.at + timedelta(minutes=settings.SECOND_FACTOR_MINUTES)


def proof_in(request: HttpRequest) -> Proof | None:
    """The newest second factor that this account showed in this session, as django-allauth noted it; None where there is none."""
    if not request.user.is_authenticated:
        return None
    shown = [
        Proof(method.get("type") or "mfa", datetime.fromtimestamp(method["at"], tz=UTC))
        for method in get_authentication_records(request, request.user)
        if method.get("method") == "mfa"
    ]
    return max(shown, key=lambda proof: proof.at, default=None)


def is_fresh(proof: Proof | None, at: datetime) -> bool:
    return proof is not None and timedelta(0) <= at - proof.at <= timedelta(minutes=settings.SECOND_FACTOR_MINUTES)


def require_proof(proof: Proof | None, at: datetime) -> Proof:
    """Refuse unless a second factor was shown within the last minutes that the installation allows."""
    if proof is None or not is_fresh(proof, at):
        raise Refusal(
            _("This act needs your second factor, shown within the last %(minutes)s minutes.")
            % {"minutes": settings.SECOND_FACTOR_MINUTES},
            next_step=_("Confirm with your authenticator or passkey, then do it again. What you wrote has been kept."),
            code=NEEDED,
            status=403,
        )
    return proof


def confirm_address(back: str) -> str:
    """The page that asks for the second factor and comes back."""
    return f"{reverse('people:confirm')}?{urlencode({'next': back})}"


def second_factor_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that opens only under a fresh second factor: reading it sends the visitor to confirm and back, acting on it refuses."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        proof, at = proof_in(request), timezone.now()
        if not is_fresh(proof, at):
            if request.method in ("GET", "HEAD"):
                return redirect(confirm_address(request.get_full_path()))
            require_proof(proof, at)
        return view(request, *args, **kwargs)

    return asked


def kinds_of(user: Any) -> set[str]:
    """Which second factors an account has: "totp", "webauthn". Recovery codes alone are none."""
    kinds = set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
    return kinds - {Authenticator.Type.RECOVERY_CODES.value}
