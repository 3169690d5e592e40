"""The 26 action plans of 2018 and the 134 projects of the report of 2025, as far as they are printed. Nothing is guessed."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from demo import cities
from demo.facts import read
from nagara.audit.record import System
from nagara.documents.models import Certainty, Source
from nagara.places.models import City
from nagara.plans.actions import plans, projects
from nagara.plans.amounts import read_printed
from nagara.plans.data import ProjectData
from nagara.plans.models import ActionPlan, Project

LOADER = System("demo")
PLANS_ON = date(2018, 7, 8)
"""The consolidated plans are printed "as of 8 July 2018"; when each city adopted its own is not on record."""

LISTED_ON = date(2025, 9, 30)
"""The report lists projects as of this day; when each began is not on record."""


def load(*, at: datetime) -> Counter[str]:
    """Load what is not there yet, and answer how many rows of each kind came in."""
    here = cities.load()
    sources = cities.load_network_sources()
    loaded: Counter[str] = Counter()
    held = set(Project.objects.values_list("city__slug", "key"))
    for row in read("projects_2025"):
        if (row["city"], row["key"]) not in held:
            _project(here[row["city"]], row, sources[row["source"]], at)
            loaded["projects"] += 1
    planned = set(ActionPlan.objects.values_list("city__slug", flat=True))
    for row in read("plans_2018"):
        if row["city"] not in planned:
            _plan(here[row["city"]], row, sources[row["source"]], at)
            loaded["plans"] += 1
    return loaded


def _project(city: City, row: dict[str, Any], source: Source, at: datetime) -> None:
    projects.enter(
        city,
        key=row["key"],
        data=ProjectData(title={"en": row["title"]}, focus=((row["area"], ""),)),
        stage=row["stage"],
        entered_on=LISTED_ON,
        entered=Project.Entered.LISTED,
        source=source,
        certainty=Certainty.OFFICIAL,
        as_printed=True,
        by=LOADER,
        at=at,
    )


def _plan(city: City, row: dict[str, Any], source: Source, at: datetime) -> None:
    area, unit = read_printed(row["land_area"])
    people, _unit = read_printed(row["population"])
    version = plans.draft(
        city,
        data=plans.PlanData(
            first_year=2018,
            last_year=2025,
            land_area_printed=row["land_area"],
            land_area_km2=area if unit == "km2" else None,
            population_printed=row["population"],
            population=int(people) if people is not None else None,
            density_printed=row["density"],
            focus=tuple(plans.FocusData(entry["printed"], entry.get("area", "")) for entry in row["focus"]),
            priorities=tuple(plans.PriorityData({"en": name}, project_id=_same(city, name)) for name in row["priorities"]),
        ),
        source=source,
        by=LOADER,
        at=at,
    )
    plans.adopt(version, on=PLANS_ON, day_unknown=True, by=LOADER, at=at, proof=None)


def _same(city: City, name: str) -> int | None:
    """The project that the report of 2025 prints under the very same name in this city; a like name is not the same project."""
    found = [row.pk for row in Project.objects.filter(city=city) if row.title.get("en", "").casefold() == name.casefold()]
    return found[0] if len(found) == 1 else None
