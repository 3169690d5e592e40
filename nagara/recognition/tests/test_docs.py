"""What docs/verify.md tells a stranger to run does what it says."""

import base64
import io
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from django.test import Client
from pypdf import PdfReader

from nagara.documents.files import path_of
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user
from nagara.recognition import credential
from nagara.recognition.actions.steps import take
from nagara.recognition.certificates import sign, unsigned
from nagara.recognition.states import Verb
from nagara.recognition.tests.world import make_area, make_resolution, morning, recognised

pytestmark = pytest.mark.django_db

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "verify.md").read_text()


@pytest.fixture
def told() -> dict[str, Any]:
    """The functions of the page, as somebody would copy them."""
    space: dict[str, Any] = {"__name__": "copied"}
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(block, space)
    return space


def test_the_code_of_the_page_verifies_the_credential_in_a_pdf_without_a_network(told):
    office = make_user("office", Role.OFFICE)
    begun, revoked = date(2026, 3, 2), date(2026, 9, 1)
    row = recognised(make_area("nan", "TH-55"), begun, by=office)
    certificate = sign(unsigned(begun).get(), by=office, at=morning(begun), proof=fresh_proof(morning(begun)))
    document = Client().get("/.well-known/did.json").json()

    [token] = PdfReader(io.BytesIO(path_of(certificate.file_en.digest).read_bytes())).attachments["credential.jwt"]
    says = told["verified"](token.decode(), document)
    assert says["credentialSubject"]["licenseNumber"] == "SCT-0001-1"
    with pytest.raises(InvalidSignature):
        told["verified"](token.decode()[:-4] + "AAAA", document)

    entry = says["credentialStatus"][0]
    index = int(entry["statusListIndex"])
    assert told["raised"](credential.status_list("revocation", at=morning(begun)), index) is False
    take(row, Verb.REVOKE, resolution=make_resolution(revoked, by=office), by=office, at=morning(revoked))
    assert told["raised"](credential.status_list("revocation", at=morning(revoked)), index) is True
    served = Client().get(entry["statusListCredential"].removeprefix(credential.address("")))
    assert told["verified"](served.content.decode(), document)["credentialSubject"]["statusPurpose"] == "revocation"


def test_every_key_of_the_answer_that_the_page_explains_is_there():
    office = make_user("office", Role.OFFICE)
    recognised(make_area("nan", "TH-55"), date(2026, 3, 2), by=office)
    answer = Client().get("/verify/1.json").json()
    explained = set(re.findall(r"`([a-z_]+)`", "\n".join(re.findall(r"^\| (`.*?) \|", TEXT, re.MULTILINE))))
    assert explained - set(answer) == set()


def test_every_address_of_the_page_answers():
    office = make_user("office", Role.OFFICE)
    begun = date(2026, 3, 2)
    recognised(make_area("nan", "TH-55"), begun, by=office)
    sign(unsigned(begun).get(), by=office, at=morning(begun), proof=fresh_proof(morning(begun)))
    addresses = set(re.findall(r"`(/(?:credentials|verify|\.well-known)[^`\s]*)`", TEXT))
    assert len(addresses) >= 9
    for address in addresses:
        path = (
            address.replace("<number>", "SCT-0001-1")
            .replace("<tier>", "label")
            .replace("<edition>", "2019-03-08")
            .replace("<day>", "2026-03-02")
        )
        assert Client().get(path).status_code == 200, address
    assert (
        json.loads(base64.urlsafe_b64decode(Client().get("/credentials/SCT-0001-1").content.decode().split(".")[0] + "=="))["alg"]
        == "EdDSA"
    )
