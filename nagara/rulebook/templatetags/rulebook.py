"""How a page shows a score of an example."""

from typing import Any

from django import template

from nagara.rulebook.faults import sheets_of
from nagara.rulebook.schema import EditionFile, Example
from nagara.rulebook.score import Computed, cell_key, compute

register = template.Library()


@register.filter
def outcome(example: Example, edition: EditionFile) -> Computed:
    """What the calculation gives for an example."""
    return compute(edition, example.dimensions, sheets_of(example))


@register.filter
def rows(example: Example, edition: EditionFile) -> list[dict[str, Any]]:
    """One row for each thing that is scored: criterion, dimension, the assessors' scores, the mark of 100."""
    found = compute(edition, example.dimensions, sheets_of(example))
    return [
        {
            "criterion": edition.criterion(criterion),
            "dimension": edition.dimension(dimension) if dimension else None,
            "scores": example.scores[cell_key(criterion, dimension)],
            "mark": found.cells[cell_key(criterion, dimension)],
        }
        for criterion, dimension in edition.cells(example.dimensions)
    ]


@register.filter
def gate_titles(codes: list[str], edition: EditionFile) -> list[dict[str, str]]:
    return [gate.title for gate in edition.gates if gate.code in codes]


@register.filter
def number(value: float) -> str:
    """20 · 33.33: no more decimals than were written."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
