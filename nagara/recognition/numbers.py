"""What people type for a certificate: SCT-0038-1, sct 38, ๓๘, an address with the number at its end."""

import re
from typing import NamedTuple

from django.conf import settings

from nagara.recognition.models import Certificate, Recognition
from nagara.recognition.states import Tier
from nagara.toolkit.days import arabic_digits


class Called(NamedTuple):
    """A recognition by its number, and the certificate where the number names one version."""

    recognition: Recognition
    certificate: Certificate | None


def read_number(typed: str) -> tuple[str, int, int | None] | None:
    """(tier, number, version) as typed; None where it cannot be a number of this register."""
    plain = arabic_digits(typed).strip().upper().rstrip("/").rsplit("/", 1)[-1].split("?")[0]
    prefix = re.escape(settings.REGISTER_PREFIX.upper())
    match = re.fullmatch(rf"(?:{prefix})?[\s\-–.]*(Z?)[\s\-]*0*(\d{{1,7}})(?:[\s\-–.]+0*(\d{{1,4}}))?", plain)
    if not match:
        return None
    return (Tier.ZONE if match[1] else Tier.LABEL), int(match[2]), int(match[3]) if match[3] else None


def recognition_called(typed: str) -> Called | None:
    read = read_number(typed)
    if read is None:
        return None
    tier, number, version = read
    rows = Recognition.objects.select_related(
        "area__subdivision",
        "area__organisation",
        "edition",
        "source",
        "application",
        "decided_by__item__meeting__body",
        "recommended_by__item__meeting__body",
    )
    recognition = rows.filter(tier=tier, number=number).first()
    if recognition is None:
        return None
    if version is None:
        return Called(recognition, None)
    certificate = recognition.certificates.filter(version=version).select_related("key", "file_th", "file_en", "step").first()
    return Called(recognition, certificate) if certificate else None
