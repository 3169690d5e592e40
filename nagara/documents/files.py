"""Keeping files by their digest and handing them out again.

The content is written whole and flushed before the row that names it is made, so a row never points at half a file. What
was written for a transaction that failed lies there without a row until `nagara documents sweep` takes it away.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import quote

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from nagara.audit.record import Actor
from nagara.documents.kinds import BOUNDARY_KINDS, EVIDENCE_KINDS, KINDS, PAPER_KINDS, clean_name, inspect, megabytes
from nagara.documents.kinds.faults import refused
from nagara.documents.kinds.pdf import page_count
from nagara.documents.models import StoredFile
from nagara.toolkit.refusal import Refusal

__all__ = ["BOUNDARY_KINDS", "EVIDENCE_KINDS", "PAPER_KINDS", "answer", "check_upload", "keep", "keep_bytes", "open_file", "path_of"]


def keep(upload: UploadedFile, *, by: Actor, at: datetime, kinds: frozenset[str] = EVIDENCE_KINDS, expected_digest: str = "") -> StoredFile:
    """Keep an uploaded file. Refused where it is too large, was cut, is not what its name says, or hides something.

    The same person keeping the same content under the same name twice gets the same row.
    """
    name, media_type, pages = check_upload(upload, kinds=kinds)
    digest, size = _write(_file_of(upload), expected_digest or getattr(upload, "announced_digest", ""))
    return _row(digest, size, name=name, media_type=media_type, pages=pages, by=by, at=at)


def keep_bytes(content: bytes, *, name: str, media_type: str, by: Actor, at: datetime) -> StoredFile:
    """Keep what was made here, such as a receipt or minutes as PDF."""
    with tempfile.SpooledTemporaryFile(max_size=64 << 20) as file:
        file.write(content)
        file.seek(0)
        pages = page_count(cast(BinaryIO, file)) if media_type == "application/pdf" else None
        digest, size = _write(cast(BinaryIO, file), "")
    return _row(digest, size, name=clean_name(name), media_type=media_type, pages=pages, by=by, at=at)


def check_upload(upload: UploadedFile, *, kinds: frozenset[str] = EVIDENCE_KINDS) -> tuple[str, str, int | None]:
    """(name, media type, pages) of an upload that may be kept; a `Refusal` otherwise. Looks once at the same upload."""
    checked = getattr(upload, "checked", None)
    if checked is None or checked[0] != kinds:
        checked = (kinds, _check(upload, kinds))
        upload.checked = checked  # type: ignore[attr-defined]
    return cast(tuple[str, str, int | None], checked[1])


def _check(upload: UploadedFile, kinds: frozenset[str]) -> tuple[str, str, int | None]:
    name = clean_name(upload.name or "")
    size = upload.size or 0
    announced = getattr(upload, "announced_size", None)
    if not getattr(upload, "whole", True) or (announced is not None and announced != size):
        raise cut()
    if not size:
        raise refused(_("The file “%(name)s” is empty.") % {"name": name}, code="file-empty")
    if size > settings.MAX_UPLOAD_BYTES:
        raise too_large(size)
    found = inspect(_file_of(upload), name, size, kinds)
    return name, found.media_type, found.pages


def cut() -> Refusal:
    return refused(
        _("The upload was cut off half way. Nothing of it was kept."),
        next_step=_("Choose the file again and send it once more."),
        code="file-cut",
    )


def too_large(size: int) -> Refusal:
    return refused(
        _("The file has %(size)s. At most %(most)s are taken.") % {"size": megabytes(size), "most": megabytes(settings.MAX_UPLOAD_BYTES)},
        next_step=_("Save pictures in it smaller, or upload it in parts."),
        code="file-too-large",
        status=413,
    )


def _file_of(upload: UploadedFile) -> BinaryIO:
    return cast(BinaryIO, upload.file)


def path_of(digest: str) -> Path:
    """Where the content with this digest lies."""
    return Path(settings.FILES) / digest[:2] / digest[2:4] / digest


def _write(file: BinaryIO, expected_digest: str) -> tuple[str, int]:
    """Copy the content to its place by its digest: temporary file, flush to the disk, rename, flush the folder."""
    folder = Path(settings.FILES)
    (folder / "new").mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=folder / "new")
    total, size = hashlib.sha256(), 0
    try:
        with os.fdopen(descriptor, "wb") as target:
            file.seek(0)
            while piece := file.read(1 << 20):
                total.update(piece)
                size += len(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        if expected_digest and expected_digest.lower() != total.hexdigest():
            raise cut()
        final = path_of(total.hexdigest())
        final.parent.mkdir(parents=True, exist_ok=True)
        Path(temporary).replace(final)
        _flush(final.parent)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return total.hexdigest(), size


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _row(digest: str, size: int, *, name: str, media_type: str, pages: int | None, by: Actor, at: datetime) -> StoredFile:
    return StoredFile.objects.get_or_create(
        digest=digest,
        name=name,
        stored_by=by.audit_key,
        defaults={"size": size, "media_type": media_type, "pages": pages, "stored_at": at},
    )[0]


def open_file(stored: StoredFile) -> BinaryIO:
    """The content, for reading. A file that the disk has lost is a fault of the installation and reaches the log."""
    return path_of(stored.digest).open("rb")


# A file that was uploaded must do nothing on this site: it runs no script, loads nothing, and lives in an origin of its own.
_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox"
# A browser's own PDF reader does not start inside a sandbox. PDFs that act on their own are refused when they come in.
_PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"


def answer(stored: StoredFile, *, inline: bool = False, name: str = "", request: HttpRequest | None = None) -> HttpResponseBase:
    """The file as a response that is safe to hand to anyone who may see it.

    `inline` lets the browser show it in place where its kind allows; `name` is what it is saved as (its own name otherwise);
    with `request`, a part of it is answered where a part was asked for, so that a reader need not load a PDF whole.
    """
    media_type = stored.media_type
    inline = inline and media_type.split(";")[0] in {kind.media_type for kind in KINDS.values() if kind.inline}
    part = _range(request, stored) if request else None
    if part == (0, 0):
        response: HttpResponseBase = HttpResponse(status=416, headers={"Content-Range": f"bytes */{stored.size}"})
    elif request and request.headers.get("If-None-Match") == f'"{stored.digest}"':
        response = HttpResponse(status=304)
    elif part:
        first, after = part
        response = StreamingHttpResponse(_pieces(open_file(stored), first, after), status=206, content_type=media_type)
        response["Content-Range"] = f"bytes {first}-{after - 1}/{stored.size}"
        response["Content-Length"] = str(after - first)
    else:
        response = FileResponse(File(open_file(stored)), content_type=media_type)
        response["Content-Length"] = str(stored.size)
    response["Content-Disposition"] = _disposition(name or stored.name, inline=inline)
    response["Content-Security-Policy"] = _PDF_POLICY if media_type == "application/pdf" and inline else _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-cache"
    response["ETag"] = f'"{stored.digest}"'
    response["Accept-Ranges"] = "bytes"
    return response


def _disposition(name: str, *, inline: bool) -> str:
    """RFC 6266 with the name as RFC 8187 writes it, so that Thai names arrive; an ASCII stand-in for what cannot read that."""
    lead = "inline" if inline else "attachment"
    stand_in = re.sub(r"_+", "_", re.sub(r'[^\x20-\x7e]|["\\;%]', "_", name)).strip(" _.") or "file"
    if stand_in == name:
        return f'{lead}; filename="{name}"'
    suffix = Path(name).suffix
    if suffix.isascii() and stand_in == suffix.lstrip("."):
        stand_in = f"file{suffix}"
    return f"{lead}; filename=\"{stand_in}\"; filename*=UTF-8''{quote(name, safe='')}"


_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def _range(request: HttpRequest, stored: StoredFile) -> tuple[int, int] | None:
    """(first, after) of the part asked for; None for the whole; (0, 0) for a part that does not exist."""
    asked = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if not asked or request.method != "GET" or request.headers.get("If-Range", f'"{stored.digest}"') != f'"{stored.digest}"':
        return None
    first, last = asked.groups()
    if not first and not last:
        return None
    if not first:
        return (max(0, stored.size - int(last)), stored.size) if int(last) else (0, 0)
    if int(first) >= stored.size or (last and int(last) < int(first)):
        return (0, 0)
    return int(first), min(int(last) + 1 if last else stored.size, stored.size)


def _pieces(file: BinaryIO, first: int, after: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        left = after - first
        while left and (piece := file.read(min(left, 1 << 18))):
            left -= len(piece)
            yield piece
