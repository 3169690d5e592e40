"""What several pages of this part do alike."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from nagara.citydata.models import DataSpace
from nagara.citydata.queries import open_types
from nagara.people.models import User
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal

Context = dict[str, Any]

WITH_PLACE = ("area__subdivision", "city__state", "publisher")


def user_of(request: HttpRequest) -> User:
    """The signed-in account: the pages that ask are closed to others."""
    assert isinstance(request.user, User)  # noqa: S101 - the middleware has asked
    return request.user


def space_of(request: HttpRequest, slug: str, rule: str = "citydata.view_space") -> DataSpace:
    """A data space, if the visitor may do `rule` with it; else there is no such page."""
    return get_object_or_404(access.visible(request.user, rule).select_related(*WITH_PLACE), slug=slug)


def room(request: HttpRequest, space: DataSpace) -> Context:
    """What the head of every page of a space shows: the space, and which doors the visitor has."""
    return {
        "space": space,
        "keeps": access.allowed(request.user, "citydata.keep_space", space),
        "looks": access.allowed(request.user, "citydata.look_into", space),
    }


def require_open_type(request: HttpRequest, space: DataSpace, entity_type: str) -> None:
    """Entities of a type that no published dataset offers are for those who may look into the space."""
    if entity_type not in open_types(space) and not access.allowed(request.user, "citydata.look_into", space):
        raise Http404


def say(request: HttpRequest, words: str) -> None:
    messages.success(request, words)


def show_refusal(form: forms.Form, refusal: Refusal) -> None:
    """Put a refusal at the fields that it names, else on top of the form."""
    left = not refusal.fields
    for name, message in refusal.fields.items():
        if name in form.fields:
            form.add_error(name, message)
        else:
            left = True
    if left:
        form.add_error(None, " ".join(part for part in (refusal.message, refusal.rule, refusal.who, refusal.next_step) if part))
