"""Datasets: the page that everybody sees, and describing, publishing and withdrawing for who keeps the space."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nagara.citydata import queries
from nagara.citydata.actions import datasets
from nagara.citydata.broker import BrokerRefused, Tenant
from nagara.citydata.catalogue import links
from nagara.citydata.catalogue.quality import marks
from nagara.citydata.forms_catalogue import DatasetForm
from nagara.citydata.models import Dataset
from nagara.citydata.queries import LiveType
from nagara.citydata.sheets.mapping import TYPES
from nagara.citydata.views.common import room, say, show_refusal, space_of, user_of
from nagara.toolkit import access
from nagara.toolkit.pages import open_page
from nagara.toolkit.refusal import Refusal


def _dataset(request: HttpRequest, slug: str, dataset: str, rule: str = "citydata.view_dataset") -> Dataset:
    visible = access.visible(request.user, rule).select_related("space__publisher", "space__area__subdivision", "space__city__state")
    return get_object_or_404(visible, space__slug=slug, slug=dataset)


@open_page
def dataset(request: HttpRequest, slug: str, dataset: str) -> HttpResponse:
    """One dataset: what it is, how good, where it is taken from, how it is cited."""
    found, at = _dataset(request, slug, dataset), timezone.now()
    live: LiveType | None = None
    trouble = ""
    try:
        live = next((row for row in queries.live_types(found.space, at=at) if row.name == found.entity_type), None)
    except (Refusal, BrokerRefused) as problem:
        trouble = str(problem)
    context = {
        **room(request, found.space),
        "dataset": found,
        "live": live,
        "trouble": trouble,
        "marks": marks(found, live),
        "downloads": [(title, links.download(found, ending)) for ending, _media, title, _code in links.DOWNLOADS],
        "api": f"{links.broker()}/entities?type={found.entity_type}",
        "address": links.dataset_page(found),
        "words": TYPES.get(found.entity_type, ""),
        "catalogues": [(ending, links.catalogue(found.space, ending)) for ending in ("ttl", "jsonld")],
    }
    return render(request, "citydata/dataset.html", context)


def edit(request: HttpRequest, slug: str, dataset: str = "") -> HttpResponse:
    """Describe a dataset: a new one, or one that is there."""
    space = space_of(request, slug, "citydata.keep_space")
    found = _dataset(request, slug, dataset, "citydata.keep_dataset") if dataset else None
    types = _types(slug, found)
    form = DatasetForm(request.POST or None, dataset=found, types=types, licence=space.licence)
    if request.method == "POST" and form.is_valid():
        try:
            made = datasets.describe(space, form.said(), dataset=found, by=user_of(request), at=timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            say(request, _("Saved."))
            return redirect("citydata:dataset", slug, made.slug)
    return render(request, "citydata/dataset_edit.html", {**room(request, space), "form": form, "dataset": found, "types": types})


def _types(slug: str, found: Dataset | None) -> list[tuple[str, str]]:
    names = Tenant(slug).types()
    if found is not None and found.entity_type not in names:
        names.append(found.entity_type)
    return [(name, f"{name} · {TYPES[name]}" if name in TYPES else name) for name in names]


@require_POST
def publish(request: HttpRequest, slug: str, dataset: str) -> HttpResponse:
    found = _dataset(request, slug, dataset, "citydata.keep_dataset")
    datasets.publish(found, by=user_of(request), at=timezone.now())
    say(request, _("The dataset is published: catalogue and files show it from now on."))
    return redirect("citydata:dataset", slug, dataset)


@require_POST
def withdraw(request: HttpRequest, slug: str, dataset: str) -> HttpResponse:
    found = _dataset(request, slug, dataset, "citydata.keep_dataset")
    datasets.withdraw(found, by=user_of(request), at=timezone.now())
    say(request, _("The dataset is withdrawn: catalogue and files show it no longer."))
    return redirect("citydata:dataset", slug, dataset)
