"""DuckDB: what reads and writes the files of the history. Loaded with the first request that needs one."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Any

MEMORY = "512MB"
_lock = threading.Lock()
_held: list[Any] = []
_overflow: list[Path] = []


def overflow_to(folder: Path) -> None:
    """Where DuckDB puts what its memory does not hold (else it makes a folder where the process was started)."""
    _overflow[:] = [folder / ".duckdb"]


def cursor() -> Any:
    """A cursor of this process's one in-memory database; each thread takes its own."""
    with _lock:
        if not _held:
            import duckdb  # some 60 MB of library: a broker whose history is short never loads it

            connection = duckdb.connect(":memory:")
            connection.execute(f"SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
            overflow = _overflow[0] if _overflow else Path(tempfile.gettempdir()) / "nagara-duckdb"
            connection.execute(f"SET temp_directory = {quoted(overflow)}")
            connection.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
            _held.append(connection)
        return _held[0].cursor()


def quoted(text: str | Path) -> str:
    """A text as an SQL literal, for places where nothing can be bound."""
    return "'" + str(text).replace("'", "''") + "'"


def files(paths: list[Path]) -> str:
    """A table function over Parquet files."""
    return f"read_parquet([{', '.join(quoted(path) for path in paths)}], hive_partitioning = false)"


def raw_columns(columns: dict[str, str]) -> str:
    """The schema of an interchange file for read_json."""
    return "{" + ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in columns.items()) + "}"
