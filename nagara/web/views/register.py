"""The register: every area on a day, as a list and on the map."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nagara.places.models import Area
from nagara.recognition.register import Asked, provinces_of, rows, years
from nagara.toolkit.asof import as_of
from nagara.toolkit.days import long_day
from nagara.toolkit.pages import open_page
from nagara.toolkit.pagination import page_of_joined
from nagara.toolkit.refusal import Refusal
from nagara.web.forms import RegisterForm
from nagara.web.index import index_of, province_names
from nagara.web.links import twins
from nagara.web.maps.thailand import classes, thailand

EACH = 50


@open_page
def register(request: HttpRequest) -> HttpResponse:
    day = as_of(request).day
    try:
        asked, refused = Asked.read(request.GET), None
    except Refusal as refusal:
        asked, refused = Asked(), refusal
    names = province_names()
    counts = provinces_of(asked, day)
    page = page_of_joined(rows(asked, day, lang=(get_language() or "th")[:2]), request.GET.get("page"), size=EACH)
    kinds = list(Area.objects.exclude(kind="").order_by("kind").values_list("kind", flat=True).distinct())
    return render(
        request,
        "web/register.html",
        {
            "day": day,
            "asked": asked,
            "refused": refused,
            "form": RegisterForm(request.GET, provinces=names, years=years(), kinds=kinds),
            **twins(request, "opendata:register"),
            "page": page,
            "provinces": len(counts),
            "index": index_of(counts, names),
            "classes": classes(counts),
            "map": thailand(
                counts,
                names,
                day=day,
                label=_("Map of Thailand on %(day)s: the %(areas)s areas of this list lie in %(provinces)s provinces.")
                % {"day": long_day(day), "areas": page.paginator.count, "provinces": len(counts)},
            ),
        },
        status=400 if refused else 200,
    )
