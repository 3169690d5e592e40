"""Names of the operations that a context source may offer, and groups of them (4.20)."""

from __future__ import annotations

_CONSUMING = [
    "retrieveEntity",
    "queryEntity",
    "queryBatch",
    "retrieveEntityTypes",
    "retrieveEntityTypeDetails",
    "retrieveEntityTypeInfo",
    "retrieveAttrTypes",
    "retrieveAttrTypeDetails",
    "retrieveAttrTypeInfo",
]
_SUBSCRIBING = ["createSubscription", "updateSubscription", "retrieveSubscription", "querySubscription", "deleteSubscription"]
_MAPS = ["retrieveEntityMap", "updateEntityMap", "deleteEntityMap", "createEntityMapQueryEntity"]
_PROVIDING = [
    "createEntity",
    "updateEntity",
    "appendAttrs",
    "updateAttrs",
    "deleteAttrs",
    "deleteEntity",
    "mergeEntity",
    "replaceEntity",
    "replaceAttrs",
    "purgeEntity",
]
_BATCHES = ["createBatch", "upsertBatch", "updateBatch", "deleteBatch", "mergeBatch"]
_TEMPORAL = [
    "upsertTemporal",
    "appendAttrsTemporal",
    "deleteAttrsTemporal",
    "updateAttrInstanceTemporal",
    "deleteAttrInstanceTemporal",
    "deleteTemporal",
    "retrieveTemporal",
    "queryTemporal",
    "createEntityMapQueryTemporal",
]
_IDENTITY = "retrieveContextSourceIdentity"

OPERATIONS = frozenset({*_CONSUMING, *_SUBSCRIBING, *_MAPS, *_PROVIDING, *_BATCHES, *_TEMPORAL, _IDENTITY})
GROUPS: dict[str, frozenset[str]] = {
    "federationOps": frozenset({*_CONSUMING, *_SUBSCRIBING, *_MAPS, _IDENTITY}),
    "associationOps": frozenset({*_CONSUMING, *_SUBSCRIBING, _IDENTITY}),
    "updateOps": frozenset({"updateEntity", "updateAttrs", "replaceEntity", "replaceAttrs"}),
    "retrieveOps": frozenset({"retrieveEntity", "queryEntity"}),
    "redirectionOps": frozenset({*_PROVIDING, *_CONSUMING, *_MAPS, _IDENTITY} - {"queryBatch"}),
}
DEFAULT = "federationOps"
#: All that an auxiliary source may offer (5.9.2.4).
AUXILIARY = frozenset({"retrieveOps", "retrieveEntity", "queryEntity"})


def expanded(names: list[str]) -> frozenset[str]:
    """Operations and groups as operations."""
    found: set[str] = set()
    for name in names:
        found |= GROUPS.get(name, {name})
    return frozenset(found)
