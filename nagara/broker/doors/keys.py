"""Keys: who may use the broker, for which tenant, for what, until when.

A key is shown once, when it is made; kept is only its digest. Its secret part is 32 random bytes, so that a
plain SHA-256 guards it (there is nothing to guess). The Django side and the command line use `Keys` directly,
on the same file as the running broker, which sees within a second what they changed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from nagara.broker.clock import iso, now_us, parse_us

READ, WRITE, SUBSCRIBE, MANAGE = "read", "write", "subscribe", "manage"
SCOPES = (READ, WRITE, SUBSCRIBE, MANAGE)
ANY_TENANT = "*"
_PREFIX = "nagara_"
_LOOK_AGAIN_US = 1_000_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS key (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE, label TEXT NOT NULL, tenant TEXT NOT NULL, scopes TEXT NOT NULL,
    created INTEGER NOT NULL, expires INTEGER, revoked INTEGER, used INTEGER,
    CHECK (length(digest) = 32)
) WITHOUT ROWID
"""


class KeyRefused(ValueError):
    """What was asked of the keys cannot be done; the text says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of one key. Times are microseconds since 1970."""

    id: str
    label: str
    tenant: str  # "" for the default tenant, "*" for all
    scopes: frozenset[str]
    created: int
    expires: int | None = None
    revoked: int | None = None
    used: int | None = None

    def alive(self, now: int) -> bool:
        """Whether it opens the door at `now`."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    def details(self) -> dict[str, object]:
        """For lists: never the secret, and never its digest."""
        return {
            "id": self.id,
            "label": self.label,
            "tenant": self.tenant or "default",
            "scopes": [scope for scope in SCOPES if scope in self.scopes],
            "createdAt": iso(self.created),
            "expiresAt": iso(self.expires) if self.expires is not None else None,
            "revokedAt": iso(self.revoked) if self.revoked is not None else None,
            "lastUsedAt": iso(self.used) if self.used is not None else None,
        }


class Keys:
    """The keys of one broker, in `keys.sqlite` under its data folder."""

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        path = data / "keys.sqlite"
        path.touch(mode=0o600)
        self._sql = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._sql.execute("PRAGMA busy_timeout = 5000")
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute(_SCHEMA)
        self._by_id: dict[str, tuple[bytes, Key]] = {}
        self._version = -1
        self._looked = 0
        self._used: dict[str, int] = {}

    def add(self, *, label: str, scopes: list[str], tenant: str = "", expires: str | None = None) -> tuple[str, Key]:
        """Make a key. Answers with the secret, which is not kept, and what is. `tenant`: "" default, "*" all; `expires`: a DateTime."""
        unknown = set(scopes) - set(SCOPES)
        if unknown or not scopes:
            raise KeyRefused(f"Scopes are some of {', '.join(SCOPES)}; given was {', '.join(sorted(unknown)) or 'none'}.")
        if not label.strip():
            raise KeyRefused("A key needs a label that tells who or what uses it.")
        until = parse_us(expires) if expires is not None else None
        if expires is not None and (until is None or until <= now_us()):
            raise KeyRefused(f"{expires!r} is no DateTime in the future, such as 2027-01-01T00:00:00Z.")
        id_ = secrets.token_hex(6)
        secret = f"{_PREFIX}{id_}_{secrets.token_urlsafe(32)}"
        key = Key(id_, label.strip(), "" if tenant == "default" else tenant, frozenset(scopes), now_us(), until)
        self._sql.execute(
            "INSERT INTO key (id, digest, label, tenant, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (id_, _digest(secret), key.label, key.tenant, " ".join(sorted(key.scopes)), key.created, until),
        )
        self._looked = 0
        return secret, key

    def all(self) -> list[Key]:
        """Every key that ever was, the oldest first."""
        self._refresh(force=True)
        return sorted((key for _, key in self._by_id.values()), key=lambda key: (key.created, key.id))

    def revoke(self, id_: str) -> Key:
        """Let a key open nothing any more, from now on."""
        changed = self._sql.execute("UPDATE key SET revoked = ? WHERE id = ? AND revoked IS NULL", (now_us(), id_)).rowcount
        self._refresh(force=True)
        if id_ not in self._by_id:
            raise KeyRefused(f"There is no key {id_!r}.")
        if not changed:
            raise KeyRefused(f"The key {id_!r} is revoked already.")
        return self._by_id[id_][1]

    def opened_by(self, secret: str) -> Key | None:
        """The key that a client showed, if it is one and is alive."""
        now = now_us()
        if now - self._looked > _LOOK_AGAIN_US:
            self._refresh()
        if not secret.startswith(_PREFIX):
            return None
        found = self._by_id.get(secret[len(_PREFIX) :].partition("_")[0])
        if found is None or not hmac.compare_digest(found[0], _digest(secret)) or not found[1].alive(now):
            return None
        self._used[found[1].id] = now
        return found[1]

    def save_use(self) -> None:
        """Write down when keys were last used."""
        used, self._used = self._used, {}
        if used:
            self._sql.executemany("UPDATE key SET used = ? WHERE id = ?", [(us, id_) for id_, us in used.items()])

    def _refresh(self, *, force: bool = False) -> None:
        self._looked = now_us()
        (version,) = self._sql.execute("PRAGMA data_version").fetchone()
        if version == self._version and not force and self._by_id:
            return
        self._version = version
        rows = self._sql.execute("SELECT id, digest, label, tenant, scopes, created, expires, revoked, used FROM key")
        self._by_id = {row[0]: (row[1], Key(row[0], row[2], row[3], frozenset(row[4].split()), *row[5:])) for row in rows}

    def close(self) -> None:
        self.save_use()
        self._sql.close()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
