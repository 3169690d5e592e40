"""Charts as SVG, made on the server from a Vega-Lite specification. Colours become classes of the sheet, so that dark and print follow.

The specification is written out and not built with Altair, whose import costs half a second and 40 MB for the same few lines.
"""

import json
import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from nagara.documents.pdf import FONTS
from nagara.toolkit.days import month_text, short_day

_INK, _SECOND, _LINE, _ACCENT, _BAND = "#010101", "#020202", "#030303", "#040404", "#050505"
_CLASSES = {_INK: "ch-ink", _SECOND: "ch-ink2", _LINE: "ch-line", _ACCENT: "ch-accent", _BAND: "ch-band"}
_PAINT = re.compile(r'(fill|stroke)="(#0[1-5]0[1-5]0[1-5])"')

PHONE = 300
"""Width of the second drawing, whose letters stay readable on a phone."""

Point = tuple[datetime, float | None]


def line(points: list[Point], *, label: str, unit: str = "", width: int = 760, height: int = 250, limit: float | None = None) -> SafeString:
    """One series over time. Where a value is missing the line breaks; `limit` is drawn as a dashed line."""
    rows = tuple((int(at.timestamp() * 1000), value) for at, value in points)
    lang = (get_language() or "th")[:2]
    wide = _drawn(rows, unit, width, height, limit, lang)
    phone = _drawn(rows, unit, PHONE, 210, limit, lang).replace('class="ng-chart"', 'class="ng-chart ng-chart--phone"', 1)
    return mark_safe((wide + phone).replace("@label@", escape(label)))  # noqa: S308 - made here, the label is escaped


@lru_cache(maxsize=64)
def _drawn(rows: tuple[tuple[int, float | None], ...], unit: str, width: int, height: int, limit: float | None, lang: str) -> str:
    import vl_convert  # starts a script engine: only where a chart is drawn

    _register_fonts(vl_convert)
    ticks = _ticks(rows[0][0], rows[-1][0], lang, 3 if width <= PHONE else 6) if rows else []
    labels = json.dumps({str(at): words for at, words in ticks}, ensure_ascii=False)
    few = sum(value is not None for _at, value in rows) <= 60
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "color": _ACCENT, "strokeWidth": 2, "point": {"color": _ACCENT, "size": 26} if few else False},
            "encoding": {
                "x": {
                    "field": "t",
                    "type": "quantitative",
                    "scale": {"zero": False, "nice": False},
                    "axis": {
                        "values": [at for at, _words in ticks],
                        "labelExpr": f"({labels})[''+datum.value]",
                        "title": None,
                        "grid": False,
                        "tickColor": _SECOND,
                    },
                },
                "y": {"field": "v", "type": "quantitative", "axis": {"title": unit or None, "tickCount": 5}, "scale": {"nice": True}},
            },
        }
    ]
    if limit is not None:
        layers.append({"mark": {"type": "rule", "strokeDash": [5, 4], "color": _SECOND}, "encoding": {"y": {"datum": limit}}})
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "background": None,
        "padding": 4,
        "data": {"values": [{"t": at, "v": value} for at, value in rows]},
        "layer": layers,
        "config": {
            "font": "Sarabun",
            "view": {"stroke": None},
            "axis": {
                "domain": False,
                "ticks": False,
                "gridColor": _LINE,
                "labelColor": _SECOND,
                "titleColor": _SECOND,
                "labelFontSize": 14,
                "titleFontSize": 14,
                "titleFontWeight": "normal",
                "labelPadding": 8,
                "titleAngle": 0,
                "titleAlign": "left",
                "titleX": 4,
                "titleY": -8,
                "titleBaseline": "bottom",
            },
        },
    }
    svg = vl_convert.vegalite_to_svg(spec)
    svg = _PAINT.sub(lambda found: f'{found[1]}="currentColor" data-c="{_CLASSES[found[2]]}"', svg)
    svg = re.sub(r' (width|height)="\d+(\.\d+)?"', "", svg[: svg.index(">")]) + svg[svg.index(">") :]
    svg = re.sub(r' (aria-roledescription|aria-label|role)="[^"]*"', "", svg)
    return svg.replace('class="marks"', 'class="ng-chart" role="img" aria-label="@label@"', 1)


@lru_cache(maxsize=1)
def _register_fonts(engine: Any) -> None:
    engine.register_font_directory(str(FONTS))


def _ticks(first: int, last: int, lang: str, most: int) -> list[tuple[int, str]]:
    """`most` instants or a few with their words: months over a long time, days over a short one."""
    begin, end = (datetime.fromtimestamp(ms / 1000, tz=settings.ZONE) for ms in (first, last))
    days = max((end - begin).days, 1)
    if days > 62:
        every = max(1, round(days / 30 / most))
        found, year, month = [], begin.year, begin.month
        while (at := datetime(year, month, 1, tzinfo=settings.ZONE)) <= end:
            if at >= begin and (year * 12 + month) % every == 0:
                found.append((int(at.timestamp() * 1000), month_text(date(year, month, 1), lang)))
            month += 1
            year, month = (year + 1, 1) if month > 12 else (year, month)
        return found
    step = timedelta(days=max(1, days // most))
    found, at = [], begin.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while at <= end:
        found.append((int(at.timestamp() * 1000), short_day(at.date(), lang)))
        at += step
    return found
