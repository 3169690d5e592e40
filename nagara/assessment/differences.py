"""What changed between two submissions, field by field and word by word. Plain functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from nagara.toolkit.thai import pieces

MOST_WORDS = 4000
"""Beyond this many words in a field, paragraphs are compared as wholes: finding words in words would take seconds."""


@dataclass(frozen=True)
class Piece:
    """A run of text on one side; `changed` where the other side has something else."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Difference:
    """One field that is not the same on both sides. Joined, the pieces of a side are its text."""

    key: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


def word_difference(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts in runs of what stayed and what changed. Thai is cut into words by dictionary."""
    left, right = _tokens(before), _tokens(after)
    old: list[Piece] = []
    new: list[Piece] = []
    for verb, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        changed = verb != "equal"
        if j > i:
            old.append(Piece("".join(left[i:j]), changed))
        if m > k:
            new.append(Piece("".join(right[k:m]), changed))
    return tuple(old), tuple(new)


def _tokens(text: str) -> list[str]:
    found = pieces(text)
    return found if len(found) <= MOST_WORDS else text.splitlines(keepends=True)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The fields that differ between two frozen contents ("answers", "city_type", "dimensions", "evidence"), in the order of the newer one."""
    old, new = _flat(before), _flat(after)
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key, ""), new.get(key, "")
        if was != now:
            found.append(Difference(key, *word_difference(was, now)))
    return found


def _flat(content: Mapping[str, Any]) -> dict[str, str]:
    """A frozen content as one text for each key; documents of a cell as lines."""
    flat = {"about.city_type": str(content.get("city_type", "")), "about.dimensions": ", ".join(content.get("dimensions", []))}
    for key, answer in content.get("answers", {}).items():
        flat[key] = str(answer.get("typed") or "")
    for paper in content.get("evidence", []):
        for link in paper["links"]:
            cell = f"{link['criterion']}:{link['dimension']}" if link["dimension"] else link["criterion"]
            line = " · ".join(part for part in (paper["title"], paper["file"]["name"], link["pages"], link["note"]) if part)
            key = f"{cell}.evidence"
            flat[key] = f"{flat[key]}\n{line}" if key in flat else line
    return flat
