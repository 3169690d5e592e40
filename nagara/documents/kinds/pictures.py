"""PNG and JPEG: whole from first to last mark, of a size that a reader can bear, with nothing before, between or after."""

import mmap
import struct
import zlib
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from nagara.documents.kinds.faults import damaged, refused, unsafe
from nagara.documents.kinds.zips import is_zip
from nagara.toolkit.refusal import Refusal

MOST_PIXELS = 100_000_000
"""A map scanned at 10,000 × 10,000. More would fill the memory of whoever opens it."""

_SLACK = 1024
"""Some writers pad the end with zeros."""

_MARKUP = (b"<script", b"<html", b"<!doctype", b"<?php", b"<svg", b"<iframe", b"<body")


def _check_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise refused(
            _("The picture has %(width)s × %(height)s pixels. At most 100 million are taken.") % {"width": width, "height": height},
            next_step=_("Make the picture smaller and upload it again."),
            code="file-too-large",
        )


def _check_words(data: bytes) -> None:
    low = data.lower()
    if any(word in low for word in _MARKUP):
        raise unsafe(_("There is a web page or a program hidden in the picture."), _("Save the picture anew without its description."))


def _hidden(picture: str) -> Refusal:
    return unsafe(
        _("Something follows after the end of the %(picture)s. A file that hides another one is not taken.") % {"picture": picture},
        _("Open the picture and save it anew."),
    )


def _check_by_pillow(file: BinaryIO, form: str) -> None:
    file.seek(0)
    try:
        with Image.open(file, formats=(form,)) as picture:
            _check_pixels(*picture.size)
            picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise damaged() from error


def check_png(file: BinaryIO, size: int) -> tuple[str, None]:
    if is_zip(file):
        raise unsafe(_("The picture is a ZIP archive at the same time. A file that can be read as two kinds at once is not taken."))
    file.seek(8)
    position, kind = 8, b""
    while kind != b"IEND":
        head = file.read(8)
        if len(head) < 8:
            raise damaged(_("The end of the picture is missing."))
        length, kind = struct.unpack(">I4s", head)
        if position + 12 + length > size:
            raise damaged(_("The end of the picture is missing."))
        if position == 8:
            if kind != b"IHDR" or length != 13:
                raise damaged()
            _check_pixels(*struct.unpack(">II", file.read(8)))
            file.seek(16)
        _check_chunk(file, kind, length)
        position += 12 + length
    if (rest := size - position) and (rest > _SLACK or file.read(rest).strip(b"\x00 \r\n\t")):
        raise _hidden("PNG")
    _check_by_pillow(file, "PNG")
    return "", None


def _check_chunk(file: BinaryIO, kind: bytes, length: int) -> None:
    total, left = zlib.crc32(kind), length
    while left:
        piece = file.read(min(left, 1 << 20))
        if not piece:
            raise damaged(_("The end of the picture is missing."))
        total = zlib.crc32(piece, total)
        left -= len(piece)
        if kind != b"IDAT":
            _check_words(piece)
    if struct.unpack(">I", file.read(4))[0] != total:
        raise damaged()


def check_jpeg(file: BinaryIO, size: int) -> tuple[str, None]:
    if is_zip(file):
        raise unsafe(_("The picture is a ZIP archive at the same time. A file that can be read as two kinds at once is not taken."))
    content = _mapped(file)
    end = _end_of_jpeg(content, 0)
    while end < size:
        if content[end : end + 3] == b"\xff\xd8\xff":  # further pictures of the same shot (multi-picture format)
            end = _end_of_jpeg(content, end)
            continue
        if size - end > 1 << 20:
            raise _hidden("JPEG")
        rest = content[end:]
        if len(rest) <= _SLACK and not rest.strip(b"\x00 \r\n\t"):
            break
        if rest.rstrip(b"\x00").endswith(b"SEFT") and b"SEFH" in rest:  # what Samsung cameras append
            _check_words(rest)
            break
        raise _hidden("JPEG")
    _check_by_pillow(file, "JPEG")
    return "", None


def _mapped(file: BinaryIO) -> bytes | mmap.mmap:
    """The content without holding it in memory, where the file lies on the disk."""
    file.seek(0)
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, AttributeError):
        return file.read()


_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def _end_of_jpeg(content: bytes | mmap.mmap, start: int) -> int:
    """The position after the end mark of the picture that begins at `start`; refuses one that is cut off."""
    at = start + 2
    while True:
        if at + 2 > len(content):
            raise damaged(_("The end of the picture is missing."))
        if content[at] != 0xFF:
            raise damaged()
        mark = content[at + 1]
        if mark == 0xFF:
            at += 1
        elif mark == 0xD9:
            return at + 2
        elif mark in _STANDALONE:
            at += 2
        else:
            at = _after_segment(content, at, mark)


def _after_segment(content: bytes | mmap.mmap, at: int, mark: int) -> int:
    if at + 4 > len(content):
        raise damaged(_("The end of the picture is missing."))
    length = struct.unpack(">H", content[at + 2 : at + 4])[0]
    segment = content[at + 4 : at + 2 + length]
    if mark in _FRAMES and len(segment) >= 5:
        height, width = struct.unpack(">HH", segment[1:5])
        _check_pixels(width, height)
    if mark == 0xFE or 0xE0 <= mark <= 0xEF:
        _check_words(segment)
    at += 2 + length
    if mark != 0xDA:
        return at
    while True:  # the picture's own data, until a mark that is neither a stuffed byte nor a restart
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise damaged(_("The end of the picture is missing."))
        if content[at + 1] == 0 or 0xD0 <= content[at + 1] <= 0xD7:
            at += 2
        else:
            return at
