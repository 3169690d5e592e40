"""What travels to the server: refused by its announced length, found out where it is cut, checked in the form."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.test import RequestFactory, override_settings
from django.urls import path
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from nagara.documents.files import keep
from nagara.documents.models import StoredFile
from nagara.documents.tests import samples
from nagara.documents.uploads import UploadField, UploadInput
from nagara.toolkit.pages import open_page


class PaperForm(forms.Form):
    note = forms.CharField()
    paper = UploadField(label="Paper")


@csrf_exempt
@open_page
def hand_in(request: HttpRequest) -> HttpResponse:
    form = PaperForm(request.POST, request.FILES)
    if not form.is_valid():
        return HttpResponse(f"note={form['note'].value()}; {form.errors['paper'][0]}", status=422, content_type="text/plain; charset=utf-8")
    from django.utils import timezone

    from nagara.audit.record import System

    keep(form.cleaned_data["paper"], by=System("test"), at=timezone.now())
    return redirect("/done")


urls = import_module(settings.ROOT_URLCONF)
urlpatterns = [path("en/hand-in", hand_in), *urls.urlpatterns]
handler404 = urls.handler404
pytestmark = [pytest.mark.django_db, pytest.mark.urls("nagara.documents.tests.test_uploads")]

BOUNDARY = "the-boundary"


def parts(content: bytes, **more: str) -> bytes:
    out = b""
    for name, value in {"note": "kept words", **more}.items():
        out += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    out += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="paper"; filename="แผน.pdf"\r\nContent-Type: application/pdf\r\n\r\n'.encode()
    return out + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def post(client, body: bytes, **headers: str):
    return client.generic("POST", "/en/hand-in", body, content_type=f"multipart/form-data; boundary={BOUNDARY}", headers=headers)


def test_a_whole_upload_is_kept_under_its_thai_name(client):
    answer = post(client, parts(samples.pdf_bytes()))
    assert (answer.status_code, answer["Location"]) == (302, "/done")
    assert StoredFile.objects.get().name == "แผน.pdf"


def test_a_script_gets_the_address_to_go_to(client):
    answer = post(client, parts(samples.pdf_bytes()), nagara_upload="1")
    assert answer.json() == {"location": "/done"}


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_an_upload_cut_half_way_is_refused_nothing_stored_words_kept(client, share):
    whole = parts(samples.pdf_bytes() + b"\n" * 400)
    answer = post(client, whole[: int(len(whole) * share)])
    assert answer.status_code == 422
    assert answer.content.decode() == (
        "note=kept words; The upload was cut off half way. Nothing of it was kept. Choose the file again and send it once more."
    )
    assert not StoredFile.objects.exists()


def test_a_cut_text_file_is_found_though_any_part_of_a_text_is_a_text(client):
    whole = parts(b"row\n" * 1000).replace("แผน.pdf".encode(), b"a.txt")
    assert post(client, whole).status_code == 302
    assert post(client, whole[:2000]).status_code == 422
    assert StoredFile.objects.count() == 1


def test_an_upload_that_differs_from_its_announcement_is_refused(client):
    assert post(client, parts(samples.pdf_bytes(), **{"paper-size": "17"})).status_code == 422
    answer = post(client, parts(samples.pdf_bytes(), **{"paper-digest": "0" * 64}))
    assert answer.status_code == 422
    assert "cut off half way" in answer.content.decode()


class Endless:
    """200 MB that nobody has to make: it counts what was read of it."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.largest = 0

    def read(self, size: int = -1) -> bytes:
        count = self.left if size < 0 else min(size, self.left)
        self.largest = max(self.largest, count)
        self.left -= count
        return b"x" * count


def test_200_megabytes_are_refused_by_their_length_and_reach_neither_memory_nor_disk():
    from nagara.documents.uploads import UploadMiddleware

    body = Endless(200 * 1024 * 1024)
    request = RequestFactory().post("/en/hand-in")
    request.META["CONTENT_LENGTH"] = str(body.left)
    request.content_type = "multipart/form-data"
    request._stream = body
    reached = []
    with translation.override("en"):
        answer = UploadMiddleware(lambda request: reached.append(request) or HttpResponse())(request)
    assert answer.status_code == 413
    assert "The file has 200 MB. At most 50 MB are taken." in answer.content.decode()
    assert reached == []
    assert body.left == 0, "read to its end, so that the browser shows the answer"
    assert body.largest <= 1 << 18


def test_a_machine_gets_the_limit_as_problem_details(client):
    with override_settings(MAX_UPLOAD_BYTES=100):
        answer = client.generic(
            "POST",
            "/en/hand-in",
            b"x" * 3_000_000,
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
            headers={"accept": "application/json"},
        )
    assert (answer.status_code, answer["Content-Type"], answer.json()["type"]) == (
        413,
        "application/problem+json",
        "urn:nagara:refusal:file-too-large",
    )


@override_settings(MAX_UPLOAD_BYTES=1_000_000)
def test_a_file_just_over_the_limit_is_refused_in_the_form(client):
    answer = post(client, parts(samples.pdf_bytes() + b"\n" * 1_000_000))
    assert answer.status_code == 422
    assert "At most 977 kB are taken." in answer.content.decode()


def test_an_upload_is_written_to_the_disk_and_not_held_in_memory(client, monkeypatch):
    seen: list[type] = []
    original = UploadField.to_python

    def watch(self: UploadField, data: object) -> object:
        seen.append(type(data))
        return original(self, data)

    monkeypatch.setattr(UploadField, "to_python", watch)
    post(client, parts(samples.pdf_bytes()))
    assert issubclass(seen[0], TemporaryUploadedFile)


@pytest.fixture
def html() -> Iterator[str]:
    with translation.override("th"):
        yield str(PaperForm()["paper"])


def test_the_limits_stand_beside_the_button_and_the_words_are_those_of_the_page(html):
    assert "รับ PDF, รูป PNG, รูป JPEG, สมุดงาน Excel (.xlsx), เอกสาร Word (.docx), ตาราง CSV, ข้อความล้วน ขนาดไม่เกิน 50 MB" in html
    assert 'accept=".pdf,.png,.jpg,.jpeg,.xlsx,.docx,.csv,.txt"' in html
    assert 'data-empty="ไฟล์ว่างเปล่า"' in html
    assert 'aria-describedby="id_paper_limits"' in html


def test_the_input_brings_its_script():
    assert "documents/upload.js" in str(UploadInput().media)
