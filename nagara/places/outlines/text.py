"""An outline as a list of coordinates that a person can read and write.

One point a line, longitude before latitude: `101.281700, 12.681400`. An empty line begins another part; a line with a
single `-` begins a hole in the part above it. What follows a `#` is a remark.
"""

import re

from django.utils.translation import gettext as _

from nagara.places.geometry import DIGITS
from nagara.places.outlines import Fault, Part, Raw
from nagara.toolkit.days import arabic_digits

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


def read_text(text: str) -> tuple[Raw, list[Fault]]:
    """The rings of a list of coordinates, and each line that could not be read."""
    parts: list[Part] = []
    faults: list[Fault] = []
    fresh = True
    for number, line in enumerate(arabic_digits(text).splitlines(), 1):
        said = line.split("#")[0].strip()
        if not said:
            fresh = fresh or not line.strip()
            continue
        if said == "-":
            if not parts:
                faults.append(Fault("line", _("Line %(number)s: a hole needs a part around it.") % {"number": number}))
                continue
            parts[-1].append([])
            fresh = False
            continue
        point = _point(said)
        if point is None:
            faults.append(
                Fault("line", _("Line %(number)s: “%(text)s” is not a longitude and a latitude.") % {"number": number, "text": said[:40]})
            )
            continue
        if fresh:
            parts.append([[]])
            fresh = False
        parts[-1][-1].append(point)
    return Raw([[ring for ring in part if ring] for part in parts if part[0]]), faults


def _point(said: str) -> tuple[float, float] | None:
    pieces = [piece for piece in re.split(r"[\s,;]+", said.replace("°", " ")) if piece]
    if len(pieces) not in (2, 3) or not all(_NUMBER.fullmatch(piece) for piece in pieces):
        return None
    return float(pieces[0]), float(pieces[1])


def write_text(raw: Raw) -> str:
    """The rings as a list of coordinates; a last point that only repeats the first is left out."""
    parts = []
    for part in raw.parts:
        rings = []
        for ring in part:
            points = ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring
            rings.append("\n".join(f"{lon:.{DIGITS}f}, {lat:.{DIGITS}f}" for lon, lat in points))
        parts.append("\n-\n".join(rings))
    return "\n\n".join(parts)
