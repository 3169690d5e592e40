"""The map of the association: its members on a day, this country among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, override

from nagara.web.maps import outlines
from nagara.web.maps.frame import Frame, graticule, path
from nagara.web.maps.labels import Name, place
from nagara.web.maps.thailand import HERE, Moment, leader, word

FRAME = Frame(west=90.8, south=-11.6, east=141.6, north=28.8, scale=33)


@dataclass(frozen=True)
class Dot:
    """A city on the map: its place, and whether it has come lately."""

    longitude: float
    latitude: float
    code: str
    new: bool = False


def asean(names: Mapping[str, str], members: set[str], *, day: date, label: str, dots: Sequence[Dot] = ()) -> SafeString:
    """The states as one SVG: members of the day are lighter than their neighbours. `names` are in the language of the page."""
    drawn = _drawn(
        tuple(sorted(names.items())),
        tuple(sorted(members)),
        outlines.moment(day),
        (get_language() or "th").split("-")[0],
    )
    circles = "".join(
        f'<circle class="dot {"new" if dot.new else "th"}" data-code="{dot.code}" cx="{FRAME.x(dot.longitude):.0f}" cy="{FRAME.y(dot.latitude):.0f}" r="{9 if dot.new else 8}" stroke-width="{4 if dot.new else 2}"/>'
        for dot in dots
    )
    drawn = drawn.replace("@label@", escape(label)).replace("@dots@", f'<g class="dots">{circles}</g>' if circles else "")
    return mark_safe(drawn)  # noqa: S308 - names are escaped where they are drawn, slugs hold no markup


@lru_cache(maxsize=16)
def _drawn(names: tuple[tuple[str, str], ...], members: tuple[str, ...], at: Moment, lang: str) -> str:
    called = dict(names)
    shapes = {code: FRAME.drawn(outline).simplify(0.7) for code, outline in outlines.states_at(at).items()}
    with override(lang):
        equator = gettext("Equator")
        parts = [
            f'<svg class="ng-map ng-asean" viewBox="0 0 {FRAME.width} {FRAME.height}" role="img" aria-label="@label@">',
            f'<path class="gr" stroke-width="1.5" d="{graticule(FRAME, 5)}"/>',
            '<g stroke-width="1.5">',
            *(
                f'<path class="{"p tl" if code == HERE else "p" if code in members else "nb0"}" data-code="{code}" d="{path(shape, least=4)}"/>'
                for code, shape in shapes.items()
            ),
            "</g>",
            f'<path class="gr" stroke-width="2" stroke-dasharray="10 8" d="M0 {FRAME.y(0):.0f}H{FRAME.width}"/>',
            f'<text class="ct gl" font-size="22" text-anchor="end" x="{FRAME.width - 16}" y="{FRAME.y(0) - 9:.0f}">{equator}</text>',
        ]
        written = [
            Name(code, called.get(code, code), "", max(getattr(shape, "geoms", [shape]), key=lambda part: part.area))
            for code, shape in shapes.items()
            if code in members and not shape.is_empty
        ]
        parts.append("@dots@")
        for which, size in (("wide", 27), ("phone", 56)):
            found = place(written, size=size, window=(16, 16, FRAME.width - 16, FRAME.height - 16))
            lines = "".join(leader(one) for one in found)
            parts.append(f'<g class="lbs {which}" font-size="{size}">{lines}{"".join(word(one) for one in found)}</g>')
    parts.append("</svg>")
    return "".join(parts)
