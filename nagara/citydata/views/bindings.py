"""Bindings: which measure is filled from which data, and where each value came from."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nagara.citydata import filled, queries
from nagara.citydata.actions import bindings
from nagara.citydata.binding.measures import Cell, cell_of, cells_on
from nagara.citydata.binding.offering import in_words
from nagara.citydata.binding.question import Method
from nagara.citydata.broker import BrokerRefused, Tenant
from nagara.citydata.forms_platform import BindingForm, WindowForm
from nagara.citydata.models import Binding, ComputedValue
from nagara.citydata.sheets.mapping import TYPES
from nagara.citydata.views.common import room, say, show_refusal, space_of, user_of
from nagara.toolkit import access
from nagara.toolkit.pagination import page_of
from nagara.toolkit.refusal import Refusal


def _titles() -> dict[str, Cell]:
    return {cell.key: cell for cell in cells_on(timezone.localdate())}


def _key(binding: Binding) -> str:
    return f"{binding.measure}/{binding.part}" if binding.part else binding.measure


def index(request: HttpRequest, slug: str) -> HttpResponse:
    """The bindings of a space with their newest value beside what the city claims."""
    space = space_of(request, slug, "citydata.look_into")
    titles = _titles()
    rows = [
        {
            "binding": found.binding,
            "cell": titles.get(_key(found.binding)),
            "value": found.value,
            "claim": found.claim,
            "difference": found.difference,
        }
        for found in filled.newest(space)
    ]
    return render(request, "citydata/bindings.html", {**room(request, space), "rows": rows})


def _attributes(slug: str, types: list[str]) -> list[str]:
    tenant = Tenant(slug)
    found: dict[str, None] = {}
    for name in types[:12]:
        for row in tenant.page(name, limit=1)[0]:
            found |= dict.fromkeys(queries.attributes_of(row))
    return [name for name in found if name not in ("name", "location")]


def edit(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """Bind a measure, or change the question of one that is bound: the next version."""
    space = space_of(request, slug, "citydata.keep_space")
    binding = _binding(request, slug, pk, "citydata.keep_binding") if pk else None
    types = Tenant(slug).types()
    cells = [(cell.key, f"{cell.title} ({cell.unit})" if cell.unit else cell.title) for cell in cells_on(timezone.localdate())]
    initial: dict[str, Any] = {}
    if binding is not None:
        last = binding.versions.order_by("-number").first()
        initial = {**(last.question if last else {}), "cell": _key(binding)}
        cells = [entry for entry in cells if entry[0] == _key(binding)] or [(_key(binding), _key(binding))]
    form = BindingForm(
        request.POST or None,
        cells=cells,
        types=[(name, f"{name} · {TYPES[name]}" if name in TYPES else name) for name in types],
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        measure, _sep, part = form.cleaned_data["cell"].partition("/")
        by, at = user_of(request), timezone.now()
        try:
            version = bindings.bind(space, measure, part, form.question(), why=form.cleaned_data["why"], by=by, at=at)
            filled.fill_open_periods(version.binding, at=at)
        except Refusal as refusal:
            show_refusal(form, refusal)
        except BrokerRefused as refused:
            form.add_error(None, _("The broker does not understand the question: %(why)s") % {"why": refused.detail})
        else:
            say(request, _("The indicator is bound. Its value is offered where the city reports."))
            return redirect("citydata:binding", slug, version.binding_id)
    context = {**room(request, space), "form": form, "binding": binding, "types": types, "attributes": _attributes(slug, types)}
    return render(request, "citydata/binding_edit.html", context)


def _binding(request: HttpRequest, slug: str, pk: int, rule: str = "citydata.view_binding") -> Binding:
    visible = access.visible(request.user, rule).select_related("space__area__subdivision", "space__city__state", "space__publisher")
    return get_object_or_404(visible, space__slug=slug, pk=pk)


def binding(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One binding: its versions, its values, and a form that asks over any window."""
    found = _binding(request, slug, pk)
    today = timezone.localdate()
    start = {"since": today.replace(month=1, day=1), "until": today}
    form = WindowForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        access.require(user_of(request), "citydata.keep_binding", found)
        version = found.versions.order_by("-number").first()
        if version is not None:
            until = form.cleaned_data["until"] + timedelta(days=1)
            value = bindings.compute(version, since=form.cleaned_data["since"], until=until, at=timezone.now())
            return redirect("citydata:value", slug, value.pk)
    values = ComputedValue.objects.filter(version__binding=found).select_related("version").order_by("-computed_at", "-pk")
    context = {
        **room(request, found.space),
        "binding": found,
        "cell": cell_of(found.measure, found.part, today),
        "versions": [(version, Method(version.question["method"]).label) for version in found.versions.order_by("-number")],
        "page": page_of(values, request.GET.get("page"), size=20),
        "form": form,
    }
    return render(request, "citydata/binding.html", context)


def value(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Where one value came from: window, question, coverage, gaps, each entity. Beside it what the city claims."""
    space = space_of(request, slug, "citydata.look_into")
    found = get_object_or_404(ComputedValue.objects.select_related("version__binding__space"), pk=pk, version__binding__space=space)
    told = found.lineage
    claim = filled.claim_of(found)
    try:
        names = Tenant(slug).names(told["question"]["entity_type"]) if told["by_entity"] else {}
    except (Refusal, BrokerRefused):
        names = {}  # the page says where a value came from even when the broker is away
    context = {
        **room(request, space),
        "value": found,
        "binding": found.version.binding,
        "cell": cell_of(found.version.binding.measure, found.version.binding.part, timezone.localdate()),
        "last_day": found.last_day,
        "told": told,
        "contributed": [{**row, "name": names.get(row["entity"], row["entity"])} for row in told["by_entity"]],
        "words": in_words(found),
        "coverage": f"{100 * told['coverage']:.1f}",
        "gaps": [(parse_date(first), (parse_date(after) or found.until) - timedelta(days=1)) for first, after in told["gaps"]],
        "claim": claim,
        "difference": claim.number - found.value if claim and claim.number is not None and found.value is not None else None,
    }
    return render(request, "citydata/value.html", context)


@require_POST
def end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    found = _binding(request, slug, pk, "citydata.keep_binding")
    bindings.unbind(found, by=user_of(request), at=timezone.now())
    say(request, _("The indicator is bound no longer. What was computed stays on record."))
    return redirect("citydata:bindings", slug)
