"""`nagara administrator EMAIL`: how a real installation comes to its first administrator."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from nagara.audit.record import System
from nagara.people.actions import take_factors_away
from nagara.people.invitations import address_of, invite
from nagara.people.models import RoleGrant, User
from nagara.people.roles import EVERYWHERE, Role
from nagara.toolkit.refusal import Refusal


class Command(BaseCommand):
    help = (
        "Invite an administrator: prints a link that works once and for fourteen days, and puts it into the outbox. "
        "Whoever can run this command owns the installation, so it asks for nothing else."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="th")
        parser.add_argument("--why", default="invited from the command line")
        parser.add_argument(
            "--take-factors-away", action="store_true", help="instead of inviting: the account with this address lost its second factors"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["take_factors_away"]:
            self._take_factors_away(options["email"])
            return
        language = options["language"]
        others = RoleGrant.objects.filter(role=Role.ADMINISTRATOR, scope=EVERYWHERE, ended__isnull=True, user__is_active=True).count()
        try:
            _invitation, token = invite(
                options["email"],
                Role.ADMINISTRATOR,
                by=System("command line"),
                at=timezone.now(),
                why=options["why"],
                language=language,
            )
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"{settings.SITE_ADDRESS}{address_of(token, language)}")
        self.stderr.write(f"Open this link once within {settings.INVITATION_AGE.days} days. Administrators until now: {others}.")

    def _take_factors_away(self, email: str) -> None:
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise CommandError(f"No account has the address {email}.")
        take_factors_away(user, by=System("command line"), at=timezone.now(), why="from the command line")
        self.stdout.write("The second factors are gone. Sign in with the password and set up a new one.")
