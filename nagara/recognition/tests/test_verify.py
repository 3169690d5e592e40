"""One command finds whatever was tampered with, wherever it lies."""

import io
import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from nagara.documents.files import path_of
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user
from nagara.recognition.certificates import sign, unsigned
from nagara.recognition.keep import keep_spans
from nagara.recognition.models import Certificate, Recognition, RecognitionStep, StatusSpan
from nagara.recognition.tests.world import make_area, morning, recognised
from nagara.rulebook.models import Edition

pytestmark = pytest.mark.django_db

BEGUN = date(2026, 3, 2)


@pytest.fixture
def certificate() -> Certificate:
    office = make_user("office", Role.OFFICE)
    recognised(make_area("nan", "TH-55"), BEGUN, by=office)
    return sign(unsigned(BEGUN).get(), by=office, at=morning(BEGUN), proof=fresh_proof(morning(BEGUN)))


def faulty() -> list[str]:
    """The names of the checks that found something."""
    out = io.StringIO()
    try:
        call_command("verify", "--json", stdout=out)
    except CommandError:
        found = json.loads(out.getvalue())
        assert found["whole"] is False
        return [name for name, words in found["faults"].items() if words]
    assert json.loads(out.getvalue())["whole"] is True
    return []


def test_what_nobody_touched_is_whole(certificate):
    assert faulty() == []


def test_a_changed_byte_of_a_certificate_is_found(certificate):
    path = path_of(certificate.file_th.digest)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert faulty() == ["certificates"]


def test_a_certificate_that_was_lost_is_found(certificate):
    path_of(certificate.file_en.digest).unlink()
    assert faulty() == ["certificates"]


def test_a_changed_span_a_changed_step_and_a_removed_span_are_found(certificate):
    StatusSpan.objects.filter(status="expired").update(since=date(2099, 1, 1))
    assert faulty() == ["status of each recognition"]
    StatusSpan.objects.all().delete()
    assert faulty() == ["status of each recognition"]


def test_a_step_that_was_moved_is_found_even_where_its_spans_were_made_to_fit(certificate):
    RecognitionStep.objects.update(on=date(2020, 1, 1))
    assert faulty() == ["steps of each recognition", "status of each recognition"]
    keep_spans(Recognition.objects.get())
    assert faulty() == ["steps of each recognition"]


def test_a_step_that_was_put_in_or_removed_is_found(certificate):
    row = Recognition.objects.get()
    put_in = RecognitionStep.objects.create(recognition=row, verb="present", on=BEGUN, recorded_at=morning(BEGUN), recorded_by="user:1")
    assert faulty() == ["steps of each recognition"]
    put_in.delete()
    assert faulty() == []
    Certificate.objects.all().delete()
    StatusSpan.objects.all().delete()
    RecognitionStep.objects.all().delete()
    assert faulty() == ["steps of each recognition"]


def test_a_recognition_that_was_given_to_another_area_is_found(certificate):
    other = make_area("other")
    Recognition.objects.update(area=other)
    assert faulty() == ["status of each recognition"]


def test_a_changed_line_of_the_rulebook_is_found(certificate, settings, tmp_path):
    copy = tmp_path / "rulebook"
    shutil.copytree(settings.RULEBOOK, copy)
    settings.RULEBOOK = copy
    assert faulty() == []
    path = next(copy.glob("smart-city-thailand/*.yaml"))
    path.write_text(path.read_text().replace("value: 70", "value: 60", 1))
    assert faulty() == ["rulebook"]


def test_a_changed_kept_edition_is_found(certificate):
    row = Edition.objects.get()
    Edition.objects.update(content=row.content.replace('"value":70.0', '"value":10.0', 1))
    assert Edition.objects.get().content != row.content
    assert "kept editions" in faulty()


def test_the_command_names_what_is_whole_in_words(certificate):
    out = io.StringIO()
    call_command("verify", stdout=out)
    assert "certificates: whole" in out.getvalue() and "audit record: whole" in out.getvalue()
    assert Path(settings.FILES).exists()
