"""`nagara thirdparty`: write THIRD_PARTY.md anew, after a library or a vendored file has changed."""

from typing import Any

from django.core.management.base import BaseCommand

from nagara.config.third_party import FILE, written


class Command(BaseCommand):
    help = "Write THIRD_PARTY.md from the installed libraries and the list of vendored files."

    def handle(self, *args: Any, **options: Any) -> None:
        FILE.write_text(written(), encoding="utf-8")
        self.stdout.write(f"Wrote {FILE.name}")
