"""Keys that an installation makes for itself: files that only it can read, never rows of the database.

Imported before the settings are there: no Django here.
"""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet


def kept(folder: Path, name: str, make: Callable[[], bytes]) -> bytes:
    """The key `name` of this installation; made at its first use."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    if not path.exists():
        write_private(path, make())
    return path.read_bytes().strip()


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read. Where two start at once, the first one's content stays."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


@lru_cache
def _box(folder: Path) -> Fernet:
    return Fernet(kept(folder, "sealing", Fernet.generate_key))


def seal(text: str, folder: Path) -> str:
    """`text` such that a copy of the database alone does not show it: secrets of second factors, links not yet sent."""
    return _box(folder).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, folder: Path) -> str:
    return _box(folder).decrypt(sealed.encode("ascii")).decode()
