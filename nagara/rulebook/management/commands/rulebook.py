"""`nagara rulebook check`: refuse unknown keys, a missing source, weights that do not add up, a changed published edition."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from nagara.rulebook import reader


class Command(BaseCommand):
    help = "The criteria. `check` reads every edition and exits with 1 where one is unsound; `publish` locks the digest of one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["check", "publish"])
        parser.add_argument("path", nargs="?", help="an edition below the rulebook, such as smart-city-thailand/2019-03-08.yaml")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "publish":
            self._publish(options["path"])
            return
        faults = reader.check()
        for fault in faults:
            self.stdout.write(self.style.ERROR(fault))
        if faults:
            raise CommandError(f"{len(faults)} fault(s) in the rulebook.")
        names = [path.relative_to(settings.RULEBOOK).as_posix() for path in reader.all_paths()]
        self.stdout.write(self.style.SUCCESS(f"{len(names)} edition(s) are sound: {', '.join(names)}"))

    def _publish(self, name: str | None) -> None:
        path = settings.RULEBOOK / (name or "")
        if not name or not path.is_file():
            raise CommandError("Name an edition below the rulebook.")
        digests = reader.locked()
        if name in digests and digests[name] != reader.file_digest(path):
            raise CommandError(f"{name} is published already: a change is a new edition with its own day.")
        edition = reader.read_any(path)
        if edition.status != "published":
            raise CommandError(f"{name} still says that it is a draft.")
        digests[name] = reader.file_digest(path)
        (settings.RULEBOOK / reader.LOCK).write_text(json.dumps(dict(sorted(digests.items())), indent=1) + "\n")
        self.stdout.write(f"{name} is locked with {digests[name]}")
