"""A report of 1,000 cities, 50,000 projects and 91 indicators over 10 years: gathered, frozen, read, printed.

    python -m benchmarks.reports [--projects 50000] [--cities 1000] [--indicators 91] [--years 10]

It works in a database of its own: a new SQLite file, or the one that DATABASE_URL names, which must be empty. Each page is asked
for 30 times after one for warming up. Where other programs load the machine, CPU says more than the clock. The baseline beside them is the least that the same machine answers: a page without rows.
"""

import argparse
import io
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

TIMES = 30
DAY = date(2026, 9, 30)


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--projects", type=int, default=50_000)
    parser.add_argument("--cities", type=int, default=1_000)
    parser.add_argument("--indicators", type=int, default=91)
    parser.add_argument("--years", type=int, default=10)
    asked = parser.parse_args(words)
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
        world(asked)
        print(f"memory before the report: {held():.0f} MB")
        report(asked)
        print(f"memory, most that was held: {held():.0f} MB")


def held() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(words: str, work: Callable[[], Any]) -> Any:
    begun, busy = time.perf_counter(), time.process_time()
    found = work()
    print(f"{words:58} {time.perf_counter() - begun:8.2f} s   CPU {time.process_time() - busy:8.2f} s", flush=True)
    return found


def world(asked: argparse.Namespace) -> None:
    """Cities, projects and values, all of them members of one network."""
    from nagara.monitoring.models import Level, Return
    from nagara.plans.tests.many import make_many
    from nagara.reports.tests.make import join

    cities = timed(f"{asked.projects} projects in {asked.cities} cities", lambda: make_many(asked.projects, cities=asked.cities))
    for city in cities:
        join(city)
    timed(f"values of {asked.indicators} indicators over {asked.years} years", lambda: put_values(cities, asked))
    print(f"  published values: {Level.objects.count()}, returns: {Return.objects.count()}")


def put_values(cities: list[Any], asked: argparse.Namespace) -> None:
    from django.db import connection, transaction

    from nagara.monitoring.models import Level, Period, Return, Value
    from nagara.monitoring.states import LevelName, Origin, Quality, ReturnState, Timeliness
    from nagara.monitoring.tests.make import NOON, bare_period
    from nagara.rulebook import indicators

    def returns(period: Period) -> Iterator[Return]:
        settled = {
            "handed_in": Timeliness.ON_TIME,
            "first_submitted_at": NOON,
            "submitted_at": NOON,
            "verified_at": NOON,
            "published_at": NOON,
        }
        for city in cities:
            yield Return(period=period, city=city, state=ReturnState.PUBLISHED, due_at=period.due_at, locks_at=period.locks_at, **settled)

    with transaction.atomic():
        for year in range(DAY.year - asked.years + 1, DAY.year + 1):
            Return.objects.bulk_create(returns(bare_period(str(year), date(year, 9, 30))), batch_size=500)
        known = [measure.code for found in indicators.all_sets() for measure in found.measures if not measure.derived]
        measures = known[: asked.indicators]
        # One row of each kind is written by the models; the database copies it for every return, which is the only quick way.
        first = Return.objects.order_by("pk")[0]
        cells = Value.objects.bulk_create([Value(of=first, measure=measure, saved_at=NOON) for measure in measures])
        Level.objects.bulk_create(
            Level(
                value=cell,
                city_id=first.city_id,
                period_id=first.period_id,
                last_day=first.period.last_day,
                measure=cell.measure,
                level=LevelName.PUBLISHED,
                number=1,
                quality=Quality.MEASURED,
                origin=Origin.TYPED,
                at=NOON,
                by_key="system:test",
            )
            for cell in cells
        )
        with connection.cursor() as cursor:
            copy(cursor, Value, {"of_id": "r.id"}, f"FROM monitoring_value s CROSS JOIN monitoring_return r WHERE r.id <> {first.pk}")
            copy(
                cursor,
                Level,
                {
                    "value_id": "v.id",
                    "city_id": "r.city_id",
                    "period_id": "r.period_id",
                    "last_day": "p.last_day",
                    "number": "v.id % 1000 / 4.0",
                },
                "FROM monitoring_value v JOIN monitoring_return r ON r.id = v.of_id JOIN monitoring_period p ON p.id = r.period_id "
                f"JOIN monitoring_level s ON s.measure = v.measure AND s.value_id <> v.id AND s.city_id = {first.city_id} "
                f"WHERE r.id <> {first.pk}",
            )


def copy(cursor: Any, model: Any, changed: dict[str, str], where: str) -> None:
    """Copy rows of a table inside the database, some columns changed."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    chosen = ", ".join(changed.get(column, f's."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {chosen} {where}")


def report(asked: argparse.Namespace) -> None:
    from django.test import Client

    from nagara.plans.models import Project
    from nagara.plans.tests.make import LOADER, NOON
    from nagara.reports import document
    from nagara.reports.actions import freeze
    from nagara.reports.papers.docx import docx
    from nagara.reports.papers.pdf import pdf
    from nagara.reports.papers.xlsx import xlsx
    from nagara.reports.states import Kind
    from nagara.reports.tests.make import ascn

    network = ascn()
    first = timed("freeze, the first report", lambda: freeze(network, Kind.MONITORING, DAY - timedelta(365), by=LOADER, at=NOON))
    Project.objects.filter(pk__in=list(Project.objects.values_list("pk", flat=True)[:1000])).update(main_area="industry-innovation")
    found = timed("freeze, compared row by row with the first", lambda: freeze(network, Kind.MONITORING, DAY, by=LOADER, at=NOON))
    print(f"  document: {found.size / 1e6:.1f} MB, rows: {found.rows.count()}, compared with {first.number}")
    print(f"memory after freezing: {held():.0f} MB")
    timed("digest of the whole document checked", lambda: document.is_sound(found) or sys.exit("the digest is wrong"))
    for lang in ("th", "en"):
        size = len(timed(f"PDF ({lang})", lambda lang=lang: pdf(found, lang)))
        print(f"  {size / 1e6:.1f} MB")
    timed("DOCX (th)", lambda: docx(found, "th"))
    size = len(timed("XLSX (th), every project and value", lambda: xlsx(found, "th")))
    print(f"  {size / 1e6:.1f} MB")
    client = Client()
    pages(
        client,
        [
            ("baseline: a page without rows", "/accounts/login/"),
            ("list of reports", "/reports"),
            ("report", f"/reports/{found.number}"),
            ("rows of one focus area, page 1", f"/reports/{found.number}/rows?area=civic-social"),
            ("rows of one focus area, last page", f"/reports/{found.number}/rows?area=civic-social&page=9999"),
            ("rows that were filed elsewhere", f"/reports/{found.number}/rows?change=filed"),
            ("one row", f"/reports/{found.number}/rows/project/{asked.projects // 2}"),
            ("one indicator, 1,000 cities", f"/reports/{found.number}/rows/measure/45"),
            ("reconciliation", "/reports/reconciliation"),
            ("cities compared on one indicator", "/indicators/physicians"),
            ("values of one city", "/cities/city-7/values"),
        ],
    )


def pages(client: Any, asked: list[tuple[str, str]]) -> None:
    for words, address in asked:
        client.get(address)
        taken, busy = [], []
        for _turn in range(TIMES):
            begun, worked = time.perf_counter(), time.process_time()
            answer = client.get(address)
            taken.append((time.perf_counter() - begun) * 1000)
            busy.append((time.process_time() - worked) * 1000)
            if answer.status_code != 200:
                sys.exit(f"{address}: {answer.status_code}")
        print(
            f"{words:42} CPU {statistics.median(busy):7.1f} ms   p50 {statistics.median(taken):7.1f} ms   "
            f"p95 {statistics.quantiles(taken, n=20)[18]:7.1f} ms   {len(answer.content) / 1000:.0f} kB"
        )


if __name__ == "__main__":
    main()
