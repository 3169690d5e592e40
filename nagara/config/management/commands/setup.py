"""`nagara setup`: bring the database, the texts and the static files of this installation up to date. Safe to run at any time."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from nagara.config import static
from nagara.config.messages import compile_all
from nagara.recognition.keys import ensure as ensure_signing_key


class Command(BaseCommand):
    help = "Bring database, texts and static files up to date. `--plan` only prints the migrations that would run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--plan", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if options["plan"]:
            for migration, _ in plan:
                self.stdout.write(str(migration))
            self.stdout.write(f"{len(plan)} migration(s) to run")
            return
        settings.FILES.mkdir(parents=True, exist_ok=True)
        compile_all()
        if plan:
            self.stdout.write(f"Setting up: the database ({len(plan)} migrations)")
            call_command("migrate", verbosity=0, interactive=False)
        ensure_signing_key(at=timezone.now())
        if static.stale():
            self.stdout.write("Setting up: styles, fonts and scripts")
            call_command("collectstatic", verbosity=0, interactive=False, clear=True)
            static.mark()
