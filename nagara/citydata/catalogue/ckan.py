"""The read side of CKAN's Action API (version 3), so that a stock harvester reads the catalogue; with the fields of the Thai government catalogue.

Shapes follow the CKAN 2.11 API guide; the Thai fields follow the metadata of data.go.th (ckanext-thai_gdc).
"""

import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from nagara.citydata.catalogue import links
from nagara.citydata.models import Dataset, DataSpace
from nagara.citydata.states import DatasetState
from nagara.toolkit.texts import text

Parameters = dict[str, Any]

_SPACE_OF_IDS = uuid.UUID("6f0c5a5e-0f2f-5d2e-8c3b-6f8c7b1f9f00")
MOST_ROWS = 1000

_EVERY = {
    Dataset.Frequency.CONTINUOUS: ("ตามเวลาจริง", ""),
    Dataset.Frequency.HOURLY: ("ชั่วโมง", "1"),
    Dataset.Frequency.DAILY: ("วัน", "1"),
    Dataset.Frequency.WEEKLY: ("สัปดาห์", "1"),
    Dataset.Frequency.MONTHLY: ("เดือน", "1"),
    Dataset.Frequency.QUARTERLY: ("ไตรมาส", "1"),
    Dataset.Frequency.ANNUAL: ("ปี", "1"),
    Dataset.Frequency.IRREGULAR: ("ไม่ทราบ", ""),
}
_LICENCE_IDS = {"CC-BY-4.0": "cc-by", "CC0-1.0": "cc-zero", "DGA-OPEN": "Open Data Common"}


_OF_THE_API = "ข้อมูลชุดเดียวกันพร้อมค่าย้อนหลัง ต้องใช้กุญแจของเมือง และส่งส่วนหัว NGSILD-Tenant: %s"


class NotFound(Exception):
    """What was asked for is not there (404)."""


class Invalid(Exception):
    """A parameter cannot be understood (409, as CKAN answers)."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name, self.words = name, words


def id_of(name: str) -> str:
    """The same id for the same thing on every day: harvesters compare by it."""
    return str(uuid.uuid5(_SPACE_OF_IDS, f"{settings.SITE_ADDRESS} {name}"))


def published(space: DataSpace | None) -> QuerySet[Dataset]:
    found = Dataset.objects.filter(state=DatasetState.PUBLISHED).select_related(
        "space__publisher", "space__area__subdivision", "space__city"
    )
    return (found.filter(space=space) if space else found).order_by("space__slug", "slug")


def package(dataset: Dataset) -> dict[str, Any]:
    """A dataset as CKAN shows one."""
    unit, interval = _EVERY[Dataset.Frequency(dataset.frequency)]
    organisation = _organisation(dataset.space)
    resources = [_resource(dataset, place, *row) for place, row in enumerate(_resources(dataset))]
    tags = [word for word in dataset.keywords if _TAG.fullmatch(word)]
    return {
        "id": id_of(dataset.name),
        "name": dataset.name,
        "title": text(dataset.title, "th"),
        "title_translated": dataset.title,
        "notes": text(dataset.description, "th"),
        "notes_translated": dataset.description,
        "url": links.dataset_page(dataset),
        "type": "dataset",
        "state": "active",
        "private": False,
        "isopen": True,
        "author": organisation["title"],
        "author_email": "",
        "maintainer": organisation["title"],
        "maintainer_email": "",
        "version": "",
        "license_id": _LICENCE_IDS[dataset.licence],
        "license_title": dataset.licence,
        "license_url": links.LICENCES[dataset.licence],
        "metadata_created": _time(dataset.made_at),
        "metadata_modified": _time(dataset.changed_at),
        "owner_org": organisation["id"],
        "organization": organisation,
        "creator_user_id": None,
        "num_resources": len(resources),
        "num_tags": len(tags),
        "resources": resources,
        "tags": [_tag(word) for word in tags],
        "groups": [_group(dataset.theme)],
        "relationships_as_subject": [],
        "relationships_as_object": [],
        # Beside and not within the extras: a CKAN whose schema has these fields refuses a dataset that has them in both places.
        "extras": _extras(dataset, tags),
        **thai_fields(dataset, unit, interval),
    }


_TAG = re.compile(r"[\w \-.]{2,100}")
"""What a stock CKAN (2.12) takes for a tag: no vowel or tone mark above or below a Thai letter. A dataset with another tag it refuses whole."""


def _extras(dataset: Dataset, tags: list[str]) -> list[dict[str, str]]:
    """Time and place of the observations, under the keys by which ckanext-dcat and ckanext-spatial know them; all keywords, where some are no tags."""
    found = {} if len(tags) == len(dataset.keywords) else {"keywords": ", ".join(dataset.keywords)}
    if dataset.first_day and dataset.last_day:
        found |= {"temporal_start": dataset.first_day.isoformat(), "temporal_end": dataset.last_day.isoformat()}
    if dataset.extent:
        west, south, east, north = dataset.extent
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        found["spatial"] = json.dumps({"type": "Polygon", "coordinates": [ring]})
    return [{"key": key, "value": value} for key, value in found.items()]


def thai_fields(dataset: Dataset, unit: str, interval: str) -> dict[str, str]:
    """What the catalogue of the Thai government asks of every dataset."""
    return {
        "data_type": "ข้อมูลระเบียน",
        "objective": dataset.objective or "บริการประชาชน",
        "update_frequency_unit": unit,
        "update_frequency_interval": interval,
        "geo_coverage": text(dataset.space.place.name, "th"),
        "data_source": _organisation(dataset.space)["title"],
        "data_format": "CSV, JSON, GeoJSON",
        "data_category": dataset.category,
        "data_class_level": "เปิดเผย",
        "accessible_condition": dataset.accessible_condition or "ไม่มี",
        "data_language": "ไทย, อังกฤษ",
        "allow_harvest": "True",
        "created_date": dataset.made_at.date().isoformat(),
        "last_updated_date": dataset.changed_at.date().isoformat(),
        "high_value_dataset": "False",
    }


def _resources(dataset: Dataset) -> list[tuple[str, str, str, str]]:
    found = [(links.download(dataset, ending), title, media_type, title.upper()) for ending, media_type, title, _code in links.DOWNLOADS]
    return [*found, (f"{links.broker()}/entities?type={dataset.entity_type}", "NGSI-LD API", "application/ld+json", "JSON-LD")]


def _resource(dataset: Dataset, place: int, url: str, name: str, media_type: str, format_: str) -> dict[str, Any]:
    return {
        "id": id_of(f"{dataset.name} {name}"),
        "package_id": id_of(dataset.name),
        "name": name,
        "description": _OF_THE_API % dataset.space.slug if name == "NGSI-LD API" else "",
        "url": url,
        "format": format_,
        "mimetype": media_type,
        "position": place,
        "state": "active",
        "created": _time(dataset.made_at),
        "last_modified": _time(dataset.changed_at),
        "metadata_modified": _time(dataset.changed_at),
        "resource_type": "api" if name == "NGSI-LD API" else None,
        "hash": "",
        "size": None,
    }


def _organisation(space: DataSpace) -> dict[str, Any]:
    title = text(space.publisher.name, "th") if space.publisher else text(space.title, "th")
    return {
        "id": id_of(f"organisation {space.slug}"),
        "name": space.slug,
        "title": title,
        "display_name": title,
        "type": "organization",
        "description": text(space.summary, "th"),
        "image_url": "",
        "created": _time(space.opened_at),
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
    }


def _tag(word: str) -> dict[str, Any]:
    return {"id": id_of(f"tag {word}"), "name": word, "display_name": word, "state": "active", "vocabulary_id": None}


def _time(at: Any) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") if at else ""


# Actions


def _found(space: DataSpace | None, asked: Parameters, name: str = "id") -> Dataset:
    wanted = str(asked.get(name) or asked.get("name_or_id") or "")
    if not wanted:
        raise Invalid(name, "Missing value")
    for dataset in published(space):
        if wanted in (dataset.name, id_of(dataset.name)):
            return dataset
    raise NotFound("Not found")


def _whole(asked: Parameters, name: str, otherwise: int, most: int) -> int:
    value = asked.get(name)
    if value in (None, ""):
        return otherwise
    if not str(value).isdecimal() or len(str(value)) > 9:
        raise Invalid(name, "Must be a natural number")
    return min(int(str(value)), most)


def package_list(space: DataSpace | None, asked: Parameters) -> Any:
    start = _whole(asked, "offset", 0, 10**9)
    names = [dataset.name for dataset in published(space)[start : start + _whole(asked, "limit", 100_000, 100_000)]]
    return sorted(names)


def package_show(space: DataSpace | None, asked: Parameters) -> Any:
    return package(_found(space, asked))


def current_package_list_with_resources(space: DataSpace | None, asked: Parameters) -> Any:
    start = _whole(asked, "offset", 0, 10**9)
    return [package(dataset) for dataset in published(space)[start : start + _whole(asked, "limit", MOST_ROWS, MOST_ROWS)]]


_TERM = re.compile(r'(?P<no>[-+]?)(?:(?P<field>[a-z_]+):)?(?P<value>"[^"]*"|\([^)]*\)|\[[^\]]*\]|[^\s"]+)')


def package_search(space: DataSpace | None, asked: Parameters) -> Any:
    """`q` and `fq` in the part of Solr's language that harvesters use: words, field:value, quotes, AND, a minus before what is not wanted."""
    rows = _whole(asked, "rows", 10, MOST_ROWS)
    start = _whole(asked, "start", 0, 10**9)
    wanted = [dataset for dataset in published(space) if all(_fits(dataset, str(asked.get(name) or "")) for name in ("q", "fq"))]
    if "metadata_modified" in str(asked.get("sort") or ""):
        wanted.sort(key=lambda dataset: (dataset.changed_at, dataset.pk), reverse="desc" in str(asked["sort"]))
    return {
        "count": len(wanted),
        "sort": asked.get("sort") or "name asc",
        "facets": {},
        "search_facets": {},
        "results": [package(dataset) for dataset in wanted[start : start + rows]],
    }


def _fits(dataset: Dataset, query: str) -> bool:
    for term in _TERM.finditer(query):
        value = term["value"].strip('"()')
        if value in ("AND", "OR", "*:*", "*") or not value:
            continue
        if term["field"] == "metadata_modified":
            if (term["no"] == "-") == _within(dataset.changed_at, value):
                return False
            continue
        if (term["no"] == "-") == _is(dataset, term["field"] or "", value):
            return False
    return True


def _within(at: datetime, value: str) -> bool:
    """Is an instant in a range of Solr, [from TO until]? A harvester asks so for what changed since it was here."""
    lower, _to, upper = value.strip("[]").partition(" TO ")
    try:
        since, until = (
            None if side.strip() in ("", "*") else datetime.fromisoformat(side.strip().removesuffix("Z")).replace(tzinfo=UTC)
            for side in (lower, upper)
        )
    except ValueError:
        raise Invalid("fq", "metadata_modified must be a range such as [2026-01-01T00:00:00Z TO *]") from None
    return (since is None or at >= since) and (until is None or at <= until)


def _is(dataset: Dataset, field: str, value: str) -> bool:
    if value == "*" or field in ("state", "dataset_type", "type", "site_id", "private"):
        return not (field == "private" and value.lower() == "true")
    exact = {
        "organization": [dataset.space.slug],
        "owner_org": [id_of(f"organisation {dataset.space.slug}"), dataset.space.slug],
        "tags": dataset.keywords,
        "groups": [dataset.theme.lower()],
        "license_id": [_LICENCE_IDS[dataset.licence]],
        "name": [dataset.name],
        "id": [id_of(dataset.name), dataset.name],
        "res_format": ["CSV", "JSON", "GEOJSON", "JSON-LD"],
        "data_category": [dataset.category],
    }
    if field in exact:
        alternatives = [part.strip().strip('"') for part in value.split(" OR ")]
        return any(one in exact[field] for one in alternatives)
    words = " ".join([*dataset.title.values(), *dataset.description.values(), *dataset.keywords, dataset.name]).casefold()
    return value.casefold() in words


def _spaces(space: DataSpace | None) -> QuerySet[DataSpace]:
    found = DataSpace.objects.select_related("publisher").annotate(
        published=Count("datasets", filter=Q(datasets__state=DatasetState.PUBLISHED))
    )
    return (found.filter(pk=space.pk) if space else found).order_by("slug")


def organization_list(space: DataSpace | None, asked: Parameters) -> Any:
    if str(asked.get("all_fields", "")).lower() in ("true", "1"):
        return [{**_organisation(found), "package_count": found.published} for found in _spaces(space)]  # type: ignore[attr-defined]
    return [found.slug for found in _spaces(space)]


def organization_show(space: DataSpace | None, asked: Parameters) -> Any:
    wanted = str(asked.get("id") or "")
    for found in _spaces(space):
        if wanted in (found.slug, id_of(f"organisation {found.slug}")):
            shown = {**_organisation(found), "package_count": found.published, "users": [], "groups": [], "tags": [], "extras": []}  # type: ignore[attr-defined]
            if str(asked.get("include_datasets", "")).lower() in ("true", "1"):
                shown["packages"] = [package(dataset) for dataset in published(found)]
            return shown
    raise NotFound("Not found")


def group_list(space: DataSpace | None, asked: Parameters) -> Any:
    return sorted({dataset.theme.lower() for dataset in published(space)})


def group_show(space: DataSpace | None, asked: Parameters) -> Any:
    wanted = str(asked.get("id") or "")
    for theme in Dataset.Theme.values:
        if wanted in (theme.lower(), id_of(f"theme {theme}")):
            return {**_group(theme), "type": "group", "state": "active", "description": "", "image_url": "", "is_organization": False}
    raise NotFound("Not found")


def _group(theme: str) -> dict[str, Any]:
    return {"id": id_of(f"theme {theme}"), "name": theme.lower(), "title": theme, "display_name": theme}


def tag_list(space: DataSpace | None, asked: Parameters) -> Any:
    return sorted({word for dataset in published(space) for word in dataset.keywords})


def license_list(space: DataSpace | None, asked: Parameters) -> Any:
    return [{"id": _LICENCE_IDS[code], "title": code, "url": links.LICENCES[code], "status": "active"} for code in DataSpace.Licence.values]


def resource_show(space: DataSpace | None, asked: Parameters) -> Any:
    wanted = str(asked.get("id") or "")
    for dataset in published(space):
        for resource in package(dataset)["resources"]:
            if resource["id"] == wanted:
                return resource
    raise NotFound("Not found")


def site_read(space: DataSpace | None, asked: Parameters) -> Any:
    return True


def status_show(space: DataSpace | None, asked: Parameters) -> Any:
    return {"ckan_version": "2.11.0", "site_url": settings.SITE_ADDRESS, "site_title": "Nagara", "extensions": [], "locale_default": "th"}


ACTIONS: dict[str, Callable[[DataSpace | None, Parameters], Any]] = {
    action.__name__: action
    for action in (
        package_list,
        package_show,
        package_search,
        current_package_list_with_resources,
        organization_list,
        organization_show,
        group_list,
        group_show,
        tag_list,
        license_list,
        resource_show,
        site_read,
        status_show,
    )
}
