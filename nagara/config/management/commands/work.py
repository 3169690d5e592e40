"""`nagara work`: what has to be done without anyone asking: sending what lies in the outbox, reading sheets."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from nagara.notices.outbox import send_due
from nagara.plans.jobs import take_up


class Command(BaseCommand):
    help = "Send what is due and read sheets that were left, every few seconds. `--once` does it once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true")
        parser.add_argument("--every", type=float, default=10.0, help="seconds between two looks")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            send_due(at=timezone.now())
            take_up(clock=timezone.now)
            if options["once"]:
                return
            close_old_connections()
            time.sleep(options["every"])
