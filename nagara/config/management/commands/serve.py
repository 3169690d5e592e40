"""`nagara serve`: the pages on `PORT`, and the outbox beside them."""

import os
import signal
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Serve the pages on PORT (default 8000)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("NAGARA_HOST", "127.0.0.1"))
        parser.add_argument("--threads", type=int, default=4)

    def handle(self, *args: Any, **options: Any) -> None:
        from granian import Granian  # only this command needs the server
        from granian.constants import Interfaces

        worker = subprocess.Popen([sys.executable, "-m", "nagara.config", "work"])
        self.stdout.write(f"Nagara is at {settings.SITE_ADDRESS}")
        try:
            Granian(
                "nagara.config.wsgi:application",
                address=options["host"],
                port=settings.PORT,
                interface=Interfaces.WSGI,
                workers=1,
                blocking_threads=options["threads"],
                websockets=False,
                log_enabled=False,
            ).serve()
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(5)
