"""The broker held against its own description: requests made from the OpenAPI document, good and bad ones."""

from __future__ import annotations

from typing import Any

import hypothesis
import schemathesis
from hypothesis import given
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from nagara.broker.tests.conftest import ROOT, Running

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_every_operation_answers_as_it_is_described(running: Running) -> None:
    described = schemathesis.openapi.from_url(f"http://127.0.0.1:{running.port}{ROOT}/openapi.json")
    faults: list[str] = []
    operations = 0
    for found in described.get_all_operations():
        operation = found.ok()
        operations += 1

        @hypothesis.settings(
            max_examples=3,
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        )
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            case.call_and_validate(checks=CHECKS, headers={"NGSILD-Tenant": "described"}, timeout=20)

        try:
            holds()
        except Exception as error:
            faults.append(f"{operation.label}: {error}")
    assert operations > 30
    assert not faults, "\n\n".join(faults)
