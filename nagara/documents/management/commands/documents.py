"""`nagara documents`: do the stored files still say what they said; away with what nothing refers to."""

import time
from argparse import ArgumentParser
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from nagara.documents.files import path_of
from nagara.documents.models import StoredFile
from nagara.toolkit.digests import digest_of_bytes

DAY = 24 * 3600
FORGOTTEN = timedelta(days=30)
"""An upload whose form was never finished is kept that long."""


def unreferenced(at: datetime) -> QuerySet[StoredFile]:
    """Rows older than 30 days to which no row of any part refers."""
    found = StoredFile.objects.filter(stored_at__lt=at - FORGOTTEN)
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if relation.auto_created and relation.is_relation and not relation.concrete:
            referring = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})  # type: ignore[union-attr]
            found = found.filter(~Exists(referring))
    return found


class Command(BaseCommand):
    help = "Stored files. `verify` finds a changed or lost file and exits with 1; `sweep` removes what nothing refers to."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["verify", "sweep"])

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "verify":
            self._verify()
        else:
            self._sweep(loud=options["verbosity"] > 0)

    def _verify(self) -> None:
        count = faults = 0
        for digest in StoredFile.objects.order_by("digest").values_list("digest", flat=True).distinct().iterator():
            count += 1
            path = path_of(digest)
            if not path.exists():
                faults += 1
                self.stdout.write(self.style.ERROR(f"lost: {digest} ({self._names(digest)})"))
            elif _digest(path) != digest:
                faults += 1
                self.stdout.write(self.style.ERROR(f"changed: {digest} ({self._names(digest)})"))
        if faults:
            raise CommandError(f"{faults} of {count} file(s) are not what was stored: restore them from a backup.")
        self.stdout.write(self.style.SUCCESS(f"{count} file(s) are what was stored."))

    def _names(self, digest: str) -> str:
        rows = StoredFile.objects.filter(digest=digest).order_by("pk")
        return ", ".join(f"{row.pk}: {row.name}" for row in rows)

    def _sweep(self, *, loud: bool) -> None:
        removed = 0
        forgotten, _rows = unreferenced(timezone.now()).delete()
        old = time.time() - DAY
        for path in sorted(Path(settings.FILES).rglob("*")):
            if not path.is_file() or path.stat().st_mtime > old:
                continue
            if path.parent.name != "new" and StoredFile.objects.filter(digest=path.name).exists():
                continue
            path.unlink()
            removed += 1
        for path in sorted(Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*.upload*")):
            if path.stat().st_mtime <= old:
                path.unlink()
                removed += 1
        if loud:
            self.stdout.write(f"{forgotten} forgotten upload(s) and {removed} file(s) removed.")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return digest_of_bytes(iter(lambda: file.read(1 << 20), b""))
