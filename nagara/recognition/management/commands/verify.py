"""`nagara verify`: everything that must hold, read once: the record, the rulebook, the assessments, the register, the certificates."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from nagara.assessment.verify import verify as verify_assessments
from nagara.audit.verify import verify as verify_chain
from nagara.recognition import checks
from nagara.rulebook import reader
from nagara.rulebook.models import Edition
from nagara.toolkit.digests import digest_of_bytes


def kept_edition_faults() -> Iterable[str]:
    """Editions that decisions were made under, and that no longer are what was kept."""
    for edition in Edition.objects.order_by("pk").iterator():
        if digest_of_bytes([edition.content.encode()]) != edition.digest:
            yield f"{edition}: the kept edition was changed."


CHECKS: tuple[tuple[str, Callable[[], Iterable[str]]], ...] = (
    ("audit record", lambda: verify_chain().faults),
    ("rulebook", reader.check),
    ("kept editions", kept_edition_faults),
    ("assessments", lambda: verify_assessments().faults),
    ("steps of each recognition", checks.step_faults),
    ("status of each recognition", checks.span_faults),
    ("certificates", checks.all_certificate_faults),
)


class Command(BaseCommand):
    help = "Verify everything: audit record, rulebook, assessments, register, certificates. Exits with 1 at any fault."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the finding as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = {name: list(check()) for name, check in CHECKS}
        faults = sum(len(words) for words in found.values())
        if options["json"]:
            self.stdout.write(json.dumps({"whole": not faults, "faults": found}, ensure_ascii=False))
        else:
            for name, words in found.items():
                self.stdout.write(self.style.SUCCESS(f"{name}: whole") if not words else f"{name}:")
                for word in words:
                    self.stdout.write(self.style.ERROR(f"  {word}"))
        if faults:
            raise CommandError(f"{faults} fault(s) were found.")
