"""Files that are ZIP archives inside: Office documents and shapefiles. Small enough unpacked, nothing hidden, no macros."""

import itertools
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import BinaryIO

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext as _

from nagara.documents.kinds.faults import damaged, refused, unsafe

MOST_ENTRIES = 5_000
MOST_UNPACKED = 300 * 1024 * 1024
MOST_RATIO = 200
"""Unpacked to packed. Sheets with much repetition reach 50; what is built to burst reaches thousands."""

_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OSError)

_OFFICE = "application/vnd.openxmlformats-officedocument."
_DOCX = _OFFICE + "wordprocessingml.document.main+xml"
_XLSX = _OFFICE + "spreadsheetml.sheet.main+xml"
_CONTENT_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"


def is_zip(file: BinaryIO) -> bool:
    """Could an unpacker open this file, wherever in it the archive lies?"""
    file.seek(0)
    if not zipfile.is_zipfile(file):
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            return bool(archive.infolist())
    except _BROKEN:
        return False


def open_zip(file: BinaryIO, size: int) -> zipfile.ZipFile:
    """The archive, once its table says nothing that could harm whoever unpacks it."""
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN as error:
        raise damaged() from error
    entries = archive.infolist()
    if not entries:
        raise damaged(_("The archive is empty."))
    _check_ends(file, size, archive, entries)
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > min(MOST_UNPACKED, max(size, 50_000) * MOST_RATIO):
        raise unsafe(_("Unpacked, the file would be larger than anyone can open."), _("Save it anew, in parts if need be."))
    if len(set(names)) != len(names) or any(_leads_out(name) for name in names):
        raise unsafe(_("The names in the archive are not those of a sound document."))
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise refused(
            _("The file is protected by a password."),
            next_step=_("Save it without a password and upload it again."),
            code="file-locked",
        )
    return archive


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in name


def _check_ends(file: BinaryIO, size: int, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    if ordered[0].header_offset != 0:
        raise unsafe(_("There is something in front of the archive. A file that can be read as two kinds at once is not taken."))
    file.seek(max(0, size - 22 - len(archive.comment)))
    if not file.read(4) == b"PK\x05\x06":
        raise unsafe(_("Something follows after the end of the archive. A file that hides another one is not taken."))
    for entry, following in itertools.pairwise(ordered):
        if entry.header_offset + 30 + entry.compress_size > following.header_offset:
            raise unsafe(_("Unpacked, the file would be larger than anyone can open."), _("Save it anew, in parts if need be."))


def read_entry(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One entry, unpacked up to `most` bytes; refused where it is larger or its checksum is wrong."""
    try:
        with archive.open(name) as entry:
            content = entry.read(most + 1)
            if len(content) <= most:
                entry.read()
    except KeyError as error:
        raise damaged(_("“%(name)s” is missing in it.") % {"name": name}) from error
    except (*_BROKEN, RuntimeError) as error:
        raise damaged() from error
    if len(content) > most:
        raise unsafe(_("Unpacked, the file would be larger than anyone can open."))
    return content


def check_docx(file: BinaryIO, size: int) -> tuple[str, None]:
    return _check_office(file, size, _DOCX, _("This is not a Word document."))


def check_xlsx(file: BinaryIO, size: int) -> tuple[str, None]:
    return _check_office(file, size, _XLSX, _("This is not an Excel workbook."))


def _check_office(file: BinaryIO, size: int, wanted: str, otherwise: str) -> tuple[str, None]:
    with open_zip(file, size) as archive:
        names = archive.namelist()
        if "[Content_Types].xml" not in names:
            raise refused(
                otherwise,
                next_step=_("Unpack the archive and upload the documents one by one."),
                code="file-kind",
            )
        try:
            root = ElementTree.fromstring(read_entry(archive, "[Content_Types].xml", 4 << 20))
        except (ElementTree.ParseError, DefusedXmlException) as error:
            raise damaged() from error
        types = {
            (entry.get("PartName") or "").lstrip("/"): entry.get("ContentType") or "" for entry in root.iter(f"{_CONTENT_TYPES}Override")
        }
        all_types = [*types.values(), *(entry.get("ContentType") or "" for entry in root.iter(f"{_CONTENT_TYPES}Default"))]
        lowered = [name.lower() for name in names]
        if any("macroenabled" in kind.lower() or "vbaproject" in kind.lower() for kind in all_types) or any(
            "vbaproject" in name or "/activex/" in name or "/macrosheets/" in name for name in lowered
        ):
            raise unsafe(_("The document contains macros."), _("Save it without macros (.docx, .xlsx) or print it to PDF."))
        main = next((part for part, kind in types.items() if kind == wanted), "")
        if not main or main not in names:
            raise refused(
                otherwise, next_step=_("Choose the right file, or save it anew in the form that its name says."), code="file-kind"
            )
        for name in names:
            if name.endswith(".rels") and b"attachedTemplate" in (rels := read_entry(archive, name, 4 << 20)) and b"http" in rels:
                raise unsafe(_("The document fetches its template from elsewhere when it is opened."))
        _check_sum(archive, main)
    return "", None


def _check_sum(archive: zipfile.ZipFile, name: str) -> None:
    """Read one part to its end, piece by piece: its checksum says whether the archive arrived whole."""
    try:
        with archive.open(name) as entry:
            while entry.read(1 << 20):
                pass
    except (*_BROKEN, RuntimeError) as error:
        raise damaged() from error


SHAPEFILE_PARTS = (".shp", ".shx", ".dbf")


def shapefile_stem(archive: zipfile.ZipFile) -> str:
    """The one shapefile of an archive, without its ending."""
    stems = [name[:-4] for name in archive.namelist() if name.lower().endswith(".shp") and not name.startswith("__MACOSX/")]
    if not stems:
        raise refused(
            _("There is no shapefile (.shp) in the archive."),
            next_step=_("Pack the files .shp, .shx, .dbf and .prj into one ZIP archive."),
            code="file-kind",
        )
    if len(stems) > 1:
        raise refused(
            _("There are %(count)s shapefiles in the archive: %(names)s.") % {"count": len(stems), "names": ", ".join(sorted(stems))},
            next_step=_("Pack only the one that holds the boundary."),
            code="file-kind",
        )
    return stems[0]


def part_of(archive: zipfile.ZipFile, stem: str, suffix: str) -> str:
    """The name of one part of a shapefile in whatever case it is written; "" where there is none."""
    return next((name for name in archive.namelist() if name.lower() == f"{stem}{suffix}".lower()), "")


def check_shapefile(file: BinaryIO, size: int) -> tuple[str, None]:
    with open_zip(file, size) as archive:
        stem = shapefile_stem(archive)
        missing = [suffix for suffix in SHAPEFILE_PARTS if not part_of(archive, stem, suffix)]
        if missing:
            raise refused(
                _("The shapefile lacks %(parts)s.") % {"parts": ", ".join(missing)},
                next_step=_("Pack the files .shp, .shx, .dbf and .prj into one ZIP archive."),
                code="file-kind",
            )
    return "", None
