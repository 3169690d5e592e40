"""For machines: the catalogue as DCAT-AP and as CKAN's read API, and published datasets as files. No language, no sign-in."""

import csv
import io
import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from nagara.citydata import queries
from nagara.citydata.broker import Entity, Tenant
from nagara.citydata.catalogue import ckan, dcat, links
from nagara.citydata.models import Dataset, DataSpace
from nagara.citydata.states import DatasetState
from nagara.citydata.views.entities import name_of
from nagara.toolkit.pages import open_page
from nagara.toolkit.texts import in_each

_MEDIA = {"ttl": "text/turtle; charset=utf-8", "jsonld": "application/ld+json", "rdf": "application/rdf+xml"}


def _for_all(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@open_page
@require_safe
def catalogue(request: HttpRequest, ending: str, slug: str = "") -> HttpResponseBase:
    """The catalogue of all spaces or of one, as DCAT-AP."""
    if ending not in _MEDIA:
        raise Http404
    space = get_object_or_404(DataSpace.objects.select_related("publisher", "area__subdivision", "city"), slug=slug) if slug else None
    title = space.title if space else in_each(lambda: _("Open data of cities"))
    said = space.summary if space and space.summary else in_each(lambda: _("Datasets that cities publish from what they observe."))
    graph = dcat.catalogue(space, ckan.published(space), title=title, description=said)
    return _for_all(HttpResponse(dcat.written(graph, ending), content_type=_MEDIA[ending]))


@csrf_exempt
@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, name: str, slug: str = "") -> HttpResponseBase:
    """One read action of CKAN's API: parameters in the address, or as JSON in a POST."""
    space = get_object_or_404(DataSpace, slug=slug) if slug else None
    asked: dict[str, Any] = request.GET.dict()
    help_ = f"{settings.SITE_ADDRESS}{request.path}"
    if request.method == "POST" and request.body:
        try:
            sent = json.loads(request.body)
        except ValueError:
            return _failed(help_, 400, "Bad Request", "The body is not JSON.")
        if not isinstance(sent, dict):
            return _failed(help_, 400, "Bad Request", "The body must be a JSON object.")
        asked |= sent
    act = ckan.ACTIONS.get(name)
    if act is None:
        return _failed(help_, 404, "Not Found Error", f"Action name not known: {name}")
    try:
        result = act(space, asked)
    except ckan.NotFound as missing:
        return _failed(help_, 404, "Not Found Error", str(missing))
    except ckan.Invalid as invalid:
        return _failed(help_, 409, "Validation Error", invalid.words, {invalid.name: [invalid.words]})
    return _for_all(JsonResponse({"help": help_, "success": True, "result": result}, json_dumps_params={"ensure_ascii": False}))


def _failed(help_: str, status: int, kind: str, message: str, more: dict[str, Any] | None = None) -> HttpResponseBase:
    error = {"__type": kind, "message": message, **(more or {})}
    return _for_all(JsonResponse({"help": help_, "success": False, "error": error}, status=status))


@open_page
@require_safe
def download(request: HttpRequest, slug: str, dataset: str, ending: str) -> HttpResponseBase:
    """A published dataset as a file: the state of its entities now."""
    found = get_object_or_404(Dataset.objects.select_related("space"), space__slug=slug, slug=dataset, state=DatasetState.PUBLISHED)
    rows = list(Tenant(slug).all(found.entity_type))
    if ending == "csv":
        response: HttpResponseBase = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    elif ending == "json":
        response = JsonResponse(
            {"dataset": links.dataset_page(found), "licence": links.LICENCES[found.licence], "rows": [_plain(row) for row in rows]},
            json_dumps_params={"ensure_ascii": False},
        )
    elif ending == "geojson":
        response = JsonResponse(_geojson(rows), content_type="application/geo+json", json_dumps_params={"ensure_ascii": False})
    else:
        raise Http404
    response.headers["Link"] = f'<{links.LICENCES[found.licence]}>; rel="license"'
    response.headers["Content-Disposition"] = f'attachment; filename="{found.name}.{ending}"'
    return _for_all(response)


def _plain(row: Entity) -> dict[str, Any]:
    """An entity without its wrapping: id, name, place, and for each attribute its value and when it was observed."""
    place = queries.place_of(row)
    found: dict[str, Any] = {"id": row["id"], "name": name_of(row)}
    if place:
        found |= {"longitude": place[0], "latitude": place[1]}
    for name in queries.attributes_of(row):
        if name in ("name", "location"):
            continue
        attribute = queries.member(row, name)
        found[name] = attribute.get("value", attribute.get("object"))
        if "observedAt" in attribute:
            found[f"{name}_observed_at"] = attribute["observedAt"]
    return found


def _csv(rows: list[Entity]) -> Any:
    """Rows of a CSV file with the mark that Excel needs to read Thai; what would start a formula is text."""
    plain = [_plain(row) for row in rows]
    columns = list(dict.fromkeys(name for row in plain for name in row))
    yield "\ufeff" + _line(columns)
    for row in plain:
        yield _line([row.get(name, "") for name in columns])


def _line(cells: list[Any]) -> str:
    target = io.StringIO()
    csv.writer(target).writerow([f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell for cell in cells])
    return target.getvalue()


def _geojson(rows: list[Entity]) -> dict[str, Any]:
    features = []
    for row in rows:
        plain = _plain(row)
        place = (plain.pop("longitude", None), plain.pop("latitude", None))
        geometry = {"type": "Point", "coordinates": list(place)} if place[0] is not None else queries.member(row, "location").get("value")
        features.append({"type": "Feature", "id": plain.pop("id"), "geometry": geometry, "properties": plain})
    return {"type": "FeatureCollection", "features": features}
