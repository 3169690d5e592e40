"""`nagara health`: is this installation well? Exits with 1 where something is broken."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from nagara.config.health import ILL, health


class Command(BaseCommand):
    help = "Ask each part that the installation stands on: database, its version, outbox, record, disk."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = health(timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json(with_facts=True), ensure_ascii=False))
        else:
            for check in found.checks:
                self.stdout.write(f"{check.state:10} {check.label}: {check.words}")
        if found.state == ILL:
            raise CommandError("This installation is not well.")
