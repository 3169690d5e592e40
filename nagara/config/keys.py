"""Keys that an installation makes for itself at its first start: files that only it can read, never rows of the database."""

import os
import secrets
from pathlib import Path


def secret_key(folder: Path) -> str:
    """The key that signs sessions; made once, kept in `folder`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "secret"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(64).encode())
    return path.read_text().strip()


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read. Where two start at once, the first one's content stays."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
