"""The cities of the network, each a row of `places.City`. Loading them twice changes nothing."""

from datetime import date

from demo.facts import read
from nagara.documents.models import Source
from nagara.places.models import City, State, Subdivision


def load_network_sources() -> dict[str, Source]:
    """The sources that facts about the network name."""
    found = {}
    for row in read("network_sources"):
        days = {"published_on": date.fromisoformat(row["published_on"])}
        found[row["code"]] = Source.objects.get_or_create(code=row["code"], defaults={**row, **days})[0]
    return found


def load() -> dict[str, City]:
    """Each city by its address. States and provinces must be there; a province that is not is left open."""
    sources = load_network_sources()
    states = set(State.objects.values_list("pk", flat=True))
    provinces = set(Subdivision.objects.values_list("pk", flat=True))
    found = {}
    for row in read("cities"):
        if row["state"] not in states:
            raise LookupError(f"the state {row['state']} of {row['slug']} is not in the record: load the states first")
        found[row["slug"]] = City.objects.get_or_create(
            slug=row["slug"],
            defaults={
                "name": row["name"],
                "state_id": row["state"],
                "subdivision_id": row["province"] if row.get("province") in provinces else None,
                "latitude": row["latitude"],
                "longitude": row["longitude"],
                "source": sources[row["source"]],
            },
        )[0]
    return found
