"""The evidence slip: one page that answers one question for one day, to be put into a file."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils import translation

from nagara.recognition import credential
from nagara.recognition.answers import Answer
from nagara.recognition.certificates import Decision, quorum_in_words
from nagara.recognition.ornament import code
from nagara.toolkit.days import instant, long_day
from nagara.toolkit.digests import digest
from nagara.toolkit.texts import Texts, texts

NONE = texts("ไม่มีในบันทึก", "not on record")


def day_text(day: date | None) -> Texts:
    """A day in both calendars, that of the language first."""
    if day is None:
        return NONE
    th, en = long_day(day, "th"), long_day(day, "en")
    return texts(f"{th} ({en})", f"{en} ({th})")


def decision_text(found: Decision | None) -> Texts:
    if found is None:
        return NONE
    item_th, item_en = (f" วาระที่\u00a0{found.item}", f", item\u00a0{found.item}") if found.item else ("", "")
    return texts(
        f"{found.body.get('th', '')} ครั้งที่ {found.meeting}{item_th}", f"{found.body.get('en', '')}, meeting {found.meeting}{item_en}"
    )


def headline(found: Answer) -> Texts:
    """The answer in one sentence."""
    said = {}
    for lang in ("th", "en"):
        with translation.override(lang):
            said[lang] = found.state_label
    th_day, en_day = long_day(found.day, "th"), long_day(found.day, "en")
    return texts(f"{said['th']} ณ วันที่ {th_day}", f"{said['en'][0].upper()}{said['en'][1:]} on {en_day}")


def slip(found: Answer) -> dict[str, Any]:
    recognition, area = found.recognition, found.recognition.area
    address = credential.address(f"{found.path}?on={found.day.isoformat()}")
    certificate, ground, granted = found.certificate, found.ground, found.granted
    facts: list[dict[str, Texts]] = [
        {"head": texts("พื้นที่", "Area"), "value": area.name},
        {
            "head": texts("จังหวัด", "Province"),
            "value": texts(*(f"{area.subdivision.name.get(c, '')} ({area.subdivision_id})" for c in ("th", "en"))),
        },
        {"head": texts("เลขที่", "Number"), "value": texts(found.reference, found.reference)},
        {"head": texts("มีผลตั้งแต่", "In effect from"), "value": day_text(recognition.effective_on)},
        {"head": texts("ใช้ได้ถึง", "Valid until"), "value": day_text(found.valid_until)},
        {"head": texts("มติรับรอง", "Decided by"), "value": decision_text(granted)},
    ]
    if ground is not None and ground != found.begin:
        facts.append({"head": texts("สถานะตามมติ", "Status resolved by"), "value": decision_text(found.decision)})
        facts.append({"head": texts("ลงวันที่", "On"), "value": day_text(ground.on)})
    quorum = quorum_in_words(granted.quorum if granted else None)
    facts.append({"head": texts("องค์ประชุม", "Quorum"), "value": quorum})
    edition = recognition.edition
    facts.append(
        {
            "head": texts("เกณฑ์", "Criteria"),
            "value": texts(
                f"{found.criteria.get('th', '')} ฉบับ {long_day(edition.in_force, 'th')}",
                f"{found.criteria.get('en', '')}, edition of {long_day(edition.in_force, 'en')}",
            )
            if edition
            else NONE,
        }
    )
    if found.source is not None:
        facts.append({"head": texts("ที่มา", "Source"), "value": found.source.title})
    if certificate is not None:
        sound = not found.faults
        facts.append(
            {
                "head": texts("หนังสือรับรอง", "Certificate"),
                "value": texts(
                    f"{certificate.number} ลายมือชื่อ{'ถูกต้อง' if sound else 'ไม่ถูกต้อง'}",
                    f"{certificate.number}, signature {'valid' if sound else 'NOT valid'}",
                ),
            }
        )
    asked = texts(instant(found.at, settings.ZONE, "th"), instant(found.at, settings.ZONE, "en"))
    data: dict[str, Any] = {
        "title": texts("ใบยืนยันสถานะ", "Status slip"),
        "headline": headline(found),
        "state": found.status or "none",
        "facts": facts,
        "asked": asked,
        "address": address,
        "code": code(address),
        "invented": recognition.invented,
    }
    data["foot"] = {
        "address": address,
        "day": asked[(translation.get_language() or "th").split("-")[0]],
        "digest": digest({"facts": facts, "headline": data["headline"], "asked": asked}),
    }
    return data
