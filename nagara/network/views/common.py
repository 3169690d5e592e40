"""What the pages of this part do alike: find the network and the nomination, say what was done, show a refusal at its field."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from nagara.network.models import Network, Nomination
from nagara.people.second_factor import NEEDED
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal

WITH = ("network__body", "city__state", "state_of", "edition", "post__organisation", "source")


def network_or_404(code: str) -> Network:
    found = Network.objects.select_related("body", "source").filter(code=code).first()
    if found is None:
        raise Http404
    return found


def nomination_for(request: HttpRequest, pk: int, rule: str) -> Nomination:
    """A nomination on which the visitor may do `rule`; for anyone else there is no such page."""
    return get_object_or_404(access.visible(request.user, rule).select_related(*WITH), pk=pk)


def show_refusal(form: forms.Form, refusal: Refusal) -> None:
    """Put a refusal at the fields that it names, else on top. A missing second factor goes to the page that asks for it."""
    if refusal.code == NEEDED:
        raise refusal
    placed = {name: words for name, words in refusal.fields.items() if name in form.fields}
    for name, words in placed.items():
        form.add_error(name, words)
    if not placed:
        form.add_error(None, " ".join(part for part in (refusal.message, refusal.rule, refusal.who, refusal.next_step) if part))


def act(request: HttpRequest, form: forms.Form, do: Callable[[dict[str, Any]], object], said: str, to: str, **page: Any) -> HttpResponse:
    """One form, one action: show it, or do it and lead on."""
    if request.method == "POST" and form.is_valid():
        try:
            do(form.cleaned_data)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, said)
            return redirect(to)
    status = 422 if request.method == "POST" else 200
    return render(
        request, page.pop("template", "network/form.html"), {"form": form, "back": to, "now": timezone.now(), **page}, status=status
    )
