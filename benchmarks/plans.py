"""Projects: the sheet of 5,000, its round trip, and the pages of 50,000 projects in 1,000 cities.

    python -m benchmarks.plans [--projects 50000] [--cities 1000] [--sheet 5000]

It works in a database of its own: a new SQLite file, or the one that DATABASE_URL names, which must be empty. Each page is asked
for 15 times after one for warming up. The baseline beside them is the least that the same machine answers: a page without rows.
"""

import argparse
import io
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

TIMES = 15


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--projects", type=int, default=50_000)
    parser.add_argument("--cities", type=int, default=1_000)
    parser.add_argument("--sheet", type=int, default=5_000, help="projects in the workbook, 5,000 or more; 0: leave the workbook out")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        os.environ["NAGARA_DATA"] = data
        os.environ["DJANGO_SETTINGS_MODULE"] = "nagara.config.settings"
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from nagara.plans.models import Project

        call_command("setup", stdout=io.StringIO())
        if Project.objects.exists():
            sys.exit("This database holds projects: name an empty one.")
        print(f"{connection.vendor}, Python {sys.version.split()[0]}")
        if asked.sheet:
            sheets(asked.sheet)
        pages(asked.projects, asked.cities)
        print(f"memory, most that was held: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def timed(words: str, work: Callable[[], Any]) -> Any:
    begun = time.perf_counter()
    found = work()
    print(f"{words:58} {time.perf_counter() - begun:8.2f} s")
    return found


def sheets(count: int) -> None:
    """Reading, checking, loading and writing one workbook."""
    from django.utils.translation import activate

    from nagara.audit.verify import verify
    from nagara.documents.models import StoredFile
    from nagara.people.roles import Role
    from nagara.people.tests.cast import make_user
    from nagara.plans.models import Project, SheetImport
    from nagara.plans.sheets.check import check
    from nagara.plans.sheets.known import known
    from nagara.plans.sheets.load import load
    from nagara.plans.sheets.mark import marked
    from nagara.plans.sheets.read import read_book
    from nagara.plans.sheets.write import export
    from nagara.plans.states import ImportState
    from nagara.plans.tests.make import NOON, TODAY
    from nagara.plans.tests.many import make_many
    from nagara.plans.tests.test_sheet_loading import plant

    activate("en")
    office = make_user("office", Role.OFFICE)
    cities = make_many(count)
    content = timed(f"export of {count} projects, 25,000 rows beside", lambda: export(Project.objects.all(), on=TODAY, cities=cities))
    found = timed("the export comes back: read and checked", lambda: check(read_book(io.BytesIO(content)), known(office, TODAY)))
    print(f"  faults {len(found.faults)}, changes {len(found.changed) + len(found.new)}, as they were {found.unchanged}")
    faulty, places = plant(content)
    found = timed(
        f"the same with {len(places)} planted faults: read and checked", lambda: check(read_book(io.BytesIO(faulty)), known(office, TODAY))
    )
    named = {(fault.sheet, fault.row, fault.column) for fault in found.faults}
    print(f"  planted {len(places)}, named {len(places & named)}, named beside {len(named - places)}")
    timed("the faulty cells marked in a workbook", lambda: marked(io.BytesIO(faulty), found.faults))
    Project.objects.all().delete()
    stored = StoredFile.objects.create(digest="0" * 64, size=1, media_type="x", name="x.xlsx", stored_at=NOON, stored_by="x")
    upload = SheetImport.objects.create(file=stored, by=office, uploaded_at=NOON, state=ImportState.LOADING)
    record = known(office, TODAY)
    found = timed(f"{count} new projects: read and checked", lambda: check(read_book(io.BytesIO(_as_new(content))), record))
    entries = timed(f"{count} new projects: loaded in one transaction", lambda: load(found, record, upload=upload, by=office, at=NOON))
    print(
        f"  faults {len(found.faults)}, projects {Project.objects.count()}, entries in the record {entries}, chain whole {verify().whole}"
    )
    Project.objects.all().delete()


def _as_new(content: bytes) -> bytes:
    """The export as a sheet of new projects: their first stage begins when they enter, and no revision stands there."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content))
    sheet = book["Projects"]
    at = {str(cell.value).split("[")[-1].rstrip("]"): cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, at["stage_since"]).value = None
        sheet.cell(row, at["revision"]).value = None
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pages(count: int, cities: int) -> None:
    """Server time and queries of the pages and of the readings that others build on."""
    from django.test import Client

    from nagara.plans import queries
    from nagara.plans.tests.make import TODAY
    from nagara.plans.tests.many import make_many

    timed(f"{count} projects in {cities} cities made", lambda: make_many(count, cities=cities))
    client = Client()
    print(f"\n{'page':58} {'median':>8} {'p95':>8} {'queries':>8}")
    for words, address in (
        ("baseline: the page to sign in", "/en/accounts/login/"),
        ("projects", "/en/projects"),
        ("projects, page 500", "/en/projects?page=500"),
        ("projects on a past day", "/en/projects?as_of=2021-06-30"),
        ("projects of one focus area and stage", "/en/projects?area=civic-social&stage=planning"),
        ("projects of one city", "/en/projects?city=city-7"),
        ("projects by words", "/en/projects?q=project+4711"),
        ("one project", "/en/cities/city-7/projects/P-00007"),
        ("the plan page of one city", "/en/cities/city-7/plan"),
        ("one city's projects as JSON", "/cities/city-7/projects.json"),
    ):
        measured(words, lambda address=address: client.get(address))
    print(f"\n{'reading':58} {'median':>8} {'p95':>8} {'queries':>8}")
    measured("project_counts", lambda: queries.project_counts(TODAY))
    measured("by_stage", lambda: queries.by_stage(TODAY))
    measured("by_focus_area", lambda: queries.by_focus_area(TODAY))
    measured("changes_between, a year", lambda: queries.changes_between(TODAY.replace(year=2023), TODAY.replace(year=2024)))
    print()
    timed(f"all {count} as JSON, streamed", lambda: sum(len(piece) for piece in client.get("/projects.json").streaming_content))
    timed(f"all {count} as OC4IDS, streamed", lambda: sum(len(piece) for piece in client.get("/oc4ids.json").streaming_content))


def measured(words: str, work: Callable[[], Any]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        answer = work()
        if getattr(answer, "streaming", False):
            for _piece in answer.streaming_content:
                pass
        count = len(connection.queries) - seen.initial_queries
    status = getattr(answer, "status_code", 200)
    if status != 200:
        sys.exit(f"{words}: answered {status}")
    times = []
    for _time in range(TIMES):
        begun = time.perf_counter()
        answer = work()
        if getattr(answer, "streaming", False):
            for _piece in answer.streaming_content:
                pass
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    late = times[min(len(times) - 1, round(0.95 * (len(times) - 1)))]
    print(f"{words:58} {statistics.median(times):6.0f}ms {late:6.0f}ms {count:8}")


if __name__ == "__main__":
    main()
