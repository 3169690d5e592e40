"""Which column means what. A first guess is made from the headings; a person decides."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from nagara.citydata.sheets.read import Table


class Role(models.TextChoices):
    """What a column is of each observation."""

    NAME = "name", _("name of the thing observed")
    TIME = "time", _("time of the observation")
    LATITUDE = "latitude", _("latitude")
    LONGITUDE = "longitude", _("longitude")
    NUMBER = "number", _("a number")
    TEXT = "text", _("text")
    SKIP = "skip", _("leave out")


NAME_OF_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
NAME_OF_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")


@dataclass(frozen=True)
class Column:
    role: str
    name: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Mapping:
    """What a table says of entities of one type. `comma`: decimals are written with a comma."""

    entity_type: str
    columns: tuple[Column, ...]
    comma: bool = False

    def plain(self) -> dict[str, Any]:
        return {
            "type": self.entity_type,
            "comma": self.comma,
            "columns": [{"role": column.role, "name": column.name, "unit": column.unit} for column in self.columns],
        }

    @classmethod
    def read(cls, kept: dict[str, Any]) -> "Mapping":
        return cls(kept["type"], tuple(Column(**column) for column in kept["columns"]), bool(kept.get("comma")))

    def places(self, role: str) -> list[int]:
        return [place for place, column in enumerate(self.columns) if column.role == role]

    @property
    def attributes(self) -> list[tuple[int, Column]]:
        return [(place, column) for place, column in enumerate(self.columns) if column.role in (Role.NUMBER, Role.TEXT)]


UNITS = {
    "": _("no unit"),
    "GQ": "µg/m³",
    "59": "ppm",
    "61": "ppb",
    "CEL": "°C",
    "P1": "%",
    "KMH": "km/h",
    "MTR": "m",
    "CMT": "cm",
    "MMT": "mm",
    "KWH": "kWh",
    "KWT": "kW",
    "KGM": "kg",
    "TNE": _("tonne"),
    "MTQ": "m³",
    "LTR": _("litre"),
    "2N": "dB",
    "MIN": _("minute"),
    "C62": _("pieces"),
}
"""Units by their UN/CEFACT code (Recommendation 20), as NGSI-LD carries them in unitCode."""

TYPES = {
    "AirQualityObserved": _("air quality"),
    "WeatherObserved": _("weather"),
    "TrafficFlowObserved": _("traffic"),
    "WaterLevelObserved": _("water level"),
    "WasteContainer": _("waste container"),
    "WasteObserved": _("waste collected"),
    "EnergyConsumptionObserved": _("energy used"),
    "PublicTransportStop": _("stop of public transport"),
    "NoiseLevelObserved": _("noise"),
    "ParkingSpot": _("parking"),
}
"""Types that many cities use (Smart Data Models), offered first; any other name may be written."""

_NAMES = ("station", "name", "sensor", "device", "site", "id", "code", "stop", "สถานี", "ชื่อ", "จุด", "รหัส", "เครื่อง", "อุปกรณ์", "ถัง", "ป้าย")
_TIMES = ("observedat", "timestamp", "datetime", "date", "time", "day", "วันที่", "วันเวลา", "เวลา", "วัน")
_LATITUDES = ("lat", "latitude", "ละติจูด", "y")
_LONGITUDES = ("lon", "lng", "long", "longitude", "ลองจิจูด", "x")
_KNOWN = (
    (r"pm\s*2[._]?5", "pm25", "GQ", "AirQualityObserved"),
    (r"pm\s*10", "pm10", "GQ", "AirQualityObserved"),
    (r"\bno2\b|ไนโตรเจนไดออกไซด์", "no2", "GQ", "AirQualityObserved"),
    (r"\bo3\b|โอโซน", "o3", "GQ", "AirQualityObserved"),
    (r"ระดับน้ำ|water.?level", "waterLevel", "MTR", "WaterLevelObserved"),
    (r"ปริมาณฝน|น้ำฝน|rain|precipitation", "precipitation", "MMT", "WeatherObserved"),
    (r"อุณหภูมิ|temp", "temperature", "CEL", "WeatherObserved"),
    (r"ความชื้น|humidity", "relativeHumidity", "P1", "WeatherObserved"),
    (r"ความเร็ว|speed", "averageVehicleSpeed", "KMH", "TrafficFlowObserved"),
    (r"จำนวนรถ|ปริมาณจราจร|intensity|vehicles?|traffic", "intensity", "C62", "TrafficFlowObserved"),
    (r"นำกลับมาใช้|รีไซเคิล|recycl", "recycledWeight", "TNE", "WasteObserved"),
    (r"ขยะ|waste", "collectedWeight", "TNE", "WasteObserved"),
    (r"พลังงาน|ไฟฟ้า|kwh|energy|electric", "energyConsumed", "KWH", "EnergyConsumptionObserved"),
    (r"เสียง|noise|\bdb\b", "laeq", "2N", "NoiseLevelObserved"),
    (r"ข้อมูลสด|real.?time|live", "liveInformation", "", "PublicTransportStop"),
)
_NUMBER = re.compile(r"[-−]?[\d๐-๙][\d๐-๙.,\s]*(?:[eE][+-]?\d+)?")


def known_attribute(heading: str) -> str:
    """The attribute of a quantity that is known by its name alone: "PM 2.5" is pm25, but "water temperature" is no temperature of the air."""
    name = heading.casefold().strip()
    return next((attribute for pattern, attribute, _unit, _type in _KNOWN if re.fullmatch(pattern, name)), "")


def guess(table: Table) -> Mapping:
    """A first mapping from headings and values, for a person to look over."""
    columns: list[Column] = []
    types: list[str] = []
    taken: set[str] = set()
    for place, heading in enumerate(table.headings):
        column, entity_type = _guessed(heading, table.samples(place), {found.role for found in columns}, place, taken)
        columns.append(column)
        taken.add(column.name)
        if entity_type:
            types.append(entity_type)
    comma = any(
        re.fullmatch(r"-?\d+,(?:\d{1,2}|\d{4,})", sample)
        for place, column in enumerate(columns)
        if column.role in (Role.NUMBER, Role.LATITUDE, Role.LONGITUDE)
        for sample in table.samples(place)
    )
    return Mapping(max(types, key=types.count) if types else "", tuple(columns), comma)


def _guessed(heading: str, samples: list[str], roles: set[str], place: int, taken: set[str]) -> tuple[Column, str]:
    name = heading.casefold().strip()
    words = re.split(r"[\s_\-()/]+", name)
    if Role.LATITUDE not in roles and any(word in _LATITUDES for word in words):
        return Column(Role.LATITUDE), ""
    if Role.LONGITUDE not in roles and any(word in _LONGITUDES for word in words):
        return Column(Role.LONGITUDE), ""
    if Role.TIME not in roles and any(word in _TIMES or name.startswith(("วันที่", "วันเวลา", "เวลา")) for word in words):
        return Column(Role.TIME), ""
    numbers = [sample for sample in samples if _NUMBER.fullmatch(sample)]
    numeric = bool(samples) and len(numbers) == len(samples)
    # Under a heading that is known, one cell that is no number is a fault of the cell and not another kind of column.
    if 2 * len(numbers) > len(samples):
        for pattern, attribute, unit, entity_type in _KNOWN:
            if attribute not in taken and re.search(pattern, name):
                return Column(Role.NUMBER, attribute, unit), entity_type
    if Role.NAME not in roles and (name.startswith(_NAMES) or any(word in _NAMES for word in words)):
        return Column(Role.NAME), ""
    attribute = _attribute(heading) or f"column{place + 1}"
    return Column(Role.NUMBER if numeric else Role.TEXT, attribute), ""


def _attribute(heading: str) -> str:
    """A name for an attribute from an English heading: "Total Weight (t)" becomes totalWeight."""
    words = re.findall(r"[A-Za-z0-9]+", re.sub(r"\(.*?\)", "", heading))
    if not words or not words[0][0].isalpha():
        return ""
    first = words[0].lower() if words[0].isupper() else words[0][0].lower() + words[0][1:]
    return (first + "".join(word[:1].upper() + word[1:] for word in words[1:]))[:64]
