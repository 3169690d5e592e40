"""The period before: what a city answered then."""

from dataclasses import dataclass
from decimal import Decimal

from nagara.monitoring.models import Level, Period, Return
from nagara.monitoring.states import LevelName

ORDER = {LevelName.CLAIMED: 0, LevelName.VERIFIED: 1, LevelName.PUBLISHED: 2}


@dataclass(frozen=True)
class Last:
    """The value of the period before: at the highest level it reached, with the source that the city named."""

    number: Decimal | None
    missing: str
    quality: str
    source: str
    period: str
    level: str


Cells = dict[tuple[str, str], Last]


def last_answers(answer: Return) -> Cells:
    """For each cell of a return what the city answered in its newest period before this one. Two queries."""
    before = (
        Period.objects.filter(returns__city=answer.city_id, returns__values__levels__isnull=False, last_day__lt=answer.period.last_day)
        .order_by("-last_day", "-pk")
        .first()
    )
    if before is None:
        return {}
    found: Cells = {}
    rows = Level.objects.filter(period=before, city=answer.city_id, until=None)
    for row in sorted(rows, key=lambda row: ORDER[LevelName(row.level)]):
        found[row.measure, row.part] = Last(row.number, row.missing, row.quality, row.source, before.code, row.level)
    return found
