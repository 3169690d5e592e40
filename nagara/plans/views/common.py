"""What several pages of this part do alike."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from nagara.people.models import User
from nagara.places.models import City
from nagara.plans import framework
from nagara.plans.models import Project
from nagara.rulebook.schema_framework import FrameworkFile
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal


def user_of(request: HttpRequest) -> User:
    """The signed-in account: the pages that ask are closed to others."""
    assert isinstance(request.user, User)  # noqa: S101 - the middleware has asked
    return request.user


def edition_today() -> FrameworkFile:
    return framework.in_force(timezone.localdate())


def project_to_edit(request: HttpRequest, pk: int) -> Project:
    """A project that the visitor may change; for anyone else there is no such page."""
    return get_object_or_404(access.visible(request.user, "plans.edit_project").select_related("city__state", "area", "source"), pk=pk)


def city_to_write_for(request: HttpRequest, slug: str) -> City:
    return get_object_or_404(access.visible(request.user, "plans.write_for_city").select_related("state"), slug=slug)


def city_or_404(slug: str) -> City:
    city = City.objects.select_related("state", "subdivision", "source").filter(slug=slug).first()
    if city is None:
        raise Http404
    return city


def to_project(project: Project) -> HttpResponse:
    return redirect("plans:project", project.city.slug, project.key)


def say(request: HttpRequest, words: str) -> None:
    messages.success(request, words)


def show_refusal(form: forms.Form, refusal: Refusal, **other_names: str) -> None:
    """Put a refusal at the fields that it names, else on top of the form. `other_names` maps a field of data to one of the form."""
    rest = []
    for name, message in refusal.fields.items():
        at = other_names.get(name, name)
        if at in form.fields:
            form.add_error(at, message)
        else:
            rest.append(message)
    if rest or not refusal.fields:
        words = [refusal.message, *rest] if not refusal.fields else rest
        form.add_error(None, " ".join(part for part in (*words, refusal.rule, refusal.who, refusal.next_step) if part))


Context = dict[str, Any]
