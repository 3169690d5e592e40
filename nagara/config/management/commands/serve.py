"""`nagara serve`: the pages and the broker on `PORT`, and the outbox beside them.

Three processes: what listens (the broker, which hands pages on), the pages, and the worker. Where `NAGARA_BROKER_URL` names
another broker, the pages listen themselves.
"""

import os
import signal
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Serve the pages, and the broker at /ngsi-ld/v1, on PORT (default 8000)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("NAGARA_HOST", "127.0.0.1"))
        parser.add_argument("--threads", type=int, default=4)
        parser.add_argument("--pages-only", metavar="SOCKET", help="serve the pages alone, on a Unix socket (used by serve itself)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["pages_only"]:
            _pages(options["threads"], uds=Path(options["pages_only"]))
            return
        if options["host"] not in ("0.0.0.0", "::", "127.0.0.1"):  # noqa: S104 - named, not listened at
            os.environ["NAGARA_BROKER_HERE"] = f"http://{options['host']}:{settings.PORT}"
        worker = _start("nagara.config", "work")
        self.stdout.write(f"Nagara is at {settings.SITE_ADDRESS}")
        try:
            if settings.BROKER_URL:
                _pages(options["threads"], address=options["host"], port=settings.PORT)
            else:
                self._with_broker(options["host"], options["threads"])
        finally:
            _stop(worker)

    def _with_broker(self, host: str, threads: int) -> None:
        with tempfile.TemporaryDirectory(prefix="nagara-") as folder:
            socket = str(Path(folder) / "pages")
            # The pages stand behind one proxy more than the installation says: the front.
            pages = _start("nagara.config", "serve", "--pages-only", socket, "--threads", str(threads), NAGARA_PROXIES=_proxies() + 1)
            front = _start(
                "nagara.config.front",
                PORT=settings.PORT,
                NAGARA_HOST=host,
                NAGARA_PAGES=socket,
                NAGARA_BROKER_DATA=settings.BROKER_DATA,
                NAGARA_ADDRESS=os.environ.get("NAGARA_ADDRESS", ""),
            )
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: front.send_signal(signal.SIGTERM))
            try:
                code = front.wait()
            finally:
                _stop(front)
                _stop(pages)
        if code:
            raise SystemExit(code)


def _proxies() -> int:
    return int(os.environ.get("NAGARA_PROXIES") or 0)


def _pages(threads: int, **where: Any) -> None:
    from granian import Granian  # only this command needs the server
    from granian.constants import Interfaces

    Granian(
        "nagara.config.wsgi:application",
        **where,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        websockets=False,
        log_enabled=False,
    ).serve()


def _start(module: str, *words: str, **environment: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", module, *words], env={**os.environ, **{name: str(value) for name, value in environment.items()}}
    )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
