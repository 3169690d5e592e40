"""What the files of every kind have in common. The key `kind` says which schema a file keeps; a file without it holds criteria."""

import re
from datetime import date
from pathlib import Path
from typing import Protocol

import yaml

CRITERIA = "criteria"

_KIND = re.compile(r"^kind:\s*([a-z_]+)\s*(?:#.*)?$", re.MULTILINE)


class UnsoundEdition(Exception):
    """An edition that cannot be used, with every fault found."""

    def __init__(self, path: str, faults: list[str]) -> None:
        super().__init__(f"{path}: " + "; ".join(faults))
        self.path = path
        self.faults = faults


class Dated(Protocol):
    """What every edition says of itself, whatever its kind."""

    @property
    def programme(self) -> str: ...
    @property
    def in_force(self) -> date: ...
    @property
    def status(self) -> str: ...


def kind_of(path: Path) -> str:
    """Which schema the file keeps, without reading the whole of it."""
    found = _KIND.search(path.read_text(encoding="utf-8"))
    return found[1] if found else CRITERIA


def plain(path: Path) -> object:
    """What the file says; `UnsoundEdition` where it is no YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UnsoundEdition(path.name, [f"not YAML: {error}"]) from None
