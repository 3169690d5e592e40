"""Compact JWS with Ed25519 (RFC 7515, RFC 8037): signing with the key of the day, checking with the public half of any day."""

import json
import warnings
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning

from nagara.recognition import keys
from nagara.recognition.models import SigningKey
from nagara.toolkit.digests import canonical

ALGORITHM = "EdDSA"
# RFC 9864 renames it "Ed25519" where the curve is that one; the readers of credentials that there are know "EdDSA".
warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)


class Unsound(Exception):
    """A credential that does not stand: the reason in words."""


def sign(payload: dict[str, Any], *, key: SigningKey, kid: str, typ: str = "JWT") -> str:
    header = {"alg": ALGORITHM, "typ": typ, "kid": kid}
    return jws.serialize_compact(header, canonical(payload), keys.private_half(key), algorithms=[ALGORITHM])


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, payload) as written: nothing has been checked yet."""
    try:
        found = jws.extract_compact(token.strip().encode("ascii"))
        return found.headers(), json.loads(found.payload)
    except (JoseError, ValueError, UnicodeEncodeError) as error:
        raise Unsound("this is not a signed credential (compact JWS)") from error


def check(token: str, key: SigningKey) -> dict[str, Any]:
    """The payload, if `key` signed it; `Unsound` otherwise. Only Ed25519 is accepted, whatever the header asks for."""
    try:
        found = jws.deserialize_compact(token.strip(), keys.public_half(key), algorithms=[ALGORITHM])
    except (JoseError, ValueError) as error:
        raise Unsound("the signature does not fit the content") from error
    payload: dict[str, Any] = json.loads(found.payload)
    return payload
