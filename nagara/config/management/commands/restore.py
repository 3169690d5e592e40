"""`nagara restore FILE`: put a backup into an empty installation, and prove that it is whole."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from nagara.audit.models import GENESIS, Entry
from nagara.audit.verify import verify
from nagara.config.backups.actions import check, restore
from nagara.config.backups.archive import About
from nagara.toolkit.refusal import Refusal


class Command(BaseCommand):
    help = (
        "Restore a backup (- for standard input) into an empty installation: database, stored files, keys, checkpoints. Then the "
        "database is brought up to this version, the record of acts is read from its first entry, and every stored file is compared. "
        "--check only reads the backup and changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--check", action="store_true", help="only read the backup to its end and compare its digests")

    def handle(self, *args: Any, **options: Any) -> None:
        act = check if options["check"] else restore
        try:
            if options["file"] == "-":
                about = act(sys.stdin.buffer)
            else:
                path = Path(options["file"])
                if not path.is_file():
                    raise CommandError(f"There is no file {path}.")
                with path.open("rb") as file:
                    about = act(file)
        except Refusal as refusal:
            raise CommandError(" ".join([refusal.message, refusal.next_step])) from None
        self.stdout.write(f"A backup of {about.made_at:%Y-%m-%d %H:%M} UTC, version {about.version}, {about.engine}.")
        if options["check"]:
            self.stdout.write(self.style.SUCCESS("The backup is whole."))
            return
        call_command("setup")
        self._prove(about)

    def _prove(self, about: About) -> None:
        """The record is whole and is the one of the backup; the stored files are what was stored."""
        found = verify()
        there = about.record_digest == GENESIS or Entry.objects.filter(seq=about.record_seq, digest=about.record_digest).exists()
        if not there:
            found.faults.append(f"The record does not hold entry {about.record_seq} with the digest that the backup names.")
        for fault in found.faults:
            self.stdout.write(self.style.ERROR(fault))
        self.stdout.write(f"The record of acts: {found.entries} entries, head {found.head}, {found.checkpoints} checkpoints agree.")
        call_command("documents", "verify", stdout=self.stdout)
        if not found.whole:
            raise CommandError("The record of acts is NOT whole.")
        self.stdout.write(self.style.SUCCESS("Restored. The record of acts is whole."))
