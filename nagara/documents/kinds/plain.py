"""Text of every kind: CSV, plain text, GeoJSON, KML."""

import codecs
import json
from typing import BinaryIO

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext as _

from nagara.documents.kinds.faults import damaged, refused, unsafe

_CONTROL = frozenset(range(0x20)) - {0x09, 0x0A, 0x0C, 0x0D, 0x1A}
_MARKUP = (b"<!doctype html", b"<html", b"<script", b"<?php", b"<svg", b"<iframe", b"<body", b"<head")


def is_markup(head: bytes) -> bool:
    """Does it begin as a web page or a script?"""
    return head.lstrip(b"\xef\xbb\xbf\x00 \t\r\n").lower().startswith(_MARKUP)


def is_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    return not any(byte in _CONTROL for byte in head)


def charset(file: BinaryIO) -> str:
    """utf-8, utf-16, or windows-874 (Thai of older Windows); refuses what is none of them."""
    for name in ("utf-8-sig", "utf-16", "cp874"):
        if name == "utf-16" and not _has_utf16_mark(file):
            continue
        if _decodes(file, name):
            return {"utf-8-sig": "utf-8", "cp874": "windows-874"}.get(name, name)
    raise refused(
        _("The text cannot be read: it is neither in UTF-8 nor in the Thai of Windows (874)."),
        next_step=_("Save it as UTF-8 and upload it again."),
        code="file-damaged",
    )


def _has_utf16_mark(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _decodes(file: BinaryIO, name: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(name)()
    try:
        while piece := file.read(1 << 20):
            if any(ord(letter) in _CONTROL for letter in set(decoder.decode(piece))):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def check_text(file: BinaryIO, size: int) -> tuple[str, None]:
    return f"text/plain; charset={_charset_of_text(file)}", None


def check_csv(file: BinaryIO, size: int) -> tuple[str, None]:
    return f"text/csv; charset={_charset_of_text(file)}", None


def _charset_of_text(file: BinaryIO) -> str:
    file.seek(0)
    if is_markup(file.read(4096)):
        raise unsafe(_("This is a web page, not a text."), _("Print the page to PDF and upload that."))
    return charset(file)


def read_text(file: BinaryIO) -> str:
    """The whole text, in whichever of the known encodings it is."""
    name = charset(file)
    file.seek(0)
    return file.read().decode("utf-8-sig" if name == "utf-8" else name)


GEOMETRIES = (
    "FeatureCollection",
    "Feature",
    "GeometryCollection",
    "Polygon",
    "MultiPolygon",
    "LineString",
    "MultiLineString",
    "Point",
    "MultiPoint",
)


def read_geojson(file: BinaryIO) -> dict[str, object]:
    try:
        found = json.loads(read_text(file))
    except (json.JSONDecodeError, RecursionError) as error:
        where = f"{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise damaged(_("It is not JSON from line and column %(where)s on.") % {"where": where} if where else "") from error
    if not isinstance(found, dict) or found.get("type") not in GEOMETRIES:
        raise refused(_("This is JSON, but not GeoJSON."), next_step=_("Export the boundary as GeoJSON (RFC 7946)."), code="file-kind")
    return found


def check_geojson(file: BinaryIO, size: int) -> tuple[str, None]:
    read_geojson(file)
    return "", None


def check_kml(file: BinaryIO, size: int) -> tuple[str, None]:
    file.seek(0)
    try:
        root = ElementTree.fromstring(file.read())
    except DefusedXmlException as error:
        raise unsafe(_("The KML names other files or expands itself.")) from error
    except ElementTree.ParseError as error:
        raise damaged(_("It is not XML from line and column %(where)s on.") % {"where": "{}:{}".format(*error.position)}) from error
    if root.tag.rsplit("}", 1)[-1] != "kml":
        raise refused(_("This is XML, but not KML."), next_step=_("Export the boundary as KML or GeoJSON."), code="file-kind")
    return "", None
