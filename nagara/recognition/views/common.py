"""What the office's pages share: who acts and when, and a refusal that goes back to the form it came from."""

from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

from django import forms
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from nagara.people.models import User
from nagara.recognition.models import Recognition
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal

T = TypeVar("T")


class Acting(TypedDict):
    by: User
    at: Any


def acting(request: HttpRequest) -> Acting:
    assert isinstance(request.user, User)  # noqa: S101 - every page here is closed to others
    return {"by": request.user, "at": timezone.now()}


def done(form: forms.Form, act: Callable[[dict[str, Any]], T]) -> T | None:
    """What the action made of a sound form; None where the form, or the programme, refuses: what was typed stays."""
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except Refusal as refusal:
        named = {name: words for name, words in refusal.fields.items() if name in form.fields}
        for name, words in named.items():
            form.add_error(name, words)
        if not named:
            form.add_error(None, " ".join(part for part in (refusal.message, refusal.rule, refusal.next_step) if part))
        return None


def recognition_or_404(request: HttpRequest, pk: int, rule: str = "recognition.view") -> Recognition:
    rows = access.visible(request.user, rule).select_related(
        "area__subdivision", "area__organisation", "edition", "source", "application", "decided_by__item__meeting__body"
    )
    return get_object_or_404(rows, pk=pk)
