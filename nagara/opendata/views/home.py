"""The page that says what data there is, under which licence and at which addresses."""

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nagara.documents.models import Source
from nagara.network.models import Network
from nagara.opendata.datasets import ALL
from nagara.opendata.network import MEMBERS, NOMINATIONS
from nagara.opendata.projects import PROJECTS
from nagara.opendata.values import VALUES
from nagara.places.models import Boundary, Subdivision
from nagara.plans.models import Project
from nagara.recognition.queries import on_record
from nagara.toolkit.asof import as_of
from nagara.toolkit.pages import open_page


@open_page
def home(request: HttpRequest) -> HttpResponse:
    day = as_of(request).day
    used = Exists(Subdivision.objects.filter(source=OuterRef("pk"))) | Exists(Boundary.objects.filter(source=OuterRef("pk"), area=None))
    return render(
        request,
        "opendata/home.html",
        {
            "day": day,
            "datasets": (*ALL, PROJECTS, VALUES, MEMBERS, NOMINATIONS),
            "network": Network.objects.order_by("code").values_list("code", flat=True).first(),
            "example": on_record(day).values_list("area__slug", flat=True).first(),
            "reference": Source.objects.filter(used).order_by("code"),
            "city": Project.objects.order_by("city__sort_en", "pk").values_list("city__slug", flat=True).first(),
            "site": settings.SITE_ADDRESS,
        },
    )
