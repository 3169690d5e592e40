"""Regular expressions from clients, by an engine whose time grows only with the length of the text: no pattern can hang the broker."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

from nagara.broker.model.values import shown
from nagara.broker.problems import bad_data

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 20
_LITERAL = re.compile(r"\^((?:[A-Za-z0-9:/#_%@,;=&~!'\" -]|\\[.\-/+*?()\[\]{}|^$])+)")


class Pattern:
    """A compiled pattern and, where it is anchored, the text that all its matches start with."""

    __slots__ = ("_search", "prefix", "text")

    def __init__(self, text: str, compiled: Any) -> None:
        self.text = text
        self._search = compiled.search
        found = _LITERAL.match(text)
        prefix = "" if found is None or "|" in text or text.startswith("(?") else found[1]
        if found is not None and prefix and found.end() < len(text) and text[found.end()] in "*?{":
            prefix = re.sub(r"(\\.|[^\\])\Z", "", prefix)  # the last character may be absent
        self.prefix = re.sub(r"\\(.)", r"\1", prefix)

    def matches(self, text: str) -> bool:
        return self._search(text) is not None


@lru_cache(maxsize=512)
def _compiled(text: str) -> Pattern:
    try:
        return Pattern(text, re2.compile(text, _OPTIONS))
    except re2.error as e:
        why = e.args[0].decode() if e.args and isinstance(e.args[0], bytes) else str(e)
        raise bad_data(f"The pattern {shown(text)} is no regular expression that this broker can search by: {why}.") from None


def pattern(text: str, longest: int = 512) -> Pattern:
    """`text` as a pattern; refused where it is malformed, too long or too large once compiled."""
    if len(text) > longest:
        raise bad_data(f"A regular expression of {len(text)} characters is longer than the {longest} that this broker takes.")
    return _compiled(text)
