"""`nagara audit`: read the whole chain and say whether it is whole; sign where it ends."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from nagara.audit import checkpoints
from nagara.audit.models import GENESIS, Entry
from nagara.audit.verify import Verification, verify


class Command(BaseCommand):
    help = (
        "The audit record. `verify` finds a changed, removed or inserted entry and exits with 1; `checkpoint` verifies what came "
        "since the last checkpoint and signs where the chain ends now; `key` prints the key that checkpoints are verified with."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["verify", "checkpoint", "key"])
        parser.add_argument("--head", help="a digest that the chain must end with or contain, as written down on an earlier day")
        parser.add_argument("--checkpoints", type=Path, help="a copy of the checkpoints, kept elsewhere, to compare with as well")
        parser.add_argument("--json", action="store_true", help="print the finding as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "key":
            self.stdout.write(checkpoints.public_key())
        elif options["act"] == "checkpoint":
            self._checkpoint(options)
        else:
            self._verify(options)

    def _verify(self, options: dict[str, Any]) -> None:
        found = verify()
        if options["head"] and options["head"] != GENESIS and not Entry.objects.filter(digest=options["head"]).exists():
            found.faults.append("The chain does not contain the digest that was written down: it has been replaced.")
        if options["checkpoints"]:
            self._compare_copy(options["checkpoints"], found)
        self._say(found, options["json"])

    def _compare_copy(self, path: Path, found: Verification) -> None:
        if not path.exists():
            raise CommandError(f"There is no file {path}.")
        copied, faults = checkpoints.kept(path)
        found.faults += [f"{path}: {fault}" for fault in faults]
        for checkpoint in copied:
            if checkpoint.seq and not Entry.objects.filter(seq=checkpoint.seq, digest=checkpoint.digest).exists():
                found.faults.append(f"{path}: the chain does not contain entry {checkpoint.seq} as it was on {checkpoint.at}.")

    def _checkpoint(self, options: dict[str, Any]) -> None:
        found = verify(after=checkpoints.newest())
        if not found.whole:
            self._say(found, options["json"])
        checkpoint = checkpoints.write(at=timezone.now())
        self.stdout.write(checkpoint.line().decode())

    def _say(self, found: Verification, as_json: bool) -> None:
        if as_json:
            facts = {"entries": found.entries, "head": found.head, "checkpoints": found.checkpoints}
            self.stdout.write(json.dumps({**facts, "whole": found.whole, "faults": found.faults}, ensure_ascii=False))
        else:
            for fault in found.faults:
                self.stdout.write(self.style.ERROR(fault))
            self.stdout.write(f"{found.entries} entries, head {found.head}, {found.checkpoints} checkpoints agree")
        if not found.whole:
            raise CommandError("The audit record is NOT whole.")
        if not as_json:
            self.stdout.write(self.style.SUCCESS("The audit record is whole."))
