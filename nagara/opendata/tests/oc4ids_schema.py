"""The schema of OC4IDS 0.9.5, and what is wrong with a package by it.

The files in `vendor` are the standard's own, of its release 0.9.5 (github.com/open-contracting/infrastructure, schema/project-level).
The standard lets a publisher add fields; we add none, so here a field that it does not know is a fault too.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

FOLDER = Path(__file__).parent / "vendor"
MOMENT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$"
ADDRESS = "^https?://"


def strict(schema: Any) -> Any:
    """The same schema that takes no other field, and holds instants and addresses to their form."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: strict(value) for key, value in schema.items()}
    if isinstance(found.get("properties"), dict) and found.get("type") != "string":
        found.setdefault("additionalProperties", False)
    form = {"date-time": MOMENT, "uri": ADDRESS}.get(str(found.get("format")))
    if form is not None:
        found["pattern"] = form
    return found


@cache
def validator(*, exactly: bool = True) -> Draft4Validator:
    """By the standard, or with `exactly` by the standard and without a field of one's own."""
    schemas = [json.loads((FOLDER / name).read_text(encoding="utf-8")) for name in ("project-package-schema.json", "project-schema.json")]
    used = [strict(schema) for schema in schemas] if exactly else schemas
    registry: Registry = Registry().with_resources((schema["id"], Resource.from_contents(schema, DRAFT4)) for schema in used)
    return Draft4Validator(used[0], registry=registry)


def faults_of(package: Any) -> list[str]:
    """What is wrong with a package by the standard's own schema, and which of its fields the standard does not know."""
    found = [error for exactly in (False, True) for error in validator(exactly=exactly).iter_errors(package)]
    faults = sorted({f"{error.json_path}: {error.message}" for error in found})
    numbers = [project.get("id") for project in package.get("projects", [])]
    return faults + ([] if len(set(numbers)) == len(numbers) else ["two projects have the same identifier"])
