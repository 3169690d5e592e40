"""What a file is, by its content. Its name must say the same, and nothing may hide in it.

`inspect` reads a file and answers what it is, or refuses it with the reason and what to do instead.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nagara.documents.kinds import pdf, pictures, plain, zips
from nagara.documents.kinds.faults import refused
from nagara.toolkit.refusal import Refusal

MEGABYTE = 1024 * 1024


class Found(NamedTuple):
    """What a file turned out to be. `pages` only where the kind has pages."""

    kind: str
    media_type: str
    pages: int | None = None


@dataclass(frozen=True)
class Kind:
    """One kind of file: the name it goes by, the endings its name may have, and how its content is checked."""

    code: str
    label: str | Promise
    media_type: str
    suffixes: tuple[str, ...]
    check: Callable[[BinaryIO, int], tuple[str, int | None]]
    most_bytes: int | None = None
    inline: bool = False
    """May a browser show it in place? Everything else is handed over as a download."""


KINDS = {
    kind.code: kind
    for kind in (
        Kind("pdf", "PDF", "application/pdf", (".pdf",), pdf.check, inline=True),
        Kind("png", gettext_lazy("PNG picture"), "image/png", (".png",), pictures.check_png, inline=True),
        Kind("jpeg", gettext_lazy("JPEG picture"), "image/jpeg", (".jpg", ".jpeg"), pictures.check_jpeg, inline=True),
        Kind(
            "xlsx",
            gettext_lazy("Excel workbook (.xlsx)"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            (".xlsx",),
            zips.check_xlsx,
        ),
        Kind(
            "docx",
            gettext_lazy("Word document (.docx)"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            (".docx",),
            zips.check_docx,
        ),
        Kind("csv", gettext_lazy("CSV table"), "text/csv", (".csv",), plain.check_csv, inline=True),
        Kind("txt", gettext_lazy("plain text"), "text/plain", (".txt",), plain.check_text, inline=True),
        Kind("geojson", "GeoJSON", "application/geo+json", (".geojson", ".json"), plain.check_geojson, 10 * MEGABYTE),
        Kind("kml", "KML", "application/vnd.google-earth.kml+xml", (".kml",), plain.check_kml, 10 * MEGABYTE),
        Kind("shapefile", gettext_lazy("zipped shapefile"), "application/zip", (".zip",), zips.check_shapefile, 10 * MEGABYTE),
    )
}

EVIDENCE_KINDS = frozenset({"pdf", "png", "jpeg", "xlsx", "docx", "csv", "txt"})
"""What an applicant may hand in."""

BOUNDARY_KINDS = frozenset({"geojson", "kml", "shapefile"})
"""What an outline may be uploaded as."""

PAPER_KINDS = frozenset({"pdf", "docx", "xlsx"})
"""What a paper of a meeting may be."""


def suffixes(kinds: Iterable[str]) -> list[str]:
    """The endings that names may have, in the order of the table: for `accept` and for the words before the button."""
    wanted = set(kinds)
    return [suffix for kind in KINDS.values() if kind.code in wanted for suffix in kind.suffixes]


def labels(kinds: Iterable[str]) -> str:
    wanted = set(kinds)
    return ", ".join(str(kind.label) for kind in KINDS.values() if kind.code in wanted)


_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def clean_name(name: str) -> str:
    """The name without folders, control characters and marks that turn the writing direction; Thai stays as it is."""
    plain_name = _UNWRITABLE.sub("", unicodedata.normalize("NFC", name.replace("\\", "/"))).rsplit("/", 1)[-1].strip(" .")
    if not plain_name:
        raise refused(_("The file has no name."), code="file-name")
    stem, suffix = PurePosixPath(plain_name).stem, PurePosixPath(plain_name).suffix
    return plain_name if len(plain_name) <= 200 else stem[: 200 - len(suffix)] + suffix


def inspect(file: BinaryIO, name: str, size: int, kinds: Iterable[str]) -> Found:
    """What the file is. Refuses what is not among `kinds`, is not what its name says, is damaged, or hides something."""
    wanted = set(kinds)
    suffix = PurePosixPath(name).suffix.lower()
    kind = next((kind for kind in KINDS.values() if suffix in kind.suffixes and kind.code in wanted), None)
    file.seek(0)
    looks = _looks_like(file.read(4096))
    if kind is None:
        raise _not_taken(name, suffix, looks, wanted)
    if kind.most_bytes and size > kind.most_bytes:
        raise refused(
            _("The file has %(size)s. A %(kind)s may have %(most)s at most.")
            % {"size": megabytes(size), "kind": kind.label, "most": megabytes(kind.most_bytes)},
            code="file-too-large",
            status=413,
        )
    if looks not in _LOOKS[kind.code]:
        raise _not_what_it_says(kind, suffix, looks)
    file.seek(0)
    media_type, pages = kind.check(file, size)
    file.seek(0)
    return Found(kind.code, media_type or kind.media_type, pages)


def megabytes(size: int) -> str:
    """A size in words: 50 MB, 1.5 MB, 340 kB."""
    if size < MEGABYTE:
        return _("%(number)s kB") % {"number": max(1, round(size / 1024))}
    number = size / MEGABYTE
    return _("%(number)s MB") % {"number": f"{number:.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"}


_LOOKS = {
    "pdf": {"pdf"},
    "png": {"png"},
    "jpeg": {"jpeg"},
    "xlsx": {"zip"},
    "docx": {"zip"},
    "csv": {"text"},
    "txt": {"text"},
    "geojson": {"text"},
    "kml": {"text", "xml"},
    "shapefile": {"zip"},
}

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_office"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"GIF8", "gif"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"{\\rtf", "rtf"),
)

_WORDS = {
    "pdf": gettext_lazy("a PDF"),
    "png": gettext_lazy("a PNG picture"),
    "jpeg": gettext_lazy("a JPEG picture"),
    "zip": gettext_lazy("a ZIP archive or a document of that form"),
    "old_office": gettext_lazy("a document of the old Office form"),
    "program": gettext_lazy("a program"),
    "gif": gettext_lazy("a GIF picture"),
    "webp": gettext_lazy("a WebP picture"),
    "heic": gettext_lazy("a HEIC picture or a film"),
    "archive": gettext_lazy("a packed archive"),
    "rtf": gettext_lazy("an RTF document"),
    "html": gettext_lazy("a web page"),
    "xml": gettext_lazy("an XML file"),
    "text": gettext_lazy("plain text"),
    "empty": gettext_lazy("an empty file"),
    "late_pdf": gettext_lazy("something else that has a PDF inside it"),
    "unknown": gettext_lazy("of a kind that is not known here"),
}

_ADVICE = {
    "old_office": gettext_lazy("Open it in Office and save it as .docx, .xlsx or PDF."),
    "heic": gettext_lazy("Save the picture as JPEG. On an iPhone: Settings, Camera, Formats, Most Compatible."),
    "webp": gettext_lazy("Save the picture as PNG or JPEG."),
    "gif": gettext_lazy("Save the picture as PNG or JPEG."),
    "archive": gettext_lazy("Unpack it and upload the documents one by one."),
    "zip": gettext_lazy("Unpack it and upload the documents one by one."),
    "rtf": gettext_lazy("Save it as .docx or PDF."),
    "html": gettext_lazy("Print the page to PDF and upload that."),
}


def _looks_like(head: bytes) -> str:
    for signature, looks in _SIGNATURES:
        if head.startswith(signature):
            return looks
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return "heic"
    if b"%PDF-" in head[:1024]:
        return "late_pdf"
    if not head.strip():
        return "empty"
    if plain.is_markup(head):
        return "html"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        return "xml"
    return "text" if plain.is_text(head) else "unknown"


def _not_taken(name: str, suffix: str, looks: str, wanted: set[str]) -> Refusal:
    if looks in KINDS and looks in wanted:
        return refused(
            _("The name “%(name)s” does not say that this is %(words)s.") % {"name": name, "words": _WORDS[looks]},
            next_step=_("Rename the file so that it ends in %(suffix)s.") % {"suffix": KINDS[looks].suffixes[0]},
            code="file-name",
        )
    return refused(
        _("Files that end in “%(suffix)s” are not taken here.") % {"suffix": suffix or name},
        rule=_("Taken here: %(kinds)s.") % {"kinds": labels(wanted)},
        next_step=str(_ADVICE.get(looks, "")),
        code="file-kind",
    )


def _not_what_it_says(kind: Kind, suffix: str, looks: str) -> Refusal:
    if looks == "late_pdf" and kind.code == "pdf":
        return refused(
            _("There is something in front of the PDF. A file that can be read as two kinds at once is not taken."),
            next_step=_("Print the document to PDF anew and upload that."),
            code="file-unsafe",
        )
    return refused(
        _("The name ends in “%(suffix)s”, but the content is %(words)s.") % {"suffix": suffix, "words": _WORDS[looks]},
        next_step=str(_ADVICE.get(looks, "")) or _("Choose the right file, or save it anew in the form that its name says."),
        code="file-kind",
    )
