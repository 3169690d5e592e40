"""The database's own refusal to change or remove an entry, on both databases."""

from typing import Any, Protocol

from django.db import connection


class Executes(Protocol):
    """A cursor, or the editor that a migration works with."""

    def execute(self, sql: str) -> Any: ...


MESSAGE = "the audit record is append-only"

_SQLITE = [
    f"CREATE TRIGGER IF NOT EXISTS audit_entry_no_{verb.lower()} BEFORE {verb} ON audit_entry BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    for verb in ("UPDATE", "DELETE")
]
_POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$ LANGUAGE plpgsql""",
    "DROP TRIGGER IF EXISTS audit_entry_no_change ON audit_entry",
    "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "DROP TRIGGER IF EXISTS audit_entry_no_emptying ON audit_entry",
    "CREATE TRIGGER audit_entry_no_emptying BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
]


def install(database: Executes) -> None:
    for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL:
        database.execute(statement)


def remove(database: Executes) -> None:
    """Only for tests: those that tamper, and those that empty every table after themselves."""
    if connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            database.execute(f"DROP TRIGGER IF EXISTS audit_entry_no_{verb}")
    else:
        for name in ("change", "emptying"):
            database.execute(f"DROP TRIGGER IF EXISTS audit_entry_no_{name} ON audit_entry")
