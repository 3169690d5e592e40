"""Issuing certificates: the credential first, then the papers that carry its digest, then the row that names both."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.documents.files import keep_bytes
from nagara.documents.models import StoredFile
from nagara.documents.numbers import next_number
from nagara.documents.pdf import typeset
from nagara.governance.models import Resolution
from nagara.people.models import User
from nagara.people.second_factor import Proof, require_proof
from nagara.recognition import credential, jws, keys
from nagara.recognition.letters import tell_officers
from nagara.recognition.models import Certificate, Recognition, RecognitionStep, StatusSpan
from nagara.recognition.ornament import code, seal
from nagara.recognition.states import COUNTS, Tier, Verb
from nagara.rulebook.keep import kept
from nagara.rulebook.schema import EditionFile
from nagara.toolkit import access
from nagara.toolkit.days import instant, long_day
from nagara.toolkit.periods import holds_on
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, texts

SOURCE = Path(__file__).parent / "typst" / "certificate.typ"
LANGUAGES = ("th", "en")
BEGINNINGS = (Verb.DESIGNATE, Verb.GRANT, Verb.RENEW)
"""The steps that a certificate certifies."""


def unsigned(on: date) -> QuerySet[RecognitionStep]:
    """Grants and renewals that were decided here, hold on a day, and have no certificate yet: what waits for a signature."""
    holding = StatusSpan.objects.filter(holds_on(on), recognition=OuterRef("recognition"), status__in=list(COUNTS.values()))
    later = RecognitionStep.objects.filter(recognition=OuterRef("recognition"), verb__in=BEGINNINGS, pk__gt=OuterRef("pk"), undone_by=None)
    return (
        RecognitionStep.objects.filter(Exists(holding), ~Exists(later), verb__in=BEGINNINGS, undone_by=None, certificates=None)
        .filter(resolution__isnull=False, recognition__source=None)
        .select_related("recognition__area__subdivision", "recognition__edition", "resolution__item__meeting__body")
        .order_by("resolution__adopted_on", "recognition__number", "pk")
    )


@dataclass(frozen=True)
class Decision:
    """Who decided, in which meeting, with which quorum: what stands behind a step."""

    resolution: Resolution

    @property
    def body(self) -> Texts:
        return dict(self.resolution.item.meeting.body.name)

    @property
    def meeting(self) -> str:
        return self.resolution.item.meeting.reference

    @property
    def item(self) -> str:
        return self.resolution.item.number

    @property
    def day(self) -> date | None:
        return self.resolution.adopted_on

    @property
    def quorum(self) -> dict[str, int] | None:
        """How many seats counted, were needed, were in, and took no part; None where that is not on record."""
        kept = self.resolution.quorum
        if not kept:
            return None
        return {"base": kept["base"], "needed": kept["needed"], "present": kept["present"], "recused": len(kept.get("recused") or [])}

    @property
    def address(self) -> str:
        return f"/resolutions/{self.resolution.pk}"


def validity_end(begin: date, years: float) -> date:
    """The last day of a validity that begins on `begin`: the eve of the same day so many years later."""
    months = round(years * 12)
    year, month = begin.year + (begin.month - 1 + months) // 12, (begin.month - 1 + months) % 12 + 1
    try:
        after = begin.replace(year=year, month=month)
    except ValueError:  # 29 February, or a month that is shorter: the first of the next month
        after = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(after.toordinal() - 1)


def sign(step: RecognitionStep, *, by: User, at: datetime, proof: Proof | None) -> Certificate:
    """Sign and issue the certificate of a grant or renewal. Signing what has been signed answers with that certificate."""
    access.require(by, "recognition.sign", step)
    require_proof(proof, at)
    with transaction.atomic():
        recognition = Recognition.objects.select_for_update().get(pk=step.recognition_id)
        issued = step.certificates.filter(withdrawn=False).first()
        if issued is not None:
            return issued
        if not unsigned(at.astimezone(settings.ZONE).date()).filter(pk=step.pk).exists():
            raise Refusal(
                _("There is nothing to certify: the recognition does not hold today, or a later renewal is the one to sign."),
                next_step=_("Open the recognition to see its steps."),
                code="nothing-to-certify",
            )
        return _issue(recognition, step, by=by, at=at, proof=proof)


def sign_all(steps: list[RecognitionStep], *, by: User, at: datetime, proof: Proof | None) -> list[Certificate]:
    """Sign one after the other with one second factor. Each is whole by itself: what was signed stays signed if the next fails."""
    return [sign(step, by=by, at=at, proof=proof) for step in steps]


@transaction.atomic
def reissue(certificate: Certificate, *, why: str, by: User, at: datetime, proof: Proof | None) -> Certificate:
    """Issue another certificate for the same step, because the first one was wrong; that one is withdrawn and says so."""
    access.require(by, "recognition.sign", certificate.step)
    require_proof(proof, at)
    if not why.strip():
        raise Refusal(_("Say why the certificate is issued anew."), fields={"why": _("Write the reason.")}, code="reason-missing")
    recognition = Recognition.objects.select_for_update().get(pk=certificate.recognition_id)
    certificate = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if certificate.superseded_at is not None:
        raise Refusal(_("This certificate has been followed by another already."), code="wrong-state")
    Certificate.objects.filter(pk=certificate.pk).update(withdrawn=True)
    return _issue(recognition, certificate.step, by=by, at=at, proof=proof, why=why)


def _issue(recognition: Recognition, step: RecognitionStep, *, by: User, at: datetime, proof: Proof | None, why: str = "") -> Certificate:
    if step.resolution is None or step.on is None or recognition.edition is None:
        raise Refusal(
            _("Only what was decided by a resolution under an edition of the criteria can be certified here."), code="nothing-to-certify"
        )
    key = keys.ensure(at=at)
    last = recognition.certificates.order_by("-version").first()
    version = last.version + 1 if last else 1
    number = f"{recognition.reference}-{version}"
    index = next_number("certificate status index", 0) - 1
    edition, decision = kept(recognition.edition), Decision(step.resolution)
    payload = credential.payload(
        recognition,
        number=number,
        status_index=index,
        valid_from=step.on,
        valid_until=step.valid_until,
        issued_at=at,
        criteria=criteria_in_words(edition),
        evidence=evidence_of(recognition, decision, edition),
    )
    token = jws.sign(payload, key=key, kid=credential.kid_of(key))
    digest = hashlib.sha256(token.encode()).hexdigest()
    data = paper(recognition, step, decision, edition, number=number, digest=digest, kid=key.kid, at=at) | {"credential": token}
    files = {
        lang: keep_bytes(typeset(SOURCE, data, lang=lang), name=f"{number}-{lang}.pdf", media_type="application/pdf", by=by, at=at)
        for lang in LANGUAGES
    }
    recognition.certificates.filter(superseded_at__isnull=True).update(superseded_at=at)
    certificate = Certificate.objects.create(
        recognition=recognition,
        step=step,
        number=number,
        version=version,
        issued_at=at,
        issued_by=by,
        valid_from=step.on,
        valid_until=step.valid_until,
        credential=token,
        credential_digest=digest,
        key=key,
        status_index=index,
        file_th=files["th"],
        file_en=files["en"],
    )
    record(
        by=by,
        did="recognition.sign",
        about=certificate,
        at=at,
        after=sealed(certificate, files["th"], files["en"]),
        why=why,
        on_behalf_of=step.resolution.item.meeting.body,
        proof=proof,
    )
    tell_officers(
        recognition.area,
        subject=texts(f"ออกหนังสือรับรองเลขที่ {number} แล้ว", f"Certificate {number} has been issued"),
        body=texts(
            f"หนังสือรับรองของ{recognition.area.name.get('th', '')}ลงนามแล้ว ดาวน์โหลดและตรวจสถานะได้ที่ลิงก์นี้",
            f"The certificate of {recognition.area.name.get('en', '')} has been signed. Download it and check its status here.",
        ),
        link=f"/verify/{number}",
        about=certificate,
        at=at,
    )
    return certificate


def sealed(certificate: Certificate, th: StoredFile, en: StoredFile) -> dict[str, Any]:
    """What the record keeps of a certificate, so that a later change of any of it is found."""
    return {
        "number": certificate.number,
        "credential": certificate.credential_digest,
        "file_th": th.digest,
        "file_en": en.digest,
        "kid": certificate.key_id,
        "status_index": certificate.status_index,
        "valid_from": certificate.valid_from,
        "valid_until": certificate.valid_until,
    }


# What it says


def criteria_in_words(edition: EditionFile) -> Texts:
    """The criteria in a sentence: enough to know by what was judged, with the edition to read on."""
    day, count, dimensions = edition.in_force, len(edition.criteria), len(edition.dimensions)
    return texts(
        f"{edition.title.get('th', '')} ฉบับใช้บังคับ {long_day(day, 'th')} {count} หลักเกณฑ์ {dimensions} ด้าน",
        f"{edition.title.get('en', '')}, edition in force since {long_day(day, 'en')}: {count} criteria, {dimensions} dimensions",
    )


def quorum_in_words(quorum: dict[str, int] | None) -> Texts:
    if not quorum:
        return texts("ไม่มีในบันทึก", "not on record")
    return texts(f"{quorum['present']} จาก {quorum['base']} ที่นั่ง", f"{quorum['present']} of {quorum['base']} seats")


def _quorum_note(quorum: dict[str, int] | None) -> Texts:
    if not quorum:
        return {}
    recused = quorum["recused"]
    return texts(
        f"ต้องมี {quorum['needed']} ที่นั่ง" + (f" งดร่วมพิจารณา {recused}" if recused else ""),
        f"{quorum['needed']} needed" + (f", {recused} recused" if recused else ""),
    )


def evidence_of(recognition: Recognition, decision: Decision, edition: EditionFile) -> list[dict[str, Any]]:
    """The resolution and the criteria, as evidence of the credential (Open Badges 3.0, Evidence)."""
    quorum = quorum_in_words(decision.quorum)
    found = [
        {
            "id": credential.address(decision.address),
            "type": ["Evidence"],
            "genre": "resolution",
            "name": credential.both(
                texts(
                    f"มติที่ประชุม ครั้งที่ {decision.meeting} วาระที่ {decision.item}",
                    f"Resolution of meeting {decision.meeting}, item {decision.item}",
                )
            ),
            "description": credential.both(decision.body)
            + (f" · {decision.day.isoformat()}" if decision.day else "")
            + f" · {quorum['th']} · {quorum['en']}",
        }
    ]
    if recognition.edition is not None:
        found.append(
            {
                "id": credential.achievement_id(recognition),
                "type": ["Evidence"],
                "genre": "criteria",
                "name": credential.both(dict(edition.title)),
                "description": f"{recognition.edition.in_force.isoformat()} · SHA-256 {recognition.edition.digest}",
            }
        )
    return found


def _day(day: date | None) -> tuple[Texts, Texts]:
    """A day in the calendar of the paper's language, and in the other one for whoever reads that."""
    if day is None:
        return texts("ไม่มีในบันทึก", "not on record"), {}
    th, en = long_day(day, "th"), long_day(day, "en")
    return texts(th, en), texts(en, th)


def _fact(head: Texts, value: Texts, below: Texts | None = None) -> dict[str, Texts]:
    return {"head": head, "value": value} | ({"below": below} if below else {})


def _city(recognition: Recognition, edition: EditionFile) -> dict[str, Texts]:
    """City type and chosen dimensions, as the application had them; the type of the area otherwise."""
    application = recognition.application
    code_of_type = (application.city_type if application else "") or recognition.area.city_type
    types = {choice.code: dict(choice.title) for choice in edition.city_types}
    chosen = [dict(d.title) for d in edition.dimensions if application and d.code in application.dimensions]
    return _fact(
        texts("ประเภทเมือง", "City type"),
        types.get(code_of_type) or texts("ไม่มีในบันทึก", "not on record"),
        texts(" ".join(d.get("th", "") for d in chosen), ", ".join(d.get("en", "") for d in chosen)) or None,
    )


def paper(
    recognition: Recognition,
    step: RecognitionStep,
    decision: Decision,
    edition: EditionFile,
    *,
    number: str,
    digest: str,
    kid: str,
    at: datetime,
) -> dict[str, Any]:
    """What the printed certificate says."""
    area, province = recognition.area, recognition.area.subdivision
    address = credential.address(f"/verify/{number}")
    label = recognition.tier == Tier.LABEL
    begin, begin_other = _day(step.on)
    end, end_other = _day(step.valid_until)
    decided = _day(decision.day)[0]
    renewed = step.verb == Verb.RENEW
    return {
        "title": texts(f"หนังสือรับรอง {area.name.get('th', '')}", f"Certificate: {area.name.get('en', '')}"),
        "area": area.name,
        "province": _province(province.code, province.name),
        "province_code": province.code,
        "body": decision.body,
        "programme": texts("เมืองอัจฉริยะประเทศไทย", "Smart City Thailand"),
        "says": texts("หนังสือรับรองฉบับนี้ให้ไว้เพื่อแสดงว่า", "This is to certify that"),
        "is": _is(label, renewed),
        "facts": [
            _fact(
                texts("มติ", "Resolution"),
                texts(f"เห็นชอบ ครั้งที่ {decision.meeting}", f"Approved, meeting {decision.meeting}"),
                texts(
                    f"วาระที่ {decision.item} · {decided['th']}" if decision.item else decided["th"],
                    f"Item {decision.item} · {decided['en']}" if decision.item else decided["en"],
                ),
            ),
            _fact(texts("องค์ประชุม", "Quorum"), quorum_in_words(decision.quorum), _quorum_note(decision.quorum)),
            _fact(
                texts("เกณฑ์", "Criteria"),
                texts(f"ฉบับ {long_day(edition.in_force, 'th')}", f"Edition of {long_day(edition.in_force, 'en')}"),
                texts(
                    f"{len(edition.criteria)} หลักเกณฑ์ {len(edition.dimensions)} ด้าน",
                    f"{len(edition.criteria)} criteria, {len(edition.dimensions)} dimensions",
                ),
            ),
            _fact(texts("ต่ออายุตั้งแต่", "Renewed from") if renewed else texts("มีผลตั้งแต่", "In effect from"), begin, begin_other),
            _fact(texts("ใช้ได้ถึง", "Valid until"), end, end_other),
            _city(recognition, edition),
        ],
        "signed": texts("ลงลายมือชื่ออิเล็กทรอนิกส์ในนามคณะกรรมการ", "Signed electronically in the name of the committee"),
        "signed_on": texts(instant(at, settings.ZONE, "th"), instant(at, settings.ZONE, "en")),
        "key_line": texts(f"Ed25519 · กุญแจ {kid[:10]}…{kid[-6:]}", f"Ed25519 · key {kid[:10]}…{kid[-6:]}"),
        "check": texts("สแกนเพื่อตรวจสถานะ\nของวันนี้และวันใดก็ได้", "Scan to check the status\ntoday and on any day"),
        "number": number,
        "address": address,
        "digest": digest,
        "seal": seal(digest),
        "code": code(address),
        "invented": recognition.invented,
    }


def _is(label: bool, renewed: bool) -> Texts:
    if not label:
        return texts("ได้รับการประกาศเป็นเขตส่งเสริมเมืองอัจฉริยะ", "is a smart city promotion zone of Thailand")
    if renewed:
        return texts("ได้รับการต่ออายุเป็นเมืองอัจฉริยะประเทศไทย", "is renewed as a recognised Smart City of Thailand")
    return texts("ได้รับการรับรองเป็นเมืองอัจฉริยะประเทศไทย", "is a recognised Smart City of Thailand")


def _province(code_of_province: str, name: Texts) -> Texts:
    """Bangkok is not called a province in Thai."""
    if code_of_province == "TH-10":
        return name
    return texts(f"จังหวัด{name['th']}" if name.get("th") else None, f"{name['en']} Province" if name.get("en") else None)
