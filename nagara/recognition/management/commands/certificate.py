"""`nagara certificate verify FILE|NUMBER`: is this the certificate that was issued, and what is its status?"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from nagara.recognition import checks
from nagara.recognition.models import Certificate
from nagara.recognition.numbers import recognition_called
from nagara.recognition.queries import status_on
from nagara.toolkit.days import read_day
from nagara.toolkit.refusal import Refusal


class Command(BaseCommand):
    help = "Verify a certificate: a PDF, a credential, or what is kept under a number. Exits with 1 where anything is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["verify"])
        parser.add_argument("thing", help="a file (PDF or credential), or a number such as SCT-0038-1")
        parser.add_argument("--on", metavar="DAY", help="the day to answer for; default: today")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            day = read_day(options["on"]).day if options["on"] else timezone.localdate()
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        path = Path(options["thing"])
        found = checks.held(path.read_bytes()) if path.is_file() else self._kept(options["thing"])
        certificate = found.certificate
        span = status_on(certificate.recognition, day) if certificate else None
        answer = {
            "number": certificate.number if certificate else None,
            "area": certificate.recognition.area.name if certificate else None,
            "sound": found.sound,
            "faults": found.faults,
            "on": day.isoformat(),
            "status": span.status if span else None,
            "digest": found.digest,
        }
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            for fault in found.faults:
                self.stdout.write(self.style.ERROR(fault))
            if certificate:
                self.stdout.write(f"{certificate.number}: {answer['status'] or 'no status'} on {day.isoformat()}")
        if not found.sound:
            raise CommandError("The certificate is NOT sound.")
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS("The certificate is sound."))

    def _kept(self, typed: str) -> checks.Held:
        found = recognition_called(typed)
        certificate = found.certificate if found else None
        if certificate is None and found is not None:
            certificate = Certificate.objects.filter(recognition=found.recognition, superseded_at__isnull=True).first()
        if certificate is None:
            raise CommandError(f"No file and no certificate is called {typed}.")
        return checks.Held(
            certificate=certificate, kind="number", digest=certificate.credential_digest, faults=checks.certificate_faults(certificate)
        )
