"""Opening a table: CSV in the encodings and separators that Thai offices use, or the first sheet of a workbook."""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from nagara.toolkit.refusal import Refusal

MOST_ROWS = 200_000
MOST_COLUMNS = 60
_SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class Row:
    """One row: its number as a spreadsheet counts it, its cells as text."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str = ""

    def samples(self, column: int, most: int = 3) -> list[str]:
        """The first different values of a column."""
        found: list[str] = []
        for row in self.rows:
            value = row.cells[column]
            if value and value not in found:
                found.append(value)
                if len(found) == most:
                    break
        return found


def read_table(file: BinaryIO, media_type: str) -> Table:
    """The table in a file; refused where there is none, or where it is larger than is taken."""
    rows = _from_workbook(file) if "spreadsheet" in media_type else _from_csv(file)
    headings: tuple[str, ...] = ()
    found: list[Row] = []
    encoding = ""
    for number, cells, found_encoding in rows:
        encoding = found_encoding
        if not any(cells):
            continue
        if not headings:
            headings = _headings(cells)
            continue
        if len(found) == MOST_ROWS:
            raise _refused(_("The table has more than %(most)s rows. Load it in parts.") % {"most": f"{MOST_ROWS:,}"}, "too-many-rows")
        if any(cells[len(headings) :]):
            raise _refused(
                _("Row %(row)s has more cells than there are headings. Is a separator inside a value?") % {"row": number}, "ragged-row"
            )
        found.append(Row(number, (*cells[: len(headings)], *[""] * (len(headings) - len(cells)))))
    if not headings:
        raise _refused(_("The table is empty: its first row must hold the headings."), "empty-table")
    if not found:
        raise _refused(_("The table has headings and no rows."), "no-rows")
    return Table(headings, tuple(found), encoding)


def _headings(cells: tuple[str, ...]) -> tuple[str, ...]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    if len(cells) > MOST_COLUMNS:
        raise _refused(_("The table has more than %(most)s columns.") % {"most": MOST_COLUMNS}, "too-many-columns")
    if "" in cells:
        raise _refused(
            _("Column %(column)s has no heading. The first row must name every column.") % {"column": cells.index("") + 1}, "no-heading"
        )
    twice = sorted({name for name in cells if cells.count(name) > 1})
    if twice:
        raise _refused(_("Two columns are called “%(name)s”.") % {"name": twice[0]}, "heading-twice")
    return cells


def _from_csv(file: BinaryIO) -> Iterator[tuple[int, tuple[str, ...], str]]:
    content = file.read()
    text, encoding = _decoded(content)
    if "\x00" in text:
        raise _refused(_("The file is no text: it holds null characters."), "not-text")
    head = text[: text.find("\n")] if "\n" in text else text
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            yield reader.line_num, tuple(cell.strip() for cell in cells), encoding
    except csv.Error as error:
        raise _refused(_("Line %(line)s cannot be read: %(why)s") % {"line": reader.line_num, "why": error}, "unreadable-line") from None


def _decoded(content: bytes) -> tuple[str, str]:
    """Text in UTF-8, UTF-16 with its mark, or TIS-620 as Thai spreadsheets write it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16"), "UTF-16"
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp874"), "TIS-620"
    except UnicodeDecodeError:
        raise _refused(
            _("The letters of the file cannot be read: it is neither UTF-8 nor TIS-620. Save it as “CSV UTF-8”."), "unknown-encoding"
        ) from None


def _from_workbook(file: BinaryIO) -> Iterator[tuple[int, tuple[str, ...], str]]:
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, IndexError):
        raise _refused(_("The workbook cannot be opened. Save it anew as .xlsx, or as CSV UTF-8."), "unreadable-workbook") from None
    for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1), start=1):
        yield number, tuple(_cell(value) for value in cells), "XLSX"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S") if (value.hour, value.minute, value.second) != (0, 0, 0) else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value).strip()


def _refused(words: str, code: str) -> Refusal:
    return Refusal(words, code=code, fields={"file": words})
