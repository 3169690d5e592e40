"""Certificates: who signs, what is issued, and that one changed byte is found."""

import base64
import hashlib
import io
import json
from datetime import date, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from pypdf import PdfReader

from nagara.audit.models import Entry
from nagara.documents.files import path_of
from nagara.governance.models import Seat, SeatHolder
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user
from nagara.recognition import checks, credential, keys
from nagara.recognition.actions.steps import take, undo
from nagara.recognition.certificates import reissue, sign, unsigned
from nagara.recognition.models import Certificate, SigningKey, StatusSpan
from nagara.recognition.states import Verb
from nagara.recognition.tests.world import LOADER, make_area, make_body, make_resolution, morning, on_the_record, recognised
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

BEGUN = date(2026, 3, 2)
AT = morning(BEGUN)


@pytest.fixture
def office():
    return make_user("office", Role.OFFICE)


@pytest.fixture
def signed(office) -> Certificate:
    return issue(recognised(make_area("nan", "TH-55"), BEGUN, by=office), office)


def issue(recognition, by, at: datetime = AT) -> Certificate:
    return sign(unsigned(at.date()).get(recognition=recognition), by=by, at=at, proof=fresh_proof(at))


def verified_elsewhere(token: str, jwk: dict) -> dict:
    """The payload, checked by cryptography alone, as a stranger's program would."""
    lead, _, signature = token.rpartition(".")
    unpack = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))  # noqa: E731
    Ed25519PublicKey.from_public_bytes(unpack(jwk["x"])).verify(unpack(signature), lead.encode())
    assert json.loads(unpack(lead.split(".")[0]))["alg"] == "EdDSA"
    return json.loads(unpack(lead.split(".")[1]))


def test_a_grant_waits_for_its_signature_and_then_no_more(office):
    found = recognised(make_area("a"), BEGUN, by=office)
    assert [step.recognition for step in unsigned(BEGUN)] == [found]
    certificate = issue(found, office)
    assert (certificate.number, certificate.version, certificate.valid_from, certificate.valid_until) == (
        *("SCT-0001-1", 1),
        *(BEGUN, date(2028, 3, 1)),
    )
    assert list(unsigned(BEGUN)) == []


def test_what_the_public_record_alone_says_is_not_certified(office):
    on_the_record(make_area("a"), 1, BEGUN)
    assert list(unsigned(BEGUN)) == []


def test_signing_twice_gives_one_certificate(office):
    step = unsigned(BEGUN).get(recognition=recognised(make_area("a"), BEGUN, by=office))
    first = sign(step, by=office, at=AT, proof=fresh_proof(AT))
    assert sign(step, by=office, at=AT, proof=fresh_proof(AT)) == first
    assert Certificate.objects.count() == 1


def test_the_credential_stands_for_whoever_has_the_public_key(signed):
    payload = verified_elsewhere(signed.credential, credential.key_set()["keys"][0])
    assert payload["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert payload["iss"] == payload["issuer"]["id"] == credential.did()
    assert payload["jti"] == payload["id"] == f"{settings.SITE_ADDRESS}/credentials/SCT-0001-1"
    assert payload["sub"] == payload["credentialSubject"]["id"] == f"{settings.SITE_ADDRESS}/areas/nan"
    assert (payload["validFrom"], payload["validUntil"]) == ("2026-03-02T00:00:00+07:00", "2028-03-01T23:59:59+07:00")
    assert datetime.fromisoformat(payload["validUntil"]).timestamp() == payload["exp"]
    assert [entry["statusPurpose"] for entry in payload["credentialStatus"]] == ["revocation", "suspension"]
    assert [evidence["genre"] for evidence in payload["evidence"]] == ["resolution", "criteria"]
    with pytest.raises(InvalidSignature):
        lead, _, signature = signed.credential.rpartition(".")
        verified_elsewhere(f"{lead[:-2]}AA.{signature}", credential.key_set()["keys"][0])


def test_the_document_of_the_issuer_names_the_key_of_the_header(signed):
    header = json.loads(base64.urlsafe_b64decode(signed.credential.split(".")[0] + "=="))
    document = credential.did_document()
    assert set(header) == {"alg", "kid", "typ"}
    assert [method["publicKeyJwk"]["x"] for method in document["verificationMethod"] if method["id"] == header["kid"]] == [
        signed.key.public["x"]
    ]
    assert header["kid"] in document["assertionMethod"]
    assert not any("d" in key for key in credential.key_set()["keys"])


def test_the_papers_carry_the_credential_its_digest_and_the_address(signed):
    for stored in (signed.file_th, signed.file_en):
        content = path_of(stored.digest).read_bytes()
        reader = PdfReader(io.BytesIO(content))
        assert len(reader.pages) == 1
        assert reader.attachments[checks.ATTACHMENT] == [signed.credential.encode()]
        text = reader.pages[0].extract_text()
        assert signed.credential_digest in text
        assert f"{settings.SITE_ADDRESS}/verify/{signed.number}" in text
    assert "16 of 24 seats" in PdfReader(path_of(signed.file_en.digest)).pages[0].extract_text()


def test_only_office_chair_and_secretary_of_the_deciding_body_sign(office):
    found = recognised(make_area("a"), BEGUN, by=office)
    step = unsigned(BEGUN).get(recognition=found)
    body = make_body()
    chair = make_user("chair")
    seat = Seat.objects.create(body=body, position=1, part=Seat.Part.CHAIR, title={"en": "Chair"})
    former = make_user("former chair")
    SeatHolder.objects.create(seat=seat, person=former.person, ended=date(2026, 1, 1))
    SeatHolder.objects.create(seat=seat, person=chair.person, since=date(2026, 1, 1))
    refused = (
        make_user("city officer", (Role.CITY_OFFICER, f"area:{found.area_id}")),
        make_user("secretary of another body", (Role.SECRETARY, f"body:{make_body('subcommittee').pk}")),
        make_user("assessor", Role.ASSESSOR),
        make_user("auditor", Role.AUDITOR),
        former,
    )
    for stranger in refused:
        with pytest.raises(PermissionDenied):
            sign(step, by=stranger, at=AT, proof=fresh_proof(AT))
    assert not Certificate.objects.exists()
    assert sign(step, by=chair, at=AT, proof=fresh_proof(AT)).issued_by == chair


def test_nobody_signs_without_a_fresh_second_factor(office):
    step = unsigned(BEGUN).get(recognition=recognised(make_area("a"), BEGUN, by=office))
    for proof in (None, fresh_proof(AT - timedelta(hours=1))):
        with pytest.raises(Refusal) as refused:
            sign(step, by=office, at=AT, proof=proof)
        assert refused.value.code == "second-factor-needed"
    assert not Certificate.objects.exists()


def test_the_record_names_the_second_factor_and_the_digests(signed):
    entry = Entry.objects.get(did="recognition.sign")
    assert entry.proof.startswith("totp")
    after = json.loads(entry.after)
    assert (after["credential"], after["file_th"]) == (signed.credential_digest, signed.file_th.digest)


# Tampering


def test_a_sound_certificate_has_no_fault(signed):
    assert checks.certificate_faults(signed) == []
    assert checks.held(path_of(signed.file_th.digest).read_bytes()).sound
    assert checks.held(signed.credential.encode()).sound


@pytest.mark.parametrize("place", [0.1, 0.5, 0.97])
def test_one_changed_byte_of_a_paper_is_found(signed, place):
    path = path_of(signed.file_th.digest)
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 1
    found = checks.held(bytes(content))
    assert not found.sound
    path.write_bytes(content)
    assert len(checks.certificate_faults(signed)) == 1
    with pytest.raises(CommandError, match="NOT sound"):
        call_command("certificate", "verify", signed.number, stdout=io.StringIO())


def test_one_changed_letter_of_a_credential_is_found(signed):
    token = signed.credential
    middle = len(token) // 2
    changed = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    assert not checks.held(changed.encode()).sound
    Certificate.objects.filter(pk=signed.pk).update(credential=changed)
    assert len(checks.certificate_faults(Certificate.objects.get())) == 1
    # The digest is made to fit as well: the signature does not.
    Certificate.objects.filter(pk=signed.pk).update(credential_digest=hashlib.sha256(changed.encode()).hexdigest())
    assert checks.certificate_faults(Certificate.objects.get()) != []


def test_a_changed_row_is_found_by_the_signed_credential_and_by_the_record(signed):
    Certificate.objects.filter(pk=signed.pk).update(valid_until=date(2099, 1, 1))
    assert len(checks.certificate_faults(Certificate.objects.get())) == 2


def test_a_credential_of_a_stranger_is_not_ours(signed):
    stranger = keys.OKPKey.generate_key("Ed25519", private=True)
    forged = checks.jws.jws.serialize_compact(
        {"alg": "EdDSA", "typ": "JWT", "kid": f"did:web:elsewhere#{stranger.thumbprint()}"},
        json.dumps({"credentialSubject": {"licenseNumber": signed.number}}).encode(),
        stranger,
        algorithms=["EdDSA"],
    )
    found = checks.held(forged.encode())
    assert (found.sound, found.certificate) == (False, None)
    # Under our key's name, but with the stranger's signature.
    header = base64.urlsafe_b64encode(json.dumps({"alg": "EdDSA", "kid": credential.kid_of(signed.key)}).encode()).rstrip(b"=").decode()
    assert not checks.held(f"{header}.{forged.split('.')[1]}.{forged.split('.')[2]}".encode()).sound
    unsigned_header = (
        base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": credential.kid_of(signed.key)}).encode()).rstrip(b"=").decode()
    )
    assert not checks.held(f"{unsigned_header}.{signed.credential.split('.')[1]}.".encode()).sound


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 torn", b"ey.ey.ey", "ไม่ใช่หนังสือรับรอง".encode(), b"\x00\xff" * 50])
def test_what_is_no_certificate_is_said_to_be_none(signed, content):
    found = checks.held(content)
    assert (found.sound, found.certificate, len(found.faults)) == (False, None, 1)


def test_a_stored_span_that_does_not_follow_from_the_steps_is_found(signed):
    assert list(checks.span_faults()) == []
    StatusSpan.objects.filter(status="recognised").update(ended=date(2099, 1, 1))
    assert len(list(checks.span_faults())) == 1


# Keys


def test_keys_lie_in_private_files_and_never_in_the_database(signed):
    path = settings.KEYS / f"certificates-{signed.key_id}.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert "d" not in signed.key.public


def test_old_certificates_stay_verifiable_after_a_rotation(signed, office, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        call_command("keys", "rotate", "--why", "yearly", stdout=io.StringIO())
    old, new = SigningKey.objects.order_by("made_at")
    assert (old.retired_at is not None, new.retired_at) == (True, None)
    assert [keys.is_here(key) for key in (old, new)] == [False, True]
    assert checks.certificate_faults(Certificate.objects.get(pk=signed.pk)) == []
    assert verified_elsewhere(signed.credential, old.public)["id"] == credential.address("/credentials/SCT-0001-1")
    newer = issue(recognised(make_area("b"), BEGUN, by=office), office)
    assert newer.key == new
    assert [key["kid"] for key in credential.key_set()["keys"]] == [old.kid, new.kid]


def test_where_the_private_half_is_missing_signing_is_refused_in_words(signed, office):
    (settings.KEYS / f"certificates-{signed.key_id}.pem").unlink()
    with pytest.raises(Refusal) as refused:
        issue(recognised(make_area("b"), BEGUN, by=office), office)
    assert refused.value.code == "signing-key-missing"
    assert Certificate.objects.count() == 1


# Status lists and versions


def bits(purpose: str, on: date) -> list[int]:
    body = credential.status_list(purpose, at=morning(on))
    return credential.decoded(body["credentialSubject"]["encodedList"])


def test_the_status_lists_follow_the_register_day_by_day(office):
    first, second = (issue(recognised(make_area(name), BEGUN, by=office), office) for name in "ab")
    assert (first.status_index, second.status_index) == (0, 1)
    suspended, back, revoked = date(2026, 6, 1), date(2026, 7, 1), date(2026, 9, 1)
    for verb, on in ((Verb.SUSPEND, suspended), (Verb.REINSTATE, back), (Verb.REVOKE, revoked)):
        take(second.recognition, verb, resolution=make_resolution(on, by=office), by=office, at=morning(on))
    assert [(bits("revocation", on), bits("suspension", on)) for on in (BEGUN, suspended, back, revoked)] == [
        *[([], []), ([], [1])],
        *[([], []), ([1], [])],
    ]


def test_a_grant_that_is_undone_revokes_its_certificate(signed, office):
    step = signed.step
    undo(step, resolution=make_resolution(date(2026, 4, 1), by=office), by=office, at=morning(date(2026, 4, 1)))
    assert bits("revocation", date(2026, 4, 1)) == [signed.status_index]


def test_an_encoded_list_is_long_enough_and_reads_back():
    text = credential.encoded([0, 7, 8, 131_071])
    assert text.startswith("u")
    assert credential.decoded(text) == [0, 7, 8, 131_071]
    assert credential.decoded(credential.encoded([200_000])) == [200_000]


def test_a_renewal_issues_a_new_version_and_the_old_one_still_answers(signed, office):
    renewed = date(2028, 2, 1)
    take(
        signed.recognition,
        Verb.RENEW,
        resolution=make_resolution(renewed, by=office),
        valid_until=date(2030, 3, 1),
        by=office,
        at=morning(renewed),
    )
    second = issue(signed.recognition, office, morning(renewed))
    signed.refresh_from_db()
    assert (second.number, second.valid_from, second.valid_until) == ("SCT-0001-2", renewed, date(2030, 3, 1))
    assert (signed.superseded_at, signed.withdrawn) == (morning(renewed), False)
    assert checks.certificate_faults(signed) == []
    assert bits("revocation", renewed) == []


def test_a_wrong_certificate_is_replaced_and_withdrawn_with_its_reason(signed, office):
    at = morning(date(2026, 3, 9))
    with pytest.raises(Refusal):
        reissue(signed, why=" ", by=office, at=at, proof=fresh_proof(at))
    second = reissue(signed, why="ชื่อพื้นที่สะกดผิด", by=office, at=at, proof=fresh_proof(at))
    signed.refresh_from_db()
    assert (second.number, second.step, signed.withdrawn) == ("SCT-0001-2", signed.step, True)
    assert bits("revocation", at.date()) == [signed.status_index]
    assert Entry.objects.filter(did="recognition.sign").order_by("-seq").first().why == "ชื่อพื้นที่สะกดผิด"
    with pytest.raises(Refusal):
        reissue(signed, why="again", by=office, at=at, proof=fresh_proof(at))


def test_the_command_says_what_a_file_is_and_how_it_stands(signed, tmp_path):
    path = tmp_path / "brought.pdf"
    path.write_bytes(path_of(signed.file_en.digest).read_bytes())
    out = io.StringIO()
    call_command("certificate", "verify", str(path), "--on", "2 มี.ค. 2569", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert (found["number"], found["sound"], found["status"], found["on"]) == ("SCT-0001-1", True, "recognised", "2026-03-02")
    with pytest.raises(CommandError, match="No file"):
        call_command("certificate", "verify", "SCT-0999", stdout=io.StringIO())


def test_a_key_is_made_at_the_first_start_only(db):
    first = keys.ensure(at=AT)
    assert keys.ensure(at=AT) == first
    assert keys.rotate(by=LOADER, at=AT) == keys.ensure(at=AT)
