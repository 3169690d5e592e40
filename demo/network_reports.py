"""The report of 2025 frozen from its rows, and what the reports since 2018 printed. Loading twice changes nothing."""

from collections import Counter
from datetime import date, datetime

from demo import cities
from demo.facts import read
from demo.world import LOADER
from nagara.documents.models import Source
from nagara.network.models import Network
from nagara.reports.actions import freeze
from nagara.reports.models import FrozenReport, PrintedFigure
from nagara.reports.states import Kind

AS_OF = date(2025, 9, 30)


def load(*, at: datetime) -> Counter[str]:
    """Load what is not there yet, and answer how many rows of each kind there are."""
    cities.load_network_sources()
    sources = {source.code: source for source in Source.objects.all()}
    networks = {network.code: network for network in Network.objects.all()}
    loaded: Counter[str] = Counter()
    for row in read("printed_figures"):
        PrintedFigure.objects.get_or_create(
            network=networks[row["network"]],
            as_of=date.fromisoformat(row["as_of"]),
            figure=row["figure"],
            code=row["code"],
            unit=row["unit"],
            source=sources[row["source"]],
            defaults={"printed": row["printed"], "day_known": row["day_known"], "note": row.get("note", {})},
        )
        loaded["printed figures"] += 1
    ascn = networks["ascn"]
    if not FrozenReport.objects.filter(network=ascn, kind=Kind.MONITORING, as_of=AS_OF).exists():
        freeze(ascn, Kind.MONITORING, AS_OF, by=LOADER, at=at)
        loaded["frozen reports"] += 1
    return loaded
