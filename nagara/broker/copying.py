"""A copy of a broker's data, made while it runs: a folder that another `nagara broker --data` serves."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from nagara.broker.history.segments import named
from nagara.broker.store.naming import renew

_TRIES = 5


class CopyRefused(ValueError):
    """No copy is made; the text says why."""


@dataclass(slots=True)
class Copied:
    """What a copy holds."""

    stores: int = 0
    files: int = 0
    bytes: int = 0


def copy(data: Path, target: Path, history: Path | None = None) -> Copied:
    """Copy the folder of a broker. `history`: where the files of the older history are, if not under it; in the copy they are."""
    stores = sorted(data.rglob("*.sqlite"))
    if not stores:
        raise CopyRefused(f"There is no broker's data in {data}.")
    if target.exists() and any(target.iterdir()):
        raise CopyRefused(f"{target} is not empty: a copy is never laid over another.")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (data / "alias").exists():
        shutil.copyfile(data / "alias", target / "alias")
    found = Copied()
    for path in stores:
        place = target / path.relative_to(data)
        place.parent.mkdir(parents=True, exist_ok=True)
        for left in range(_TRIES, 0, -1):
            try:
                _store(path, place)
                _files(place, history or data / "history", target / "history", found)
                break
            except FileNotFoundError:  # several files became one between the two steps: the store knows by now
                if left == 1:
                    raise
        found.stores += 1
    return found


def _store(path: Path, place: Path) -> None:
    """One file of SQLite as it is at one instant; those who write to it are not held up."""
    place.unlink(missing_ok=True)
    place.touch(mode=0o600)
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source, closing(sqlite3.connect(place)) as made:
        source.backup(made)
        if made.execute("SELECT 1 FROM sqlite_schema WHERE name = 'observation'").fetchone() is not None:
            renew(made)
            made.commit()


def _files(store: Path, history: Path, target: Path, found: Copied) -> None:
    """The files of the older history that a copied store names. They never change, so one disk holds them once."""
    with closing(sqlite3.connect(store)) as connection:
        if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'segment'").fetchone() is None:
            return
        for one in named(connection):
            place = target / one.path
            if place.exists():
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(history / one.path, place)
            except FileNotFoundError:
                raise
            except OSError:
                shutil.copyfile(history / one.path, place)
            found.files += 1
            found.bytes += one.bytes
