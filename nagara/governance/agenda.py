"""How an agenda is ordered and numbered: 1, 2, 3.1, 4.1 … A plain function of the headings and of what stands under each."""

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

from nagara.governance.models import Heading

WHOLE = frozenset({Heading.CHAIR_INFORMS, Heading.ADOPT_MINUTES, Heading.OTHER})
"""Headings whose only item carries the heading's own number."""

Key = TypeVar("Key", bound=Hashable)


def numbers(headings: Sequence[str], items: Iterable[tuple[Key, str]]) -> dict[Key, str]:
    """The number of each item, given as (key, heading) in the order under the headings."""
    under: dict[str, list[Key]] = {heading: [] for heading in headings}
    for key, heading in items:
        under[heading].append(key)
    found: dict[Key, str] = {}
    for place, heading in enumerate(headings, 1):
        if heading in WHOLE and len(under[heading]) == 1:
            found[under[heading][0]] = str(place)
            continue
        for count, key in enumerate(under[heading], 1):
            found[key] = f"{place}.{count}"
    return found


def next_number(headings: Sequence[str], heading: str, taken: Iterable[str]) -> str:
    """The number of one more item under `heading`, once the numbers have been sent out and stand."""
    place = headings.index(heading) + 1
    used = [number for number in taken if number.split(".")[0] == str(place)]
    if not used:
        return str(place) if heading in WHOLE else f"{place}.1"
    return f"{place}.{max(int(number.split('.')[1]) if '.' in number else 1 for number in used) + 1}"


def order(headings: Sequence[str], heading: str, position: int, pk: int) -> tuple[int, int, int]:
    """By this key items stand in the order of the agenda."""
    return (headings.index(heading) if heading in headings else len(headings), position, pk)
