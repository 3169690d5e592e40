"""What is wrong with a cell: where it stands, what was found there and what is allowed."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """`row` is the row's number as the sheet shows it (0: the sheet as a whole); `column` its letter; `heading` its name."""

    sheet: str
    row: int
    column: str
    heading: str
    words: str
    found: str = ""
    allowed: str = ""

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def place(self) -> str:
        """ "C12" as a spreadsheet names it; empty for the sheet as a whole."""
        return f"{self.column}{self.row or ''}" if self.column else str(self.row or "")


class CellFault(Exception):
    """Raised while one cell is read: what is wrong and what is allowed; the reader adds where it stands."""

    def __init__(self, words: str, allowed: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.allowed = allowed
