"""A consistent copy of the database, and its way back; for each of the two kinds in its own manner.

SQLite: the library's own online copy, one file. PostgreSQL: every table by COPY out of one transaction that sees one instant;
no tool beside our own driver is needed, and no version of it has to fit the server's.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from nagara.toolkit.refusal import Refusal

Migrations = list[tuple[str, str]]


def engine() -> str:
    return connection.vendor


def has_content(database: BaseDatabaseWrapper | None = None) -> bool:
    """Does the database hold anything that a restore would lose: an account, or an act of a person? Setting up leaves acts of its own."""
    database = database or connection
    asked = {
        "people_user": "SELECT 1 FROM people_user LIMIT 1",
        "audit_entry": "SELECT 1 FROM audit_entry WHERE by NOT LIKE 'system:%' LIMIT 1",
    }
    with database.cursor() as cursor:
        tables = set(database.introspection.table_names(cursor))
        for table in sorted(tables & set(asked)):
            cursor.execute(asked[table])
            if cursor.fetchone():
                return True
    return False


class SQLite:
    """The database is one file; so is its copy."""

    def copy_out(self, folder: Path) -> tuple[Migrations, int, str]:
        """Write the copy into `folder`; answer its migrations and where its record ends."""
        path = folder / "nagara.sqlite3"
        connection.ensure_connection()
        if connection.in_atomic_block:
            raise RuntimeError("A copy is made outside a transaction: SQLite would wait for this very one to end.")
        with closing(sqlite3.connect(path)) as target:
            connection.connection.backup(target)
            # One plain file, without a log beside it.
            target.execute("PRAGMA journal_mode=DELETE")
            made = target.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
            seq, digest = target.execute("SELECT seq, digest FROM audit_head WHERE id = 1").fetchone()
        return [(app, name) for app, name in made], int(seq), str(digest)

    def put_back(self, folder: Path, migrations: Migrations) -> None:
        path = folder / "nagara.sqlite3"
        with closing(sqlite3.connect(path)) as copy:
            fault = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if fault != "ok":
            raise Refusal(_("The database in the backup is damaged: %(fault)s") % {"fault": fault}, code="backup-damaged")
        target = Path(str(settings.DATABASES["default"]["NAME"]))
        connection.close()
        for beside in (f"{target}-wal", f"{target}-shm"):
            Path(beside).unlink(missing_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


class PostgreSQL:
    """Every table becomes one member, as COPY writes it."""

    def copy_out(self, folder: Path) -> tuple[Migrations, int, str]:
        # A connection of its own, so that its one transaction sees one instant whatever else goes on.
        source = connection.copy("default")
        try:
            source.set_autocommit(False)
            with source.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                for table in _tables(cursor):
                    columns = ", ".join(f'"{column}"' for column in _columns(cursor, table))
                    with (folder / f"{table}.copy").open("wb") as file:
                        file.write(f"{columns}\n".encode())
                        with cursor.copy(f'COPY "{table}" ({columns}) TO STDOUT') as copy:
                            for piece in copy:
                                file.write(bytes(piece))
                cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
                made = [(str(app), str(name)) for app, name in cursor.fetchall()]
                cursor.execute("SELECT seq, digest FROM audit_head WHERE id = 1")
                seq, digest = cursor.fetchone()
            source.rollback()
        finally:
            source.close()
        return made, int(seq), str(digest)

    def put_back(self, folder: Path, migrations: Migrations) -> None:
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'DROP TABLE "{table}" CASCADE')
        self._make_tables(migrations)
        with connection.cursor() as cursor:
            tables = _tables(cursor)
            kept = sorted(path.stem for path in folder.glob("*.copy"))
            if tables != kept:
                odd = ", ".join(sorted(set(tables) ^ set(kept))[:5])
                raise Refusal(
                    _("The tables of the backup are not those of its migrations: %(tables)s") % {"tables": odd}, code="backup-damaged"
                )
        connection.set_autocommit(False)
        try:
            with connection.cursor() as cursor:
                for table in tables:
                    # What migrations put in by themselves; the record is empty, and refuses to be emptied.
                    if table != "audit_entry":
                        cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - a name of our own schema
                for table in tables:
                    _fill(cursor, table, folder / f"{table}.copy")
                _set_sequences(cursor, tables)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            connection.set_autocommit(True)

    def _make_tables(self, migrations: Migrations) -> None:
        """The tables as they were when the backup was made: the migrations of that day, run by this version."""
        executor = MigrationExecutor(connection)
        made = set(migrations)
        leaves = [
            node
            for node in made
            if node in executor.loader.graph.nodes
            and not any(
                child in made and child[0] == node[0] for child in (node_.key for node_ in executor.loader.graph.node_map[node].children)
            )
        ]
        executor.migrate(sorted(leaves))


def _tables(cursor: Any) -> list[str]:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
    return [str(row[0]) for row in cursor.fetchall()]


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s "
        "AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [str(row[0]) for row in cursor.fetchall()]


def _fill(cursor: Any, table: str, path: Path) -> None:
    with path.open("rb") as file:
        columns = file.readline().decode().strip()
        with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
            while piece := file.read(1 << 20):
                copy.write(piece)


def _set_sequences(cursor: Any, tables: list[str]) -> None:
    """The next number of each table goes on after the last one."""
    for table in tables:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s "
            "AND (is_identity = 'YES' OR column_default LIKE 'nextval(%%')",
            [table],
        )
        for (column,) in cursor.fetchall():
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), "  # noqa: S608 - names of our own schema
                f'coalesce((SELECT max("{column}") FROM "{table}"), 1), (SELECT count(*) > 0 FROM "{table}"))'
            )


def unknown(migrations: Migrations) -> list[str]:
    """Migrations of a backup that this version does not have: it was made by a later one."""
    graph = MigrationExecutor(connection).loader.graph
    ours = {config.label for config in apps.get_app_configs()}
    return [f"{app}.{name}" for app, name in migrations if app in ours and (app, name) not in graph.nodes]


def of_this_installation() -> SQLite | PostgreSQL:
    return SQLite() if engine() == "sqlite" else PostgreSQL()
