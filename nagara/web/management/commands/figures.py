"""`nagara figures`: how many areas are recognised on a day, in how many provinces, and what changed; or the members of a network."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from nagara.network import queries as networks
from nagara.network.models import Network
from nagara.recognition.queries import figures
from nagara.toolkit.days import long_day, read_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text


class Command(BaseCommand):
    help = "The figures of a day. A day is typed in either calendar: 2022-11-30, 30/11/2565, '30 พ.ย. 2565'."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", metavar="DAY", help="default: today")
        parser.add_argument("--since", metavar="DAY", help="explain the change since this day; default: the eve of the last change")
        parser.add_argument("--network", metavar="CODE", help="the figures of a network instead, such as ascn")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            day = read_day(options["as_of"]).day if options["as_of"] else timezone.localdate()
            since = read_day(options["since"]).day if options["since"] else None
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        if since is not None and since > day:
            raise CommandError("--since lies after --as-of.")
        if options["network"]:
            self._network(options["network"], day, as_json=options["json"])
            return
        found = figures(day, since=since)
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1))
            return
        self.stdout.write(f"{long_day(day, 'en')} ({day.isoformat()}, {long_day(day, 'th')})")
        self.stdout.write(f"{found['recognised_areas']} recognised areas in {found['provinces']} provinces")
        self.stdout.write(f"{found['promotion_zones']} promotion zones in {found['promotion_zone_provinces']} provinces")
        change = found["change"]
        if not change:
            return
        self.stdout.write(
            f"Since {change['since']} ({change['recognised_areas_then']} in {change['provinces_then']}): "
            f"{change['added_areas']} added in {change['added_provinces']} provinces, {change['removed_areas']} removed"
        )
        for sign, rows in (("+", change["added"]), ("-", change["removed"]), ("~", change["changed"])):
            for row in rows:
                self.stdout.write(f"{sign} {row['on']} {text(row['area'])} ({text(row['province'])}): {'; '.join(row['by'])}")

    def _network(self, code: str, day: date, *, as_json: bool) -> None:
        try:
            found = networks.figures(networks.network_by_code(code), day)
        except Network.DoesNotExist:
            known = ", ".join(network.code for network in networks.networks())
            raise CommandError(f"There is no network “{code}”. On record: {known or 'none'}.") from None
        if as_json:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1))
            return
        self.stdout.write(f"{long_day(day, 'en')} ({day.isoformat()}, {long_day(day, 'th')})")
        self.stdout.write(f"{found['members']} member cities of {found['states']} states, {found['projects']} projects")
