"""Papers as PDF, set by typst: the same data gives the same bytes."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from nagara.toolkit.digests import canonical

HERE = Path(__file__).resolve().parent
FONTS = HERE / "fonts"
ROOT = HERE.parent
"""Where `/documents/typst/nagara.typ` in a source is looked up."""


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS])


def typeset(source: Path, data: dict[str, Any], *, lang: str) -> bytes:
    """`source` (a `.typ` file of a part) with `data`, in one language, as PDF.

    The source begins with `#import "/documents/typst/nagara.typ": *` and reads its data as `data`. Nothing but `data` and
    `lang` goes in: no clock, no address, no machine. What the foot of each page shows stands in data["foot"]:
    {"address": …, "day": …, "digest": …}, as words.
    """
    inputs = {"data": canonical(data).decode(), "lang": lang}
    made = typst.compile(source, root=ROOT, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs, timestamp=0)
    return bytes(made)
