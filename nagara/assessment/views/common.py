"""What several pages of this part do alike."""

from django import forms
from django.http import HttpRequest

from nagara.people.models import User
from nagara.people.second_factor import NEEDED
from nagara.toolkit.refusal import Refusal


def user_of(request: HttpRequest) -> User:
    """The signed-in account: pages of this part are closed to others."""
    assert isinstance(request.user, User)  # noqa: S101 - the middleware has asked
    return request.user


def show_refusal(form: forms.Form, refusal: Refusal) -> None:
    """Put a refusal at the fields that it names, else on top of the form. A missing second factor has its own page."""
    if refusal.code == NEEDED:
        raise refusal
    named = {name: message for name, message in refusal.fields.items() if name in form.fields}
    for name, message in named.items():
        form.add_error(name, message)
    if not named:
        form.add_error(None, " ".join(part for part in (refusal.message, refusal.rule, refusal.who, refusal.next_step) if part))
