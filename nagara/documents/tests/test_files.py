"""Files are kept by their digest, whole or not at all, and handed out so that they do nothing."""

import hashlib
import io
import os
import time
from pathlib import Path

import pytest
from django.core.files.uploadhandler import StopUpload
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import RequestFactory
from django.utils import translation

from nagara.audit.record import System
from nagara.documents.files import answer, keep, keep_bytes, open_file, path_of
from nagara.documents.models import StoredFile
from nagara.documents.tests import samples
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db
OFFICER = System("officer")


def names_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_file_is_kept_whole_under_its_digest(noon, settings):
    content = samples.pdf_bytes(2)
    stored = keep(samples.upload(content, "แผน.pdf"), by=OFFICER, at=noon)
    assert (stored.digest, stored.size, stored.name, stored.pages) == (hashlib.sha256(content).hexdigest(), len(content), "แผน.pdf", 2)
    assert (stored.media_type, stored.stored_by, stored.stored_at) == ("application/pdf", "system:officer", noon)
    with open_file(stored) as file:
        assert file.read() == content
    assert names_below(settings.FILES) == [stored.digest]


def test_keeping_twice_is_keeping_once(noon, settings):
    content = samples.pdf_bytes()
    first = keep(samples.upload(content, "a.pdf"), by=OFFICER, at=noon)
    assert keep(samples.upload(content, "a.pdf"), by=OFFICER, at=noon) == first
    assert names_below(settings.FILES) == [first.digest]


def test_two_people_may_keep_one_content_under_two_names(noon, settings):
    content = samples.pdf_bytes()
    mine = keep(samples.upload(content, "a.pdf"), by=OFFICER, at=noon)
    theirs = keep(samples.upload(content, "ลับ.pdf"), by=System("other"), at=noon)
    assert (mine.name, theirs.name, mine.digest == theirs.digest) == ("a.pdf", "ลับ.pdf", True)
    assert names_below(settings.FILES) == [mine.digest]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"announced_digest": "0" * 64}, "file-cut"),
        ({"announced_size": 10}, "file-cut"),
        ({"whole": False}, "file-cut"),
    ],
)
def test_what_arrives_otherwise_than_announced_is_refused_and_nothing_stays(noon, settings, change, code):
    upload = samples.upload(samples.pdf_bytes(), "a.pdf")
    for name, value in change.items():
        setattr(upload, name, value)
    with pytest.raises(Refusal) as refused:
        keep(upload, by=OFFICER, at=noon)
    assert refused.value.code == code
    assert names_below(settings.FILES) == []
    assert not StoredFile.objects.exists()


def test_an_announced_digest_that_agrees_is_fine(noon):
    content = samples.pdf_bytes()
    assert keep(samples.upload(content, "a.pdf"), by=OFFICER, at=noon, expected_digest=hashlib.sha256(content).hexdigest().upper()).pk


def test_an_empty_and_a_too_large_file_are_refused(noon, settings):
    with pytest.raises(Refusal) as empty:
        keep(samples.upload(b"", "a.pdf"), by=OFFICER, at=noon)
    assert empty.value.code == "file-empty"
    settings.MAX_UPLOAD_BYTES = 100
    with pytest.raises(Refusal) as large:
        keep(samples.upload(samples.pdf_bytes(), "a.pdf"), by=OFFICER, at=noon)
    assert (large.value.code, large.value.status) == ("file-too-large", 413)


def test_what_is_made_here_is_kept_as_it_is(noon):
    stored = keep_bytes(samples.pdf_bytes(3), name="ใบรับ 1/2565.pdf", media_type="application/pdf", by=OFFICER, at=noon)
    assert (stored.name, stored.pages) == ("2565.pdf", 3)
    assert keep_bytes(b"{}", name="a.json", media_type="application/json", by=OFFICER, at=noon).pages is None


def test_a_file_without_a_row_is_swept_away_a_day_later(noon, settings):
    with pytest.raises(StopUpload), transaction.atomic():
        lost = keep(samples.upload(samples.pdf_bytes(), "a.pdf"), by=OFFICER, at=noon)
        raise StopUpload
    kept = keep(samples.upload(samples.pdf_bytes(2), "b.pdf"), by=OFFICER, at=noon)
    call_command("documents", "sweep", verbosity=0)
    assert names_below(settings.FILES) == sorted([lost.digest, kept.digest]), "what was written just now may still get its row"
    yesterday = time.time() - 25 * 3600
    for digest in (lost.digest, kept.digest):
        os.utime(path_of(digest), (yesterday, yesterday))
    call_command("documents", "sweep", verbosity=0)
    assert names_below(settings.FILES) == [kept.digest]


def test_a_changed_byte_and_a_lost_file_are_found(noon):
    good = keep(samples.upload(samples.pdf_bytes(1), "a.pdf"), by=OFFICER, at=noon)
    changed = keep(samples.upload(samples.pdf_bytes(2), "b.pdf"), by=OFFICER, at=noon)
    lost = keep(samples.upload(samples.pdf_bytes(3), "c.pdf"), by=OFFICER, at=noon)
    out = io.StringIO()
    call_command("documents", "verify", stdout=out)
    assert "3 file(s)" in out.getvalue()
    content = bytearray(path_of(changed.digest).read_bytes())
    content[20] ^= 1
    path_of(changed.digest).write_bytes(bytes(content))
    path_of(lost.digest).unlink()
    out = io.StringIO()
    with pytest.raises(CommandError, match="2 of 3"):
        call_command("documents", "verify", stdout=out)
    assert f"changed: {changed.digest}" in out.getvalue()
    assert f"lost: {lost.digest}" in out.getvalue()
    assert good.digest not in out.getvalue()


def test_a_file_is_handed_out_so_that_it_does_nothing(noon):
    stored = keep(samples.upload(samples.png_bytes(), "แผนที่ เมือง.png"), by=OFFICER, at=noon)
    response = answer(stored)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Content-Disposition"] == (
        "attachment; filename=\"file.png\"; filename*=UTF-8''%E0%B9%81%E0%B8%9C%E0%B8%99%E0%B8%97%E0%B8%B5%E0%B9%88%20%E0%B9%80%E0%B8%A1%E0%B8%B7%E0%B8%AD%E0%B8%87.png"
    )
    assert response["Cache-Control"] == "private, no-cache"
    assert body(response) == samples.png_bytes()


def test_only_what_a_browser_shows_safely_is_shown_in_place(noon):
    word = keep(samples.upload(samples.office_bytes("docx"), "a.docx"), by=OFFICER, at=noon)
    picture = keep(samples.upload(samples.png_bytes(), "a.png"), by=OFFICER, at=noon)
    assert answer(word, inline=True)["Content-Disposition"] == 'attachment; filename="a.docx"'
    assert answer(picture, inline=True)["Content-Disposition"] == 'inline; filename="a.png"'


def test_a_name_cannot_break_out_of_its_header(noon):
    stored = keep_bytes(b"x", name='a"; filename="b.exe\r\nSet-Cookie: x=1.txt', media_type="text/plain", by=OFFICER, at=noon)
    assert "\n" not in answer(stored)["Content-Disposition"]
    assert answer(stored)["Content-Disposition"].startswith('attachment; filename="a_ filename=_b.exeSet-Cookie: x=1.txt"; filename*=')


@pytest.mark.parametrize(
    ("asked", "status", "got"),
    [
        ("bytes=0-4", 206, b"%PDF-"),
        ("bytes=-3", 206, b"OF\n"),
        ("bytes=2-2", 206, b"D"),
        ("bytes=999999-", 416, b""),
        ("bytes=5-2", 416, b""),
        ("bytes=0-1,3-4", 200, None),
        ("lines=1-2", 200, None),
    ],
)
def test_a_part_of_a_file_is_answered(noon, asked, status, got):
    content = samples.pdf_bytes()
    stored = keep(samples.upload(content, "a.pdf"), by=OFFICER, at=noon)
    response = answer(stored, inline=True, request=RequestFactory().get("/", headers={"range": asked}))
    assert (response.status_code, body(response)) == (status, content if got is None else got)


def test_a_part_is_not_answered_for_another_content(noon):
    stored = keep(samples.upload(samples.pdf_bytes(), "a.pdf"), by=OFFICER, at=noon)
    request = RequestFactory().get("/", headers={"range": "bytes=0-4", "if-range": '"other"'})
    assert answer(stored, request=request).status_code == 200


def test_what_the_browser_has_already_is_not_sent_again(noon):
    stored = keep(samples.upload(samples.pdf_bytes(), "a.pdf"), by=OFFICER, at=noon)
    request = RequestFactory().get("/", headers={"if-none-match": f'"{stored.digest}"'})
    assert answer(stored, request=request).status_code == 304


def test_refusals_are_said_in_thai(noon):
    with translation.override("th"), pytest.raises(Refusal) as refused:
        keep(samples.upload(samples.pdf_with_script(), "a.pdf"), by=OFFICER, at=noon)
    assert refused.value.message == "ไฟล์ PDF มีโปรแกรม (JavaScript) ฝังอยู่"
