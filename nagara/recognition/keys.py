"""The keys that sign certificates: the private half in a file that only this installation can read, the public half for everyone.

A retired key signs nothing more, and its private half is destroyed; what it signed stays verifiable by its public half.
"""

import os
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from joserfc.jwk import OKPKey

from nagara.audit.record import Actor, System, record
from nagara.recognition.models import SigningKey
from nagara.toolkit.refusal import Refusal


def _path(kid: str) -> Path:
    return Path(settings.KEYS) / f"certificates-{kid}.pem"


def _write(kid: str, content: bytes) -> None:
    """Whole and on the disk before any row names it; for nobody else to read."""
    folder = Path(settings.KEYS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(_path(kid), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@transaction.atomic
def make(*, by: Actor, at: datetime) -> SigningKey:
    """A new key: the file is written and flushed before the row that names it is made."""
    key = OKPKey.generate_key("Ed25519", private=True)
    kid = key.thumbprint()
    _write(kid, key.as_pem(private=True))
    row = SigningKey.objects.create(kid=kid, public=key.as_dict(private=False) | {"kid": kid, "alg": "EdDSA", "use": "sig"}, made_at=at)
    record(by=by, did="recognition.make_key", about=row, at=at, after={"kid": kid})
    return row


def current() -> SigningKey | None:
    """The key that signs now; None before the first start."""
    return SigningKey.objects.filter(retired_at__isnull=True).order_by("-made_at", "kid").first()


def ensure(*, at: datetime) -> SigningKey:
    """The key that signs now, made at the first start."""
    return current() or make(by=System("setup"), at=at)


def is_here(row: SigningKey) -> bool:
    """Is the private half on this machine?"""
    return _path(row.kid).exists()


def private_half(row: SigningKey) -> OKPKey:
    path = _path(row.kid)
    if not path.exists():
        raise Refusal(
            _("The private half of the signing key %(kid)s is not on this machine.") % {"kid": row.kid[:12]},
            who=_("An administrator"),
            next_step=_("Restore the folder of keys from the backup, or make a new key: nagara keys rotate."),
            code="signing-key-missing",
        )
    return OKPKey.import_key(path.read_bytes())


def public_half(row: SigningKey) -> OKPKey:
    return OKPKey.import_key({name: row.public[name] for name in ("kty", "crv", "x")})


@transaction.atomic
def rotate(*, by: Actor, at: datetime, why: str = "") -> SigningKey:
    """Make a new key and retire every other one. Their private halves are destroyed once this has been kept."""
    old = list(SigningKey.objects.select_for_update().filter(retired_at__isnull=True).order_by("made_at", "kid"))
    row = make(by=by, at=at)
    for retired in old:
        retired.retired_at = at
        retired.save(update_fields=["retired_at"])
        record(by=by, did="recognition.retire_key", about=retired, at=at, after={"retired_at": at, "followed_by": row.kid}, why=why)
        transaction.on_commit(partial(_path(retired.kid).unlink, missing_ok=True))
    return row
