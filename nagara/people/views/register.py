"""The register of persons, organisations, posts and terms. Seen by those who work with it, kept by the programme office."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from nagara.people import queries, registering
from nagara.people.forms import AppointForm, CorrectTermForm, EndTermForm, OrganisationForm, PersonForm, PostForm
from nagara.people.models import Organisation, Person, Post, Term
from nagara.people.views.admin import take_refusal
from nagara.people.visitor import visitor
from nagara.toolkit import access
from nagara.toolkit.pagination import page_of
from nagara.toolkit.refusal import Refusal

MOST_FOUND = 30
"""How many persons are offered to choose from for what was typed."""


def _require(request: HttpRequest, *, keep: bool = False) -> None:
    access.require(visitor(request), "people.keep_register" if keep else "people.see_register")


def _may_keep(request: HttpRequest) -> bool:
    return access.allowed(request.user, "people.keep_register")


def _q(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:200]


@require_GET
def persons(request: HttpRequest) -> HttpResponse:
    _require(request)
    found = queries.persons(_q(request), get_language() or "th", timezone.localdate())
    page = page_of(found, request.GET.get("page"))
    return render(request, "people/register/persons.html", {"page": page, "q": _q(request), "may_keep": _may_keep(request)})


@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    _require(request)
    row = get_object_or_404(Person.objects.select_related("organisation", "source"), pk=pk)
    terms = row.terms.select_related("post__organisation", "source").order_by("-since", "-pk")
    context = {
        "person": row,
        "terms": terms,
        "may_keep": _may_keep(request),
        "may_administer": access.allowed(request.user, "people.administer"),
    }
    return render(request, "people/register/person.html", context)


def enter_person(request: HttpRequest) -> HttpResponse:
    _require(request, keep=True)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = registering.enter_person(form.names(), organisation=form.cleaned_data["organisation"], by=visitor(request), at=timezone.now())
        messages.success(request, _("Entered."))
        return redirect("people:person", row.pk)
    return render(request, "people/register/form.html", {"form": form, "title": _("Enter a person"), "back": "people:persons"})


def edit_person(request: HttpRequest, pk: int) -> HttpResponse:
    _require(request, keep=True)
    row = get_object_or_404(Person, pk=pk)
    form = PersonForm(
        request.POST or None,
        initial={**{part: getattr(row, part) for part in ("title", "rank", "given", "family")}, "organisation": row.organisation_id},
    )
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        registering.rename(row, form.names(), by=visitor(request), at=now)
        registering.move_person(row, form.cleaned_data["organisation"], by=visitor(request), at=now)
        messages.success(request, _("Saved."))
        return redirect("people:person", pk)
    return render(request, "people/register/form.html", {"form": form, "title": row.full_name(), "back": "people:persons"})


@require_GET
def organisations(request: HttpRequest) -> HttpResponse:
    _require(request)
    page = page_of(queries.organisations(_q(request), get_language() or "th"), request.GET.get("page"))
    return render(request, "people/register/organisations.html", {"page": page, "q": _q(request), "may_keep": _may_keep(request)})


def keep_organisation(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Enter an organisation, or write it anew."""
    _require(request, keep=True)
    row = get_object_or_404(Organisation, pk=pk) if pk else None
    initial = {field: getattr(row, field) for field in ("code", "name", "short", "kind")} | {"parent": row.parent_id} if row else {}
    form = OrganisationForm(request.POST or None, initial=initial)
    if row:
        form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            registering.keep_organisation(row, **form.cleaned_data, by=visitor(request), at=timezone.now())
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("people:organisations")
    title = str(row) if row else _("Enter an organisation")
    return render(request, "people/register/form.html", {"form": form, "title": title, "back": "people:organisations"})


@require_GET
def posts(request: HttpRequest) -> HttpResponse:
    _require(request)
    page = page_of(queries.posts(_q(request), timezone.localdate()), request.GET.get("page"))
    return render(request, "people/register/posts.html", {"page": page, "q": _q(request), "may_keep": _may_keep(request)})


@require_GET
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """Who has held a post, since when and until when."""
    _require(request)
    row = get_object_or_404(Post.objects.select_related("organisation"), pk=pk)
    terms = row.terms.select_related("person", "source").order_by("-since", "-pk")
    today = timezone.localdate()
    context = {"post": row, "terms": [(term, term.ended is None or term.ended > today) for term in terms], "may_keep": _may_keep(request)}
    return render(request, "people/register/post.html", context)


def keep_post(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Enter a post, or write its title anew."""
    _require(request, keep=True)
    row = get_object_or_404(Post, pk=pk) if pk else None
    initial = {"code": row.code, "title": row.title, "organisation": row.organisation_id} if row else {}
    form = PostForm(request.POST or None, initial=initial)
    if row:
        form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            kept = registering.keep_post(row, **form.cleaned_data, by=visitor(request), at=timezone.now())
        except Refusal as refusal:
            take_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("people:post", kept.pk)
    title = str(row) if row else _("Enter a post")
    return render(request, "people/register/form.html", {"form": form, "title": title, "back": "people:posts"})


def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """A person takes up the post; who held it gives way on that day."""
    _require(request, keep=True)
    row = get_object_or_404(Post.objects.select_related("organisation"), pk=pk)
    found = queries.persons(_q(request), get_language() or "th", timezone.localdate()) if _q(request) else Person.objects.none()
    # What was chosen must stay a choice when the form comes back.
    offered = Person.objects.filter(pk__in=[person.pk for person in found[:MOST_FOUND]])
    form = AppointForm(request.POST or None, found=offered, initial={"capacity": Term.Capacity.HOLDER})
    if request.method == "POST" and form.is_valid():
        try:
            registering.appoint(
                row,
                form.cleaned_data["person"],
                capacity=form.cleaned_data["capacity"],
                since=form.cleaned_data["since"],
                ended=form.ended,
                why=form.cleaned_data["why"],
                by=visitor(request),
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("since", refusal.message)
        else:
            messages.success(request, _("The term is entered."))
            return redirect("people:post", pk)
    holder = row.terms.filter(capacity=Term.Capacity.HOLDER, ended__isnull=True).select_related("person").first()
    context = {"post": row, "form": form, "q": _q(request), "offered": bool(offered), "holder": holder}
    return render(request, "people/register/appoint.html", context)


def end_term(request: HttpRequest, pk: int) -> HttpResponse:
    _require(request, keep=True)
    term = get_object_or_404(Term.objects.select_related("post__organisation", "person"), pk=pk)
    form = EndTermForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ended = queries.day_after(form.cleaned_data["last_day"])
        try:
            registering.end_term(term, ended=ended, by=visitor(request), at=timezone.now(), why=form.cleaned_data["why"])
        except Refusal as refusal:
            form.add_error("last_day", refusal.message)
        else:
            messages.success(request, _("The term has its end."))
            return redirect("people:post", term.post_id)
    return render(request, "people/register/term.html", {"term": term, "form": form, "title": _("End the term")})


def correct_term(request: HttpRequest, pk: int) -> HttpResponse:
    _require(request, keep=True)
    term = get_object_or_404(Term.objects.select_related("post__organisation", "person"), pk=pk)
    form = CorrectTermForm(request.POST or None, initial={"since": term.since, "last_day": queries.day_before(term.ended)})
    if request.method == "POST" and form.is_valid():
        try:
            registering.correct_term(
                term,
                since=form.cleaned_data["since"],
                ended=form.ended,
                by=visitor(request),
                at=timezone.now(),
                why=form.cleaned_data["why"],
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The days are corrected. What stood there is in the record."))
            return redirect("people:post", term.post_id)
    return render(request, "people/register/term.html", {"term": term, "form": form, "title": _("Correct the days")})
