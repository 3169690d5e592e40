"""Deciding, signing and administering ask for a second factor, shown not long ago."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from nagara.toolkit.refusal import Refusal


@dataclass(frozen=True)
class Proof:
    """A second factor that was shown: which kind, and when."""

    kind: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.kind} {self.at.astimezone(UTC).isoformat(timespec='seconds')}"


def proof_in(request: HttpRequest) -> Proof | None:
    """The newest second factor of this session, as django-allauth noted it; None where there is none."""
    shown = [
        Proof(method.get("type") or "mfa", datetime.fromtimestamp(method["at"], tz=UTC))
        for method in request.session.get("account_authentication_methods", [])
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
            code="second-factor-needed",
            status=403,
        )
    return proof
