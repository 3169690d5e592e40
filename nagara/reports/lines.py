"""Each project of a frozen report as one flat line, the same in CSV and workbook."""

from collections.abc import Iterator
from typing import Any

from nagara.reports import document
from nagara.reports.models import FrozenReport, FrozenRow
from nagara.reports.reading import Asked, contents, rows_behind
from nagara.reports.states import RowKind


def project_lines(report: FrozenReport) -> Iterator[dict[str, Any]]:
    """Each project of a report as one flat line."""
    content = document.content_of(report)
    for row in contents(rows_behind(report, Asked())):
        yield flat(row, content)


def flat(row: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    titles, city = content["titles"], content["cities"][row["city"]]
    return {
        "position": row["position"],
        "key": row["key"],
        "title_th": row["title"].get("th", ""),
        "title_en": row["title"].get("en", ""),
        "city": row["city"],
        "city_th": city["name"].get("th", ""),
        "city_en": city["name"].get("en", ""),
        "state": row["state"],
        "focus_area": row["area"],
        "focus_area_en": titles["areas"].get(row["area"], {}).get("en", ""),
        "involves": " ".join(row["areas"]),
        "stage": row["stage"],
        "stage_en": titles["stages"].get(row["stage"], {}).get("en", ""),
        "life_cycle": row["status"],
        "in_record_since": row["entered_on"],
        "change": row.get("change", ""),
        "source": row["source"],
        "certainty": row["certainty"],
    }


def value_lines(report: FrozenReport) -> Iterator[dict[str, Any]]:
    """Each published value of a report as one flat line."""
    rows = FrozenRow.objects.filter(report=report, kind=RowKind.MEASURE).order_by("position")
    for row in contents(rows):
        for value in row["values"]:
            yield {
                "measure": row["measure"],
                "part": row["part"],
                "title_th": row["title"].get("th", ""),
                "title_en": row["title"].get("en", ""),
                "unit_en": row["unit"].get("en", ""),
                "city": value["city"],
                "value": value["number"],
                "missing": value["missing"],
                "quality": value["quality"],
                "source": value["source"],
                "published_at": value["at"],
            }
