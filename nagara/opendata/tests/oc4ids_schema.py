"""What OC4IDS 0.9.5 asks of the fields that we write, derived from its documentation (schema reference and code lists).

This is not the standard's own schema file: it says the same of the fields that we use, and forbids every other one, so that
a field of ours that the standard does not know cannot slip in. Where `NAGARA_OC4IDS_SCHEMA` names a folder with the standard's
`project-package-schema.json` and `project-schema.json`, the tests hold the same packages against those as well.
Documentation: https://standard.open-contracting.org/infrastructure/0.9.5/en/reference/schema/
"""

import json
import os
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

TEXT = {"type": "string", "minLength": 1}
MOMENT = {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$"}
ADDRESS = {"type": "string", "format": "uri", "pattern": "^https?://"}


def things(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """An object with these fields and no other; one that is empty is left out instead."""
    found: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}
    return {**found, "required": list(required)} if required else found


def several(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1, "uniqueItems": True}


VALUE = things(("amount", "currency"), amount={"type": "number"}, currency={"type": "string", "pattern": "^[A-Z]{3}$"})
PERIOD = things(startDate=MOMENT, endDate=MOMENT)
STATUS = (
    "identification",
    "preparation",
    "implementation",
    "completion",
    "maintenance",
    "decommissioning",
    "decommissioned",
    "cancelled",
)
ROLES = ("publicAuthority", "funder", "administrativeEntity", "procuringEntity", "supplier", "interestedParty")

PROJECT = things(
    ("id",),
    id={"type": "string", "pattern": "^oc4ids-"},
    updated=MOMENT,
    language={"type": "string", "minLength": 2},
    identifiers=several(things(("id",), id=TEXT, scheme=TEXT)),
    title=TEXT,
    description=TEXT,
    status={"enum": list(STATUS)},
    purpose=TEXT,
    period=PERIOD,
    additionalClassifications=several(things(("scheme", "id"), scheme=TEXT, id=TEXT, description=TEXT)),
    locations=several(
        things(
            ("id",),
            id=TEXT,
            description=TEXT,
            address=things(locality=TEXT, countryName=TEXT),
            geometry=things(
                ("type", "coordinates"),
                type={"enum": ["Point"]},
                coordinates={"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            ),
        )
    ),
    budget=things(
        amount=VALUE,
        budgetBreakdowns=several(
            things(
                ("id", "budgetBreakdown"),
                id=TEXT,
                description=TEXT,
                budgetBreakdown=several(things(("id",), id=TEXT, description=TEXT, amount=VALUE, period=PERIOD)),
            )
        ),
    ),
    parties=several(things(("id", "name", "roles"), id=TEXT, name=TEXT, roles=several({"enum": list(ROLES)}))),
    milestones=several(
        things(
            ("id",),
            id=TEXT,
            title=TEXT,
            type={"enum": ["delivery"]},
            description=TEXT,
            dueDate=MOMENT,
            dateMet=MOMENT,
            dateModified=MOMENT,
            status={"enum": ["scheduled", "met", "notMet", "partiallyMet"]},
        )
    ),
)
PACKAGE = things(
    ("uri", "publisher", "publishedDate", "projects", "version"),
    uri=ADDRESS,
    publishedDate=MOMENT,
    version={"type": "string", "pattern": r"^(\d+\.)(\d+)$"},
    publisher=things(("name",), name=TEXT, uri=ADDRESS),
    license=ADDRESS,
    publicationPolicy=ADDRESS,
    projects=several(PROJECT),
)


def faults_of(package: Any) -> list[str]:
    """What is wrong with a package by our derived schema, and by the standard's own where it is at hand."""
    checks = [Draft4Validator(PACKAGE, format_checker=FormatChecker())]
    if folder := os.environ.get("NAGARA_OC4IDS_SCHEMA"):
        checks.append(_standard(Path(folder)))
    faults = [f"{error.json_path}: {error.message}" for check in checks for error in check.iter_errors(package)]
    numbers = [project.get("id") for project in package.get("projects", [])]
    return faults + ([] if len(set(numbers)) == len(numbers) else ["two projects have the same identifier"])


def _standard(folder: Path) -> Draft4Validator:
    schemas = [json.loads((folder / name).read_text()) for name in ("project-package-schema.json", "project-schema.json")]
    registry = Registry().with_resources((schema["id"], Resource.from_contents(schema, DRAFT4)) for schema in schemas)
    return Draft4Validator(schemas[0], registry=registry, format_checker=FormatChecker())
