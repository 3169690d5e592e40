"""Each public page as CSV and as JSON, with the same filters and the same day."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import override

from nagara.governance import on_record as governance
from nagara.opendata.answer import about, csv_answer, data, json_answer, whole_json
from nagara.opendata.datasets import FIGURES, REGISTER, RESOLUTIONS, STEPS, iso, page
from nagara.places.models import Area, Boundary, Subdivision
from nagara.recognition import register
from nagara.recognition.models import Recognition, RecognitionStep
from nagara.recognition.queries import counts_by_province, counts_on, figures, timeline
from nagara.toolkit.asof import require_as_of
from nagara.toolkit.days import read_day


def _named(name: str, day: date) -> str:
    return f"nagara-{name}-{day.isoformat()}"


@data
def register_csv(request: HttpRequest) -> HttpResponseBase:
    day = require_as_of(request).day
    rows = register.rows(register.Asked.read(request.GET), day)
    return csv_answer(REGISTER, REGISTER.lines(rows), name=_named("register", day))


@data
def register_json(request: HttpRequest) -> HttpResponseBase:
    day = require_as_of(request).day
    rows = register.rows(register.Asked.read(request.GET), day)
    head = about(request, count=rows.count(), provinces=rows.order_by().values("subdivision_code").distinct().count())
    return json_answer(head, REGISTER.rows, REGISTER.lines(rows), name=_named("register", day))


def _steps(area: Area, day: date) -> Any:
    rows = RecognitionStep.objects.filter(recognition__area=area, recognition__effective_on__lte=day)
    rows = rows.exclude(on__gt=day).select_related("recognition", "resolution__item__meeting__body", "source")
    return rows.order_by("recognition__tier", "recognition__number", "on", "pk")


@data
def area_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    day = require_as_of(request).day
    area = get_object_or_404(Area, slug=slug)
    return csv_answer(STEPS, STEPS.lines(_steps(area, day)), name=_named(f"area-{area.slug}", day))


@data
def area_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    day = require_as_of(request).day
    area = get_object_or_404(Area.objects.select_related("subdivision", "source", "organisation"), slug=slug)
    boundary = Boundary.objects.on(day).filter(area=area).order_by("-since", "-pk").first()
    recognitions = Recognition.objects.filter(area=area, effective_on__lte=day).select_related(
        "source", "decided_by__item__meeting__body", "recommended_by__item__meeting__body"
    )
    spans = {span.recognition_id: span for span in register.StatusSpan.objects.on(day).filter(area=area).order_by("pk")}
    body = about(
        request,
        slug=area.slug,
        name=area.name,
        short_name=area.short or None,
        former_names=[one.name for one in area.former_names.order_by("pk")],
        province={"code": area.subdivision.code, "name": area.subdivision.name},
        kind=area.kind or None,
        city_type=area.city_type or None,
        organisation=area.organisation.name if area.organisation else None,
        invented=area.invented,
        source=area.source.code if area.source else None,
        page=page("web:area", area.slug),
        recognitions=[
            {
                "number": grant.number,
                "tier": grant.tier,
                "status": spans[grant.pk].status if grant.pk in spans else None,
                "status_since": iso(spans[grant.pk].since) if grant.pk in spans else None,
                "batch_year": grant.batch,
                "decided_on": iso(grant.decided_on),
                "effective_on": iso(grant.effective_on),
                "presented_on": iso(grant.presented_on),
                "valid_until": iso(grant.valid_until),
                "ended_on": iso(grant.ended_on),
                "decided_by": page("web:resolution", grant.decided_by_id) if grant.decided_by_id else None,
                "recommended_by": page("web:resolution", grant.recommended_by_id) if grant.recommended_by_id else None,
                "source": grant.source.code if grant.source else None,
                "certainty": grant.certainty,
                "invented": grant.invented,
            }
            for grant in recognitions.order_by("tier", "number")
        ],
        steps=list(STEPS.lines(_steps(area, day))),
        boundary={"square_kilometres": boundary.square_kilometres, "geometry": boundary.geometry} if boundary else None,
    )
    return whole_json(body, name=_named(f"area-{area.slug}", day) + ".json")


@data
def resolutions_csv(request: HttpRequest) -> HttpResponseBase:
    day = require_as_of(request).day
    rows = governance.resolutions(governance.Asked.read(request.GET), day)
    return csv_answer(RESOLUTIONS, RESOLUTIONS.lines(rows), name=_named("resolutions", day))


@data
def resolutions_json(request: HttpRequest) -> HttpResponseBase:
    day = require_as_of(request).day
    rows = governance.resolutions(governance.Asked.read(request.GET), day)
    return json_answer(about(request, count=rows.count()), RESOLUTIONS.rows, RESOLUTIONS.lines(rows), name=_named("resolutions", day))


@data
def figures_csv(request: HttpRequest) -> HttpResponseBase:
    day = require_as_of(request).day
    return csv_answer(FIGURES, [FIGURES.line(point) for point in timeline(until=day)], name=_named("figures", day))


@data
def figures_json(request: HttpRequest) -> HttpResponseBase:
    day = require_as_of(request).day
    typed = request.GET.get("since", "").strip()
    found = figures(day, since=read_day(typed).day if typed else None)
    sentences = {}
    for lang in ("th", "en"):
        with override(lang):
            sentences[lang] = register.sentence(counts_on(day), day)
    series = [FIGURES.line(point) for point in timeline(until=day)]
    body = {
        **about(request),
        **found,
        "sentence": sentences,
        "series": series,
        "permanent": page("web:figures") + f"?as_of={day.isoformat()}",
    }
    return whole_json(body, name=_named("figures", day) + ".json")


@data
def provinces_geojson(request: HttpRequest) -> HttpResponseBase:
    """The provinces with their outline and the number of areas on the day."""
    day = require_as_of(request).day
    counts = counts_by_province(day)
    outlines = dict(Boundary.objects.on(day).filter(subdivision__state="TH").order_by("pk").values_list("subdivision_id", "geometry"))
    features = [
        {
            "type": "Feature",
            "id": province.code,
            "properties": {"code": province.code, "name": province.name, "recognised_areas": counts.get(province.code, 0)},
            "geometry": outlines.get(province.code),
        }
        for province in Subdivision.objects.filter(state="TH").order_by("code")
    ]
    body = {"type": "FeatureCollection", **about(request, outlines="Natural Earth (public domain)"), "features": features}
    return whole_json(body, name=_named("provinces", day) + ".geojson", media_type="application/geo+json")
