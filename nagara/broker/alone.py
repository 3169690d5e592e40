"""One broker serves one data folder and one port: a second one on either would answer from a memory of its own."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from nagara.broker.settings import Settings


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the folder and see that the port is free, or end the process and say why. A process that dies lets go of both."""
    settings.data.mkdir(parents=True, exist_ok=True)
    lock = os.open(settings.data / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"Another broker serves {settings.data} already; one serves a folder.") from None
        _free(settings.host, settings.port)
        yield
    finally:
        os.close(lock)


def _free(host: str, port: int) -> None:
    """The server itself would share a port that another process listens on, and each would get some of the requests."""
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(address)
            except OSError as e:
                raise SystemExit(
                    f"{host}:{port} cannot be listened on: {e.strerror}. Choose another port, or end what listens there."
                ) from None
