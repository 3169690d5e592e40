"""What several pages of this part do alike."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from nagara.monitoring.models import Period, Return
from nagara.people.models import User
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal

Context = dict[str, Any]


def user_of(request: HttpRequest) -> User:
    """The signed-in account: the pages that ask are closed to others."""
    assert isinstance(request.user, User)  # noqa: S101 - the middleware has asked
    return request.user


def answer_for(request: HttpRequest, rule: str, pk: int) -> Return:
    """A return on which the visitor may do this; for anyone else there is no such page."""
    return get_object_or_404(access.visible(request.user, rule).select_related("period", "city__state", "submitted_by__person"), pk=pk)


def period_for(code: str) -> Period:
    return get_object_or_404(Period, code=code)


def show_refusal(form: forms.Form, refusal: Refusal, **other_names: str) -> None:
    """Put a refusal at the fields that it names, else on top of the form."""
    rest = []
    for name, message in refusal.fields.items():
        at = other_names.get(name, name)
        if at in form.fields and message:
            form.add_error(at, message)
        elif message:
            rest.append(message)
    if rest or not refusal.fields:
        words = [refusal.message, *rest] if not refusal.fields else rest
        form.add_error(None, " ".join(part for part in (*words, refusal.rule, refusal.who, refusal.next_step) if part))
