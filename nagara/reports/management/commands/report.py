"""`nagara report monitoring --network ascn --as-of 2025-09-30 --json`: the figures of a report on any day, before it is frozen."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import override

from nagara.reports.figures import Part
from nagara.reports.gather import ROUNDING, gather, network_of
from nagara.toolkit.days import long_day, read_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text


class Command(BaseCommand):
    help = "The figures of a report of a network as of a day: counts and shares by focus area, stage and state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=["monitoring"], help="monitoring: the yearly monitoring and evaluation report")
        parser.add_argument("--network", required=True, metavar="CODE", help="such as ascn")
        parser.add_argument("--as-of", metavar="DAY", help="2025-09-30, 30/9/2568 …; default: today")
        parser.add_argument("--lang", choices=["th", "en"], default="en", help="language of the titles")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
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
