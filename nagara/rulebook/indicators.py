"""Reads the indicator sets from `rulebook/<programme>/<day in force>.yaml` (kind: indicators) and says what is wrong with one."""

import json
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec
from django.conf import settings

from nagara.rulebook.editions import UnsoundEdition, kind_of, plain
from nagara.rulebook.schema_indicators import Group, IndicatorSetFile, Measure, Part
from nagara.toolkit.digests import canonical

KIND = "indicators"

DERIVED = ("projects", "projects_by_stage", "projects_by_focus_area")
"""The rules by which a value may be counted from the record; `monitoring/derived.py` has one function for each."""


def read(path: Path) -> IndicatorSetFile:
    """The set in `path`; `UnsoundEdition` names the key or value at fault. Read once while the file stays as it is."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _read(path: Path, changed: int) -> IndicatorSetFile:
    return from_plain(plain(path), path.name)


def from_plain(raw: object, name: str = "indicators") -> IndicatorSetFile:
    try:
        found = msgspec.convert(raw, IndicatorSetFile)
    except msgspec.ValidationError as error:
        raise UnsoundEdition(name, [str(error)]) from None
    if faults := faults_of(found):
        raise UnsoundEdition(name, faults)
    return found


def _twice(what: str, codes: Iterable[str]) -> list[str]:
    listed = list(codes)
    found = sorted({code for code in listed if listed.count(code) > 1})
    return [f"a code occurs twice among the {what}: {', '.join(found)}"] if found else []


def faults_of(found: IndicatorSetFile) -> list[str]:
    """What the shape alone cannot say: codes that occur twice or name nothing, bounds the wrong way round, titles without a language."""
    faults = _twice("groups", (group.code for group in found.groups))
    faults += _twice("measures", (measure.code for measure in found.measures))
    faults += _twice("indicators", (indicator.code for indicator in found.indicators))
    faults += _twice("measures that indicators name", (indicator.measure for indicator in found.indicators))
    groups = {group.code for group in found.groups}
    faults += [f"{row.code} names a group that does not exist: {row.group}" for row in found.indicators if row.group not in groups]
    titled: list[Group | Measure | Part] = [*found.groups, *found.measures, *(part for measure in found.measures for part in measure.parts)]
    faults += [f"{row.code}: the title lacks {lang}" for row in titled for lang in ("th", "en") if not row.title.get(lang)]
    for measure in found.measures:
        faults += _faults_of_measure(measure)
    return faults


def _faults_of_measure(measure: Measure) -> list[str]:
    faults = [f"{measure.code}: {fault}" for fault in _twice("parts", (part.code for part in measure.parts))]
    if measure.least is not None and measure.most is not None and measure.least >= measure.most:
        faults.append(f"{measure.code}: the least ({measure.least:g}) is not below the most ({measure.most:g})")
    if measure.kind == "number" and any(not measure.unit_of(part) for part in measure.cells()):
        faults.append(f"{measure.code}: a number has a unit")
    if measure.derived and measure.derived not in DERIVED:
        faults.append(f"{measure.code}: no rule is called {measure.derived}: there are {', '.join(DERIVED)}")
    if not 0 <= measure.decimals <= 6:
        faults.append(f"{measure.code}: decimals are from 0 to 6")
    return faults


def faults_between(sets: Iterable[IndicatorSetFile]) -> list[str]:
    """What only all sets together can show: a measure that two define, or that none does."""
    known = list(sets)
    owners: dict[str, set[str]] = {}
    for found in known:
        for measure in found.measures:
            owners.setdefault(measure.code, set()).add(found.programme)
    faults = [f"{code} is defined in two sets: {', '.join(sorted(names))}" for code, names in sorted(owners.items()) if len(names) > 1]
    for found in known:
        where = f"{found.programme}/{found.in_force.isoformat()}.yaml"
        faults += [
            f"{where}: {row.code} names a measure that no set defines: {row.measure}"
            for row in found.indicators
            if row.measure not in owners
        ]
    return faults


def all_sets(folder: Path | None = None) -> list[IndicatorSetFile]:
    """Every published edition of every set, oldest first within a set."""
    paths = sorted((folder or settings.RULEBOOK).glob("*/*.yaml"))
    found = [read(path) for path in paths if kind_of(path) == KIND]
    return sorted((row for row in found if row.status == "published"), key=lambda row: (row.programme, row.in_force))


def editions(programme: str, folder: Path | None = None) -> list[IndicatorSetFile]:
    """The published editions of a set, oldest first."""
    return [row for row in all_sets(folder) if row.programme == programme]


def in_force(programme: str, on: date, folder: Path | None = None) -> IndicatorSetFile | None:
    """The edition in force on a day; None before the first."""
    return next((edition for edition in reversed(editions(programme, folder)) if edition.in_force <= on), None)


def sets_on(day: date, folder: Path | None = None) -> list[IndicatorSetFile]:
    """The edition of each set that is in force on a day."""
    newest = {row.programme: row for row in all_sets(folder) if row.in_force <= day}
    return list(newest.values())


def measures_on(day: date, folder: Path | None = None) -> dict[str, Measure]:
    """What each measure means on a day, by its code, whichever set defines it."""
    return {measure.code: measure for found in sets_on(day, folder) for measure in found.measures}


def to_plain(found: IndicatorSetFile) -> bytes:
    """The set as canonical JSON: what is kept with a period."""
    return canonical(msgspec.to_builtins(found))


def from_kept(content: str | bytes) -> IndicatorSetFile:
    """The set from what was kept."""
    return msgspec.convert(json.loads(content), IndicatorSetFile, strict=False)
