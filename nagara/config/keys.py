"""The key that signs sessions: a file of this installation, made once."""

import secrets
from pathlib import Path

from nagara.toolkit.keys import kept


def secret_key(folder: Path) -> str:
    return kept(folder, "secret", lambda: secrets.token_urlsafe(64).encode()).decode()
