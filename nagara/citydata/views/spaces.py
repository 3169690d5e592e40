"""The list of data spaces, one space as everybody sees it, opening one, and its keys."""

from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nagara.citydata import queries
from nagara.citydata.actions import spaces
from nagara.citydata.broker import BrokerRefused
from nagara.citydata.forms import SCOPE_LABELS, KeyForm, OpenSpaceForm, SpaceForm
from nagara.citydata.models import DataSpace
from nagara.citydata.queries import LiveType
from nagara.citydata.states import DatasetState
from nagara.citydata.views.common import Context, room, say, show_refusal, space_of, user_of
from nagara.places.models import Area, City
from nagara.toolkit import access
from nagara.toolkit.pages import open_page
from nagara.toolkit.pagination import page_of
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text


@open_page
def index(request: HttpRequest) -> HttpResponse:
    """Every data space, by place."""
    published = Count("datasets", filter=Q(datasets__state=DatasetState.PUBLISHED), distinct=True)
    found = DataSpace.objects.select_related("area__subdivision", "city__state").annotate(published=published).order_by("slug")
    page = page_of(found, request.GET.get("page"))
    mine = (
        access.visible(request.user, "citydata.keep_space").order_by("slug") if request.user.is_authenticated else DataSpace.objects.none()
    )
    return render(request, "citydata/index.html", {"page": page, "mine": list(mine[:20]), "may_open": bool(_places(request, most=1))})


def _places(request: HttpRequest, most: int = 500) -> list[tuple[str, str]]:
    """The areas and cities for which the visitor may open a space and that have none."""
    if not request.user.is_authenticated:
        return []
    areas = access.visible(request.user, "citydata.open_for_area").filter(data_space=None).order_by("sort_th", "pk")[:most]
    cities = access.visible(request.user, "citydata.open_for_city").filter(data_space=None).order_by("sort_th", "pk")[:most]
    return [*((f"area:{area.pk}", text(area.name)) for area in areas), *((f"city:{city.pk}", text(city.name)) for city in cities)][:most]


def new(request: HttpRequest) -> HttpResponse:
    """Open a data space for a place of one's own."""
    places = _places(request)
    form = OpenSpaceForm(request.POST or None, places=places)
    if request.method == "POST" and form.is_valid():
        kind, _sep, number = form.cleaned_data["place"].partition(":")
        place: Area | City = Area.objects.get(pk=number) if kind == "area" else City.objects.get(pk=number)
        said = {name: form.cleaned_data[name] for name in ("title", "summary", "licence")}
        space = spaces.open_space(place, **said, by=user_of(request), at=timezone.now())
        say(request, _("The data space is open. Bring in the first table, or make a key for your devices."))
        return redirect("citydata:space", space.slug)
    return render(request, "citydata/new.html", {"form": form, "places": places})


def _live(space: DataSpace, at: datetime) -> tuple[list[LiveType], str]:
    """What the broker holds, or why that cannot be said now: the page stands without it."""
    try:
        return queries.live_types(space, at=at), ""
    except (Refusal, BrokerRefused) as problem:
        return [], str(problem)


@open_page
def space(request: HttpRequest, slug: str) -> HttpResponse:
    """One data space: what it holds, how fresh, what it offers, what its endpoints showed."""
    found, at = space_of(request, slug), timezone.now()
    live, trouble = _live(found, at)
    around = room(request, found)
    offered = queries.open_types(found)
    datasets = access.visible(request.user, "citydata.view_dataset").filter(space=found).order_by("slug")
    last = max((row.last_seen for row in live if row.last_seen), default=None)
    context: Context = {
        **around,
        "live": live,
        "trouble": trouble,
        "count": sum(row.count for row in live),
        "last": last,
        "datasets": list(datasets[:50]),
        "endpoints": list(queries.endpoints_of(found)),
        "open_types": offered,
        "address": f"{settings.SITE_ADDRESS if not settings.BROKER_URL else settings.BROKER_URL}/ngsi-ld/v1",
        "now": at,
    }
    return render(request, "citydata/space.html", context)


def describe(request: HttpRequest, slug: str) -> HttpResponse:
    found = space_of(request, slug, "citydata.keep_space")
    form = SpaceForm(request.POST or None, initial={"title": found.title, "summary": found.summary, "licence": found.licence})
    if request.method == "POST" and form.is_valid():
        spaces.describe_space(found, **form.cleaned_data, by=user_of(request), at=timezone.now())
        say(request, _("Saved."))
        return redirect("citydata:space", slug)
    return render(request, "citydata/describe.html", {**room(request, found), "form": form})


def keys(request: HttpRequest, slug: str) -> HttpResponse:
    """The keys to a space. A new key is shown in the answer to the form and never again."""
    found = space_of(request, slug, "citydata.look_into" if request.method == "GET" else "citydata.keep_space")
    form = KeyForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            secret, _key = spaces.issue_key(found, **form.cleaned_data, by=user_of(request), at=timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            form = KeyForm()
    rows = [
        {
            "key": key,
            "scopes": [SCOPE_LABELS[scope] for scope in SCOPE_LABELS if scope in key.scopes],
            "made": _instant(key.created),
            "until": _instant(key.expires),
            "used": _instant(key.used),
            "revoked": _instant(key.revoked),
            "state": "revoked" if key.revoked else "expired" if not key.alive(int(timezone.now().timestamp() * 1e6)) else "recognised",
        }
        for key in queries.keys_of(found)
    ]
    context = {**room(request, found), "form": form, "secret": secret, "rows": rows, "elsewhere": settings.BROKER_URL}
    response = render(request, "citydata/keys.html", context)
    if secret:
        response["Cache-Control"] = "no-store"
    return response


def _instant(microseconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(microseconds / 1e6, tz=settings.ZONE) if microseconds else None


@require_POST
def revoke_key(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    found = space_of(request, slug, "citydata.keep_space")
    spaces.revoke_key(found, key, by=user_of(request), at=timezone.now())
    say(request, _("The key opens nothing any more."))
    return redirect("citydata:keys", slug)
