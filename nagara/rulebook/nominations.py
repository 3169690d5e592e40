"""Reads criteria of nomination from `rulebook/<programme>/<day in force>.yaml` (kind: nomination) and says what is wrong with one."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec
from django.conf import settings

from nagara.rulebook.editions import UnsoundEdition, kind_of, plain
from nagara.rulebook.schema_nomination import NominationFile
from nagara.toolkit.digests import canonical

KIND = "nomination"


def read(path: Path) -> NominationFile:
    """The edition in `path`; `UnsoundEdition` names the key or value at fault. Read once while the file stays as it is."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _read(path: Path, changed: int) -> NominationFile:
    return from_plain(plain(path), path.name)


def from_plain(raw: object, name: str = "nomination") -> NominationFile:
    try:
        edition = msgspec.convert(raw, NominationFile, strict=False)
    except msgspec.ValidationError as error:
        raise UnsoundEdition(name, [str(error)]) from None
    if faults := faults_of(edition):
        raise UnsoundEdition(name, faults)
    return edition


def faults_of(edition: NominationFile) -> list[str]:
    """What the shape alone cannot say: codes that occur twice, texts without a language, nothing asked at all."""
    codes = [row.code for row in edition.asked()]
    faults = [f"the code {code} occurs twice" for code in sorted({code for code in codes if codes.count(code) > 1})]
    for row in edition.asked():
        faults += [
            f"{row.code}: the {name} lacks {lang}"
            for name in ("title", "text")
            for lang in ("th", "en")
            if not getattr(row, name).get(lang)
        ]
        if row.most <= 0:
            faults.append(f"{row.code}: the longest answer must be above 0")
    if not edition.elements:
        faults.append("no element of the plan is asked for")
    return faults


def to_plain(edition: NominationFile) -> bytes:
    """The edition as canonical JSON: what is kept with the nominations made under it."""
    return canonical(msgspec.to_builtins(edition))


def from_kept(content: str | bytes) -> NominationFile:
    return msgspec.json.decode(content, type=NominationFile)


def editions(programme: str, folder: Path | None = None) -> list[NominationFile]:
    """The published editions of a programme, oldest first."""
    paths = sorted(((folder or settings.RULEBOOK) / programme).glob("*.yaml"))
    found = [read(path) for path in paths if kind_of(path) == KIND]
    return sorted((edition for edition in found if edition.status == "published"), key=lambda edition: edition.in_force)


def in_force(programme: str, on: date, folder: Path | None = None) -> NominationFile | None:
    """The edition in force on a day; None before the first."""
    return next((edition for edition in reversed(editions(programme, folder)) if edition.in_force <= on), None)
