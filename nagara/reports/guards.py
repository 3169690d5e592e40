"""The database's own refusal to change or remove what was frozen, on both databases."""

from nagara.audit.guards import Executes, connection

MESSAGE = "a frozen report is not changed: correct it by a new one"
TABLES = ("reports_frozenreport", "reports_frozenrow", "reports_drawing")


def install(database: Executes) -> None:
    if connection.vendor == "sqlite":
        for table in TABLES:
            for verb in ("UPDATE", "DELETE"):
                database.execute(
                    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
                )
        return
    database.execute(
        f"CREATE OR REPLACE FUNCTION reports_refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$ LANGUAGE plpgsql"
    )
    for table in TABLES:
        database.execute(f"DROP TRIGGER IF EXISTS {table}_no_change ON {table}")
        database.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION reports_refuse()"
        )


def remove(database: Executes) -> None:
    """Only for tests: those that tamper, and those that empty every table after themselves."""
    for table in TABLES:
        if connection.vendor == "sqlite":
            for verb in ("update", "delete"):
                database.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        else:
            database.execute(f"DROP TRIGGER IF EXISTS {table}_no_change ON {table}")
