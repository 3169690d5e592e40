"""The quorum meter: one cell for each seat of the base, a mark at the number needed, and the sentence that says where it stands."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.governance.quorum import Cell, Quorum


@dataclass(frozen=True)
class MeterCell:
    kind: str
    needed: bool
    """The mark stands after this cell."""


@dataclass(frozen=True)
class Meter:
    quorum: Quorum
    cells: list[MeterCell]
    need_percent: int
    verdict: str
    outlook: str
    sentence: str
    absent: int


def meter(found: Quorum) -> Meter:
    cells = [MeterCell(kind.value, place == found.needed) for place, kind in enumerate(found.cells, 1)]
    return Meter(
        quorum=found,
        cells=cells,
        need_percent=min(100, round(100 * found.needed / found.base)) if found.base else 0,
        verdict=_verdict(found),
        outlook=_outlook(found),
        sentence=_("%(present)s of %(base)s seats take part, %(on_site)s in the room and %(online)s online; at least %(needed)s are needed")
        % {"present": found.present, "base": found.base, "on_site": found.on_site, "online": found.online, "needed": found.needed},
        absent=sum(cell.kind == Cell.ABSENT for cell in cells),
    )


def _verdict(found: Quorum) -> str:
    if not found.quorate:
        return _("No quorum")
    return _("Just enough") if found.spare == 0 else _("Quorate")


def _outlook(found: Quorum) -> str:
    if not found.quorate:
        missing = -found.spare
        return ngettext("%(count)s more is needed", "%(count)s more are needed", missing) % {"count": missing}
    leaving = found.spare + 1
    return ngettext("lost if %(count)s leaves", "lost if %(count)s leave", leaving) % {"count": leaving}
