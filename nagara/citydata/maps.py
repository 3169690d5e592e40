"""Where entities are, as SVG: the outline of the place, a dot for each, a scale. No tiles, no outside service."""

from collections.abc import Sequence
from math import cos, radians
from typing import Any
from unicodedata import category

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from shapely.geometry import shape

WIDTH, LEAST, LETTER = 640.0, 0.01, 13.0
Dot = tuple[float, float, str, bool]
"""Longitude, latitude, name, whether it is the one that the page is about."""


def dots(found: Sequence[Dot], *, outline: dict[str, Any] | None, label: str) -> SafeString:
    """The positions on one map, with the outline of the place behind them."""
    if not found:
        return mark_safe("")
    geometry = shape(outline) if outline else None
    west, east = min(dot[0] for dot in found), max(dot[0] for dot in found)
    south, north = min(dot[1] for dot in found), max(dot[1] for dot in found)
    if geometry is not None:
        w, s, e, n = geometry.bounds
        # A province behind three stations of one street would show three stations in one point.
        if (e - w) < 8 * max(east - west, 0.02):
            west, south, east, north = min(w, west), min(s, south), max(e, east), max(n, north)
    pad = max(east - west, north - south, LEAST) * 0.12
    west, south, east, north = west - pad, south - pad, east + pad, north + pad
    true = cos(radians((south + north) / 2))
    scale = WIDTH / ((east - west) * true)
    height = (north - south) * scale
    if height > WIDTH * 0.8:
        scale *= WIDTH * 0.8 / height
        height = WIDTH * 0.8
        spare = (WIDTH / scale / true - (east - west)) / 2
        west, east = west - spare, east + spare
    elif height < WIDTH * 0.4:
        spare = (WIDTH * 0.4 - height) / scale / 2
        south, north, height = south - spare, north + spare, WIDTH * 0.4

    def at(x: float, y: float) -> tuple[float, float]:
        return (x - west) * true * scale, (north - y) * scale

    parts: list[str] = [
        format_html('<svg class="cd-map" viewBox="0 0 {} {}" role="img" aria-label="{}">', int(WIDTH), round(height), label)
    ]
    if geometry is not None:
        path = "".join(
            _path(ring.coords, at) for part in getattr(geometry, "geoms", [geometry]) for ring in [part.exterior, *part.interiors]
        )
        parts.append(f'<path class="cd-land" d="{path}"/>')
    for x, y, name, here in sorted(found, key=lambda dot: dot[3]):
        left, top = at(x, y)
        parts.append(
            f'<circle class="cd-dot{" cd-here" if here else ""}" cx="{left:.1f}" cy="{top:.1f}" r="{9 if here else 6}"><title>{escape(name)}</title></circle>'
        )
        if here or len(found) <= 12:
            end = left + 13 + _wide(name) > WIDTH and left > WIDTH / 2
            parts.append(
                f'<text class="cd-name" x="{left + (-13 if end else 13):.1f}" y="{top + 5:.1f}" text-anchor="{"end" if end else "start"}">{escape(name)}</text>'
            )
    parts.append(_scale(scale, height))
    parts.append("</svg>")
    return mark_safe("".join(parts))  # noqa: S308 - names are escaped above


def _wide(name: str) -> float:
    """How wide a name may be drawn: as on a phone, where letters are largest. Marks above and below take no room."""
    return LETTER * sum(category(letter) != "Mn" for letter in name)


def _path(coordinates: Any, at: Any) -> str:
    points = [at(x, y) for x, y, *_rest in coordinates]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def _scale(scale: float, height: float) -> str:
    """A bar of a round number of kilometres, a fifth of the width or so."""
    kilometre = scale / 111.2
    wanted = WIDTH / 5 / kilometre
    best = min((step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)), key=lambda step: abs(step - wanted))
    length = best * kilometre
    words = f"{best:g} km" if best >= 1 else f"{best * 1000:g} m"
    return (
        f'<g class="cd-scale"><path d="M16 {height - 16:.0f}h{length:.0f}m0 -5v5m{-length:.0f} -5v5"/>'
        f'<text x="16" y="{height - 24:.0f}">{words}</text></g>'
    )
