"""Entities for those who only know an older version of the specification (4.3.6.8): what came later is reshaped or left out."""

from __future__ import annotations

import copy

from nagara.broker.ld.core import NGSI_LD
from nagara.broker.model.incoming import Entity, Instance
from nagara.broker.model.names import VALUE_MEMBER

OLDEST, NEWEST = (1, 0), (1, 9)

# Attribute type -> (version that brought it, what it becomes for older ones). Table 4.3.6.8-1.
_KINDS = {
    "LanguageProperty": ((1, 4), "Property"),
    "JsonProperty": ((1, 8), "Property"),
    "VocabProperty": ((1, 8), "Property"),
    "ListProperty": ((1, 8), "Property"),
    "ListRelationship": ((1, 8), "Relationship"),
}
# Member of an attribute -> version that brought it. Tables 4.3.6.8-2 and 4.3.6.8-3.
_MEMBERS = {
    "datasetId": (1, 3),
    "observedAt": (1, 3),
    "unitCode": (1, 3),
    "expiresAt": (1, 9),
    "valueType": (1, 9),
    "objectType": (1, 8),
}


def asked_version(prefer: str) -> tuple[int, int] | None:
    """The version that a Prefer header asks for (`ngsi-ld=1.6`), or None."""
    for part in prefer.replace(";", ",").split(","):
        name, _, value = part.strip().partition("=")
        if name.strip().lower() == "ngsi-ld":
            major, _, minor = value.strip().strip('"').partition(".")
            minor = minor.partition(".")[0]
            if major.isdecimal() and minor.isdecimal():
                return int(major), int(minor)
    return None


def conformed(entity: Entity, version: tuple[int, int]) -> Entity:
    """`entity` as that version of the specification knew it."""
    found = copy.deepcopy(entity)
    if version < (1, 9):
        found.pop("expiresAt", None)
    if version < (1, 4):
        found.pop("scope", None)
    if version < (1, 3):
        found["type"] = found["type"][:1]
    for instances in found["attrs"].values():
        if version < (1, 3) and len(instances) > 1:
            instances[:] = [next((one for one in instances if "datasetId" not in one), instances[0])]
        for one in instances:
            _conform(one, version)
    if version < (1, 9):
        found["attrs"].pop(NGSI_LD + "ngsildproof", None)
    return found


def _conform(instance: Instance, version: tuple[int, int]) -> None:
    for member, since in _MEMBERS.items():
        if version < since:
            instance.pop(member, None)
    since, becomes = _KINDS.get(instance["type"], (OLDEST, ""))
    if version < since:
        value = instance.pop(VALUE_MEMBER[instance["type"]])
        instance["type"] = becomes
        instance[VALUE_MEMBER[becomes]] = value
    for subs in instance.get("attrs", {}).values():
        for sub in subs:
            _conform(sub, version)
