"""The documents that stand as evidence in the invented round, set by typst from `papers.typ`. Made anew by `python -m demo.papers`."""

from pathlib import Path

HERE = Path(__file__).parent
NAMES = ("plan", "investment", "data", "services", "management")


def paper(name: str) -> bytes:
    return (HERE / f"{name}.pdf").read_bytes()
