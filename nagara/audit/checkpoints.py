"""Signed checkpoints of the chain, kept beside the database and not in it.

A chain that is rewritten from its beginning, head included, is whole in itself. A checkpoint says what the chain was on a day:
number and digest of its last entry, signed with a key that is a file of this installation, each line holding the digest of the
line before. Copies of the file, kept on another machine, bind also whoever can write to both database and files of this one.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key
from django.conf import settings
from django.utils.translation import gettext as _

from nagara.audit.models import Head
from nagara.toolkit import keys
from nagara.toolkit.digests import canonical


@dataclass(frozen=True)
class Checkpoint:
    """What the chain was at an instant: `seq` and `digest` of its last entry."""

    seq: int
    digest: str
    at: str
    previous: str
    key: str
    signature: str

    def signed(self) -> bytes:
        """What the signature is over."""
        return canonical({"seq": self.seq, "digest": self.digest, "at": self.at, "previous": self.previous, "key": self.key})

    def line(self) -> bytes:
        facts = {"seq": self.seq, "digest": self.digest, "at": self.at, "previous": self.previous, "key": self.key}
        return canonical({**facts, "signature": self.signature})


NO_LINE = "0" * 64
"""What the first line has in place of the digest of the line before."""


def _file() -> Path:
    return Path(settings.CHECKPOINTS) / "audit.jsonl"


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _private_key() -> Ed25519PrivateKey:
    key = load_pem_private_key(keys.kept(Path(settings.KEYS), "audit-checkpoints.pem", _new_key), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("the key of the checkpoints is not an Ed25519 key")
    return key


def public_key() -> str:
    """The key that checkpoints are verified with, in hexadecimal; whoever keeps copies of the file keeps it too."""
    return _private_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def newest() -> Checkpoint | None:
    checkpoints, _faults = kept()
    return checkpoints[-1] if checkpoints else None


def write(*, at: datetime) -> Checkpoint:
    """Sign where the chain ends now, and append it to the file. The caller has verified the chain up to here."""
    head = Head.objects.get(pk=1)
    path = _file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = path.read_bytes().splitlines() if path.exists() else []
    checkpoint = Checkpoint(
        seq=head.seq,
        digest=head.digest,
        at=at.astimezone(settings.ZONE).isoformat(timespec="seconds"),
        previous=hashlib.sha256(lines[-1]).hexdigest() if lines else NO_LINE,
        key=public_key(),
        signature="",
    )
    signature = base64.b64encode(_private_key().sign(checkpoint.signed())).decode("ascii")
    checkpoint = Checkpoint(**{**checkpoint.__dict__, "signature": signature})
    with path.open("ab") as file:
        file.write(checkpoint.line() + b"\n")
    return checkpoint


def kept(path: Path | None = None) -> tuple[list[Checkpoint], list[str]]:
    """The checkpoints of the file, in order, and what is wrong with it. A line that is at fault is not among them."""
    path = path or _file()
    if not path.exists():
        return [], []
    found: list[Checkpoint] = []
    faults: list[str] = []
    previous, last_seq = NO_LINE, -1
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            checkpoint = Checkpoint(**orjson.loads(line))
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key())).verify(
                base64.b64decode(checkpoint.signature), checkpoint.signed()
            )
        except (ValueError, TypeError, InvalidSignature):
            faults.append(_("Checkpoint %(number)s is not one that this installation signed.") % {"number": number})
        else:
            if checkpoint.previous != previous or checkpoint.seq < last_seq:
                faults.append(_("Checkpoint %(number)s does not follow from the one before it.") % {"number": number})
            found.append(checkpoint)
            last_seq = checkpoint.seq
        previous = hashlib.sha256(line).hexdigest()
    return found, faults
