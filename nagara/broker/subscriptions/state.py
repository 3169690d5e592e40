"""What became of the notifications of one subscription (5.2.14.2)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import orjson

from nagara.broker.clock import iso


@dataclass(slots=True)
class State:
    """Counters and instants (microseconds since 1970) of a subscription's notifications."""

    sent: int = 0
    failed: int = 0
    last_sent: int | None = None
    last_success: int | None = None
    last_failure: int | None = None
    ok: bool | None = None  # whether the last attempt succeeded
    dropped: int = 0  # given up unsent: too old, or more than the queue holds

    def details(self) -> dict[str, Any]:
        """The members that notification has for them."""
        found: dict[str, Any] = {}
        if self.ok is not None:
            found["status"] = "ok" if self.ok else "failed"
        if self.sent:
            found["timesSent"] = self.sent
        if self.failed:
            found["timesFailed"] = self.failed
        for name, at in (("lastNotification", self.last_sent), ("lastSuccess", self.last_success), ("lastFailure", self.last_failure)):
            if at is not None:
                found[name] = iso(at)
        return found

    def succeeded(self, at: int, *, again: bool) -> None:
        """A notification was delivered; `again`: not at the first attempt."""
        self.sent += not again
        self.last_sent = self.last_success = at
        self.ok = True

    def went_wrong(self, at: int, *, again: bool) -> None:
        """A notification was sent, and refused or not answered. However often it is tried, it is one that was sent and one that failed."""
        self.sent += not again
        self.failed += not again
        self.last_sent = self.last_failure = at
        self.ok = False

    def packed(self) -> bytes:
        return orjson.dumps(asdict(self))


def unpacked(raw: bytes) -> State:
    """The way back of `State.packed`."""
    return State(**orjson.loads(raw)) if raw else State()
