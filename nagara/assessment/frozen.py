"""An application as it is handed in: one plain content with one digest. Persons are not in it; the submission's row names them."""

from datetime import date
from typing import Any

from nagara.assessment.models import Application
from nagara.assessment.queries import answers_of, edition_of, papers_of
from nagara.assessment.slots import cells, understand
from nagara.places.models import Area
from nagara.places.queries import standing


def content_of(application: Application, on: date) -> dict[str, Any]:
    """What the team wrote in the fields that count now, each as typed and as understood; and the documents with their links."""
    edition = edition_of(application)
    written = answers_of(application)
    answers = {}
    for cell in cells(edition, application.dimensions):
        for slot in cell.slots:
            typed = str(written.get(slot.key) or "").strip()
            if typed:
                answers[slot.key] = {"typed": typed, "value": understand(slot.field, typed).value}
    return {
        "edition": application.round.edition.digest,
        "round": application.round.slug,
        "place": {"kind": "area" if application.area_id else "city", "id": application.area_id or application.city_id},
        "name": application.place.name,
        "boundary": _boundary(application.area, on) if application.area else None,
        "organisation": application.organisation.name,
        "city_type": application.city_type,
        "dimensions": application.dimensions,
        "answers": answers,
        "evidence": [
            {
                "id": paper.pk,
                "title": paper.title,
                "file": {
                    "digest": paper.file.digest,
                    "name": paper.file.name,
                    "size": paper.file.size,
                    "media_type": paper.file.media_type,
                    "pages": paper.file.pages,
                },
                "links": [
                    {
                        "criterion": link.criterion,
                        "dimension": link.dimension,
                        "asked": link.asked,
                        "pages": link.pages,
                        "note": link.note,
                    }
                    for link in paper.links.all()
                ],
            }
            for paper in papers_of(application)
        ],
    }


def _boundary(area: Area, on: date) -> dict[str, Any] | None:
    """The outline that goes with the application, by its digest: the row that holds it is never changed."""
    outline = standing(area, on).newest
    if outline is None:
        return None
    return {"digest": outline.digest, "square_kilometres": outline.square_kilometres, "proposal": getattr(outline, "number", None)}
