"""`nagara backup FILE`: one file that holds the whole installation, made while it runs."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from nagara.config.backups.actions import back_up, back_up_to
from nagara.toolkit.refusal import Refusal


class Command(BaseCommand):
    help = (
        "Write database, stored files, keys and checkpoints into one file (- for standard output). It holds the keys of the "
        "installation: keep it where only its keepers can read it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["file"] == "-":
                made = back_up(sys.stdout.buffer, at=timezone.now())
            else:
                made = back_up_to(Path(options["file"]), at=timezone.now())
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        about = made.about
        self.stderr.write(f"Backed up: {about.engine}, {made.files} files, the record up to entry {about.record_seq}.")
