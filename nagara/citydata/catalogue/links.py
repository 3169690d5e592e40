"""The addresses under which catalogue and datasets are found from outside. They have no language."""

from django.conf import settings
from django.urls import reverse

from nagara.citydata.models import Dataset, DataSpace

LICENCES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "DGA-OPEN": "https://data.go.th/pages/dga-open-government-license",
}

DOWNLOADS = (
    ("csv", "text/csv", "CSV", "CSV"),
    ("json", "application/json", "JSON", "JSON"),
    ("geojson", "application/geo+json", "GeoJSON", "GEOJSON"),
)
"""(ending, media type, name, code in the EU list of file types) of what anyone may download of a published dataset."""


def absolute(path: str) -> str:
    return settings.SITE_ADDRESS + path


def space_page(space: DataSpace | None) -> str:
    return absolute(reverse("citydata:space", args=[space.slug]) if space else reverse("citydata:index"))


def dataset_page(dataset: Dataset) -> str:
    return absolute(reverse("citydata:dataset", args=[dataset.space.slug, dataset.slug]))


def download(dataset: Dataset, ending: str) -> str:
    return absolute(reverse("citydata_machine:download", args=[dataset.space.slug, dataset.slug, ending]))


def catalogue(space: DataSpace | None, ending: str) -> str:
    if space is None:
        return absolute(reverse("citydata_machine:catalogue", args=[ending]))
    return absolute(reverse("citydata_machine:space_catalogue", args=[space.slug, ending]))


def broker() -> str:
    return f"{settings.BROKER_URL or settings.SITE_ADDRESS}/ngsi-ld/v1"
