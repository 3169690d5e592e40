"""Charts of a report: one specification each, drawn as SVG for the page and for the paper alike."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import altair as alt
import vl_convert

from nagara.documents.pdf import HERE as DOCUMENTS
from nagara.reports.figures import Part
from nagara.toolkit.texts import text

INK, INK_2, LINE, ACCENT, PAPER = "#13252b", "#45585f", "#d3dddf", "#0a5c61", "#ffffff"
"""The colours of papers. On a page each becomes the token of the same name, so that dark pages and print follow."""

TOKENS = {INK: "var(--ng-ink)", INK_2: "var(--ng-ink-2)", LINE: "var(--ng-line)", ACCENT: "var(--ng-accent)"}
WIDTH, ROW = 270, 30


@lru_cache(maxsize=1)
def fonts() -> None:
    """The faces of our papers, for drawings."""
    vl_convert.register_font_directory(str(DOCUMENTS / "fonts"))


def bars(parts: Iterable[Part], lang: str) -> dict[str, Any]:
    """One bar a line, its count and share at the end, in the order of the table beside it."""
    rows: list[dict[str, Any]] = [
        {
            "title": text(part["title"], lang),
            "count": part["count"],
            "label": f"{part['count']:,}" if part["share"] is None else f"{part['count']:,}  ·  {part['share']:.1f} %",
        }
        for part in parts
    ]
    order = [row["title"] for row in rows]
    most = max((row["count"] for row in rows), default=0)
    y = alt.Y("title:N", sort=order, title=None, axis=alt.Axis(labelLimit=0, labelPadding=10, ticks=False, domain=False))
    x = alt.X("count:Q", title=None, axis=None, scale=alt.Scale(domain=[0, max(most, 1) * 1.5]))
    base = alt.Chart(alt.Data(values=rows)).encode(y=y, x=x)
    chart = (base.mark_bar(color=ACCENT, height=14) + base.mark_text(align="left", dx=8, color=INK).encode(text="label:N")).properties(
        width=WIDTH, height=ROW * max(len(rows), 1)
    )
    drawn: dict[str, Any] = _look(chart).to_dict()
    return drawn


def course(points: list[dict[str, Any]], lang: str) -> dict[str, Any]:
    """The number of projects from report to report."""
    base = alt.Chart(alt.Data(values=points)).encode(
        x=alt.X("day:O", title=None, axis=alt.Axis(labelAngle=0, tickSize=0, domainColor=INK_2)),
        y=alt.Y("count:Q", title=None, axis=None, scale=alt.Scale(domain=[0, max((point["count"] for point in points), default=1) * 1.2])),
    )
    chart = (
        base.mark_line(color=ACCENT, strokeWidth=2, point=alt.OverlayMarkDef(color=ACCENT, size=50, filled=True))
        + base.mark_text(dy=-14, color=INK).encode(text="count:Q")
    ).properties(width=WIDTH, height=140)
    drawn: dict[str, Any] = _look(chart).to_dict()
    return drawn


def _look(chart: Any) -> Any:
    return (
        chart.configure(font="Sarabun", background="transparent", padding={"left": 28, "right": 4, "top": 4, "bottom": 4})
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=14, labelColor=INK, grid=False)
        .configure_text(fontSize=14)
    )


def svg(specification: dict[str, Any]) -> str:
    fonts()
    return str(vl_convert.vegalite_to_svg(specification))


def draw(content: Mapping[str, Any], lang: str) -> dict[str, str]:
    """Every chart of a report by its name."""
    figures = content["figures"]
    return {name: svg(bars(figures[key], lang)) for name, key in (("areas", "focus_areas"), ("stages", "stages"), ("states", "states"))}


def for_page(drawing: str) -> str:
    """The same drawing with the tokens of the page in place of the colours of the paper."""
    for colour, token in TOKENS.items():
        drawing = drawing.replace(f'"{colour}"', f'"{token}"')
    return drawing
