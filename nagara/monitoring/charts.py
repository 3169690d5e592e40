"""Charts as SVG, made on the server from one specification."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import altair as alt
import vl_convert as vlc

from nagara.documents.pdf import HERE as DOCUMENTS

INK, SECOND, LINE, ACCENT, OTHERS = "#13252b", "#45585f", "#d3dddf", "#0a5c61", "#579c99"
"""The colours of the look, on paper: a chart is a picture and keeps them in the dark too."""

FONT = "Sarabun"


@lru_cache(maxsize=1)
def fonts() -> None:
    """The faces of our papers: without them the width of a Thai name is guessed."""
    vlc.register_font_directory(str(DOCUMENTS / "fonts"))


@dataclass(frozen=True)
class Bar:
    """One bar: what it says, how long it is, the number as it is printed, and whether it is the reader's own."""

    label: str
    value: float
    text: str
    own: bool = False


def bars_svg(bars: Sequence[Bar], *, unit: str, middle: float | None = None, middle_label: str = "") -> str:
    """Horizontal bars in the order given, with a line at the median."""
    data = [{"label": bar.label, "value": bar.value, "text": bar.text, "own": bar.own, "order": n} for n, bar in enumerate(bars)]
    return _svg(json.dumps(data, ensure_ascii=False), unit, middle, middle_label)


@lru_cache(maxsize=128)
def _svg(data: str, unit: str, middle: float | None, middle_label: str) -> str:
    fonts()
    rows = alt.Data(values=json.loads(data))
    axis = alt.Axis(grid=True, gridColor=LINE, domain=False, ticks=False, labelColor=SECOND, titleColor=SECOND, tickCount=5)
    base = alt.Chart(rows).encode(
        y=alt.Y(
            "label:N",
            sort=alt.EncodingSortField("order"),
            title=None,
            axis=alt.Axis(domain=False, ticks=False, labelColor=INK, labelLimit=0, labelPadding=8),
        )
    )
    bar = base.mark_bar(height={"band": 0.62}).encode(
        x=alt.X("value:Q", title=unit, axis=axis, scale=alt.Scale(zero=True, nice=True)),
        color=alt.condition("datum.own", alt.value(ACCENT), alt.value(OTHERS)),
    )
    words = base.mark_text(align="left", dx=5, color=INK, fontSize=13).encode(x="value:Q", text="text:N")
    layers: list[alt.Chart] = [bar, words]
    if middle is not None:
        line = alt.Data(values=[{"m": middle, "t": middle_label}])
        layers.append(alt.Chart(line).mark_rule(color=INK, strokeDash=[4, 3]).encode(x="m:Q"))
        layers.append(
            alt.Chart(line).mark_text(color=INK, align="left", dx=4, dy=-4, baseline="bottom").encode(x="m:Q", y=alt.value(0), text="t:N")
        )
    chart = alt.layer(*layers).properties(width=560, height={"step": 30}, padding={"left": 4, "right": 60, "top": 18, "bottom": 4})
    styled = chart.configure(font=FONT, background="#ffffff").configure_view(stroke=None).configure_axis(labelFontSize=13, titleFontSize=13)
    return str(vlc.vegalite_to_svg(styled.to_dict()))
