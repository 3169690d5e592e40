"""Quality marks of a dataset: what a stranger needs to use it, each met or not, in words. Nothing is weighed into one number."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from nagara.citydata.models import Dataset
from nagara.citydata.queries import FRESH, LiveType


@dataclass(frozen=True)
class Mark:
    code: str
    words: str
    met: bool


def marks(dataset: Dataset, live: LiveType | None) -> list[Mark]:
    """The marks of a dataset beside what the broker holds of its type now."""
    open_licence = dataset.licence in ("CC-BY-4.0", "CC0-1.0", "DGA-OPEN")
    return [
        Mark(
            "described",
            _("described in Thai and English"),
            all(dataset.title.get(code) and dataset.description.get(code) for code in ("th", "en")),
        ),
        Mark("open", _("open licence"), open_licence),
        Mark("machine", _("readable by machines, by an open standard"), True),
        Mark("found", _("has keywords and a theme"), bool(dataset.keywords and dataset.theme)),
        Mark("filled", _("holds observations"), live is not None and live.count > 0),
        Mark("fresh", _("as fresh as promised"), live is not None and live.state == FRESH),
    ]


def newest(live: LiveType | None) -> datetime | None:
    return live.last_seen if live else None
