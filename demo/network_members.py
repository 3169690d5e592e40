"""The members of the network: states and cities, each since the first day on which a source shows it. Loading twice changes nothing."""

from collections import Counter
from datetime import date, datetime

from demo import cities
from demo.facts import read
from demo.world import LOADER
from nagara.documents.models import Source
from nagara.network.actions.record import enter_city, enter_state
from nagara.network.models import Network
from nagara.places.models import State


def load(*, at: datetime) -> Counter[str]:
    """Load what is not there yet, and answer how many rows of each kind there are."""
    here = cities.load()
    cities.load_network_sources()
    sources = {source.code: source for source in Source.objects.all()}
    states = {state.pk: state for state in State.objects.all()}
    loaded: Counter[str] = Counter()
    found = {}
    for row in read("networks"):
        facts = {"founded_on": date.fromisoformat(row["founded_on"]), "source": sources[row["source"]]}
        found[row["code"]] = Network.objects.get_or_create(code=row["code"], defaults={**row, **facts})[0]
    for row in read("network_states"):
        for code in row["states"]:
            since, source = date.fromisoformat(row["since"]), sources[row["source"]]
            enter_state(found[row["network"]], states[code], since=since, day_known=row["day_known"], source=source, by=LOADER, at=at)
            loaded["states of the network"] += 1
    for row in read("network_cities"):
        for slug in row["cities"]:
            since, source = date.fromisoformat(row["since"]), sources[row["source"]]
            enter_city(found[row["network"]], here[slug], since=since, day_known=row["day_known"], source=source, by=LOADER, at=at)
            loaded["cities of the network"] += 1
    return loaded
