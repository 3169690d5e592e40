"""`nagara messages`: collect the texts of each part into its own Thai catalogue (needs GNU gettext)."""

import os
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from nagara.config.messages import ROOT, catalogues, settle, untranslated


class Command(BaseCommand):
    help = "Collect the texts to translate, part by part; prints what has no Thai yet."

    def handle(self, *args: Any, **options: Any) -> None:
        here = os.getcwd()  # noqa: PTH109 - makemessages works on the current folder
        try:
            for folder in sorted(path for path in ROOT.iterdir() if (path / "apps.py").exists()):
                (folder / "locale").mkdir(exist_ok=True)
                os.chdir(folder)
                call_command(
                    "makemessages",
                    locale=["th"],
                    no_location=True,
                    no_wrap=True,
                    no_obsolete=True,
                    verbosity=0,
                    ignore_patterns=["tests/*"],
                )
                if not any((folder / "locale").rglob("*.po")):
                    (folder / "locale").rmdir()
        finally:
            os.chdir(here)
        for catalogue in catalogues():
            settle(catalogue)
        for text in untranslated():
            self.stdout.write(text)
