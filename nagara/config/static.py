"""Are the collected static files those of the sources? Asked by a digest of names, sizes and times, so that a warm start is quick."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

from nagara.toolkit.digests import digest


def _now() -> str:
    facts = []
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            facts.append([path, stat.st_size, stat.st_mtime_ns])
    return digest(sorted(facts))


def _mark() -> Path:
    return Path(settings.STATIC_ROOT) / ".collected"


def stale() -> bool:
    return not _mark().exists() or _mark().read_text() != _now()


def mark() -> None:
    _mark().write_text(_now())
