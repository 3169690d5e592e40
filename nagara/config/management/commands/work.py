"""`nagara work`: what has to be done without anyone asking: sending what lies in the outbox, signing where the record ends."""

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from nagara.config.work import work

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Do what is due, every few seconds. `--once` does it once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true")
        parser.add_argument("--every", type=float, default=10.0, help="seconds between two looks")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            work(timezone.now())
            return
        stopped = threading.Event()
        # Asked to stop, it finishes the message that it is sending.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        while not stopped.is_set():
            close_old_connections()
            try:
                work(timezone.now())
            except Exception:
                log.exception("this round failed; the next one tries again")
            stopped.wait(options["every"])
