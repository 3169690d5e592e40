"""PDF: opens, its pages can be counted, and it does nothing but show them."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from nagara.documents.kinds.faults import damaged, refused, unsafe
from nagara.documents.kinds.zips import is_zip
from nagara.toolkit.refusal import Refusal

MOST_OBJECTS = 300_000
"""A document of 50 MB has a tenth of this; more is made to keep a reader busy."""

_TOKENS = re.compile(rb"/(JavaScript|Launch|EmbeddedFile|RichMedia)(?![A-Za-z])")
_TOLERATED_AFTER_END = 32


def check(file: BinaryIO, size: int) -> tuple[str, int]:
    _check_end(file, size)
    if is_zip(file):
        raise unsafe(_("The PDF is a ZIP archive at the same time. A file that can be read as two kinds at once is not taken."))
    for token in _tokens(file):
        raise _does_more(token)
    file.seek(0)
    try:
        reader = PdfReader(file, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise refused(
                _("The PDF is protected by a password: assessors could not open it."),
                next_step=_("Save it without a password and upload it again."),
                code="file-locked",
            )
        pages = len(reader.pages)
        for fault in _faults(reader):
            raise _does_more(fault)
    except Refusal:
        raise
    except Exception as error:  # a broken or hostile PDF may fail anywhere in the reader
        raise damaged() from error
    if not pages:
        raise damaged(_("It has no pages."))
    return "", pages


def page_count(file: BinaryIO) -> int:
    """The pages of a PDF that was made here."""
    return len(PdfReader(file).pages)


def _check_end(file: BinaryIO, size: int) -> None:
    file.seek(max(0, size - 2048))
    tail = file.read()
    end = tail.rfind(b"%%EOF")
    if end < 0:
        file.seek(0)
        if _last(file, b"%%EOF") < 0:
            raise damaged(_("The end of the PDF is missing."))
        raise _after_end()
    if len(tail[end + 5 :].strip(b"\x00\t\n\x0c\r \x1a")) > _TOLERATED_AFTER_END:
        raise _after_end()


def _after_end() -> Refusal:
    return unsafe(
        _("Something follows after the end of the PDF. A file that hides another one is not taken."),
        _("Print the document to PDF anew and upload that."),
    )


def _chunks(file: BinaryIO, overlap: int) -> Iterator[tuple[int, bytes]]:
    """(position, bytes), each piece with the end of the one before it."""
    file.seek(0)
    position, before = 0, b""
    while piece := file.read(1 << 20):
        yield position - len(before), before + piece
        position += len(piece)
        before = piece[-overlap:]


def _last(file: BinaryIO, wanted: bytes) -> int:
    found = -1
    for position, piece in _chunks(file, len(wanted)):
        if (at := piece.rfind(wanted)) >= 0:
            found = position + at
    return found


def _tokens(file: BinaryIO) -> Iterator[str]:
    """Names of actions that stand in the file in clear: found even where the reader and a viewer disagree about its parts."""
    for _position, piece in _chunks(file, 20):
        for match in _TOKENS.finditer(piece):
            yield match[1].decode()


def _does_more(what: str) -> Refusal:
    reasons = {
        "JavaScript": _("The PDF contains a program (JavaScript)."),
        "Launch": _("The PDF starts other programs when it is opened."),
        "EmbeddedFile": _("The PDF has other files embedded in it."),
        "RichMedia": _("The PDF contains films or other active parts."),
        "XFA": _("The PDF is an interactive form (XFA) that not every reader can show."),
        "objects": _("The PDF has more parts than can be checked."),
    }
    return unsafe(reasons[what], _("Print the document to PDF and upload that. Upload embedded files one by one."))


def _faults(reader: PdfReader) -> Iterator[str]:
    """What the document would do beyond showing its pages, object by object, those in compressed streams included."""
    numbers = {(number, generation) for generation, entries in reader.xref.items() for number in entries}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > MOST_OBJECTS:
        yield "objects"
        return
    for count, (number, generation) in enumerate(sorted(numbers)):
        yield from _faults_in(reader.get_object(IndirectObject(number, generation, reader)))
        if count % 500 == 499:
            reader.resolved_objects.clear()  # else a large document would fill the memory
    yield from _faults_in(reader.trailer)


def _faults_in(value: Any) -> Iterator[str]:
    stack = [value]
    while stack:
        here = stack.pop()
        if isinstance(here, DictionaryObject):
            yield from _faults_of_dictionary(here)
            stack += [child for child in here.values() if not isinstance(child, IndirectObject)]
        elif isinstance(here, ArrayObject):
            stack += [child for child in here if not isinstance(child, IndirectObject)]


_ACTIONS = {"/JavaScript": "JavaScript", "/Launch": "Launch", "/ImportData": "Launch"}
_SUBTYPES = {"/FileAttachment": "EmbeddedFile", "/RichMedia": "RichMedia", "/Movie": "RichMedia", "/3D": "RichMedia"}


def _faults_of_dictionary(found: DictionaryObject) -> Iterator[str]:
    action = str(found["/S"]) if "/S" in found else ""
    if action in _ACTIONS:
        yield _ACTIONS[action]
    if "/JavaScript" in found or (action == "/Rendition" and "/JS" in found):
        yield "JavaScript"
    if "/EF" in found or ("/Type" in found and str(found["/Type"]) == "/EmbeddedFile"):
        yield "EmbeddedFile"
    if "/XFA" in found:
        yield "XFA"
    if "/Subtype" in found and "/Rect" in found and (fault := _SUBTYPES.get(str(found["/Subtype"]))):
        yield fault
