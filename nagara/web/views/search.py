"""Search over what is public: areas, provinces, resolutions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nagara.governance.on_record import Asked, resolutions
from nagara.places.models import Subdivision
from nagara.recognition.register import known_by
from nagara.toolkit.asof import as_of
from nagara.toolkit.pages import open_page
from nagara.toolkit.thai import alphabet, fold

MOST = 25


@open_page
def search(request: HttpRequest) -> HttpResponse:
    """A part of a word is enough: Thai has no spaces, so “อัจฉริยะ” must be found inside “เมืองอัจฉริยะ”."""
    words = request.GET.get("q", "").strip()[:200]
    day = as_of(request).day
    areas, provinces, decisions = [], [], []
    if fold(words):
        areas = list(_having(known_by(day), words).select_related("subdivision").order_by(alphabet(), "pk")[: MOST + 1])
        provinces = list(_having(Subdivision.objects.filter(state="TH"), words).order_by(alphabet(), "code")[: MOST + 1])
        decisions = list(resolutions(Asked(text=words), day)[: MOST + 1])
    return render(
        request,
        "web/search.html",
        {
            "words": words,
            "day": day,
            "areas": areas[:MOST],
            "more_areas": len(areas) > MOST,
            "provinces": provinces[:MOST],
            "resolutions": decisions[:MOST],
            "more_resolutions": len(decisions) > MOST,
            "found": len(areas) + len(provinces) + len(decisions),
        },
    )


def _having(rows, words: str):  # type: ignore[no-untyped-def]
    for word in fold(words).split():
        rows = rows.filter(search__contains=word)
    return rows
