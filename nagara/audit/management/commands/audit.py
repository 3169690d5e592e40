"""`nagara audit verify`: read the whole chain and say whether it is whole."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from nagara.audit.models import Entry
from nagara.audit.verify import verify


class Command(BaseCommand):
    help = "The audit record. `verify` finds a changed, removed or inserted entry and exits with 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["verify"])
        parser.add_argument("--head", help="the digest that the chain must end with or contain, as written down on an earlier day")
        parser.add_argument("--json", action="store_true", help="print the finding as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify()
        if options["head"] and not Entry.objects.filter(digest=options["head"]).exists():
            found.faults.append("The chain does not contain the digest that was written down: it has been replaced.")
        if options["json"]:
            self.stdout.write(json.dumps({"entries": found.entries, "head": found.head, "whole": found.whole, "faults": found.faults}))
        else:
            for fault in found.faults:
                self.stdout.write(self.style.ERROR(fault))
            self.stdout.write(f"{found.entries} entries, head {found.head}")
        if not found.whole:
            raise CommandError("The audit record is NOT whole.")
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS("The audit record is whole."))
