"""`nagara keys list|rotate`: the keys that sign certificates."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from nagara.audit.record import System
from nagara.recognition import keys
from nagara.recognition.models import SigningKey


class Command(BaseCommand):
    help = "The keys that sign certificates. `rotate` makes a new one; what the old one signed stays verifiable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["list", "rotate"])
        parser.add_argument("--why", default="", help="the reason, for the record")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "rotate":
            made = keys.rotate(by=System("operator"), at=timezone.now(), why=options["why"])
            self.stdout.write(self.style.SUCCESS(f"{made.kid} signs from now on."))
        for key in SigningKey.objects.order_by("made_at", "kid"):
            here = "private half here" if keys.is_here(key) else "private half not on this machine"
            state = f"retired {key.retired_at:%Y-%m-%d}" if key.retired_at else f"signs now, {here}"
            self.stdout.write(f"{key.kid}  made {key.made_at:%Y-%m-%d}  {state}  {key.certificates.count()} certificate(s)")
