"""What a file is, what is taken, and what is refused with which reason."""

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from django.utils import translation

from nagara.documents.files import BOUNDARY_KINDS, EVIDENCE_KINDS
from nagara.documents.kinds import clean_name, inspect, megabytes
from nagara.documents.tests import samples
from nagara.toolkit.refusal import Refusal


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def found(content: bytes, name: str, kinds=EVIDENCE_KINDS):
    return inspect(io.BytesIO(content), name, len(content), kinds)


def reason(content: bytes, name: str, kinds=EVIDENCE_KINDS) -> str:
    with pytest.raises(Refusal) as refused:
        found(content, name, kinds)
    assert refused.value.next_step or refused.value.rule, "every refusal says what to do"
    return refused.value.message


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (samples.pdf_bytes(3), "แผนพัฒนาเมือง.pdf", ("pdf", "application/pdf", 3)),
        (samples.pdf_bytes() + b"\r\n\r\n", "a.PDF", ("pdf", "application/pdf", 1)),
        (samples.png_bytes(), "a.png", ("png", "image/png", None)),
        (samples.jpeg_bytes(), "a.JPG", ("jpeg", "image/jpeg", None)),
        (samples.jpeg_bytes(progressive=True), "a.jpeg", ("jpeg", "image/jpeg", None)),
        (samples.jpeg_bytes() + samples.jpeg_bytes((5, 5)), "two of one shot.jpg", ("jpeg", "image/jpeg", None)),
        ("ชื่อ,จำนวน\nระยอง,12\n".encode(), "a.csv", ("csv", "text/csv; charset=utf-8", None)),
        ("ระยอง".encode("cp874"), "a.txt", ("txt", "text/plain; charset=windows-874", None)),
        ("ระยอง".encode("utf-16"), "a.txt", ("txt", "text/plain; charset=utf-16", None)),
    ],
)
def test_sound_files_are_taken_for_what_they_are(content, name, expected):
    assert tuple(found(content, name)) == expected


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_office_documents_are_told_apart(kind):
    other = {"docx": "xlsx", "xlsx": "docx"}[kind]
    assert found(samples.office_bytes(kind), f"a.{kind}").kind == kind
    assert reason(samples.office_bytes(kind), f"a.{other}") in {"This is not a Word document.", "This is not an Excel workbook."}


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (samples.png_bytes(), "a.pdf", "The name ends in “.pdf”, but the content is a PNG picture."),
        (b"MZ\x90\x00" * 50, "a.pdf", "The name ends in “.pdf”, but the content is a program."),
        (samples.pdf_bytes(), "a.png", "The name ends in “.png”, but the content is a PDF."),
        (samples.zip_bytes({"a.txt": b"a"}), "a.docx", "This is not a Word document."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99,
            "a.docx",
            "The name ends in “.docx”, but the content is a document of the old Office form.",
        ),
        (b"<html><script>alert(1)</script>", "a.jpg", "The name ends in “.jpg”, but the content is a web page."),
        (samples.pdf_bytes(), "a.exe", "The name “a.exe” does not say that this is a PDF."),
        (samples.zip_bytes({"a": b"a"}), "a.zip", "Files that end in “.zip” are not taken here."),
        (b"<!doctype html><p>", "a.txt", "The name ends in “.txt”, but the content is a web page."),
        (b"a,b\n\x00\x01\x02", "a.csv", "The name ends in “.csv”, but the content is of a kind that is not known here."),
    ],
)
def test_name_and_content_must_agree(content, name, message):
    assert reason(content, name) == message


def test_a_pdf_must_begin_with_itself():
    assert reason(b"#!/bin/sh\n" + samples.pdf_bytes(), "a.pdf").startswith("There is something in front of the PDF.")


def test_a_pdf_must_end_with_itself():
    assert reason(samples.pdf_bytes() + b"x" * 40, "a.pdf").startswith("Something follows after the end of the PDF.")
    assert reason(samples.pdf_bytes() + b"x" * 9000, "a.pdf").startswith("Something follows after the end of the PDF.")


def test_a_pdf_cut_off_is_found():
    whole = samples.pdf_bytes(4)
    assert (
        reason(whole[: len(whole) // 2], "a.pdf")
        == "The file is damaged or was cut off: it cannot be opened. The end of the PDF is missing."
    )


@pytest.mark.parametrize("content", [b"%PDF-1.4\n" + b"junk " * 99 + b"\n%%EOF", b"%PDF-1.7\nstartxref\n99999\n%%EOF\n"])
def test_a_broken_pdf_is_refused(content):
    assert reason(content, "a.pdf").startswith("The file is damaged or was cut off")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (samples.pdf_with_script, "The PDF contains a program (JavaScript)."),
        (samples.pdf_with_attachment, "The PDF has other files embedded in it."),
        (samples.pdf_locked, "The PDF is protected by a password: assessors could not open it."),
        (lambda: samples.pdf_with_packed_action(b"<</S/JavaScript/JS(app.alert\\(1\\))>>"), "The PDF contains a program (JavaScript)."),
        (lambda: samples.pdf_with_packed_action(b"<</S/#4aavaScript/JS(x)>>"), "The PDF contains a program (JavaScript)."),
        (
            lambda: samples.pdf_with_packed_action(b"<</S/GoTo/Next<</S/Launch/F(cmd.exe)>>>>"),
            "The PDF starts other programs when it is opened.",
        ),
    ],
)
def test_a_pdf_that_does_more_than_show_its_pages_is_refused(make: Callable[[], bytes], message):
    assert reason(make(), "a.pdf") == message


def test_a_packed_pdf_that_only_leads_to_a_page_is_taken():
    """The hand-made file of the test above is sound but for its action."""
    assert found(samples.pdf_with_packed_action(b"<</S/GoTo/D[3 0 R/Fit]>>"), "a.pdf").pages == 1


def test_a_pdf_that_is_a_zip_as_well_is_refused():
    archive = samples.zip_bytes({"a.txt": b"hidden"})
    writer = samples.pdf_bytes()
    whole = writer.replace(b"%%EOF", b"%%EOF\n" + archive + b"\n%%EOF", 1)
    assert reason(whole, "a.pdf") == "The PDF is a ZIP archive at the same time. A file that can be read as two kinds at once is not taken."


@pytest.mark.parametrize(("make", "name", "called"), [(samples.png_bytes, "a.png", "PNG"), (samples.jpeg_bytes, "a.jpg", "JPEG")])
def test_nothing_may_follow_a_picture(make, name, called):
    assert found(make() + b"\x00" * 100, name).kind
    assert reason(make() + b"x" * 2000, name).startswith(f"Something follows after the end of the {called}.")
    assert "ZIP archive at the same time" in reason(make() + samples.zip_bytes({"a": b"a"}), name)


@pytest.mark.parametrize(("make", "name"), [(samples.png_bytes, "a.png"), (samples.jpeg_bytes, "a.jpg")])
def test_a_picture_cut_off_is_found(make, name):
    whole = make((200, 200))
    for part in (0.3, 0.6, 0.98):
        assert "cut off" in reason(whole[: int(len(whole) * part)], name)


def test_a_picture_of_too_many_pixels_is_refused_unread():
    assert (
        reason(samples.png_of_size_in_head(60_000, 60_000), "a.png")
        == "The picture has 60000 × 60000 pixels. At most 100 million are taken."
    )
    jpeg = samples.jpeg_bytes()
    at = jpeg.find(b"\xff\xc0")
    huge = jpeg[: at + 5] + struct.pack(">HH", 60_000, 60_000) + jpeg[at + 9 :]
    assert reason(huge, "a.jpg") == "The picture has 60000 × 60000 pixels. At most 100 million are taken."


def test_a_script_in_the_description_of_a_picture_is_found():
    png = samples.png_bytes()
    with_text = png[:33] + samples.png_chunk(b"tEXt", b"Comment\x00<SCRIPT>alert(1)</script>") + png[33:]
    assert reason(with_text, "a.png") == "There is a web page or a program hidden in the picture."
    jpeg = samples.jpeg_bytes()
    comment = b"<?php system($_GET[0]); ?>"
    with_comment = jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + jpeg[2:]
    assert reason(with_comment, "a.jpg") == "There is a web page or a program hidden in the picture."


def test_a_changed_byte_in_a_png_is_found():
    png = bytearray(samples.png_bytes())
    png[45] ^= 1
    assert "cut off" in reason(bytes(png), "a.png")


def test_macros_are_refused():
    assert reason(samples.office_bytes("xlsx", {"xl/vbaProject.bin": b"x"}), "a.xlsx") == "The document contains macros."
    macro = '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
    assert reason(samples.office_bytes("docx", types=macro), "a.docx") == "The document contains macros."


def test_a_template_from_elsewhere_is_refused():
    rels = (
        b'<Relationships><Relationship Type="x/attachedTemplate" Target="http://example.org/a.dotm" TargetMode="External"/></Relationships>'
    )
    assert reason(samples.office_bytes("docx", {"word/_rels/settings.xml.rels": rels}), "a.docx").startswith(
        "The document fetches its template"
    )


def test_an_archive_that_bursts_is_refused_unopened():
    bomb = samples.office_bytes("xlsx", {f"xl/sheet{n}.xml": b"\x00" * 10_000_000 for n in range(4)})
    assert len(bomb) < 200_000
    assert reason(bomb, "a.xlsx") == "Unpacked, the file would be larger than anyone can open."


def test_an_archive_with_something_in_front_or_behind_is_refused():
    whole = samples.office_bytes("docx")
    assert "content is" in reason(b"GIF89a" + whole, "a.docx")
    assert reason(whole + b"x", "a.docx") == "Something follows after the end of the archive. A file that hides another one is not taken."


def test_names_that_lead_out_of_an_archive_are_refused():
    assert "names in the archive" in reason(samples.office_bytes("docx", {"../../etc/passwd": b"x"}), "a.docx")


def test_a_damaged_part_of_an_archive_is_found():
    whole = bytearray(samples.office_bytes("docx"))
    with zipfile.ZipFile(io.BytesIO(bytes(whole))) as archive:
        at = archive.getinfo("word/document.xml").header_offset + 30 + len("word/document.xml")
    whole[at] ^= 0xFF
    assert "cut off" in reason(bytes(whole), "a.docx")


def test_boundary_files_are_told_apart():
    assert found(b'{"type": "Polygon", "coordinates": []}', "a.geojson", BOUNDARY_KINDS).kind == "geojson"
    assert found(b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"/>', "a.kml", BOUNDARY_KINDS).kind == "kml"
    parts = {f"รูปแปลง.{end}": b"x" for end in ("shp", "shx", "dbf", "prj")}
    assert found(samples.zip_bytes(parts), "a.zip", BOUNDARY_KINDS).kind == "shapefile"


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b'{"a": 1}', "a.geojson", "This is JSON, but not GeoJSON."),
        (b'{"type": "Polygon", ', "a.geojson", "It is not JSON from line and column 1:21 on."),
        (b"<gpx></gpx>", "a.kml", "This is XML, but not KML."),
        (b"<kml>", "a.kml", "It is not XML from line and column 1:5 on."),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><kml>&b;</kml>', "a.kml", "The KML names other files or expands itself."),
        (samples.zip_bytes({"a.shp": b"x", "a.dbf": b"x"}), "a.zip", "The shapefile lacks .shx."),
        (samples.zip_bytes({"a.shp": b"x", "b.shp": b"x"}), "a.zip", "There are 2 shapefiles in the archive: a, b."),
        (samples.zip_bytes({"a.txt": b"x"}), "a.zip", "There is no shapefile (.shp) in the archive."),
    ],
)
def test_broken_boundary_files_are_refused_with_the_reason(content, name, message):
    assert message in reason(content, name, BOUNDARY_KINDS)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("แผนพัฒนาเมืองระยอง ๒๕๖๕.pdf", "แผนพัฒนาเมืองระยอง ๒๕๖๕.pdf"),
        ("C:\\Users\\a\\แผน.pdf", "แผน.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("ก" * 300 + ".pdf", "ก" * 196 + ".pdf"),
    ],
)
def test_names_keep_their_thai_and_lose_what_deceives(given, kept):
    assert clean_name(given) == kept


@pytest.mark.parametrize(
    ("size", "words"), [(1, "1 kB"), (1024 * 1024, "1 MB"), (1_600_000, "1.5 MB"), (50 * 1024 * 1024, "50 MB"), (209_715_200, "200 MB")]
)
def test_sizes_are_said_in_words(size, words):
    assert megabytes(size) == words
