"""`python -m demo.papers`: set the invented documents anew."""

import json

import typst

from demo.papers import HERE, NAMES
from nagara.documents.pdf import FONTS

for name in NAMES:
    made = typst.compile(
        HERE / "papers.typ",
        root=HERE.parents[1],
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"name": name, "lang": "th", "data": json.dumps({"foot": {"address": "เอกสารสมมติเพื่อการสาธิต"}})},
        timestamp=0,
    )
    (HERE / f"{name}.pdf").write_bytes(bytes(made))
