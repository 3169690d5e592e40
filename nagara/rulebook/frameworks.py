"""Reads the frameworks from `rulebook/<programme>/<day in force>.yaml` (kind: framework) and says what is wrong with one."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec
from django.conf import settings

from nagara.rulebook.editions import UnsoundEdition, kind_of, plain
from nagara.rulebook.schema_framework import Entry, FrameworkFile

KIND = "framework"


def read(path: Path) -> FrameworkFile:
    """The framework in `path`; `UnsoundEdition` names the key or value at fault. Read once while the file stays as it is."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _read(path: Path, changed: int) -> FrameworkFile:
    return from_plain(plain(path), path.name)


def from_plain(raw: object, name: str = "framework") -> FrameworkFile:
    try:
        framework = msgspec.convert(raw, FrameworkFile, strict=False)
    except msgspec.ValidationError as error:
        raise UnsoundEdition(name, [str(error)]) from None
    if faults := faults_of(framework):
        raise UnsoundEdition(name, faults)
    return framework


def faults_of(framework: FrameworkFile) -> list[str]:
    """What the shape alone cannot say: codes that occur twice or name nothing, titles without a language."""
    lists: dict[str, tuple[Entry, ...]] = {
        "outcomes": framework.outcomes,
        "urban systems": framework.urban_systems,
        "focus areas": framework.focus_areas,
        "sub-types": tuple(item for area in framework.focus_areas for item in area.sub_types),
        "enablers": framework.enablers,
        "stages and groups": (*framework.stages, *framework.stage_groups),
        "project statuses": framework.project_statuses,
    }
    faults = []
    for name, entries in lists.items():
        codes = [entry.code for entry in entries]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            faults.append(f"a code occurs twice among the {name}: {', '.join(twice)}")
        faults += [f"{entry.code}: the title lacks {lang}" for entry in entries for lang in ("th", "en") if not entry.title.get(lang)]
    stages = {stage.code for stage in framework.stages}
    staged = {group.code: group.stages for group in framework.stage_groups}
    staged |= {status.code: status.stages for status in framework.project_statuses}
    for code, named in staged.items():
        if unknown := sorted(set(named) - stages):
            faults.append(f"{code} names a stage that does not exist: {', '.join(unknown)}")
        if not named:
            faults.append(f"{code} names no stage")
    printed = [form.casefold() for area in framework.focus_areas for form in {*area.also, *area.title.values()}]
    if twice := sorted({form for form in printed if printed.count(form) > 1}):
        faults.append(f"a printed form stands for two focus areas: {', '.join(twice)}")
    return faults


def editions(programme: str, folder: Path | None = None) -> list[FrameworkFile]:
    """The published editions of a framework, oldest first."""
    paths = sorted(((folder or settings.RULEBOOK) / programme).glob("*.yaml"))
    found = [read(path) for path in paths if kind_of(path) == KIND]
    return sorted((edition for edition in found if edition.status == "published"), key=lambda edition: edition.in_force)


def in_force(programme: str, on: date, folder: Path | None = None) -> FrameworkFile | None:
    """The edition in force on a day; None before the first."""
    return next((edition for edition in reversed(editions(programme, folder)) if edition.in_force <= on), None)
