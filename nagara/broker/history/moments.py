"""Instances of attributes as history holds them: what a row of the table `observation` unfolds to (4.5.7, 4.5.8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nagara.broker.clock import iso, parse_us
from nagara.broker.ld.core import NGSI_LD
from nagara.broker.model.incoming import Instance
from nagara.broker.model.names import NULL, VALUE_MEMBER
from nagara.broker.store.names import Names

SCOPE = NGSI_LD + "scope"
OBSERVED, CREATED, MODIFIED, DELETED = "observedAt", "createdAt", "modifiedAt", "deletedAt"
PROPERTIES = (OBSERVED, CREATED, MODIFIED, DELETED)
_NUMBERS = (float, int)


@dataclass(slots=True)
class Moment:
    """One instance of one attribute at one point in time. Times are microseconds since 1970."""

    seq: int  # with `n`, what it is known by for ever
    n: int
    attr: str  # full name
    instance: Instance  # as the model keeps it, without createdAt and modifiedAt
    created: int
    modified: int
    deleted: int | None = None
    observed: int | None = None
    row: int = 0  # of the table `observation` that tells of it now; another than `seq` where it was modified
    told: str = ""  # its instanceId at the context source that told of it

    @property
    def dataset(self) -> str:
        """Its datasetId, '' for the default one."""
        found: str = self.instance.get("datasetId", "")
        return found

    @property
    def time(self) -> int:
        """When it was observed, or else written."""
        return self.created if self.observed is None else self.observed

    def when(self, timeproperty: str) -> int | None:
        """One of its Temporal Properties (4.8). That of a deletion is deletedAt alone (4.5.7)."""
        if timeproperty == OBSERVED:
            return self.observed
        if self.deleted is not None:
            return self.deleted if timeproperty == DELETED else None
        if timeproperty == CREATED:
            return self.created
        return self.modified if timeproperty == MODIFIED else None

    def same_series(self, attr: str, dataset: str) -> bool:
        return self.attr == attr and self.dataset == dataset


def null_of(kind: str) -> Any:
    """The value of a deleted instance (4.5.7, 4.5.8, 4.5.18)."""
    if kind == "LanguageProperty":
        return {"@none": NULL}
    return [NULL] if kind in ("ListProperty", "ListRelationship") else NULL


def is_deleted(instance: Instance) -> bool:
    """Whether an instance says that its attribute was deleted."""
    kind = instance["type"]
    return bool(instance[VALUE_MEMBER[kind]] == null_of(kind))


def unfold(names: Names, seq: int, at: int, doc: bytes | str, wanted: frozenset[str] | None = None) -> Iterator[Moment]:
    """The instances that one row tells of, those of `wanted` attributes; a scope comes as a Property (4.5.6)."""
    found = names.unpack_write(doc)
    amends = found.get("amends")
    n = -1
    for attr, instances in found["attrs"].items():
        if wanted is not None and attr not in wanted:
            n += len(instances)
            continue
        for one in instances:
            n += 1
            kept = one  # read just now, so it is ours to alter
            kept.pop("createdAt", None)
            kept.pop("modifiedAt", None)
            told = kept.get("observedAt")
            observed = parse_us(told) if told is not None else None
            deleted = None
            if type(kept.get("value")) not in _NUMBERS and ("deletedAt" in kept or is_deleted(kept)):
                deleted = parse_us(kept.pop("deletedAt", None)) or at
            if amends is not None:
                modified = amends[3] if len(amends) > 3 else at  # of a snapshot, which keeps the times that an instance had
                yield Moment(amends[0], amends[1], attr, kept, amends[2], modified, deleted, observed, seq)
            else:
                yield Moment(seq, n, attr, kept, at, at, deleted, observed, seq)
    for attr, dataset, kind in found.get("removed", ()):
        n += 1
        if wanted is None or attr in wanted:
            gone: Instance = {"type": kind, VALUE_MEMBER[kind]: null_of(kind)}
            if dataset is not None:
                gone["datasetId"] = dataset
            yield Moment(seq, n, attr, gone, at, at, at, None, seq)
    if "scope" in found and (wanted is None or SCOPE in wanted):
        scope = found["scope"]
        if scope:
            value = scope[0] if len(scope) == 1 else scope
            yield Moment(seq, n + 1, SCOPE, {"type": "Property", "value": value, "observedAt": iso(at)}, at, at, None, at, seq)
        else:
            yield Moment(seq, n + 1, SCOPE, {"type": "Property", "value": []}, at, at, at, None, seq)
