"""What the files of every kind have in common. The key `kind` says which schema a file keeps; a file without it holds criteria."""

import re
from collections.abc import Hashable
from datetime import date
from pathlib import Path
from typing import Any, Protocol

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


class _StrictLoader(yaml.SafeLoader):
    """As the safe loader, but a key that stands twice is an error: of two weights, YAML would silently take the second."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key “{key}” stands twice, again in line {line}", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def plain(path: Path) -> object:
    """What the file says; `UnsoundEdition` where it is no YAML, or where a key stands twice."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 - a safe loader, made stricter
    except yaml.constructor.ConstructorError as error:
        raise UnsoundEdition(path.name, [str(error.problem)]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UnsoundEdition(path.name, [f"not YAML: {error}"]) from None
