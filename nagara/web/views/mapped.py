"""The map of the country and of the association, each with its index."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from nagara.places.models import Subdivision
from nagara.recognition.models import StatusSpan
from nagara.recognition.queries import counts_by_province, on_record
from nagara.toolkit.asof import as_of
from nagara.toolkit.days import long_day
from nagara.toolkit.pages import open_page
from nagara.web.index import province_names
from nagara.web.maps.thailand import classes, thailand
from nagara.web.members import members_map, members_on

MOST = 300
"""Up to so many areas the index names each; beyond, it leads to the register of the province."""


@open_page
def mapped(request: HttpRequest) -> HttpResponse:
    day = as_of(request).day
    names = province_names()
    counts = counts_by_province(day)
    areas: dict[str, list[StatusSpan]] = {}
    if sum(counts.values()) <= MOST:
        for span in on_record(day):
            areas.setdefault(span.subdivision_code, []).append(span)
    members = members_on(day)
    return render(
        request,
        "web/map.html",
        {
            "day": day,
            "areas": sum(counts.values()),
            "provinces": len(counts),
            "all": Subdivision.objects.filter(state="TH").count(),
            "index": [(code, name, counts[code], areas.get(code, [])) for code, name in names.items() if code in counts],
            "classes": classes(counts),
            "map": thailand(
                counts,
                names,
                day=day,
                label=_(
                    "Map of Thailand on %(day)s: %(areas)s recognised areas in %(provinces)s provinces. The index of provinces holds the same facts."
                )
                % {"day": long_day(day), "areas": sum(counts.values()), "provinces": len(counts)},
            ),
            "members": members,
            "asean": members_map(members, day=day),
        },
    )
