"""`nagara assessment verify`: recompute every result from the kept edition and the stored scores, and find what was changed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from nagara.assessment.verify import verify


class Command(BaseCommand):
    help = "The assessments. `verify` recomputes every result and compares scores and submissions with the record; exits with 1 at a fault."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify()
        for fault in found.faults:
            self.stdout.write(self.style.ERROR(fault))
        counted = f"{found.submissions} submissions, {found.sheets} sheets with {found.scores} scores, {found.results} results"
        if not found.whole:
            raise CommandError(f"{len(found.faults)} fault(s) in {counted}.")
        self.stdout.write(self.style.SUCCESS(f"{counted}: every result recomputed, every score as it was handed in."))
