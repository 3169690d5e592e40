"""What a machine reads: Open Badges 3.0 credentials (W3C Verifiable Credentials 2.0 as VC-JWT), status lists, issuer and keys.

Shapes: 1EdTech Open Badges 3.0 (OpenBadgeCredential, Achievement, Profile), W3C VC Data Model 2.0 §4, Bitstring Status List 1.0,
DID Core with did:web. Two status entries (revocation, suspension) stand in an array, as VC 2.0 allows.
"""

import base64
import gzip
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings

from nagara.recognition.models import Certificate, Recognition, SigningKey
from nagara.recognition.queries import spans_on
from nagara.recognition.states import Status, Tier
from nagara.toolkit.texts import Texts

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
PURPOSES = ("revocation", "suspension")
LEAST_BITS = 131_072
"""A status list has at least 16 KB before compression, so that its length tells nothing (Bitstring Status List 1.0, §6.1)."""
LIST_AGE = timedelta(minutes=5)


def did() -> str:
    """did:web of this installation; a port is written as %3A (did:web method, §3.1)."""
    return "did:web:" + quote(settings.SITE_ADDRESS.split("://", 1)[1].split("/")[0], safe=".-")


def kid_of(key: SigningKey) -> str:
    """The key as a DID URL: a reader finds its public half in the DID document."""
    return f"{did()}#{key.kid}"


def address(path: str) -> str:
    return f"{settings.SITE_ADDRESS}{path}"


def both(texts: Texts) -> str:
    """Open Badges takes one string for a name: Thai and English, where they differ."""
    found = [texts[code] for code in ("th", "en") if texts.get(code)]
    return " · ".join(dict.fromkeys(found)) or next(iter(texts.values()), "")


def first_instant(day: date) -> str:
    return datetime.combine(day, time.min, settings.ZONE).isoformat()


def last_instant(day: date) -> str:
    return datetime.combine(day, time(23, 59, 59), settings.ZONE).isoformat()


def issuer() -> dict[str, Any]:
    return {
        "id": did(),
        "type": ["Profile"],
        "name": both(settings.ISSUER),
        "url": settings.SITE_ADDRESS,
        "image": {"id": address("/static/nagara/mark.svg"), "type": "Image"},
    }


def achievement_id(recognition: Recognition) -> str:
    edition = recognition.edition.in_force.isoformat() if recognition.edition else "not-on-record"
    return address(f"/credentials/achievements/{recognition.tier}/{edition}")


def achievement(recognition: Recognition, criteria: Texts) -> dict[str, Any]:
    """What is certified, as a thing of its own: one for each tier and edition of the criteria."""
    label = recognition.tier == Tier.LABEL
    return {
        "id": achievement_id(recognition),
        "type": ["Achievement"],
        "achievementType": "Certification" if label else "Achievement",
        "name": both(
            {"th": "เมืองอัจฉริยะประเทศไทย", "en": "Smart City Thailand"}
            if label
            else {"th": "เขตส่งเสริมเมืองอัจฉริยะ", "en": "Smart city promotion zone"}
        ),
        "description": both(
            {"th": "พื้นที่ที่ได้รับการรับรองเป็นเมืองอัจฉริยะประเทศไทย", "en": "An area recognised as a smart city of Thailand"}
            if label
            else {"th": "พื้นที่ที่ได้รับการประกาศเป็นเขตส่งเสริมเมืองอัจฉริยะ", "en": "An area designated as a smart city promotion zone"}
        ),
        "criteria": {"id": achievement_id(recognition), "narrative": both(criteria)},
        "creator": issuer(),
        "inLanguage": "th",
    }


def payload(
    recognition: Recognition,
    *,
    number: str,
    status_index: int,
    valid_from: date,
    valid_until: date | None,
    issued_at: datetime,
    criteria: Texts,
    evidence: list[dict[str, Any]],
) -> dict[str, Any]:
    """The credential with the JWT claims that say the same (Open Badges 3.0, §8.2)."""
    area = recognition.area
    subject = address(f"/areas/{area.slug}")
    credential: dict[str, Any] = {
        "@context": CONTEXT,
        "id": address(f"/credentials/{number}"),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": both(area.name),
        "issuer": issuer(),
        "validFrom": first_instant(valid_from),
        "awardedDate": first_instant(recognition.decided_on or valid_from),
        "credentialSubject": {
            "id": subject,
            "type": ["AchievementSubject"],
            "licenseNumber": number,
            "achievement": achievement(recognition, criteria),
        },
        "evidence": evidence,
        "credentialStatus": [
            {
                "id": f"{address(f'/credentials/status/{purpose}')}#{status_index}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": str(status_index),
                "statusListCredential": address(f"/credentials/status/{purpose}"),
            }
            for purpose in PURPOSES
        ],
    }
    claims: dict[str, Any] = {
        "iss": did(),
        "jti": credential["id"],
        "sub": subject,
        "nbf": int(datetime.fromisoformat(credential["validFrom"]).timestamp()),
        "iat": int(issued_at.timestamp()),
    }
    if valid_until is not None:
        credential["validUntil"] = last_instant(valid_until)
        claims["exp"] = int(datetime.fromisoformat(credential["validUntil"]).timestamp())
    return {**credential, **claims}


# Status lists


def raised(purpose: str, *, on: date) -> list[int]:
    """Which positions of the list of a purpose are set on a day.

    Revoked: the recognition was revoked, gave way, or its grant was undone; or the certificate itself was wrong and was
    replaced. A certificate that a renewal followed stays true for its own days, and is not revoked by it.
    """
    standing: dict[int, str] = {}
    for tier in Tier.values:
        standing.update(spans_on(on, tier).filter(recognition__certificates__isnull=False).values_list("recognition_id", "status"))
    found = []
    rows = Certificate.objects.order_by("status_index").values_list("status_index", "recognition_id", "withdrawn", "valid_from")
    for index, recognition, withdrawn, valid_from in rows:
        status = standing.get(recognition)
        if purpose == "suspension":
            up = status == Status.SUSPENDED
        else:
            undone = status is None and on >= valid_from
            up = withdrawn or undone or status in (Status.REVOKED, Status.SUPERSEDED)
        if up:
            found.append(index)
    return found


def encoded(positions: list[int]) -> str:
    """The bits, first at the left, GZIP-compressed, as multibase base64url (Bitstring Status List 1.0, §3.3)."""
    size = max(LEAST_BITS, -(-(max(positions, default=0) + 1) // 8) * 8)
    bits = bytearray(size // 8)
    for position in positions:
        bits[position // 8] |= 0x80 >> (position % 8)
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decoded(text: str) -> list[int]:
    """The positions that are set in an encoded list."""
    packed = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
    bits = gzip.decompress(packed)
    return [8 * at + shift for at, byte in enumerate(bits) if byte for shift in range(8) if byte & (0x80 >> shift)]


def status_list(purpose: str, *, at: datetime) -> dict[str, Any]:
    here = address(f"/credentials/status/{purpose}")
    return {
        "@context": [CONTEXT[0]],
        "id": here,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did(),
        "validFrom": at.astimezone(UTC).isoformat(timespec="seconds"),
        "validUntil": (at + timedelta(days=1)).astimezone(UTC).isoformat(timespec="seconds"),
        "credentialSubject": {
            "id": f"{here}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encoded(raised(purpose, on=at.astimezone(settings.ZONE).date())),
            "ttl": int(LIST_AGE.total_seconds() * 1000),
        },
    }


# The issuer and its keys


def did_document() -> dict[str, Any]:
    """Every key there ever was: a retired one still proves what it signed."""
    methods = [
        {"id": kid_of(key), "type": "JsonWebKey", "controller": did(), "publicKeyJwk": key.public}
        for key in SigningKey.objects.order_by("made_at", "kid")
    ]
    names = [method["id"] for method in methods]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": did(),
        "alsoKnownAs": [settings.SITE_ADDRESS],
        "verificationMethod": methods,
        "assertionMethod": names,
        "service": [{"id": f"{did()}#verify", "type": "LinkedDomains", "serviceEndpoint": settings.SITE_ADDRESS}],
    }


def key_set() -> dict[str, Any]:
    return {"keys": [key.public for key in SigningKey.objects.order_by("made_at", "kid")]}
