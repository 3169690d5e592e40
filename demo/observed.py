"""A year of observations that nobody made: smooth seasons, weekdays, noise and gaps from a seeded generator. The same seed gives the same year.

None of it describes a real place. Shapes are chosen so that charts and indicators have something to show: dust in the dry months, water
in the wet ones, a station that falls silent for some weeks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, pi, sin
from random import Random

from nagara.citydata.broker import utc
from nagara.citydata.sheets.check import Thing, entity_id

DAYS = 365


@dataclass(frozen=True)
class Kind:
    """One type of thing: its attributes with unit, how often it is observed, and what each attribute is at a time."""

    entity_type: str
    hours: int
    units: dict[str, str]
    values: Callable[[Random, datetime, float], dict[str, float]]


def _season(at: datetime) -> float:
    """1 in mid January, -1 in mid July."""
    return cos(2 * pi * (at.timetuple().tm_yday - 15) / 365.25)


def _air(random: Random, at: datetime, size: float) -> dict[str, float]:
    dust = max(4.0, size * (26 + 22 * _season(at) + 6 * cos(pi * at.hour / 12)) + random.gauss(0, 5))
    return {"pm25": round(dust, 1), "pm10": round(dust * 1.6 + random.gauss(0, 4), 1)}


def _traffic(random: Random, at: datetime, size: float) -> dict[str, float]:
    weekday = 1.0 if at.weekday() < 5 else 0.7
    count = max(40.0, size * weekday * 5200 + random.gauss(0, 350))
    return {"intensity": float(round(count)), "averageVehicleSpeed": round(max(12.0, 46 - count / 320 + random.gauss(0, 2)), 1)}


def _waste(random: Random, at: datetime, size: float) -> dict[str, float]:
    collected = max(2.0, size * 18 + (2 if at.weekday() == 0 else 0) + random.gauss(0, 1.4))
    return {"collectedWeight": round(collected, 2), "recycledWeight": round(collected * (0.19 + random.uniform(-0.03, 0.03)), 2)}


def _energy(random: Random, at: datetime, size: float) -> dict[str, float]:
    return {
        "energyConsumed": round(max(30.0, size * (520 - 90 * _season(at)) * (1 if at.weekday() < 5 else 0.45) + random.gauss(0, 22)), 1)
    }


def _water(random: Random, at: datetime, size: float) -> dict[str, float]:
    wet = max(0.0, sin(2 * pi * (at.timetuple().tm_yday - 130) / 365.25))
    return {"waterLevel": round(1.1 + size * 2.4 * wet**1.5 + random.gauss(0, 0.08), 2)}


KINDS = {
    "air": Kind("AirQualityObserved", 6, {"pm25": "GQ", "pm10": "GQ"}, _air),
    "traffic": Kind("TrafficFlowObserved", 24, {"intensity": "C62", "averageVehicleSpeed": "KMH"}, _traffic),
    "waste": Kind("WasteObserved", 24, {"collectedWeight": "TNE", "recycledWeight": "TNE"}, _waste),
    "energy": Kind("EnergyConsumptionObserved", 24, {"energyConsumed": "KWH"}, _energy),
    "water": Kind("WaterLevelObserved", 12, {"waterLevel": "MTR"}, _water),
}

STOPS = 24
"""Stops of public transport in each space; they have a state and no history."""


def things(space: str, kind: Kind, names: list[tuple[str, float, float]], *, until: datetime) -> Iterator[Thing]:
    """Each named place with a year of observations until `until`; the last of them is silent for six weeks."""
    for place, (name, longitude, latitude) in enumerate(names):
        random = Random(f"{space} {kind.entity_type} {name}")  # noqa: S311 - the same year for everybody
        thing = Thing(entity_id(kind.entity_type, space, name), name, (longitude, latitude))
        size = random.uniform(0.7, 1.3)
        silent = (until - timedelta(days=210), until - timedelta(days=168)) if place == len(names) - 1 else (until, until)
        at = until - timedelta(days=DAYS)
        while at <= until:
            if not silent[0] <= at < silent[1] and random.random() > 0.01:
                for attribute, value in kind.values(random, at, size).items():
                    thing.observations[attribute][at] = value
            at += timedelta(hours=kind.hours)
        yield thing


def stops(space: str, longitude: float, latitude: float, *, live: int, until: datetime) -> list[dict[str, object]]:
    """Stops of public transport on a loop. They were looked at every ten days; by now `live` of them have live information."""
    days = [until.replace(hour=0) - timedelta(days=DAYS - day) for day in range(0, DAYS, 10)]
    found: list[dict[str, object]] = []
    for number in range(STOPS):
        # One stop after the other got it, over the first 30 of these days.
        since = number * 30 // max(live, 1) if number < live else len(days)
        angle = 2 * pi * number / STOPS
        position = [round(longitude + 0.028 * cos(angle), 5), round(latitude + 0.024 * sin(angle), 5)]
        found.append(
            {
                "id": entity_id("PublicTransportStop", space, f"stop-{number + 1}"),
                "type": "PublicTransportStop",
                "name": {"type": "Property", "value": f"ป้าย {number + 1} (สมมติ)"},
                "liveInformation": [
                    {"type": "Property", "value": place >= since, "observedAt": utc(day)} for place, day in enumerate(days)
                ],
                "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": position}},
            }
        )
    return found
