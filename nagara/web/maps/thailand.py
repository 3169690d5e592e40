"""The map of the country: each province by the number of its areas, with names where they fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, override
from shapely.geometry.base import BaseGeometry

from nagara.web.maps import outlines
from nagara.web.maps.frame import Frame, graticule, path
from nagara.web.maps.labels import Label, Name, place

FRAME = Frame(west=93.1, south=5.1, east=109.7, north=20.95)
HERE = "TH"
Moment = tuple[date, tuple[int, int]]


@dataclass(frozen=True)
class Classes:
    """Three shades: from 1, from `second`, from `third` areas."""

    second: int
    third: int

    @property
    def second_less(self) -> int:
        return self.second - 1

    @property
    def third_less(self) -> int:
        return self.third - 1

    def of(self, count: int) -> str:
        return "" if count == 0 else "k3" if count >= self.third else "k2" if count >= self.second else "k1"


def classes(counts: Mapping[str, int]) -> Classes:
    """Shades that part the provinces in thirds; one, two, three and more while the counts are small."""
    values = sorted(count for count in counts.values() if count)
    if not values or values[-1] <= 6:
        return Classes(2, 3)
    second = max(2, values[len(values) // 3])
    return Classes(second, max(second + 1, values[len(values) * 2 // 3]))


def thailand(counts: Mapping[str, int], names: Mapping[str, str], *, day: date, label: str) -> SafeString:
    """The country on a day as one SVG. `names` are those of the provinces in the language of the page; `label` says it in words."""
    drawn = _drawn(
        tuple(sorted((code, count) for code, count in counts.items() if count)),
        tuple(sorted(names.items())),
        outlines.moment(day),
        (get_language() or "th").split("-")[0],
    )
    return mark_safe(drawn.replace("@label@", escape(label)))  # noqa: S308 - names are escaped where they are drawn


@lru_cache(maxsize=32)
def _drawn(counts: tuple[tuple[str, int], ...], names: tuple[tuple[str, str], ...], at: Moment, lang: str) -> str:
    by_code, called = dict(counts), dict(names)
    shade = classes(by_code)
    shapes, paths, around = _ground(at)
    with override(lang):
        parts = [
            f'<svg class="ng-map ng-th" viewBox="0 0 {FRAME.width} {FRAME.height}" preserveAspectRatio="xMidYMid slice" role="img" aria-label="@label@">',
            f'<path class="gr" stroke-width="1.5" d="{graticule(FRAME, 2)}"/>',
            _degrees(),
            f'<path class="nb0" stroke-width="2" d="{around}"/>',
            f'<path class="p" stroke-width="2" d="{"".join(line for code, line in paths.items() if code not in by_code)}"/>',
            '<g stroke-width="2.5">',
            *(
                f'<path class="p {shade.of(by_code[code])}" data-code="{code}" d="{line}"><title>{escape(called.get(code, code))} {by_code[code]}</title></path>'
                for code, line in paths.items()
                if code in by_code
            ),
            "</g>",
            _waters(),
        ]
        coloured = [
            Name(code, called.get(code, code), f" {by_code[code]}", shape, weight=by_code[code])
            for code, shape in shapes.items()
            if code in by_code
        ]
        parts.append(_names(coloured, "wide", size=27, window=(190, 24, FRAME.width - 190, FRAME.height - 24)))
        parts.append(_names(coloured, "phone", size=40, window=(270, 24, FRAME.width - 270, FRAME.height - 24)))
    parts.append("</svg>")
    return "".join(parts)


@lru_cache(maxsize=4)
def _ground(at: Moment) -> tuple[dict[str, BaseGeometry], dict[str, str], str]:
    """What is the same on every map of one state of the outlines: shapes, their paths, the land around."""
    shapes = {code: FRAME.drawn(outline) for code, outline in outlines.provinces_at(at).items()}
    around = "".join(path(FRAME.drawn(outline)) for code, outline in outlines.states_at(at).items() if code != HERE)
    return shapes, {code: path(shape) for code, shape in shapes.items()}, around


def _degrees() -> str:
    words = [f'<text x="{FRAME.x(lon) + 6:.0f}" y="{FRAME.height - 10}">{lon}°E</text>' for lon in (98, 100)]
    words += [f'<text x="205" y="{FRAME.y(lat) - 8:.0f}">{lat}°N</text>' for lat in range(6, 16, 2)]
    return f'<g class="ct gl" font-size="20">{"".join(words)}</g>'


def _waters() -> str:
    gulf, sea = gettext("Gulf of Thailand"), gettext("Andaman Sea")
    return (
        f'<g class="wt" font-size="27"><text x="{FRAME.x(101.3):.0f}" y="{FRAME.y(10.55):.0f}" text-anchor="middle">{gulf}</text>'
        f'<text class="mi" x="{FRAME.x(96.6):.0f}" y="{FRAME.y(9.9):.0f}" text-anchor="middle">{sea}</text></g>'
    )


def _names(names: list[Name], which: str, *, size: int, window: tuple[float, float, float, float]) -> str:
    gulf = (FRAME.x(101.3) - 110, FRAME.y(10.55) - 30, FRAME.x(101.3) + 110, FRAME.y(10.55) + 10)
    key = (FRAME.width - 850, FRAME.height - 130, FRAME.width, FRAME.height)  # the key of the colours lies over this corner of a wide map
    found = place(names, size=size, window=window, taken=[gulf, key] if which == "wide" else [gulf])
    lines = "".join(leader(label) for label in found)
    return f'<g class="lbs {which}" font-size="{size}">{lines}{"".join(word(label) for label in found)}</g>'


def leader(label: Label) -> str:
    if label.leader is None:
        return ""
    x1, y1, x2, y2 = (round(value) for value in label.leader)
    return f'<path class="ld" d="M{x1} {y1}L{x2} {y2}"/><circle class="ld-end" cx="{x1}" cy="{y1}" r="4.5"/>'


def word(label: Label) -> str:
    return (
        f'<text class="lb" x="{label.x:.0f}" y="{label.y:.0f}" text-anchor="{label.anchor}">{escape(label.name.text)}'
        f'<tspan class="cn">{escape(label.name.tail)}</tspan></text>'
    )
