"""`nagara demo`: load the demonstration into an empty installation; a second run finds it there and does nothing."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import override

from nagara.toolkit.refusal import Refusal


class Command(BaseCommand):
    help = "Load the demonstration into an empty NAGARA_DATA. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        from demo.city_data import fill  # a real installation may be without the demonstration
        from demo.load import is_loaded, load

        if is_loaded():
            observations = fill(at=timezone.now())
            self.stdout.write("The demonstration is loaded." + (f" Observations: {observations:,}" if observations else ""))
            return
        began = time.monotonic()
        try:
            with override("th"):
                loaded = load(at=timezone.now())
                observations = fill(at=timezone.now())
        except Refusal as refusal:
            raise CommandError(f"{refusal.message} {refusal.next_step}".strip()) from None
        self.stdout.write(
            "Loaded the demonstration: " + ", ".join(f"{count} {kind}" for kind, count in loaded.items()) + f", {observations} observations"
        )
        self.stdout.write(f"in {time.monotonic() - began:.1f} s")
