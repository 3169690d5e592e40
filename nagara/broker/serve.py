"""One process that serves the broker by granian, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys

import uvloop
from granian.constants import HTTPModes
from granian.server.embed import Server

from nagara.broker.alone import alone
from nagara.broker.core import Broker
from nagara.broker.rsgi import RsgiApp
from nagara.broker.settings import Settings

log = logging.getLogger("nagara.broker")


async def _serve(settings: Settings) -> None:
    broker = Broker(settings)
    await broker.start()
    server = Server(RsgiApp(broker), settings.host, settings.port, log_enabled=False, websockets=False, http=HTTPModes.http1, backlog=1024)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    log.info("serving http://%s:%s/ngsi-ld/v1 from %s", settings.host, settings.port, settings.data)
    try:
        await server.serve()
    finally:
        await broker.stop()


def tune() -> None:
    """Set the interpreter to serving many small requests."""
    sys.setswitchinterval(0.001)  # threads that read or commit must not wait 5 ms for the loop to let go
    gc.freeze()  # what is loaded by now stays: there is no need to look through it again and again
    gc.set_threshold(20_000, 20, 20)


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; every write that was answered is on disk by then."""
    tune()
    with alone(settings):
        uvloop.run(_serve(settings))
