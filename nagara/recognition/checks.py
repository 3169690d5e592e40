"""Is what is kept what was issued, and does the status follow from the steps? Each fault in words; no fault, no word."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from django.utils.translation import gettext as _
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from nagara.audit.models import Entry
from nagara.audit.record import key as audit_key
from nagara.documents.files import open_file
from nagara.documents.models import StoredFile
from nagara.recognition import credential, jws
from nagara.recognition.certificates import sealed
from nagara.recognition.keep import derived, seal
from nagara.recognition.models import Certificate, Recognition, RecognitionStep, SigningKey
from nagara.recognition.spans import Span
from nagara.recognition.states import Status
from nagara.toolkit.digests import canonical, digest_of_bytes

ATTACHMENT = "credential.jwt"
"""The name under which a certificate's PDF carries its credential."""


def file_faults(stored: StoredFile) -> list[str]:
    """Does the file on the disk still have the digest that was kept?"""
    try:
        with open_file(stored) as file:
            found = digest_of_bytes(iter(lambda: file.read(1 << 20), b""))
    except FileNotFoundError:
        return [_("%(name)s: the file is missing.") % {"name": stored.name}]
    if found != stored.digest:
        return [_("%(name)s: the file was changed since it was issued.") % {"name": stored.name}]
    return []


def credential_faults(certificate: Certificate) -> list[str]:
    """Is the credential the one that was issued, signed by the key that is named, and does it say what the row says?"""
    number = certificate.number
    if hashlib.sha256(certificate.credential.encode()).hexdigest() != certificate.credential_digest:
        return [_("%(number)s: the credential was changed since it was issued.") % {"number": number}]
    try:
        payload = jws.check(certificate.credential, certificate.key)
    except jws.Unsound:
        return [_("%(number)s: the signature of the credential does not fit.") % {"number": number}]
    expected = {
        "licenseNumber": (payload["credentialSubject"].get("licenseNumber"), number),
        "validFrom": (payload.get("validFrom"), credential.first_instant(certificate.valid_from)),
        "validUntil": (
            payload.get("validUntil"),
            credential.last_instant(certificate.valid_until) if certificate.valid_until else None,
        ),
        "statusListIndex": (payload["credentialStatus"][0].get("statusListIndex"), str(certificate.status_index)),
    }
    return [
        _("%(number)s: “%(name)s” is %(signed)s in the signed credential and %(kept)s in the register.")
        % {"number": number, "name": name, "signed": signed, "kept": kept}
        for name, (signed, kept) in expected.items()
        if signed != kept
    ]


def certificate_faults(certificate: Certificate) -> list[str]:
    """Everything about one certificate: its credential, its two papers, and what the audit record says was issued."""
    faults = credential_faults(certificate) + file_faults(certificate.file_th) + file_faults(certificate.file_en)
    entry = Entry.objects.filter(did="recognition.sign", about=audit_key(certificate)).first()
    if entry is None:
        faults.append(_("%(number)s: the audit record does not know that it was signed.") % {"number": certificate.number})
    elif orjson.loads(entry.after) != orjson.loads(canonical(sealed(certificate, certificate.file_th, certificate.file_en))):
        faults.append(_("%(number)s: the register says other than the audit record of its signing.") % {"number": certificate.number})
    return faults


def all_certificate_faults() -> Iterator[str]:
    rows = Certificate.objects.select_related("key", "file_th", "file_en").order_by("pk")
    for certificate in rows.iterator(chunk_size=200):
        yield from certificate_faults(certificate)


def span_faults() -> Iterator[str]:
    """Recognitions whose stored spans, or whose days, are not those that follow from their steps."""
    rows = Recognition.objects.prefetch_related("steps", "spans").order_by("pk")
    for recognition in rows.iterator(chunk_size=500):
        kept = sorted(Span(Status(s.status), s.since or date.min, s.ended) for s in recognition.spans.all())
        strays = [s for s in recognition.spans.all() if (s.area_id, s.tier) != (recognition.area_id, recognition.tier)]
        if strays or sorted(derived(recognition, recognition.steps.all()), key=_since) != sorted(kept, key=_since):
            yield _("%(reference)s: the stored status is not the one that follows from the steps.") % {"reference": recognition.reference}


def step_faults() -> Iterator[str]:
    """Steps that are not as the audit record has them: changed, removed, or put in without it."""
    recorded: dict[str, str] = {}
    entries = Entry.objects.filter(did__startswith="recognition.", after__contains='"steps":').order_by("seq")
    for after in entries.values_list("after", flat=True).iterator(chunk_size=2000):
        recorded |= orjson.loads(after)["steps"]
    for step in RecognitionStep.objects.order_by("pk").iterator(chunk_size=2000):
        [(key, found)] = seal(step).items()
        kept = recorded.pop(key, None)
        if kept is None:
            yield _("Step %(key)s of the register is not in the audit record.") % {"key": key}
        elif kept != found:
            yield _("Step %(key)s of the register was changed since it was recorded.") % {"key": key}
    for key in recorded:
        yield _("Step %(key)s of the register has been removed.") % {"key": key}


def _since(span: Span) -> date:
    return span.since


# What somebody holds in their hands


@dataclass
class Held:
    """What was found about a file or credential that somebody brought: whose it is, and whether it is the one that was issued."""

    certificate: Certificate | None = None
    kind: str = ""
    digest: str = ""
    issued_digest: str = ""
    faults: list[str] = field(default_factory=list)
    payload: dict[str, Any] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return self.certificate is not None and not self.faults


def held(content: bytes) -> Held:
    """Look at a certificate's PDF or a credential, byte by byte. It is read, never kept."""
    stripped = content.strip()
    if stripped.startswith(b"%PDF-"):
        return _held_paper(content)
    return _held_credential(stripped.decode("ascii", errors="replace"))


def _held_paper(content: bytes) -> Held:
    found = Held(kind="pdf", digest=hashlib.sha256(content).hexdigest())
    certificate = _with_file(found.digest)
    if certificate is not None:
        found.certificate, found.issued_digest = certificate, found.digest
        found.faults += certificate_faults(certificate)
        return found
    token = attached(content)
    if token is None:
        found.faults.append(
            _("This PDF is none of the certificates issued here: no certificate has these bytes, and it carries no credential.")
        )
        return found
    inside = _held_credential(token)
    found.certificate, found.payload = inside.certificate, inside.payload
    if inside.certificate is not None:
        found.issued_digest = inside.certificate.file_th.digest
        found.faults.append(
            _("This PDF is not the one that was issued as %(number)s: its bytes differ.") % {"number": inside.certificate.number}
        )
    found.faults += inside.faults
    return found


def _with_file(digest: str) -> Certificate | None:
    rows = Certificate.objects.select_related("recognition__area__subdivision", "key", "file_th", "file_en").order_by("-pk")
    return rows.filter(file_th__digest=digest).first() or rows.filter(file_en__digest=digest).first()


def attached(content: bytes) -> str | None:
    """The credential that a certificate's PDF carries."""
    try:
        files = PdfReader(io.BytesIO(content)).attachments.get(ATTACHMENT)
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return None  # a damaged file: the caller says that these are not the issued bytes
    return files[0].decode("ascii", errors="replace") if files else None


def _held_credential(token: str) -> Held:
    found = Held(kind="credential", digest=hashlib.sha256(token.encode()).hexdigest())
    try:
        header, unchecked = jws.read(token)
    except jws.Unsound:
        found.faults.append(_("This is neither a PDF nor a signed credential. Paste the whole text, from “ey” to its end."))
        return found
    kid = str(header.get("kid", "")).rpartition("#")[2]
    key = SigningKey.objects.filter(kid=kid).first()
    if key is None:
        found.faults.append(_("The credential names a key that this register never had."))
        return found
    rows = Certificate.objects.select_related("recognition__area__subdivision", "key", "file_th", "file_en")
    found.certificate = rows.filter(number=_number_in(unchecked)).first()
    try:
        found.payload = jws.check(token, key)
    except jws.Unsound:
        found.faults.append(_("The signature does not fit: the credential was changed after it was signed."))
        return found
    if found.certificate is None:
        found.faults.append(_("The signature fits, but no certificate with this number was issued."))
        return found
    found.issued_digest = found.certificate.credential_digest
    if found.digest != found.issued_digest:
        found.faults.append(_("The signature fits, but this is not the credential that was issued under its number."))
    found.faults += certificate_faults(found.certificate)
    return found


def _number_in(payload: dict[str, Any]) -> str:
    subject = payload.get("credentialSubject")
    return str(subject.get("licenseNumber", "")) if isinstance(subject, dict) else ""
