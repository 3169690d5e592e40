"""One way to write a value as bytes, so that the same value always has the same digest."""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    if hasattr(value, "__str__") and type(value).__module__.startswith("django.utils.functional"):
        return str(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


def canonical(value: Any) -> bytes:
    """`value` as JSON in UTF-8 with sorted keys and no spaces."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of `value`, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def digest_of_bytes(chunks: Iterable[bytes]) -> str:
    """SHA-256 of bytes that come in pieces, in hexadecimal."""
    total = hashlib.sha256()
    for chunk in chunks:
        total.update(chunk)
    return total.hexdigest()
