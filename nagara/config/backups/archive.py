"""The file itself: what goes into it and how it is read back, without knowing any database."""

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

import msgspec
import orjson
from django.utils.translation import gettext as _

from nagara.toolkit.refusal import Refusal

FORMAT = 1
ABOUT, DIGESTS = "about.json", "digests.json"
PIECE = 1 << 20


class About(msgspec.Struct, kw_only=True):
    """What a backup is of, read before anything else of it."""

    format: int
    version: str
    made_at: datetime
    engine: str
    migrations: list[tuple[str, str]]
    """Every migration that had been made, as (part, name)."""
    record_seq: int
    record_digest: str
    """Where the record of acts ended."""


class Watched:
    """A file that is read once: its digest grows as it passes."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(size)
        self.digest.update(piece)
        return piece


class Writer:
    """Adds members one after another to a stream that is never read again, such as a pipe."""

    def __init__(self, stream: BinaryIO, about: About) -> None:
        self.packed = gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=6, mtime=0)
        self.tar = tarfile.open(fileobj=self.packed, mode="w|")  # noqa: SIM115 - closed by `close`
        self.digests: dict[str, str] = {}
        self.at = int(about.made_at.timestamp())
        self._bytes(ABOUT, msgspec.json.encode(about))

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            watched = Watched(file)
            # The size as it is now: a file that grows meanwhile (a log of checkpoints) is taken as long as it was.
            self.tar.addfile(self._info(name, path.stat().st_size), watched)
            self.digests[name] = watched.digest.hexdigest()

    def add_folder(self, name: str, folder: Path) -> int:
        """Every file below `folder`, in order; answer how many. One that is removed meanwhile was of no row."""
        count = 0
        for path in sorted(folder.rglob("*")) if folder.exists() else []:
            if not path.is_file() or path.is_symlink():
                continue
            self.add_file(f"{name}/{path.relative_to(folder).as_posix()}", path)
            count += 1
        return count

    def close(self) -> None:
        self._bytes(DIGESTS, orjson.dumps(self.digests, option=orjson.OPT_SORT_KEYS))
        self.tar.close()
        self.packed.close()

    def _bytes(self, name: str, content: bytes) -> None:
        self.tar.addfile(self._info(name, len(content)), io.BytesIO(content))
        if name != DIGESTS:
            self.digests[name] = hashlib.sha256(content).hexdigest()

    def _info(self, name: str, size: int) -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self.at, 0o600
        return info


def damaged(words: str) -> Refusal:
    return Refusal(words, code="backup-damaged", next_step=_("Take an earlier backup."))


def members(stream: BinaryIO) -> Iterator[tuple[str, IO[bytes]]]:
    """The members in order. A name that leads out of its folder, or anything that is not a plain file, is refused."""
    with tarfile.open(fileobj=stream, mode="r|gz") as tar:
        for info in tar:
            parts = PurePosixPath(info.name).parts
            if not info.isreg() or info.name.startswith("/") or ".." in parts or not parts:
                raise damaged(_("“%(name)s” does not belong into a backup.") % {"name": info.name})
            file = tar.extractfile(info)
            if file is not None:
                yield info.name, file


def read_about(members_: Iterator[tuple[str, IO[bytes]]]) -> About:
    """The first member, by which a file that is no backup of ours is told at once."""
    name, file = next(members_, ("", io.BytesIO()))
    if name != ABOUT:
        raise damaged(_("This file is not a backup of Nagara."))
    try:
        about = msgspec.json.decode(file.read(), type=About)
    except msgspec.MsgspecError as error:
        raise damaged(_("This file is not a backup of Nagara: %(error)s") % {"error": error}) from None
    if about.format != FORMAT:
        raise damaged(_("This backup has format %(format)s; this version reads %(known)s.") % {"format": about.format, "known": FORMAT})
    return about


def unpack(stream: BinaryIO, folder: Path) -> About:
    """Write everything below `folder` and compare every digest; answer what the backup is of."""
    try:
        return _unpack(stream, folder)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise damaged(_("The backup cannot be read to its end: %(error)s") % {"error": error}) from None


def _unpack(stream: BinaryIO, folder: Path) -> About:
    passing = members(stream)
    about = read_about(passing)
    found: dict[str, str] = {}
    said: dict[str, Any] | None = None
    for name, file in passing:
        if name == DIGESTS:
            said = orjson.loads(file.read())
            continue
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        watched = Watched(file)
        with path.open("wb") as target:
            while piece := watched.read(PIECE):
                target.write(piece)
        path.chmod(0o600)
        found[name] = watched.digest.hexdigest()
    if said is None:
        raise damaged(_("The backup was cut short: its list of digests is missing."))
    said.pop(ABOUT, None)
    wrong = sorted(name for name in {*said, *found} if said.get(name) != found.get(name))
    if wrong:
        raise damaged(_("The backup is not what was written: %(names)s") % {"names": ", ".join(wrong[:5])})
    return about
