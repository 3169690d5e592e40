"""Loading the demonstration: everything or nothing, and only into an empty installation."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from django.db import transaction
from pyproj import Geod
from shapely.geometry import shape

from demo import network_members, network_plans, network_reports, network_values, network_year
from demo.city_data import load as load_city_data
from demo.facts import read
from demo.open_round import load_open_round
from demo.world import LOADER, World
from nagara.audit.record import record
from nagara.documents.models import Source
from nagara.governance.actions import ItemOnRecord, ResolutionOnRecord, record_from_source
from nagara.governance.models import Body, Seat
from nagara.people.models import Organisation, Person, User
from nagara.places.models import Area, Boundary, State, StateMembership, Subdivision
from nagara.recognition.record import enter, enter_step
from nagara.recognition.states import Tier
from nagara.toolkit.digests import digest
from nagara.toolkit.refusal import Refusal


def is_loaded() -> bool:
    """Is the demonstration there already?"""
    return Source.objects.filter(code="invented").exists()


@transaction.atomic
def load(*, at: datetime) -> Counter[str]:
    """Load the demonstration and answer how many rows of each kind it has."""
    if Area.objects.exists() or User.objects.exists() or Source.objects.exists():
        raise Refusal(
            "The demonstration is loaded into an empty installation only, and this one holds data.",
            next_step="Name an empty folder in NAGARA_DATA.",
            code="not-empty",
        )
    world = World(at)
    load_sources(world)
    load_states(world)
    load_provinces(world)
    load_areas(world)
    load_people(world)
    load_bodies(world)
    load_meetings(world)
    load_recognitions(world)
    world.loaded.update(network_plans.load(at=world.at))
    world.loaded.update(network_members.load(at=world.at))
    world.loaded.update(network_year.load(at=world.at))
    load_open_round(world)
    world.loaded.update(network_values.load(at=world.at))
    world.loaded.update(load_city_data(at=world.at))
    world.loaded.update(network_reports.load(at=world.at))
    world.loaded.update(network_year.load_open_nomination(at=world.at))
    record(by=LOADER, did="demo.load", about="demo", at=at, after=dict(world.loaded))
    return world.loaded


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def load_sources(world: World) -> None:
    for row in read("sources"):
        days = {key: day(row.get(key)) for key in ("published_on",)}
        world.sources[row["code"]] = Source.objects.create(**{**row, **days})
    world.loaded["sources"] = len(world.sources)


def load_states(world: World) -> None:
    """The member states, each with the day since which it is a member."""
    for row in read("states"):
        state = State.objects.create(
            iso2=row["iso2"], iso3=row["iso3"], name=row["name"], official=row["official"], time_zone=row["time_zone"]
        )
        StateMembership.objects.create(
            state=state, association="asean", since=day(row["member_since"]), source=world.sources[row["source"]]
        )
        world.loaded["states"] += 1
    _outlines(world, "outlines_of_states", "state_id")


def load_provinces(world: World) -> None:
    for row in read("provinces"):
        Subdivision.objects.create(
            code=row["code"],
            state_id="TH",
            name=row["name"],
            short=row.get("short", {}),
            region=row["region"],
            latitude=row["latitude"],
            longitude=row["longitude"],
            source=world.sources[row["source"]],
        )
        world.loaded["provinces"] += 1
    _outlines(world, "outlines_of_provinces", "subdivision_id")


def _outlines(world: World, name: str, owner: str) -> None:
    earth = Geod(ellps="WGS84")
    rows = []
    for row in read(name):
        outline = shape(row["geometry"])
        west, south, east, north = outline.bounds
        square_metres = abs(earth.geometry_area_perimeter(outline)[0])
        rows.append(
            Boundary(
                **{owner: row["code"]},
                geometry=row["geometry"],
                west=west,
                south=south,
                east=east,
                north=north,
                square_kilometres=round(square_metres / 1e6, 1),
                origin=Boundary.Origin.REFERENCE,
                digest=digest(row["geometry"]),
                source=world.sources[row["source"]],
                made_at=world.at,
                made_by=LOADER.audit_key,
            )
        )
    Boundary.objects.bulk_create(rows)
    world.loaded["outlines"] += len(rows)


def load_areas(world: World) -> None:
    """The areas by their number in the register; kind, city type and boundary are not on record."""
    for row in read("areas"):
        world.areas[row["number"]] = Area.objects.create(
            slug=row["slug"], name=row["name"], subdivision_id=row["province"], source=world.sources[row["source"]]
        )
        world.loaded["areas"] += 1


def load_people(world: World) -> None:
    """Organisations, and the office holders whom the record names. No contact of anybody is kept."""
    for row in read("organisations"):
        parent = world.organisations[row.pop("parent")] if "parent" in row else None
        source = world.sources[row.pop("source")]
        world.organisations[row["code"]] = Organisation.objects.create(**row, parent=parent, source=source)
    for row in read("persons"):
        organisation = world.organisations[row["organisation"]] if "organisation" in row else None
        world.persons[row["code"]] = Person.objects.create(
            title=row.get("title", {}),
            rank=row.get("rank", {}),
            given=row["given"],
            family=row["family"],
            organisation=organisation,
            source=world.sources[row["source"]],
        )
    world.loaded["organisations"] = len(world.organisations)


def load_bodies(world: World) -> None:
    """Bodies and the seats that are on record. Since when somebody held a seat, and until when, is not."""
    for row in read("bodies"):
        body = Body.objects.create(
            code=row["code"],
            kind=row["kind"],
            name=row["name"],
            short=row["short"],
            parent=world.bodies.get(row.get("parent", "")),
            since=day(row.get("since")),
            source=world.sources[row["source"]],
        )
        world.bodies[body.code] = body
        for seat in row["seats"]:
            _seat(world, body, seat)
        world.loaded["bodies"] += 1


def _seat(world: World, body: Body, row: dict[str, Any]) -> None:
    source = world.sources[row["source"]]
    Seat.objects.create(
        body=body,
        position=row["position"],
        part=row["part"],
        title=row["title"],
        organisation=world.organisations.get(row.get("organisation", "")),
        source=source,
    )
    world.loaded["seats"] += 1


def load_meetings(world: World) -> None:
    """The meetings that decided, with what the sources say of their agenda and resolutions."""
    for row in read("meetings"):
        meeting = record_from_source(
            world.bodies[row["body"]],
            number=row["number"],
            year=row["year"],
            source=world.sources[row["source"]],
            items=[_item(world, item) for item in row["items"]],
            held_on=day(row.get("held_on")),
            held_place=row.get("held_place"),
            online=row.get("online", False),
            chaired_by=world.persons[row["chair"]],
            attendees=row.get("attendees", []),
            note=row.get("note"),
            by=LOADER,
            at=world.at,
        )
        world.loaded["meetings"] += 1
        for said, item in zip(row["items"], meeting.items.order_by("position", "pk"), strict=True):
            resolution = item.resolutions.first()
            world.loaded["resolutions"] += resolution is not None
            for number in said.get("resolution", {}).get("recommends", []):
                world.recommended[number] = resolution
            for number in said.get("resolution", {}).get("decides", []):
                world.decided[number] = resolution


def _item(world: World, row: dict[str, Any]) -> ItemOnRecord:
    said = row.get("resolution")
    return ItemOnRecord(
        kind=row["kind"],
        title=row["title"],
        paper=row.get("paper"),
        resolution=ResolutionOnRecord(verb=said["verb"], text=said["text"]) if said else None,
        source=world.sources[row["source"]],
    )


def load_recognitions(world: World) -> None:
    """What was decided for each area, and what happened later, as far as it is on record."""
    batches = {row["number"]: row["batch"] for row in read("areas")}
    decided = {number: row for row in read("recognised") for number in row["areas"]}
    for number, area in world.areas.items():
        row = decided[number]
        source = area.source or world.sources[row["source"]]
        world.recognitions[number] = enter(
            area,
            tier=Tier.LABEL,
            number=number,
            batch=batches[number],
            decided_on=day(row.get("decided_on")),
            effective_on=date.fromisoformat(row["effective_on"]),
            source=source,
            certainty=source.certainty,
            resolution=world.decided.get(number),
            recommended_by=world.recommended.get(number),
            at=world.at,
            by=LOADER,
        )
        world.loaded["recognitions"] += 1
    for row in read("later"):
        for number in row["areas"]:
            enter_step(
                world.recognitions[number],
                verb=row["what"],
                on=day(row["on"]),
                reason=row.get("reason"),
                source=world.sources[row["source"]],
                at=world.at,
                by=LOADER,
            )
            world.loaded["later steps"] += 1
