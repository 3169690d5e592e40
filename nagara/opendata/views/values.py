"""Published values as CSV, JSON and SDMX-CSV 2.0."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from nagara.monitoring.models import Level, Period
from nagara.monitoring.queries.known import values_of, values_on
from nagara.monitoring.views.public import meanings
from nagara.opendata.answer import about, csv_answer, data, json_answer
from nagara.opendata.values import VALUES, sdmx_csv, with_names
from nagara.places.models import City
from nagara.toolkit.asof import require_as_of
from nagara.toolkit.refusal import Refusal


def _asked(request: HttpRequest, slug: str = "") -> tuple[QuerySet[Level], str]:
    """The values asked for, and what to call the file. A filter that names nothing is refused, so that none takes all for some."""
    day = require_as_of(request).day
    asked = {name: request.GET.get(name, "").strip() for name in ("measure", "city", "state", "period")}
    if slug:
        asked["city"] = get_object_or_404(City, slug=slug).slug
    faults = {}
    if asked["measure"] and asked["measure"] not in meanings(day):
        faults["measure"] = _("There is no measure “%(code)s”.") % {"code": asked["measure"]}
    cities = City.objects.all()
    if asked["city"]:
        cities = cities.filter(slug=asked["city"])
    if asked["state"]:
        cities = cities.filter(state=asked["state"])
    if (asked["city"] or asked["state"]) and not cities.exists():
        faults["city"] = _("There is no such city.")
    period = Period.objects.filter(code=asked["period"]).first() if asked["period"] else None
    if asked["period"] and period is None:
        faults["period"] = _("There is no period “%(code)s”.") % {"code": asked["period"]}
    if faults:
        raise Refusal(" ".join(faults.values()), fields=faults, code="unknown-filter", status=400)
    measures = [asked["measure"]] if asked["measure"] else None
    among = cities if asked["city"] or asked["state"] else None
    rows = values_of(period, day, measures=measures, cities=among) if period else values_on(measures, among, day)
    return rows, "-".join(part for part in ("nagara-values", slug, day.isoformat()) if part)


@data
def values_csv(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    rows, name = _asked(request, slug)
    return csv_answer(VALUES, VALUES.lines(with_names(rows)), name=name)


@data
def values_json(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    rows, name = _asked(request, slug)
    return json_answer(about(request, count=rows.count()), VALUES.rows, VALUES.lines(with_names(rows)), name=name)


@data
def values_sdmx(request: HttpRequest) -> HttpResponseBase:
    rows, name = _asked(request)
    lines = sdmx_csv(with_names(rows).iterator(chunk_size=500), dict(meanings(require_as_of(request).day)))
    response = StreamingHttpResponse(lines, content_type="application/vnd.sdmx.data+csv; version=2.0.0; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-sdmx.csv"'
    return response
