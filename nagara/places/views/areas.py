"""The office keeps the record of areas."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from nagara.documents.sources import enter
from nagara.people.second_factor import proof_in
from nagara.places import actions, queries
from nagara.places.forms import AreaForm, EditAreaForm, FilterForm, FormerNameForm, PopulationForm
from nagara.places.models import Area, Boundary, Population
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal

PAGE = 50


def _lang() -> str:
    return (get_language() or "th").split("-")[0]


@require_GET
def areas(request: HttpRequest) -> HttpResponse:
    """Every area that the visitor may edit or propose a boundary for."""
    today = timezone.localdate()
    form = FilterForm(request.GET or None, lang=_lang())
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = access.visible(request.user, "places.propose_boundary") & queries.areas_matching(asked.get("q", ""))
    if asked.get("province"):
        found = found.filter(subdivision=asked["province"])
    found = queries.with_boundary(found, today, only={"yes": True, "no": False}.get(asked.get("boundary", "")))
    page = Paginator(queries.by_name(found.select_related("subdivision"), _lang()), PAGE).get_page(request.GET.get("page"))
    words = request.GET.copy()
    words.pop("page", None)
    return render(
        request,
        "places/areas.html",
        {"form": form, "page": page, "words": words.urlencode(), "may_add": access.allowed(request.user, "places.add_area")},
    )


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Enter an area that is not on record yet."""
    access.require(request.user, "places.add_area")
    now = timezone.now()
    form = AreaForm(request.POST or None, lang=_lang(), on=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        try:
            area = actions.add_area(form.facts(), by=request.user, at=now, proof=proof_in(request))  # type: ignore[arg-type]
        except Refusal as refusal:
            _note(form, refusal)
        else:
            messages.success(request, _("%(area)s is in the record.") % {"area": area})
            return redirect("places:edit", area.slug)
    return render(request, "places/add.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The facts of one area; its former names, populations and boundaries."""
    area = get_object_or_404(access.visible(request.user, "places.edit_area").select_related("subdivision"), slug=slug)
    form = EditAreaForm(
        request.POST or None, lang=_lang(), on=timezone.localdate(), area=area, initial={**_initial(area), "seen": actions.seen(area)}
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.edit_area(
                area,
                form.facts(),
                seen_digest=said["seen"],
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                proof=proof_in(request),
                why=said["why"],
                renamed_on=said["renamed_on"],
                correction=said["correction"],
            )
        except Refusal as refusal:
            _note(form, refusal)
        else:
            messages.success(request, _("Saved. The record shows what changed, by whom and when."))
            return redirect("places:edit", area.slug)
    return _edit_page(request, area, form=form)


@require_POST
def add_former_name(request: HttpRequest, slug: str) -> HttpResponse:
    area = get_object_or_404(access.visible(request.user, "places.edit_area").select_related("subdivision"), slug=slug)
    form = FormerNameForm(request.POST)
    if form.is_valid():
        actions.add_former_name(
            area,
            form.cleaned_data["name"],
            until=form.cleaned_data["until"],
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            proof=proof_in(request),
        )
        messages.success(request, _("The former name is in the record."))
        return redirect(reverse("places:edit", args=[area.slug]) + "#names")
    return _edit_page(request, area, former=form)


@require_POST
def set_population(request: HttpRequest, slug: str) -> HttpResponse:
    area = get_object_or_404(access.visible(request.user, "places.edit_area").select_related("subdivision"), slug=slug)
    form = PopulationForm(request.POST)
    if form.is_valid():
        now, by = timezone.now(), request.user
        try:
            source = enter(**form.source(), by=by, at=now)  # type: ignore[arg-type]
            actions.set_population(
                area,
                form.cleaned_data["value"],
                on=form.cleaned_data["on"],
                source=source,
                by=by,  # type: ignore[arg-type]
                at=now,
                proof=proof_in(request),
            )
        except Refusal as refusal:
            _note(form, refusal)
        else:
            messages.success(request, _("The number of people is in the record."))
            return redirect(reverse("places:edit", args=[area.slug]) + "#people")
    return _edit_page(request, area, population=form)


def _note(form: AreaForm | PopulationForm, refusal: Refusal) -> None:
    """Put a refusal where it belongs in the form, so that nothing typed is lost. A missing second factor has its own page."""
    if refusal.code == "second-factor-needed":
        raise refusal
    for name, words in refusal.fields.items():
        form.add_error(name if name in form.fields else None, words)
    form.add_error(None, " ".join(part for part in (refusal.message, refusal.rule, refusal.next_step) if part))


def _initial(area: Area) -> dict[str, object]:
    return {
        "name": area.name,
        "short": area.short,
        "subdivision": area.subdivision_id,
        "kind": area.kind,
        "city_type": area.city_type,
        "organisation": area.organisation_id,
        "city": area.city_id,
    }


def _edit_page(
    request: HttpRequest,
    area: Area,
    *,
    form: EditAreaForm | None = None,
    former: FormerNameForm | None = None,
    population: PopulationForm | None = None,
) -> HttpResponse:
    if form is None:
        initial = {**_initial(area), "seen": actions.seen(area)}
        form = EditAreaForm(lang=_lang(), on=timezone.localdate(), area=area, initial=initial)
    faulty = any(one is not None and one.errors for one in (form, former, population))
    return render(
        request,
        "places/edit.html",
        {
            "area": area,
            "form": form,
            "former": former or FormerNameForm(prefix=None),
            "population": population or PopulationForm(),
            "former_names": queries.former_names(area),
            "populations": Population.objects.filter(area=area).select_related("source").order_by("-on", "-pk"),
            "boundary": Boundary.objects.filter(area=area, ended__isnull=True).first(),
        },
        status=422 if faulty else 200,
    )
