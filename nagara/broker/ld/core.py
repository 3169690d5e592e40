"""The core @context (annex B): what its terms mean, and since which version of the specification.

The broker always works by the newest core context, which no other may override (4.4, 5.5.7). The older
ones are carried so that a request that names one needs no network, and so that they can be served.
"""

from __future__ import annotations

from functools import cache
from typing import Any

NGSI_LD = "https://uri.etsi.org/ngsi-ld/"
GEOJSON = "https://purl.org/geojson/vocab#"
DEFAULT_VOCAB = NGSI_LD + "default-context/"
CORE_BASE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context"
VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9")
CORE = f"{CORE_BASE}-v{VERSIONS[-1]}.jsonld"

# One line a rule: `term` stands for ngsi-ld:term; `term=other` for ngsi-ld:other; a colon starts a full or prefixed name.
_PLAIN = """
Attribute AttributeList ContextSourceIdentity ContextSourceNotification ContextSourceRegistration Date DateTime EntityType
EntityTypeInfo EntityTypeList ExecutionResultDetails Feature=geojson:Feature FeatureCollection=geojson:FeatureCollection
GeoProperty GeometryCollection=geojson:GeometryCollection JsonProperty LanguageProperty LineString=geojson:LineString
ListProperty ListRelationship MultiLineString=geojson:MultiLineString MultiPoint=geojson:MultiPoint
MultiPolygon=geojson:MultiPolygon Notification Point=geojson:Point Polygon=geojson:Polygon Property Relationship Snapshot
SnapshotNotification Subscription TemporalProperty Time VocabProperty accept aggrParams aggrMethods aggrPeriodDuration
attrs cacheDuration collation containedBy=isContainedBy contextSourceAlias contextSourceInfo contextSourceUptime cooldown
csf data description=http://purl.org/dc/terms/description detail endpoint entities entity entityCount entityMap=hasEntityMap
error errors expandValues format geoQ geometry=geojson:geometry geoproperty georel idPattern information isActive join
joinLevel=hasJoinLevel jsonKeys key=hasKey lang langString=http://www.w3.org/1999/02/22-rdf-syntax-ns#langString linkedMaps
localOnly location management managementInterval mode notification notificationTrigger notifierInfo notUpdated
observationInterval observationSpace omit operations operationSpace ordering pick previousValue=hasPreviousValue
properties=geojson:properties q reason receiverInfo refreshRate registrationId registrationName resultStatus scope scopeQ
showChanges snapshotId snapshotLifetime snapshotPriority snapshotStatus status subscriptionName sysAttrs temporalQ throttling
timeInterval timeout timeproperty timerel timesFailed timesSent title=http://purl.org/dc/terms/title triggerReason unchanged
unitCode updated uri value=hasValue
"""
_AS_VOCAB = """
attributeList attributeName attributeNames attributeTypes attributes objectType=hasObjectType previousVocab=hasPreviousVocab
propertyNames relationshipNames typeList typeName typeNames valueType=hasValueType vocab=hasVocab watchedAttributes
"""
_AS_ID = "datasetId entityId instanceId object=hasObject previousObject=hasPreviousObject subscriptionId success tenant"
_AS_TIME = """
contextSourceTimeAt createdAt deletedAt endAt endTimeAt expiresAt lastFailure lastNotification lastSuccess lastUsedAt modifiedAt
notifiedAt observedAt startAt timeAt
"""
_AS_JSON = "contextSourceExtras json=hasJSON previousJson=hasPreviousJson problemDetails"
_AS_LIST = """
avg bbox=geojson:bbox coordinates=geojson:coordinates distinctCount entityList jsons languageMaps=hasLanguageMaps max min
objectList=hasObjectList objectLists=hasObjectLists objects=hasObjects orderBy previousObjectList=hasPreviousObjectList
previousValueList=hasPreviousValueList snapshotQueries snapshotQueriesDetails snapshotTemporalQueries
snapshotTemporalQueriesDetails stddev sum sumsq totalCount valueList=hasValueList valueLists=hasValueLists values=hasValues
vocabs=hasVocabs
"""
_AS_LANGUAGE = "languageMap=hasLanguageMap previousLanguageMap=hasPreviousLanguageMap"

# Version -> the terms it brought. Terms named nowhere here are as old as the first version.
_SINCE = {
    "1.3": "aggrMethods aggrPeriodDuration avg distinctCount max min stddev sum sumsq totalCount deletedAt notifierInfo receiverInfo",
    "1.4": "Attribute AttributeList EntityType EntityTypeInfo EntityTypeList LanguageProperty attributeCount attributeDetails "
    "attributeList attributeName attributeNames attributeTypes contextSourceInfo entityCount expiresAt key lang languageMap "
    "languageMaps propertyNames relationshipNames startAt endAt tenant timeAt endTimeAt typeList typeName typeNames "
    "registrationName subscriptionName lastFailure lastSuccess",
    "1.5": "scope scopeQ Feature FeatureCollection features bbox",
    "1.6": "cacheDuration cooldown localOnly management managementInterval mode operations refreshRate timeout triggerReason "
    "notificationTrigger objects previousLanguageMap previousObject previousValue showChanges sysAttrs timesFailed "
    "dataset langString registrationId",
    "1.7": "problemDetails aggrParams",
    "1.8": "JsonProperty ListProperty ListRelationship VocabProperty containedBy contextSourceAlias contextSourceExtras "
    "contextSourceTimeAt contextSourceUptime ContextSourceIdentity ExecutionResultDetails entity entityList entityMap "
    "expandValues join joinLevel json jsonKeys jsons linkedMaps objectList objectLists objectType omit pick previousJson "
    "previousObjectList previousValueList previousVocab valueList valueLists vocab vocabs resultStatus",
    "1.9": "Snapshot SnapshotNotification collation lastUsedAt ngsildproof orderBy ordering snapshotId snapshotLifetime "
    "snapshotPriority snapshotQueries snapshotQueriesDetails snapshotStatus snapshotTemporalQueries "
    "snapshotTemporalQueriesDetails valueType",
}


def _terms(lines: str) -> list[tuple[str, str]]:
    pairs = []
    for word in lines.split():
        name, _, target = word.partition("=")
        target = target or name
        pairs.append((name, target if ":" in target else f"ngsi-ld:{target}"))
    return pairs


def _definitions() -> dict[str, Any]:
    found: dict[str, Any] = dict(_terms(_PLAIN))
    for lines, key, coercion in (
        (_AS_VOCAB, "@type", "@vocab"),
        (_AS_ID, "@type", "@id"),
        (_AS_TIME, "@type", "DateTime"),
        (_AS_JSON, "@type", "@json"),
        (_AS_LIST, "@container", "@list"),
        (_AS_LANGUAGE, "@container", "@language"),
    ):
        for name, target in _terms(lines):
            found[name] = {"@id": target, key: coercion}
    found["dataset"] = {"@id": "ngsi-ld:hasDataset", "@container": "@index"}
    found["features"] = {"@id": "geojson:features", "@container": "@set"}
    found["attributeCount"] = "attributeCount"
    found["attributeDetails"] = "attributeDetails"
    found["ngsildproof"] = {
        "@id": "ngsi-ld:ngsildproof",
        "@context": [
            {
                "entityIdSealed": "ngsi-ld:entityIdSealed",
                "entityTypeSealed": {"@id": "ngsi-ld:entityTypeSealed", "@type": "@vocab"},
            },
            "https://w3id.org/security/data-integrity/v2",
        ],
    }
    return found


@cache
def core_document(version: str = VERSIONS[-1]) -> dict[str, Any]:
    """The core @context of one version ("1.0" to "1.9") as the JSON-LD document that its address stands for."""
    since = {name: v for v, names in _SINCE.items() for name in names.split()}
    at = VERSIONS.index(version)
    own: dict[str, Any] = {
        "@version": 1.1,
        "@protected": True,
        "ngsi-ld": NGSI_LD,
        "geojson": GEOJSON,
        "id": "@id",
        "type": "@type",
    }
    for name, rule in sorted(_definitions().items()):
        if VERSIONS.index(since.get(name, VERSIONS[0])) <= at:
            own[name] = rule
    own["@vocab"] = DEFAULT_VOCAB
    return {"@context": own}


@cache
def core_terms() -> dict[str, str]:
    """Term -> full name (IRI) by the newest core context; JSON-LD keywords are left out."""
    terms = {}
    for name, rule in _definitions().items():
        target = rule if isinstance(rule, str) else rule["@id"]
        for prefix, base in (("ngsi-ld:", NGSI_LD), ("geojson:", GEOJSON)):
            if target.startswith(prefix):
                target = base + target[len(prefix) :]
        terms[name] = target if ":" in target else DEFAULT_VOCAB + target
    return terms


def core_version(url: str) -> str | None:
    """The version whose core @context `url` names, or None where it names something else. The bare address means the newest."""
    bare = url.replace("http://", "https://", 1) if url.startswith("http://") else url
    if not bare.startswith(CORE_BASE):
        return None
    rest = bare[len(CORE_BASE) :]
    if rest == ".jsonld":
        return VERSIONS[-1]
    version = rest.removeprefix("-v").removesuffix(".jsonld")
    return version if version in VERSIONS else None
