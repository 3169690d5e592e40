"""Facts of the public record as JSON, each with its source."""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def read(name: str) -> list[dict[str, Any]]:
    """The rows of one file, such as read("areas")."""
    rows: list[dict[str, Any]] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return rows
