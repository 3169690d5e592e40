"""Every page at size: 10,000 areas, 100,000 links of evidence, 1,000,000 entries of the audit record, on SQLite and PostgreSQL.

    python -m benchmarks.pages [--areas N] [--links N] [--entries N] [--database sqlite|postgresql] [--anew]

The world is built once and kept in a folder of the machine's temporary files for five days (`--anew` builds it again). On
PostgreSQL a database of its own (`nagara_size_…`) is made on the server that DATABASE_URL or NAGARA_TEST_POSTGRESQL names.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.pages.build import Size

DAYS_KEPT = 5


def main() -> None:
    parser = argparse.ArgumentParser()
    usual = Size()
    parser.add_argument("--areas", type=int, default=usual.areas)
    parser.add_argument("--links", type=int, default=usual.links)
    parser.add_argument("--entries", type=int, default=usual.entries)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one; else both")
    parser.add_argument("--anew", action="store_true", help="build the world again")
    parser.add_argument("--only", default="", help="only the pages whose name holds these words, without server and verification")
    asked = parser.parse_args()
    size = Size(asked.areas, asked.links, asked.entries)
    failed = False
    for vendor in [asked.database] if asked.database else ["sqlite", "postgresql"]:
        failed |= not measure(vendor, size, anew=asked.anew, only=asked.only)
    sys.exit(int(failed))


def measure(vendor: str, size: Size, *, anew: bool, only: str) -> bool:
    """Measure on one database, in a process of its own: settings are read once a process."""
    folder = Path(tempfile.gettempdir()) / f"nagara-size-{vendor}-{size.name}"
    environment = {**os.environ, "NAGARA_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "nagara.config.settings"}
    environment.pop("DATABASE_URL", None)
    fresh = (folder / "built").exists() and time.time() - (folder / "built").stat().st_mtime < DAYS_KEPT * 86400
    anew = anew or not fresh
    if vendor == "postgresql":
        server = os.environ.get("DATABASE_URL") or os.environ.get("NAGARA_TEST_POSTGRESQL") or ""
        if not server.startswith("postgres"):
            print("PostgreSQL: not measured, for neither DATABASE_URL nor NAGARA_TEST_POSTGRESQL names a server.\n")
            return True
        environment["DATABASE_URL"] = own_database(server, f"nagara_size_{size.name}", anew=anew)
    if anew and folder.exists():
        subprocess.run(["rm", "-rf", str(folder)], check=True)
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [str(size.areas), str(size.links), str(size.entries), only]
    return subprocess.run([sys.executable, "-m", "benchmarks.pages.one", *arguments], env=environment, check=False).returncode == 0


def own_database(server: str, name: str, *, anew: bool) -> str:
    import psycopg
    from psycopg import sql

    with psycopg.connect(server, autocommit=True) as connection:
        if anew:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    parts = urlsplit(server)
    return f"{parts.scheme}://{parts.netloc}/{name}" + (f"?{parts.query}" if parts.query else "")


if __name__ == "__main__":
    main()
