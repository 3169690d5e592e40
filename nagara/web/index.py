"""The index that goes with every map: each province with its count, in the order of the reader's alphabet."""

from collections.abc import Mapping
from typing import NamedTuple

from nagara.places.models import Subdivision
from nagara.toolkit.texts import text
from nagara.toolkit.thai import alphabet


class Entry(NamedTuple):
    code: str
    name: str
    areas: int


def province_names(*, state: str = "TH") -> dict[str, str]:
    """The short name of each province in the language of the page, in the order of its alphabet."""
    rows = Subdivision.objects.filter(state=state).order_by(alphabet(), "code").values_list("code", "name", "short")
    return {code: text(short) or text(name) for code, name, short in rows}


def index_of(counts: Mapping[str, int], names: Mapping[str, str] | None = None) -> list[Entry]:
    """The provinces that have a count, by name."""
    called = names if names is not None else province_names()
    return [Entry(code, name, counts[code]) for code, name in called.items() if counts.get(code)]
