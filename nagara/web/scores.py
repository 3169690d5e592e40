"""What may be said in public of how a recognised area was assessed: marks by criterion, gates, how many documents. No persons."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from nagara.assessment.models import Application, Result
from nagara.assessment.queries import edition_of, result_of
from nagara.assessment.slots import cells
from nagara.rulebook.score import cell_key
from nagara.toolkit.texts import Texts


@dataclass(frozen=True)
class Mark:
    """One criterion (in one dimension): its mark of 100, its share of the total, and the documents that stood behind it."""

    title: str
    mark: Decimal | None
    documents: int


@dataclass(frozen=True)
class Scores:
    result: Result
    marks: list[Mark]
    gates: list[tuple[Texts, bool]]
    sheets: int
    documents: int


def scores_of(application: Application) -> Scores | None:
    """The result behind a decision, as it was computed and kept; None before there is one."""
    result = result_of(application)
    if result is None:
        return None
    edition, kept = edition_of(application), result.plain()["computed"]
    evidence = result.submission.plain()["evidence"]
    documents: Counter[str] = Counter()
    for paper in evidence:
        documents.update({cell_key(link["criterion"], link["dimension"]) for link in paper["links"]})
    asked = {gate.code: gate for gate in edition.gates}
    return Scores(
        result=result,
        marks=[
            Mark(
                title=cell.title(),
                mark=Decimal(kept["cells"][cell.key]) if cell.key in kept["cells"] else None,
                documents=documents[cell.key],
            )
            for cell in cells(edition, application.dimensions)
        ],
        gates=[(asked[gate["code"]].title, gate["passed"]) for gate in kept["gates"]],
        sheets=kept["sheets"],
        documents=len(evidence),
    )
