"""Whether a request may come in: its key or token, the tenant it is for, what it wants to do, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from nagara.broker.doors.keys import ANY_TENANT, SCOPES, Keys
from nagara.broker.doors.tokens import TokenRefused, Verifier
from nagara.broker.http import Request
from nagara.broker.problems import Problem, http_problem
from nagara.broker.settings import Settings


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who makes a request."""

    name: str
    scopes: frozenset[str]
    tenants: frozenset[str]


ANYONE = Visitor("anyone", frozenset(SCOPES), frozenset({ANY_TENANT}))


class Rate:
    """A bucket of requests for each visitor, refilled steadily."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = max(burst, rate, 1.0)
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, who: str) -> float:
        """Seconds to wait before the next request is taken; 0 where it is taken now."""
        now = monotonic()
        level, at = self._buckets.get(who, (self._burst, now))
        level = min(self._burst, level + (now - at) * self._rate)
        if len(self._buckets) > 100_000:
            self._buckets.clear()
        if level < 1.0:
            self._buckets[who] = (level, now)
            return (1.0 - level) / self._rate
        self._buckets[who] = (level - 1.0, now)
        return 0.0


class Door:
    """The way in."""

    def __init__(self, settings: Settings, keys: Keys, verifier: Verifier | None) -> None:
        self._open = settings.open
        self._keys = keys
        self._verifier = verifier
        self._rate = Rate(settings.limits.rate, settings.limits.burst) if settings.limits.rate > 0 else None

    async def admit(self, request: Request, tenant: str, scope: str) -> Visitor:
        """Who is asking; refused where they may not do this to this tenant, or ask too often."""
        visitor = ANYONE if self._open else await self._visitor(request)
        if self._rate is not None:
            who = request.client.rpartition(":")[0] if visitor is ANYONE else visitor.name
            wait = self._rate.take(who)
            if wait:
                refusal = http_problem(429, "Too many requests", f"Wait {wait:.1f} seconds before the next request.")
                refusal.headers = [("retry-after", str(int(wait) + 1))]
                raise refusal
        if scope not in visitor.scopes:
            raise http_problem(403, "Forbidden", f"This key has no scope {scope!r}; it has {', '.join(sorted(visitor.scopes)) or 'none'}.")
        if tenant not in visitor.tenants and ANY_TENANT not in visitor.tenants:
            raise http_problem(403, "Forbidden", f"This key is not for the tenant {tenant or 'default'!r}.")
        return visitor

    async def _visitor(self, request: Request) -> Visitor:
        shown = request.headers.get("x-api-key", "")
        if not shown:
            kind, _, shown = request.headers.get("authorization", "").partition(" ")
            if kind.lower() != "bearer":
                shown = ""
        shown = shown.strip()
        if not shown:
            raise _unknown("Send a key: 'Authorization: Bearer …' or 'X-API-Key: …'.")
        key = self._keys.opened_by(shown)
        if key is not None:
            return Visitor(key.id, key.scopes, frozenset({key.tenant}))
        if self._verifier is not None and shown.count(".") == 2:
            try:
                claim = await self._verifier.claim(shown)
            except TokenRefused as e:
                raise _unknown(str(e)) from None
            return Visitor(f"token:{claim.subject}", claim.scopes, claim.tenants)
        raise _unknown("The key is not known, has expired or was revoked.")


def _unknown(detail: str) -> Problem:
    refusal = http_problem(401, "Unauthorized", detail)
    refusal.headers = [("www-authenticate", "Bearer")]
    return refusal
