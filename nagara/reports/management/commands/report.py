"""`nagara report monitoring --network ascn --as-of DAY --json`: the figures of any day. `nagara report verify`: are the frozen ones whole?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import override

from nagara.reports.document import is_sound
from nagara.reports.figures import Part
from nagara.reports.gather import ROUNDING, gather, network_of
from nagara.reports.models import FrozenReport
from nagara.toolkit.days import long_day, read_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text


class Command(BaseCommand):
    help = "The figures of a report of a network as of a day: counts and shares by focus area, stage and state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "kind",
            choices=["monitoring", "summit", "verify"],
            help="monitoring, summit: the figures of such a report; verify: recompute the digests of frozen reports",
        )
        parser.add_argument("--network", metavar="CODE", help="such as ascn")
        parser.add_argument("--number", metavar="NUMBER", help="verify this report only, such as ASCN-ME-2025-1")
        parser.add_argument("--as-of", metavar="DAY", help="2025-09-30, 30/9/2568 …; default: today")
        parser.add_argument("--lang", choices=["th", "en"], default="en", help="language of the titles")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["kind"] == "verify":
            self.verify(options["number"])
            return
        if not options["network"]:
            raise CommandError("Name the network: --network ascn.")
        lang = options["lang"]
        with override(lang):
            try:
                day = read_day(options["as_of"]).day if options["as_of"] else timezone.localdate()
                found = gather(network_of(options["network"]), day, at=timezone.now())
            except Refusal as refusal:
                raise CommandError(" ".join(part for part in (refusal.message, refusal.next_step) if part)) from None

        def lines(parts: list[Part]) -> list[dict[str, Any]]:
            return [part | {"title": text(part["title"], lang)} for part in parts]

        figures = found.figures
        answer = {
            "report": options["kind"],
            "network": found.network.code,
            "as_of": day.isoformat(),
            "projects": figures["projects"],
            "cities": figures["cities"],
            "members": figures["members"],
            "member_states": figures["member_states"],
            "without_projects": [entry["city"] for entry in found.silent if entry["what"] == "projects"],
            "focus_areas": lines(figures["focus_areas"]),
            "stages": lines(figures["stages"]),
            "states": lines(figures["states"]),
            "rounding": ROUNDING,
        }
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
            return
        self.stdout.write(f"{text(found.network.name, lang)}, {long_day(day, lang)} ({day.isoformat()})")
        self.stdout.write(f"{figures['projects']} projects in {figures['cities']} cities")
        for name in ("focus_areas", "stages", "states"):
            self.stdout.write(f"{name}:")
            for part in answer[name]:
                share = "" if part["share"] is None else f"{part['share']:.1f} %"
                self.stdout.write(f"  {part['count']:>6} {share:>8}  {part['title']}")
        self.stdout.write(ROUNDING)

    def verify(self, number: str | None) -> None:
        """Recompute the digest of each frozen report from what is stored; say which one is not what was frozen."""
        reports = FrozenReport.objects.order_by("pk")
        chosen = reports.filter(number=number) if number else reports
        if number and not chosen.exists():
            raise CommandError(f"There is no report {number}.")
        broken = []
        for report in chosen.iterator(chunk_size=1):
            whole = is_sound(report)
            self.stdout.write(f"{report.number}  {report.digest}  {'whole' if whole else 'NOT WHAT WAS FROZEN'}")
            broken += [] if whole else [report.number]
        if broken:
            raise CommandError(f"Not what was frozen: {', '.join(broken)}.")
