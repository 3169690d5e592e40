"""Files for the tests, sound and not, made here byte by byte so that each test shows what it sends."""

import io
import struct
import zipfile
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject


def pdf_bytes(pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=200, height=200)
    return _written(writer)


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_with_script() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    script = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert('hello');")}
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(DictionaryObject(script))
    return _written(writer)


def pdf_with_attachment() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.add_attachment("inside.txt", b"hidden")
    return _written(writer)


def pdf_locked() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.encrypt("secret", algorithm="AES-256")
    return _written(writer)


def pdf_with_packed_action(action: bytes) -> bytes:
    """A PDF 1.5 whose catalogue and action lie in a compressed object stream, where no plain search finds them."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        action,
    ]
    offsets, body, at = [], b"", 0
    for number, content in enumerate(objects, 1):
        offsets.append(f"{number} {at}")
        body += content + b" "
        at = len(body)
    head = " ".join(offsets).encode() + b" "
    packed = zlib.compress(head + body)
    out = b"%PDF-1.5\n"
    stream_at = len(out)
    out += b"5 0 obj\n<</Type/ObjStm/N 4/First %d/Length %d/Filter/FlateDecode>>\nstream\n" % (len(head), len(packed))
    out += packed + b"\nendstream\nendobj\n"
    table_at = len(out)
    table = b"".join(
        struct.pack(">BHB", *row) for row in [(0, 0, 255), (2, 5, 0), (2, 5, 1), (2, 5, 2), (2, 5, 3), (1, stream_at, 0), (1, table_at, 0)]
    )
    out += b"6 0 obj\n<</Type/XRef/Size 7/W[1 2 1]/Root 1 0 R/Length %d>>\nstream\n" % len(table) + table + b"\nendstream\nendobj\n"
    return out + b"startxref\n%d\n%%%%EOF\n" % table_at


def png_bytes(size: tuple[int, int] = (20, 10)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "PNG")
    return out.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_size_in_head(width: int, height: int) -> bytes:
    """A small file that claims to be a huge picture."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\x00" * 100)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def jpeg_bytes(size: tuple[int, int] = (20, 10), *, progressive: bool = False) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 50).save(out, "JPEG", progressive=progressive)
    return out.getvalue()


_OFFICE = "application/vnd.openxmlformats-officedocument."


def office_bytes(kind: str, extra: dict[str, bytes] | None = None, types: str = "") -> bytes:
    """A Word document ("docx") or an Excel workbook ("xlsx") with further parts."""
    part, media = {
        "docx": ("word/document.xml", _OFFICE + "wordprocessingml.document.main+xml"),
        "xlsx": ("xl/workbook.xml", _OFFICE + "spreadsheetml.sheet.main+xml"),
    }[kind]
    content = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/{part}" ContentType="{media}"/>{types}</Types>'
    )
    return zip_bytes({"[Content_Types].xml": content.encode(), part: b"<w/>" * 50, **(extra or {})})


def zip_bytes(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def upload(content: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
