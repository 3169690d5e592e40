"""One database: build or open the world, then measure. Started by `benchmarks.pages` with the installation in its environment."""

import io
import sys
import time
from datetime import datetime
from pathlib import Path


def main() -> None:
    areas, links, entries, only = sys.argv[1:5]
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone
    from django.utils.translation import override

    from benchmarks.pages.build import Size, build

    call_command("setup", stdout=io.StringIO())
    print(f"\n{connection.display_name} {version()}, Python {sys.version.split()[0]}", flush=True)
    mark = Path(settings.DATA) / "built"
    if not mark.exists():
        begun = time.perf_counter()
        with override("th"):
            for words, seconds in build(Size(int(areas), int(links), int(entries)), at=timezone.now()):
                print(f"  built in {seconds:5.1f} s: {words}", flush=True)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        mark.write_text(datetime.now(settings.ZONE).isoformat())
        print(f"  the world in {time.perf_counter() - begun:.0f} s", flush=True)
    from benchmarks.pages import measure

    measure.run(only)


def version() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        return str(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
