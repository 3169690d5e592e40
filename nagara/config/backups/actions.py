"""Making a backup of a running installation, and restoring one into an empty one."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from nagara.config.backups import databases
from nagara.config.backups.archive import FORMAT, About, Writer, unpack
from nagara.toolkit.refusal import Refusal

FOLDERS = {"files": "FILES", "keys": "KEYS", "checkpoints": "CHECKPOINTS"}
"""What is kept beside the database, and the setting that names its folder."""


@dataclass(frozen=True)
class Made:
    about: About
    files: int


def back_up(stream: BinaryIO, *, at: datetime) -> Made:
    """Write a backup into `stream`. The database is copied first: every file that it names was there before."""
    with tempfile.TemporaryDirectory(dir=settings.DATA, prefix="backup-") as name:
        folder = Path(name)
        migrations, seq, digest = databases.of_this_installation().copy_out(folder)
        about = About(
            format=FORMAT,
            version=version("nagara"),
            made_at=at,
            engine=databases.engine(),
            migrations=migrations,
            record_seq=seq,
            record_digest=digest,
        )
        writer = Writer(stream, about)
        writer.add_folder("database", folder)
        counts = {kept: writer.add_folder(kept, Path(getattr(settings, setting))) for kept, setting in FOLDERS.items()}
        writer.close()
    return Made(about, counts["files"])


def back_up_to(path: Path, *, at: datetime) -> Made:
    """Write a backup as `path`. It has that name only when it is whole."""
    if path.exists():
        raise Refusal(_("%(path)s exists already: a backup is never written over another.") % {"path": path}, code="file-exists")
    if not path.parent.is_dir():
        raise Refusal(_("There is no folder %(path)s.") % {"path": path.parent}, code="no-folder")
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            unfinished.chmod(0o600)
            made = back_up(file, at=at)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return made


def check(stream: BinaryIO) -> About:
    """Read a backup to its end, compare every digest, and say what it is of. Changes nothing."""
    with tempfile.TemporaryDirectory(dir=settings.DATA, prefix="restore-") as name:
        about = unpack(stream, Path(name))
    _require_fit(about)
    return about


def _require_fit(about: About) -> None:
    if about.engine != databases.engine():
        raise Refusal(
            _("This is a backup of %(theirs)s; this installation uses %(ours)s.") % {"theirs": about.engine, "ours": databases.engine()},
            next_step=_("Name a database of the same kind in DATABASE_URL."),
            code="another-engine",
        )
    if later := databases.unknown(about.migrations):
        raise Refusal(
            _("This backup was made by a later version (%(version)s): it knows %(names)s.")
            % {"version": about.version, "names": ", ".join(later[:3])},
            next_step=_("Install that version, restore, and stay with it."),
            code="later-version",
        )


def restore(stream: BinaryIO) -> About:
    """Put a backup into this installation, which must be empty. Everything is unpacked and compared before anything is put in place."""
    if databases.has_content():
        raise Refusal(
            _("This installation is not empty: it has accounts or acts on record."),
            next_step=_("Restore into an empty NAGARA_DATA and an empty database."),
            code="not-empty",
        )
    with tempfile.TemporaryDirectory(dir=settings.DATA, prefix="restore-") as name:
        folder = Path(name)
        about = unpack(stream, folder)
        _require_fit(about)
        databases.of_this_installation().put_back(folder / "database", about.migrations)
        for kept, setting in FOLDERS.items():
            _put_folder(folder / kept, Path(getattr(settings, setting)))
    return about


def _put_folder(source: Path, target: Path) -> None:
    """What an empty installation has made for itself at its first start, such as a new key, gives way."""
    if target.exists():
        shutil.rmtree(target)
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
        target.chmod(0o700)
