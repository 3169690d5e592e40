"""What anyone finds out without signing in, for any day, on a page, as a paper and as data."""

import base64
import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from nagara.documents.files import path_of
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user
from nagara.recognition import credential
from nagara.recognition.actions.steps import take, undo
from nagara.recognition.certificates import sign, unsigned
from nagara.recognition.models import Certificate
from nagara.recognition.numbers import read_number, recognition_called
from nagara.recognition.states import Tier, Verb
from nagara.recognition.tests.world import make_area, make_resolution, morning, on_the_record, recognised

pytestmark = pytest.mark.django_db

BEGUN, SUSPENDED, BACK, RENEWED, REVOKED = date(2026, 3, 2), date(2026, 6, 1), date(2026, 7, 1), date(2028, 2, 1), date(2028, 9, 1)


@pytest.fixture
def office():
    return make_user("office", Role.OFFICE)


def certify(recognition, by, on):
    return sign(unsigned(on).get(recognition=recognition), by=by, at=morning(on), proof=fresh_proof(morning(on)))


@pytest.fixture
def lived(office):
    """Recognised, suspended, reinstated, renewed, revoked."""
    found = recognised(make_area("nan", "TH-55"), BEGUN, by=office)
    certify(found, office, BEGUN)
    for verb, on, until in (
        (Verb.SUSPEND, SUSPENDED, None),
        (Verb.REINSTATE, BACK, None),
        (Verb.RENEW, RENEWED, date(2030, 3, 1)),
    ):
        take(found, verb, resolution=make_resolution(on, by=office), reason={"th": "เหตุผล"}, valid_until=until, by=office, at=morning(on))
    certify(found, office, RENEWED)
    take(found, Verb.REVOKE, resolution=make_resolution(REVOKED, by=office), by=office, at=morning(REVOKED))
    return found


def asked(number: str, on: str) -> dict:
    answer = Client().get(f"/verify/{number}.json", {"on": on})
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    return answer.json()


@pytest.mark.parametrize(
    ("on", "status", "in_force", "since", "until"),
    [
        ("2026-03-01", None, False, None, None),
        ("2026-03-02", "recognised", True, "2026-03-02", "2026-05-31"),
        ("2026-06-01", "suspended", False, "2026-06-01", "2026-06-30"),
        ("2026-06-30", "suspended", False, "2026-06-01", "2026-06-30"),
        ("1 ก.ค. 2569", "recognised", True, "2026-07-01", "2028-08-31"),
        ("2028-03-02", "recognised", True, "2026-07-01", "2028-08-31"),
        ("31/8/2571", "recognised", True, "2026-07-01", "2028-08-31"),
        ("2028-09-01", "revoked", False, "2028-09-01", None),
        ("2040-01-01", "revoked", False, "2028-09-01", None),
    ],
)
def test_each_day_has_its_answer(lived, on, status, in_force, since, until):
    found = asked("SCT-0001", on)
    assert (found["status"], found["in_force"], found["since"], found["until"]) == (status, in_force, since, until)


def test_the_answer_names_who_decided_with_which_quorum_under_which_criteria(lived):
    found = asked("SCT-0001-1", "2026-06-15")
    assert found["granted_by"]["meeting"] == "1/2569"
    assert found["granted_by"]["quorum"] == {"base": 24, "needed": 13, "present": 16, "recused": 0}
    assert found["status_by"]["meeting"] == "2/2569"
    assert (found["criteria"]["in_force"], found["valid_until"]) == ("2019-03-08", "2028-03-01")
    assert [(step["on"], step["verb"]) for step in found["steps"]] == [
        ("2026-03-02", "grant"),
        ("2026-06-01", "suspend"),
        ("2026-07-01", "reinstate"),
        ("2028-02-01", "renew"),
        ("2028-09-01", "revoke"),
    ]


def test_an_older_certificate_answers_and_names_the_one_that_followed(lived):
    first, second = asked("SCT-0001-1", "2026-04-01")["certificate"], asked("SCT-0001", "2026-04-01")["certificate"]
    assert (first["number"], first["superseded_at"] is not None, first["withdrawn"], first["sound"]) == ("SCT-0001-1", True, False, True)
    assert (second["number"], second["superseded_at"], second["sound"]) == ("SCT-0001-2", None, True)
    page = Client().get("/en/verify/SCT-0001-1").content.decode()
    assert "has been followed by a newer one" in page and "/en/verify/SCT-0001-2" in page


def test_the_page_says_the_same_as_the_data(lived):
    page = Client().get("/en/verify/SCT-0001-2", {"on": "1 มิ.ย. 2569"}).content.decode()
    assert "Suspended<small>on <time" in page and "1 June 2026" in page
    assert "16 of 24 seats" in page and "Signature valid, checked now" in page
    assert "พักการรับรอง" in Client().get("/verify/SCT-0001-2", {"on": "2026-06-01"}).content.decode()


def test_a_page_takes_few_queries_however_long_the_life(lived, django_assert_num_queries):
    with django_assert_num_queries(5):
        assert Client().get("/verify/SCT-0001").status_code == 200
    with django_assert_num_queries(6):
        assert Client().get("/verify/SCT-0001-1").status_code == 200


def test_a_day_that_cannot_be_read_is_said_at_the_field_and_kept(lived):
    answer = Client().get("/en/verify/SCT-0001", {"on": "29/2/2566"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="29/2/2566"' in page and 'aria-invalid="true"' in page and "There is no such day" in page
    assert Client().get("/verify/SCT-0001.json", {"on": "29/2/2566"}, headers={"accept": "application/json"}).status_code == 400


def test_what_only_the_public_record_says_is_answered_with_its_source(office):
    on_the_record(make_area("phuket", "TH-83"), 16, date(2022, 11, 9))
    found = asked("16", "2022-11-09")
    assert (found["number"], found["status"], found["certificate"], found["source"]["code"]) == ("SCT-0016", "recognised", None, "press")
    assert found["valid_until"] is None
    assert "ไม่มีในบันทึก" in Client().get("/verify/16").content.decode()


def test_a_grant_that_was_undone_never_was(lived, office):
    other = recognised(make_area("b"), BEGUN, by=office)
    undo(other.steps.get(), resolution=make_resolution(BACK, by=office), by=office, at=morning(BACK))
    found = asked("SCT-0002", "2026-03-02")
    assert (found["status"], [(step["verb"], step["undone"]) for step in found["steps"]]) == (None, [("grant", True), ("correct", False)])


@pytest.mark.parametrize(
    "typed", ["38", "sct 38", "SCT-0038", "sct-38", "๓๘", " SCT-0038 ", "https://example.org/verify/SCT-0038?on=2026-01-01"]
)
def test_a_number_is_understood_as_people_type_it(typed):
    assert read_number(typed) == (Tier.LABEL, 38, None)


def test_numbers_of_zones_and_versions_and_what_is_no_number():
    assert read_number("SCT-Z0061") == (Tier.ZONE, 61, None)
    assert read_number("sct-0038-2") == (Tier.LABEL, 38, 2)
    for wrong in ("", "SCT", "rayong", "38-", "99999999", "<script>", "38; drop"):
        assert read_number(wrong) is None


def test_a_typed_number_leads_to_its_page_and_an_unknown_one_to_words(lived):
    assert Client().get("/verify", {"number": "1"}).url == "/verify/SCT-0001"
    assert Client().get("/verify", {"number": "sct-1-2"}).url == "/verify/SCT-0001-2"
    dated = Client().get("/en/verify", {"number": "1", "on": "1 มิ.ย. 2569\r\nX: y"})
    assert (dated.status_code, "\n" in dated.url, dated.url.startswith("/en/verify/SCT-0001?on=1+")) == (302, False, True)
    for path in ("/en/verify?number=SCT-0999", "/en/verify/SCT-0999", "/en/verify/SCT-0001-9"):
        answer = Client().get(path)
        assert answer.status_code == 404 and "No recognition and no certificate is called" in answer.content.decode()
    assert recognition_called("SCT-0001-9") is None


def test_a_brought_paper_is_compared_byte_by_byte(lived):
    certificate = Certificate.objects.get(number="SCT-0001-2")
    content = path_of(certificate.file_en.digest).read_bytes()
    page = Client().post("/en/verify", {"paper": SimpleUploadedFile("c.pdf", content)}).content.decode()
    assert "byte by byte." in page and "SCT-0001-2" in page
    changed = content[:-30] + b" " + content[-29:]
    page = Client().post("/en/verify", {"paper": SimpleUploadedFile("c.pdf", changed)}).content.decode()
    assert "This is not what was issued." in page and certificate.file_th.digest in page
    page = Client().post("/en/verify", {"credential": certificate.credential}).content.decode()
    assert "its signature fits" in page
    page = Client().post("/en/verify", {"credential": certificate.credential[:-3] + "AAA"}).content.decode()
    assert "The signature does not fit" in page


def test_nothing_brought_and_too_much_brought_are_said_in_words(lived):
    assert "Choose the PDF, or paste the credential." in Client().post("/en/verify", {}).content.decode()
    large = SimpleUploadedFile("c.pdf", b"%PDF-" + b"x" * (5 * 1024 * 1024))
    assert "larger than 5 MB" in Client().post("/en/verify", {"paper": large}).content.decode()


def test_the_certificate_can_be_had_as_it_was_issued(lived):
    certificate = Certificate.objects.get(number="SCT-0001-1")
    answer = Client().get("/verify/SCT-0001-1/certificate-th.pdf")
    assert b"".join(answer.streaming_content) == path_of(certificate.file_th.digest).read_bytes()
    assert Client().get("/verify/SCT-0001/certificate-th.pdf").status_code == 404


def test_the_slip_is_a_paper_for_one_day(lived):
    answer = Client().get("/en/verify/SCT-0001-1/slip.pdf", {"on": "2026-06-15"})
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert "SCT-0001-1-2026-06-15-en.pdf" in answer["Content-Disposition"]


# For programs


def test_programs_find_credential_issuer_keys_and_lists(lived):
    token = Client().get("/credentials/SCT-0001-1")
    assert (token["Content-Type"], token["Access-Control-Allow-Origin"]) == ("application/vc+jwt", "*")
    payload = json.loads(base64.urlsafe_b64decode(token.content.decode().split(".")[1] + "=="))
    assert Client().get("/credentials/SCT-0001-1.json").json() == payload
    document = Client().get("/.well-known/did.json").json()
    assert document["id"] == payload["issuer"]["id"]
    assert Client().get("/.well-known/jwks.json").json()["keys"] == [row["publicKeyJwk"] for row in document["verificationMethod"]]
    assert Client().get("/credentials/issuer").json()["id"] == document["id"]
    assert Client().get("/credentials/achievements/label/2019-03-08").json()["id"] == payload["credentialSubject"]["achievement"]["id"]
    for path in ("/credentials/SCT-0009-1", "/credentials/status/taste", "/credentials/achievements/label/2001-01-01"):
        assert Client().get(path).status_code == 404


def test_a_status_list_is_a_signed_credential_of_today(lived):
    for purpose in credential.PURPOSES:
        answer = Client().get(f"/credentials/status/{purpose}")
        payload = json.loads(base64.urlsafe_b64decode(answer.content.decode().split(".")[1] + "=="))
        assert payload["credentialSubject"]["statusPurpose"] == purpose
        assert credential.decoded(payload["credentialSubject"]["encodedList"]) == credential.raised(purpose, on=date.today())  # noqa: DTZ011


def test_no_page_for_the_public_names_a_person(lived, office):
    named = str(office)
    for path in ("/verify/SCT-0001", "/verify/SCT-0001.json", "/credentials/SCT-0001-1.json"):
        assert named not in Client().get(path).content.decode()
