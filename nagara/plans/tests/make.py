"""Cities and projects for tests."""

from datetime import UTC, date, datetime
from typing import Any

from nagara.audit.record import System
from nagara.documents.models import Certainty, Source
from nagara.places.models import City, State, Subdivision
from nagara.plans.actions import projects
from nagara.plans.data import ProjectData
from nagara.plans.models import Project

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
LOADER = System("test")

STATES = {"TH": ("THA", "ไทย", "Thailand"), "KH": ("KHM", "กัมพูชา", "Cambodia"), "ID": ("IDN", "อินโดนีเซีย", "Indonesia")}


def make_source(code: str = "report") -> Source:
    return Source.objects.get_or_create(code=code, defaults={"title": {"th": "รายงาน", "en": "A report"}, "certainty": Certainty.OFFICIAL})[
        0
    ]


def make_city(slug: str = "rayong", state: str = "TH", th: str = "", en: str = "") -> City:
    iso3, name_th, name_en = STATES[state]
    country = State.objects.get_or_create(iso2=state, defaults={"iso3": iso3, "name": {"th": name_th, "en": name_en}})[0]
    return City.objects.get_or_create(
        slug=slug,
        defaults={
            "name": {"th": th or f"เมือง{slug}", "en": en or slug.title()},
            "state": country,
            "latitude": 12.68,
            "longitude": 101.26,
            "source": make_source(),
        },
    )[0]


def make_subdivision(code: str = "TH-21", state: str = "TH") -> Subdivision:
    make_city(state=state)
    return Subdivision.objects.get_or_create(
        code=code,
        defaults={"name": {"th": code, "en": code}, "state_id": state, "latitude": 12.7, "longitude": 101.3, "source": make_source()},
    )[0]


def data(title: str = "Smart bus", area: str = "built-infrastructure", sub_type: str = "", **more: Any) -> ProjectData:
    return ProjectData(title={"th": f"{title} (ไทย)", "en": title}, focus=((area, sub_type),), **more)


def make_project(city: City | None = None, key: str = "P-1", **more: Any) -> Project:
    """A project that entered on 1 January 2024 in the stage of planning, unless said otherwise."""
    chosen = {"stage": "planning", "status": "", "entered_on": date(2024, 1, 1)} | {
        name: more.pop(name) for name in ("stage", "status", "entered_on", "entered", "as_printed", "source") if name in more
    }
    return projects.enter(city or make_city(), key=key, data=data(**({"title": f"Project {key}"} | more)), by=LOADER, at=NOON, **chosen)
