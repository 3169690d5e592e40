"""Time as the specification writes it (4.6.3): ISO 8601 in UTC with a trailing Z; inside, microseconds since 1970."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_DATE_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:\d\d)\Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_last: list[int] = [0]


def now_us() -> int:
    """Microseconds since 1970, never twice the same within this process."""
    now = time.time_ns() // 1000
    if now <= _last[0]:
        now = _last[0] + 1
    _last[0] = now
    return now


def iso(us: int) -> str:
    """`us` as a DateTime string with six fractional digits, so that text order is time order."""
    seconds, micro = divmod(us, 1_000_000)
    t = time.gmtime(seconds)
    return f"{t[0]:04d}-{t[1]:02d}-{t[2]:02d}T{t[3]:02d}:{t[4]:02d}:{t[5]:02d}.{micro:06d}Z"


def parse_us(text: object) -> int | None:
    """Microseconds since 1970 of a DateTime, or None where `text` is none. Offsets other than Z are not DateTimes (4.6.3)."""
    return _parsed(text) if isinstance(text, str) and 20 <= len(text) <= 40 else None


@lru_cache(4096)
def _parsed(text: str) -> int | None:
    found = _DATE_TIME.match(text)
    if found is None or found[8] != "Z":
        return None
    fraction = (found[7] or "").ljust(6, "0")[:6]
    try:
        moment = datetime(int(found[1]), int(found[2]), int(found[3]), int(found[4]), int(found[5]), int(found[6]), tzinfo=UTC)
    except ValueError:
        return None
    return (moment - _EPOCH) // _MICROSECOND + int(fraction)
