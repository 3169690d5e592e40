"""Bearer tokens of an OAuth2 or OpenID Connect issuer: signed JWTs, checked against the issuer's public keys."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from nagara.broker.doors.keys import SCOPES
from nagara.broker.doors.outgoing import Outgoing, Unreachable
from nagara.broker.settings import Tokens

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_REFRESH_SECONDS = 300
_MEMORY = 10_000
_LEEWAY = 30


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says of its bearer."""

    subject: str
    scopes: frozenset[str]
    tenants: frozenset[str]  # "*" for all
    expires: float


class TokenRefused(ValueError):
    """The token opens nothing; the text says why."""


class Verifier:
    """Checks tokens of one issuer."""

    def __init__(self, tokens: Tokens, outgoing: Outgoing) -> None:
        self._tokens = tokens
        self._outgoing = outgoing
        self._keys: Any = None
        self._fetched = 0.0
        self._known: dict[bytes, Claim] = {}

    async def claim(self, token: str) -> Claim:
        """What a token says; refused where it is not signed by the issuer, not for us, or not valid now."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._known.get(digest)
        now = time.time()
        if known is not None and known.expires > now:
            return known
        claim = await self._check(token, now)
        if len(self._known) >= _MEMORY:
            self._known.clear()
        self._known[digest] = claim
        return claim

    async def _check(self, token: str, now: float) -> Claim:
        from joserfc import jwt  # loaded only where tokens are in use
        from joserfc.errors import JoseError

        try:
            claims = jwt.decode(token, await self._key_set(now), algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError):
            try:  # the issuer may have changed its keys since they were fetched
                claims = jwt.decode(token, await self._key_set(now, anew=now - self._fetched > 10), algorithms=_ALGORITHMS).claims
            except (JoseError, ValueError) as e:
                raise TokenRefused(f"The token is not signed by the issuer that this broker trusts: {e}.") from None
        expires = claims.get("exp")
        if not isinstance(expires, int | float) or expires + _LEEWAY < now:
            raise TokenRefused("The token has expired, or says not when it does.")
        if isinstance(claims.get("nbf"), int | float) and claims["nbf"] - _LEEWAY > now:
            raise TokenRefused("The token is not valid yet.")
        if self._tokens.issuer and claims.get("iss") != self._tokens.issuer:
            raise TokenRefused(f"The token is not of the issuer {self._tokens.issuer}.")
        audience = claims.get("aud", [])
        audience = audience if isinstance(audience, list) else [audience]
        if self._tokens.audience and self._tokens.audience not in audience:
            raise TokenRefused(f"The token is not meant for {self._tokens.audience}.")
        return Claim(str(claims.get("sub", "")), _scopes(claims), self._tenants(claims), float(expires))

    def _tenants(self, claims: dict[str, Any]) -> frozenset[str]:
        found = claims.get(self._tokens.tenant_claim, "")
        names = found if isinstance(found, list) else [found]
        return frozenset("" if name == "default" else str(name) for name in names)

    async def _key_set(self, now: float, *, anew: bool = False) -> Any:
        from joserfc.jwk import KeySet  # as above

        if self._keys is not None and not anew and now - self._fetched < _REFRESH_SECONDS:
            return self._keys
        where = self._tokens.jwks
        try:
            if where.startswith(("http://", "https://")):
                body = (await self._outgoing.call("GET", where, headers={"Accept": "application/json"}, limit=1 << 20)).body
            else:
                body = Path(where).read_bytes()
            self._keys = KeySet.import_key_set(orjson.loads(body))
        except (Unreachable, OSError, ValueError, KeyError) as e:
            if self._keys is None:
                raise TokenRefused(f"The keys of the issuer cannot be read: {e}.") from None
        self._fetched = now
        return self._keys


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    """The scopes of ours among a token's: `read`, or `ngsi-ld:read`."""
    found = claims.get("scope", claims.get("scp", ""))
    names = found.split() if isinstance(found, str) else found if isinstance(found, list) else []
    bare = {str(name).removeprefix("ngsi-ld:") for name in names}
    return frozenset(scope for scope in SCOPES if scope in bare)
