"""Reads the editions from `rulebook/<programme>/<day in force>.yaml` and says in words what is wrong with one."""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec
from django.conf import settings

from nagara.rulebook import frameworks, indicators, nominations
from nagara.rulebook.editions import CRITERIA, Dated, UnsoundEdition, kind_of, plain
from nagara.rulebook.faults import faults_of
from nagara.rulebook.schema import EditionFile
from nagara.rulebook.schema_indicators import IndicatorSetFile
from nagara.toolkit.digests import canonical

LOCK = "published.json"
"""The digests of published editions, beside the programmes."""


def all_paths(folder: Path | None = None) -> list[Path]:
    """Every file of the rulebook, of whatever kind."""
    return sorted((folder or settings.RULEBOOK).glob("*/*.yaml"))


def paths(folder: Path | None = None) -> list[Path]:
    """The files that hold criteria."""
    return [path for path in all_paths(folder) if kind_of(path) == CRITERIA]


def read(path: Path) -> EditionFile:
    """The edition in `path`; `UnsoundEdition` names the key or value at fault. Read once while the file stays as it is."""
    stat = path.stat()
    return _read(path, (stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=64)
def _read(path: Path, changed: tuple[int, int]) -> EditionFile:
    return from_plain(plain(path), path.name)


def read_any(path: Path) -> Dated:
    """The edition in `path`, by the schema of its kind."""
    kind = kind_of(path)
    if kind not in READERS:
        raise UnsoundEdition(path.name, [f"no schema is called {kind}: there are {', '.join(READERS)}"])
    return READERS[kind](path)


def from_plain(raw: object, name: str = "edition") -> EditionFile:
    try:
        edition = msgspec.convert(raw, EditionFile)
    except msgspec.ValidationError as error:
        raise UnsoundEdition(name, [str(error)]) from None
    if faults := faults_of(edition):
        raise UnsoundEdition(name, faults)
    return edition


def to_plain(edition: EditionFile) -> bytes:
    """The edition as canonical JSON: what is kept with a round, so that its decisions can be recomputed for good."""
    return canonical(msgspec.to_builtins(edition))


def from_kept(content: str | bytes) -> EditionFile:
    """The edition from what was kept."""
    return msgspec.convert(json.loads(content), EditionFile, strict=False)


def file_digest(path: Path) -> str:
    """SHA-256 of the file, whatever its line endings: one changed line is a changed edition."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def locked(folder: Path | None = None) -> dict[str, str]:
    """The digests of published editions, by their path below the rulebook."""
    path = (folder or settings.RULEBOOK) / LOCK
    return json.loads(path.read_text()) if path.exists() else {}


READERS: dict[str, Callable[[Path], Dated]] = {
    CRITERIA: read,
    frameworks.KIND: frameworks.read,
    indicators.KIND: indicators.read,
    nominations.KIND: nominations.read,
}


def check(folder: Path | None = None) -> list[str]:
    """Every fault of every edition, and of the lock."""
    root = folder or settings.RULEBOOK
    faults: list[str] = []
    digests = locked(root)
    seen = set()
    sets = []
    for path in all_paths(root):
        name = path.relative_to(root).as_posix()
        seen.add(name)
        edition: Dated | None
        try:
            edition = read_any(path)
        except UnsoundEdition as unsound:
            faults += [f"{name}: {fault}" for fault in unsound.faults]
            edition = None
        if name in digests and digests[name] != file_digest(path):
            faults.append(f"{name}: this edition was published and has been changed since; a change is a new edition with its own day")
        if edition is None:
            continue
        if isinstance(edition, IndicatorSetFile):
            sets.append(edition)
        if path.parent.name != edition.programme or path.stem != edition.in_force.isoformat():
            faults.append(f"{name}: the path must be {edition.programme}/{edition.in_force.isoformat()}.yaml")
        if edition.status == "published" and name not in digests:
            faults.append(f"{name}: published, but its digest is not locked: run nagara rulebook publish {name}")
    faults += indicators.faults_between(sets)
    faults += [f"{name}: published, and now missing" for name in sorted(set(digests) - seen)]
    return faults


def editions(programme: str, folder: Path | None = None) -> list[EditionFile]:
    """The published editions of a programme, oldest first."""
    found = [read(path) for path in paths(folder) if path.parent.name == programme]
    return sorted((edition for edition in found if edition.status == "published"), key=lambda edition: edition.in_force)


def in_force(programme: str, on: date, folder: Path | None = None) -> EditionFile | None:
    """The edition in force on a day; None before the first."""
    return next((edition for edition in reversed(editions(programme, folder)) if edition.in_force <= on), None)


def programmes(folder: Path | None = None) -> list[str]:
    """The programmes that have criteria."""
    return sorted({path.parent.name for path in paths(folder)})


def city_types(on: date, folder: Path | None = None) -> dict[str, dict[str, str]]:
    """The city types of every programme whose criteria are in force on a day: code and title in several languages."""
    found: dict[str, dict[str, str]] = {}
    for programme in programmes(folder):
        edition = in_force(programme, on, folder)
        for choice in edition.city_types if edition else ():
            found.setdefault(choice.code, choice.title)
    return found
